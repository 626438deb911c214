function Get-OrganizationConfig {
    [CmdletBinding()]
    param()
    $failure = Get-StandInFailure $script:Tenant 'Get-OrganizationConfig' $PSBoundParameters
    Send-StandIn $script:Tenant @($script:Tenant.Organization) 'Unlimited' $failure { ConvertTo-StandInShape $args[0] }
}
