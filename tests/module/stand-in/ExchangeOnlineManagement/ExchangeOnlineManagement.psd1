@{
    RootModule        = 'ExchangeOnlineManagement.psm1'
    ModuleVersion     = '3.9.0'
    GUID              = 'b5eced50-afa4-455b-847a-d8fb64140a22'
    Author            = 'NonAuditedMailbox tests'
    Description       = 'Stands in for the module of this name: an invented tenant in memory. For tests only.'
    PowerShellVersion = '5.1'
    FunctionsToExport = @(
        'Connect-ExchangeOnline', 'Disconnect-ExchangeOnline', 'Get-ConnectionInformation', 'Get-EXOMailbox',
        'Get-StandInTenant', 'Reset-StandInTenant', 'Add-StandInFailure', 'Enter-StandInServerShell', 'Get-StandInCall'
    )
    CmdletsToExport   = @()
    VariablesToExport = @()
    AliasesToExport   = @()
}
