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
        Asks about these actions only, by name or pattern (*, ?, [ab]).

    .PARAMETER Licence
        What the tenant is licensed for: Unknown, Standard or Premium. Without it, what the reports agree on.

    .PARAMETER Platform
        Whose rules hold: Auto tells it from each mailbox; Online and Server say it for mailboxes that lack
        DefaultAuditSet and AdminDisplayVersion.

    .PARAMETER FailOnRegression
        Ends with an error where a change is a regression, or where one of the two states is incomplete, so that nobody can
        say. All changes come out before. The error ends the script, too, so that a scheduler sees it.

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
        Compare-NonAuditedMailboxAction last-week.jsonl today.jsonl -Baseline Cis7 -FailOnRegression

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
    try { Compare-NamState $PSBoundParameters }
    catch {
        # Ends the script, not the statement alone: Invoke-NonAuditedMailboxReport says why.
        $ErrorActionPreference = 'Stop'
        throw (Copy-NamError $_ 'Compare-NonAuditedMailboxAction')
    }
}
