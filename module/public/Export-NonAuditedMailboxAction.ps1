function Export-NonAuditedMailboxAction {
    <#
    .SYNOPSIS
        Writes which actions are not audited in mailboxes as a CSV, HTML, JSON or NDJSON report.

    .DESCRIPTION
        Takes mailboxes, or results of Get-NonAuditedMailboxAction, and writes the report that the program nam writes for
        the same mailboxes. Of mailboxes no result objects are made. The CSV begins with the columns Display Name, Audit
        By Pass Enabled, Logon type with Default Audit Set, Owner, Admin and Delegate. The HTML is one page with all that it
        needs in it: totals, charts, and a list of the mailboxes that can be searched, filtered and sorted. It loads nothing
        from anywhere, so it can be sent and kept like a document.

        The report is written beside its place and moved there at the end. A complete report replaces an older file, an
        incomplete one does so only with -Force; a run that fails or is stopped leaves the old file as it was. Problems of
        single mailboxes are errors, and the report says that it is incomplete.

        Results carry the question that they were made with, so -Baseline and what else belongs to the question is for
        mailboxes only. Results that were saved and loaded again have lost it: export from the session that made them.

    .PARAMETER InputObject
        Mailboxes, or results of Get-NonAuditedMailboxAction.

    .PARAMETER Path
        The file to write.

    .PARAMETER Format
        Csv, Html, Json or Ndjson; without it the extension of the file tells.

    .PARAMETER Columns
        The columns of a CSV: All, or Classic, the first six alone.

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
        Leaves out the mailboxes whose state is Audited. Unknown ones stay, and the totals of a page count all.

    .PARAMETER Expand
        Writes a row for each missing action. A page has no such form: it shows the actions of a mailbox when it is opened.

    .PARAMETER NoClobber
        Leaves an existing file alone.

    .PARAMETER Force
        Lets an incomplete report replace an existing file too.

    .PARAMETER PassThru
        Gives the file that was written.

    .INPUTS
        Mailboxes, or results of Get-NonAuditedMailboxAction.

    .OUTPUTS
        Nothing, or with -PassThru System.IO.FileInfo.

    .EXAMPLE
        Get-EXOMailbox -PropertySets Minimum,Audit -ResultSize Unlimited | Export-NonAuditedMailboxAction gaps.csv

        The report of a whole tenant.

    .EXAMPLE
        Get-EXOMailbox -PropertySets Minimum,Audit -ResultSize Unlimited |
            Get-NonAuditedMailboxAction |
            Where-Object { $_.NonAuditedOwner -contains 'MailboxLogin' } |
            Export-NonAuditedMailboxAction -Path owners.csv

        The mailboxes whose owner signs in unseen.

    .EXAMPLE
        $bypass = Get-MailboxAuditBypassAssociation -ResultSize Unlimited
        $organization = Get-OrganizationConfig
        Get-EXOMailbox -PropertySets Minimum,Audit -ResultSize Unlimited |
            Export-NonAuditedMailboxAction report.html -BypassAssociation $bypass -OrganizationConfig $organization

        A page to look at, with charts and a list that can be filtered.

    .EXAMPLE
        $bypass = Get-MailboxAuditBypassAssociation -ResultSize Unlimited
        Import-Clixml mailboxes.xml |
            Export-NonAuditedMailboxAction report.json -Baseline Cis7 -BypassAssociation $bypass -PassThru

        Saved mailboxes against the CIS benchmark, as JSON.

    .LINK
        Get-NonAuditedMailboxAction

    .LINK
        about_NonAuditedMailbox
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType([System.IO.FileInfo])]
    param(
        [Parameter(Mandatory, ValueFromPipeline)]
        [Alias('Mailbox')]
        [object] $InputObject,

        [Parameter(Mandatory, Position = 0)]
        [string] $Path,

        [ValidateSet('Csv', 'Html', 'Json', 'Ndjson')]
        [string] $Format,

        [ValidateSet('All', 'Classic')]
        [string] $Columns = 'All',

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

        [switch] $Expand,

        [switch] $NoClobber,

        [switch] $Force,

        [switch] $PassThru
    )

    begin {
        Initialize-NamNative
        $file = Resolve-NamPath $PSCmdlet $Path
        $write = $PSCmdlet.ShouldProcess($file, 'Write the report')
        if (-not $write) { return }
        $functions = $script:Native.Functions
        $question = New-NamQuestion $PSCmdlet $PSBoundParameters
        # Results bring their own question; one that is asked here would not be theirs.
        $asked = @('Baseline', 'LogonType', 'Action', 'BypassAssociation', 'OrganizationConfig', 'Licence', 'Platform' |
                Where-Object { $PSBoundParameters.ContainsKey($_) })
        # The path is tried before the commands before this one begin.
        $report = New-NamReport $PSCmdlet $file $Format $Columns $OnlyGap $Expand $NoClobber $Force
        # That of this command, and what the results brought: what was missing when they were made.
        $own, $missing = $question, [System.Collections.Generic.List[object]]::new()
        $judge, $bypass = $question.Judge, $question.Bypass
        $message, $problem = [System.IntPtr[]]::new(2), [int[]]::new(1)
        $names, $texts = [string[]]$MailboxProperties, [string[]]::new($MailboxProperties.Count)
        # What names a mailbox that has no Identity.
        $identityAt, $otherNames, $others = [array]::IndexOf($names, 'Identity'), [string[]]('Id', 'Name'), [string[]]::new(2)
        $resultType = $script:Native.Result
    }

    process {
        if (-not $write) { return }
        $goesOn = $false
        try {
            foreach ($item in $InputObject) {
                $mailbox, $asking = $item, $own
                if ($item -is $resultType) {
                    if ($asked) { Stop-NamQuestion $PSCmdlet $asked $item }
                    $mailbox, $asking = $item.GetMailbox(), $item.GetQuestion()
                }
                if (-not [object]::ReferenceEquals($asking, $question)) {
                    $question, $judge, $bypass = $asking, $asking.Judge, $asking.Bypass
                    if (-not $missing.Contains($asking.Problems)) { $missing.Add($asking.Problems) }
                }
                $failure = $null
                $thrown = $functions::Read($mailbox, $names, $texts)
                if ($thrown) {
                    # It goes into the report as unknown, never with what another one has.
                    $failure = New-NamUnreadablePrototype $thrown
                    $texts = [string[]]::new($names.Count)
                    $texts[[array]::IndexOf($names, 'UserPrincipalName')] = Get-NamMailboxLabel $null
                    $texts[[array]::IndexOf($names, 'RecipientTypeDetails')] = 'UserMailbox'
                }
                elseif (-not $texts[$identityAt]) {
                    $null = $functions::Read($mailbox, $otherNames, $others)
                    $texts[$identityAt] = if ($others[0]) { $others[0] } else { $others[1] }
                }
                $status = $functions::nam_report_add($report, $judge, $bypass, $texts, $problem, $message)
                if ($status -eq 0) { continue }
                if (Test-NamOtherObject $mailbox) { $PSCmdlet.ThrowTerminatingError((New-NamOtherObjectError $item)) }
                if ($problem[0] -eq 0) { Assert-NamStatus $PSCmdlet $status $message $item }
                if (-not $failure) {
                    $id, $category = $script:ProblemErrors[$problem[0]]
                    $failure = @{ ErrorId = $id; ErrorCategory = $category; Problem = Get-NamText $message }
                }
                $PSCmdlet.WriteError((New-NamMailboxError $failure $item))
            }
            $goesOn = $true
        }
        # What ends here, as with -ErrorAction Stop, ends without a report.
        finally { if (-not $goesOn) { $report.Dispose() } }
    }

    end {
        if (-not $write) { return }
        foreach ($problems in $missing) {
            foreach ($text in $problems.Texts) {
                $status = $functions::nam_report_problem($report, $judge, $bypass, $text, $message)
                Assert-NamStatus $PSCmdlet $status $message $Path
            }
        }
        $written, $problems = [System.IntPtr[]]::new(2), [long[]]::new(1)
        $status = $functions::nam_report_finish($report, $judge, $bypass, $written, $problems, $null, $message)
        $report.Dispose()
        Assert-NamStatus $PSCmdlet $status $message $Path
        $file = Get-NamText $written
        if ($problems[0] -gt 0) {
            $PSCmdlet.WriteWarning("The report $file is incomplete, and says so: it has $($problems[0]) problem(s).")
        }
        if ($PassThru) { [System.IO.FileInfo]::new($file) }
    }
}
