function Set-MailboxAuditBypassAssociation {
    [CmdletBinding(SupportsShouldProcess)]
    param([Parameter(Mandatory, Position = 0)] [string] $Identity, [Parameter(Mandatory)] [bool] $AuditBypassEnabled)
    $failure = Get-StandInFailure $script:Tenant 'Set-MailboxAuditBypassAssociation' $PSBoundParameters
    if ($failure) { Stop-StandIn $failure; return }
    $found = @($script:Tenant.Mailboxes | Where-Object { $Identity -in $_.Name, "$($_.Guid)" })
    if ($found.Count -ne 1) { Stop-StandIn @{ Kind = 'NotFound' }; return }
    foreach ($one in @($script:Tenant.Bypass)) {
        if ("$one" -in $found[0].Name, "$($found[0].Guid)") { $null = $script:Tenant.Bypass.Remove($one) }
    }
    if ($AuditBypassEnabled) { $script:Tenant.Bypass.Add($found[0].Name) }
}
