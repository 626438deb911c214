function Get-MailboxAuditActionCatalog {
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
    $json, $message = [System.IntPtr[]]::new(2), [System.IntPtr[]]::new(2)
    Assert-NamStatus $PSCmdlet $script:Native.Functions::nam_catalog($json, $message) $message
    $rows = ConvertFrom-Json (Get-NamText $json)
    foreach ($row in $rows) {
        if ($Platform -and $row.Platform -notin $Platform) { continue }
        if ($LogonType -and $row.LogonType -notin $LogonType) { continue }
        if ($Status -and $row.Status -notin $Status) { continue }
        foreach ($pattern in $Action) {
            if ($row.Action -notlike $pattern) { continue }
            $row.PSObject.TypeNames.Insert(0, 'NonAuditedMailbox.CatalogEntry')
            $row
            break
        }
    }
}
