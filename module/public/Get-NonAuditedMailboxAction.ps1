function Get-NonAuditedMailboxAction {
    <#
    .SYNOPSIS
        Tells which actions are not audited in mailboxes, for Admin, Delegate and Owner, and why.

    .DESCRIPTION
        Takes mailboxes from the pipeline and gives an object for each, with the actions that are not audited for each
        logon type. The three lists answer -contains, Count and foreach, and print as names joined by commas.

        AuditState is Audited only if nothing is missing, the organisation audits (-OrganizationConfig) and the account
        does not bypass auditing (-BypassAssociation). What was not read is Unknown, never Audited. A mailbox that lacks
        an audit property is an error that says what to type, followed by a result with AuditState Unknown whose lists
        are empty and print as Unknown: ask for AuditState before Count.

    .PARAMETER Mailbox
        Mailboxes as Get-EXOMailbox -PropertySets Minimum,Audit or, on Exchange Server, Get-Mailbox gives them: live,
        or out of Import-Clixml, ConvertFrom-Json or Import-Csv.

    .PARAMETER Path
        Saved exports of mailboxes (CLIXML, JSON or CSV), read by the core without building all their properties; also
        earlier JSON reports and saved inputs, whose organisation switch and bypass associations hold where
        -OrganizationConfig and -BypassAssociation are not given.

    .PARAMETER Baseline
        What ought to be audited: All (everything that the catalogue says can be audited; the default), Default (what
        Microsoft audits by itself), Cis7 (CIS Microsoft 365 Foundations 7.0, 6.1.2), the path of a JSON file, or a
        hashtable such as @{ Admin = 'HardDelete'; Delegate = 'SendAs'; Owner = 'MailboxLogin', 'Move' }.

    .PARAMETER LogonType
        Asks about these logon types only: Admin, Delegate, Owner.

    .PARAMETER Action
        Asks about these actions only, by name or pattern (*, ?, [ab]).

    .PARAMETER BypassAssociation
        The objects of Get-MailboxAuditBypassAssociation -ResultSize Unlimited. They are joined to mailboxes by Guid,
        ExchangeObjectId or DistinguishedName. Without them it is unknown whether an account bypasses auditing, and no
        mailbox is called audited.

    .PARAMETER OrganizationConfig
        The object of Get-OrganizationConfig. Where its AuditDisabled is True, nothing is audited. Without it the switch
        is unknown, and no mailbox is called audited.

    .PARAMETER Licence
        What the tenant is licensed for. The sources disagree on whether MailItemsAccessed, Send and
        SearchQueryInitiated still need Audit (Premium). Unknown shows them as gaps with a remark, Standard not as gaps
        but in a remark, Premium as gaps like others.

    .PARAMETER Platform
        Whose rules hold: Auto tells it from each mailbox; Online and Server say it for mailboxes that lack
        DefaultAuditSet and AdminDisplayVersion.

    .PARAMETER OnlyGap
        Leaves out the mailboxes whose AuditState is Audited. Unknown ones stay.

    .PARAMETER Expand
        Gives an object for each missing action, with the Status that the catalogue gives it. A mailbox that has none and
        still is not audited, because its account bypasses auditing or something was not read, gives one object without an
        action.

    .INPUTS
        Mailboxes.

    .OUTPUTS
        NonAuditedMailbox.Result, or with -Expand NonAuditedMailbox.Action.

    .EXAMPLE
        Get-EXOMailbox -PropertySets Minimum,Audit -ResultSize Unlimited | Get-NonAuditedMailboxAction

        All that is not audited in a tenant.

    .EXAMPLE
        $bypass = Get-MailboxAuditBypassAssociation -ResultSize Unlimited
        $organization = Get-OrganizationConfig
        Get-EXOMailbox -PropertySets Minimum,Audit -ResultSize Unlimited |
            Get-NonAuditedMailboxAction -BypassAssociation $bypass -OrganizationConfig $organization -OnlyGap |
            Export-Csv gaps.csv -NoTypeInformation

        The same with all that is needed to call a mailbox audited; those are left out.

    .EXAMPLE
        Get-EXOMailbox -PropertySets Minimum,Audit -ResultSize Unlimited |
            Get-NonAuditedMailboxAction |
            Where-Object { $_.NonAuditedOwner -contains 'MailboxLogin' }

        The mailboxes whose owner signs in unseen.

    .EXAMPLE
        Get-NonAuditedMailboxAction -Path mailboxes.xml -Baseline Cis7 -Expand | Group-Object LogonType, Action

        How often each action that the CIS benchmark asks for is missing, from a saved export.

    .EXAMPLE
        $ours = @{ Admin = 'HardDelete', 'SendAs'; Delegate = 'SendAs'; Owner = 'MailboxLogin' }
        Import-Clixml mailboxes.xml | Get-NonAuditedMailboxAction -Baseline $ours -LogonType Owner

        A baseline of one's own, asked about owners alone.

    .LINK
        Export-NonAuditedMailboxAction

    .LINK
        Get-MailboxAuditActionCatalog

    .LINK
        about_NonAuditedMailbox
    #>
    [CmdletBinding(DefaultParameterSetName = 'Mailbox')]
    [OutputType('NonAuditedMailbox.Result', 'NonAuditedMailbox.Action')]
    param(
        [Parameter(ParameterSetName = 'Mailbox', Mandatory, Position = 0, ValueFromPipeline)]
        [object] $Mailbox,

        [Parameter(ParameterSetName = 'Path', Mandatory)]
        [string[]] $Path,

        [object] $Baseline = 'All',

        [ValidateSet('Admin', 'Delegate', 'Owner')]
        [string[]] $LogonType,

        [SupportsWildcards()]
        [string[]] $Action,

        [object[]] $BypassAssociation,

        [object] $OrganizationConfig,

        [ValidateSet('Unknown', 'Standard', 'Premium')]
        [string] $Licence = 'Unknown',

        [ValidateSet('Auto', 'Online', 'Server')]
        [string] $Platform = 'Auto',

        [switch] $OnlyGap,

        [switch] $Expand
    )

    begin {
        Initialize-NamNative
        $isPath = $PSCmdlet.ParameterSetName -eq 'Path'
        if ($isPath) { return }
        $asking, $resultType = $script:Native.Asking, $script:Native.Result
        $question = New-NamQuestion $PSCmdlet $PSBoundParameters
        $judge, $bypass = $question.Judge, $question.Bypass
        # By the number that the judge gives each combination of settings: the record that results are copied of where
        # nothing else is to be done, and all that is known of the others.
        $records, $specials = [System.Collections.Generic.Dictionary[long, object]]::new(), @{}
        $names, $cloudNames = (Get-NamPropertyNames $question.HasBypass), (Get-NamPropertyNames $question.HasBypass -Cloud)
        $texts, $verdict, $message = [string[]]::new($names.Count), [long[]]::new(11), [System.IntPtr[]]::new(2)
    }

    process {
        if ($isPath) {
            # What comes out of the command here is its own.
            foreach ($name in 'Path', 'PipelineVariable', 'OutVariable', 'OutBuffer') { $null = $PSBoundParameters.Remove($name) }
            $problems = @{ Texts = [System.Collections.Generic.List[string]]::new() }
            foreach ($file in $Path) {
                $export = Open-NamExport $PSCmdlet $file
                if (-not $export) {
                    $problems.Texts.Add("${file}: it could not be read")
                    continue
                }
                $asked = @{} + $PSBoundParameters
                if ($export.AuditDisabled -and -not $asked.ContainsKey('OrganizationConfig')) {
                    $asked.OrganizationConfig = [pscustomobject]@{ AuditDisabled = $export.AuditDisabled }
                }
                $script:ProblemsInCommon = $problems
                Read-NamMailbox $export | Get-NonAuditedMailboxAction @asked
            }
            return
        }
        # An array may come as one object: ConvertFrom-Json of Windows PowerShell passes it so.
        foreach ($item in $Mailbox) {
            $result = $asking::Answer($item, $names, $texts, $judge, $bypass, $verdict, $message, $records, $question, $cloudNames)
            if ($null -eq $result -and $item -is $resultType) {
                # Asked again: about the mailbox that it was made of.
                $item = $item.GetMailbox()
                $result = $asking::Answer($item, $names, $texts, $judge, $bypass, $verdict, $message, $records, $question, $cloudNames)
            }
            if ($null -eq $result) {
                # Of a file that was not read to its end, or of objects that were made of results.
                $record = if ($item -is [System.Management.Automation.ErrorRecord]) { $item }
                elseif (Test-NamOtherObject $item) { New-NamOtherObjectError $item }
                if ($record) {
                    $question.Problems.Texts.Add("$record")
                    $PSCmdlet.WriteError($record)
                    continue
                }
                $special = $specials[$verdict[0]]
                if ($null -eq $special) {
                    $special = Resolve-NamMailbox $PSCmdlet $question $item $names $texts $verdict
                    $isPlain = -not $special.ErrorId -and ($special.IsGap -or -not $OnlyGap)
                    if ($verdict[0] -ge 0) {
                        if ($isPlain) { $records[$verdict[0]] = $special.Record } else { $specials[$verdict[0]] = $special }
                    }
                }
                if (-not $special.IsMailbox) { $question.Problems.Texts.Add("$(Get-NamMailboxLabel $item): $($special.Problem)") }
                if ($special.ErrorId) { $PSCmdlet.WriteError((New-NamMailboxError $special $item)) }
                if (-not $special.IsMailbox -or ($OnlyGap -and -not $special.IsGap)) { continue }
                $result = $special.Record.Copy($texts, $item, $question)
            }
            if ($Expand) { ConvertTo-NamAction $result $verdict[3] } else { $result }
        }
    }
}
