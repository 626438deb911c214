function Compare-NonAuditedMailboxAction {
    <#
    .SYNOPSIS
        Shows what changed in the auditing of mailboxes between two states of a tenant.

    .DESCRIPTION
        Compares two saved files and gives an object for each change: mailboxes that are new or gone, actions that are not
        audited any more or audited now, accounts that begin or end to bypass auditing (also those without a mailbox), lists
        that Microsoft does not manage any more or manages again, other audit states, the organisation's switch, other age
        limits. What is unknown on one side is told as BecameUnknown or BecameKnown, never as a change.

        Mailboxes are joined by Guid, or else by ExchangeObjectId or DistinguishedName, never by names or addresses.

        JSON and NDJSON reports are judged anew, both by what both were asked; saved inputs and exports of mailboxes by the
        same question, which is All where nothing is said. Where the two differ in baseline, catalogue or licence, and where
        something was read in neither, a warning says so.

        Regression is True where less is known to be audited than before, or for a shorter time. Unknown counts as not
        audited. A new mailbox with gaps is none, unless its account bypasses auditing; nor is a list that Microsoft does not
        manage any more, but what it lost is.

        Objects of results are not compared: they do not say whether they are all that there is. Save reports, or what was
        read of a tenant, and compare those files.

    .PARAMETER Reference
        The file of the older state: a JSON or NDJSON report, a saved input, or an export of mailboxes.

    .PARAMETER Difference
        The file of the newer state.

    .PARAMETER Baseline
        What ought to be audited: All, Default, Cis7, the path of a JSON file, or a hashtable such as
        @{ Admin = 'HardDelete'; Delegate = 'SendAs'; Owner = 'MailboxLogin', 'Move' }. Of reports, as far as they were
        asked about it themselves.

    .PARAMETER LogonType
        Asks about these logon types only: Admin, Delegate, Owner.

    .PARAMETER Action
        Asks about these actions only, by name or pattern (*, ?).

    .PARAMETER Licence
        What the tenant is licensed for: Unknown, Standard or Premium. Without it, what the reports agree on.

    .PARAMETER Platform
        Whose rules hold: Auto tells it from each mailbox; Online and Server say it for mailboxes that lack
        DefaultAuditSet and AdminDisplayVersion.

    .PARAMETER FailOnRegression
        Ends with an error where a change is a regression, or where one of the two states is incomplete, so that nobody can
        say. All changes come out before.

    .INPUTS
        None.

    .OUTPUTS
        NonAuditedMailbox.Change

    .EXAMPLE
        Compare-NonAuditedMailboxAction last-week.json today.json

        What changed since last week.

    .EXAMPLE
        Compare-NonAuditedMailboxAction last-week.json today.json |
            Where-Object Regression |
            Export-Csv regressions.csv -NoTypeInformation

        What got worse, for a spreadsheet.

    .EXAMPLE
        Compare-NonAuditedMailboxAction last-week.jsonl today.jsonl -Baseline Cis7 -FailOnRegression -ErrorAction Stop

        For a scheduled task: fails where something got worse that the CIS benchmark asks for.

    .EXAMPLE
        Compare-NonAuditedMailboxAction last-week.json today.json | Where-Object Kind -like Bypass* | Format-List

        Whose bypass of auditing began or ended.

    .LINK
        Export-NonAuditedMailboxAction

    .LINK
        about_NonAuditedMailbox
    #>
    [CmdletBinding()]
    [OutputType('NonAuditedMailbox.Change')]
    param(
        [Parameter(Mandatory, Position = 0)]
        [string] $Reference,

        [Parameter(Mandatory, Position = 1)]
        [string] $Difference,

        [object] $Baseline,

        [ValidateSet('Admin', 'Delegate', 'Owner')]
        [string[]] $LogonType,

        [SupportsWildcards()]
        [string[]] $Action,

        [ValidateSet('Unknown', 'Standard', 'Premium')]
        [string] $Licence,

        [ValidateSet('Auto', 'Online', 'Server')]
        [string] $Platform = 'Auto',

        [switch] $FailOnRegression
    )
    Initialize-NamNative
    $regressions, $problems = 0, 0
    $drift = New-NamDrift $PSCmdlet $PSBoundParameters
    try {
        for ($item = Read-NamDrift $PSCmdlet $drift; $item.Kind -ne 0; $item = Read-NamDrift $PSCmdlet $drift) {
            switch ($item.Kind) {
                1 {
                    $change = ConvertTo-NamChange $item.Text
                    if ($change.Regression) { $regressions++ }
                    $change
                }
                2 {
                    $problems++
                    $PSCmdlet.WriteError((New-NamErrorRecord 'IncompleteComparison' $item.Text 'InvalidData' $null))
                }
                3 { $PSCmdlet.WriteWarning($item.Text) }
            }
        }
    }
    finally { $drift.Dispose() }
    if (-not $FailOnRegression) { return }
    if ($problems) {
        $message = 'The comparison is incomplete, so nobody can say that nothing got worse: see the errors before.'
        $PSCmdlet.ThrowTerminatingError((New-NamErrorRecord 'IncompleteComparison' $message 'InvalidData' $Difference))
    }
    if ($regressions) {
        $message = "$regressions of the changes are regressions: less is known to be audited than before."
        $PSCmdlet.ThrowTerminatingError((New-NamErrorRecord 'Regression' $message 'InvalidResult' $Difference))
    }
}
