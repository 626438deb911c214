function Get-MailboxAuditActionCatalog {
    <#
    .SYNOPSIS
        Shows what Exchange can audit in mailboxes, by platform, logon type and status.

    .DESCRIPTION
        The catalogue that the other commands judge by: for each action, platform and logon type whether it is audited by
        default, can be added, cannot be audited, was retired, or is not settled by the sources.

    .PARAMETER Action
        Only these actions, by name or pattern (*, ?, [ab]).

    .PARAMETER Platform
        Only these platforms: ExchangeOnline (user, shared, resource and system mailboxes), GroupMailbox (of Microsoft
        365 groups), ExchangeServer.

    .PARAMETER LogonType
        Only these logon types: Admin, Delegate, Owner.

    .PARAMETER Status
        Only these statuses: Default, Optional, NotAvailable, Retired, Unsettled.

    .INPUTS
        None.

    .OUTPUTS
        NonAuditedMailbox.CatalogEntry

    .EXAMPLE
        Get-MailboxAuditActionCatalog -Platform ExchangeOnline -LogonType Owner -Status Optional

        What can be audited of owners, but is not by default.

    .EXAMPLE
        Get-MailboxAuditActionCatalog MailItemsAccessed | Format-List

        All that is known of one action, with notes and sources.

    .EXAMPLE
        Get-MailboxAuditActionCatalog | Where-Object Licence | Select-Object Action, LogonType, Licence -Unique

        Which actions depend, or once depended, on the licence.

    .LINK
        Get-NonAuditedMailboxAction

    .LINK
        about_NonAuditedMailbox
    #>
    [CmdletBinding()]
    [OutputType('NonAuditedMailbox.CatalogEntry')]
    param(
        [Parameter(Position = 0)]
        [SupportsWildcards()]
        [string[]] $Action = '*',

        [ValidateSet('ExchangeOnline', 'GroupMailbox', 'ExchangeServer')]
        [string[]] $Platform,

        [ValidateSet('Admin', 'Delegate', 'Owner')]
        [string[]] $LogonType,

        [ValidateSet('Default', 'Optional', 'NotAvailable', 'Retired', 'Unsettled')]
        [string[]] $Status
    )
    Initialize-NamNative
    $json, $message = [System.IntPtr[]]::new(2), [System.IntPtr[]]::new(2)
    Assert-NamStatus $PSCmdlet $script:Native.Functions::nam_catalog($json, $message) $message
    $rows = ConvertFrom-Json (Get-NamText $json)
    # As names compare in the core: the same in every culture.
    $patterns = foreach ($pattern in $Action) {
        [System.Management.Automation.WildcardPattern]::new($pattern, 'IgnoreCase, CultureInvariant')
    }
    foreach ($row in $rows) {
        if ($Platform -and $row.Platform -notin $Platform) { continue }
        if ($LogonType -and $row.LogonType -notin $LogonType) { continue }
        if ($Status -and $row.Status -notin $Status) { continue }
        foreach ($pattern in $patterns) {
            if (-not $pattern.IsMatch($row.Action)) { continue }
            $row.PSObject.TypeNames.Insert(0, 'NonAuditedMailbox.CatalogEntry')
            $row
            break
        }
    }
}
