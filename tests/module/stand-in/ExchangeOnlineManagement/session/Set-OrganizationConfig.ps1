function Set-OrganizationConfig {
    [CmdletBinding(SupportsShouldProcess)]
    param([bool] $AuditDisabled)
    $failure = Get-StandInFailure $script:Tenant 'Set-OrganizationConfig' $PSBoundParameters
    if ($failure) { Stop-StandIn $failure; return }
    $script:Tenant.Organization.AuditDisabled = $AuditDisabled
}
