function Get-MailboxAuditBypassAssociation {
    # All objects of the tenant, also those that bypass nothing. No UserPrincipalName, and names are not unique.
    [CmdletBinding()]
    param([Parameter(Position = 0)] [string] $Identity, [string] $ResultSize)
    $failure = Get-StandInFailure $script:Tenant 'Get-MailboxAuditBypassAssociation' $PSBoundParameters
    $bypassing = @(foreach ($one in $script:Tenant.Bypass) { if ($one.Guid) { "$($one.Guid)" } else { "$one" } })
    $found = foreach ($one in $script:Tenant.Mailboxes) {
        if ($Identity -and $Identity -notin $one.Name, $one.Identity, "$($one.Guid)") { continue }
        [pscustomobject]@{
            ObjectId = $one.ExternalDirectoryObjectId
            AuditBypassEnabled = $bypassing -contains $one.Name -or $bypassing -contains "$($one.Guid)"
            Name = $one.Name; Identity = $one.Name; Id = $one.Name; IsValid = $true
            DistinguishedName = $one.DistinguishedName; ObjectClass = @('top', 'person', 'organizationalPerson', 'user')
            WhenChangedUTC = '2026-11-01T08:00:00Z'; ExchangeObjectId = $one.Guid; OrganizationId = $one.OrganizationId
            Guid = $one.Guid; ObjectState = 'Unchanged'
        }
    }
    Send-StandIn $script:Tenant @($found) $ResultSize $failure { ConvertTo-StandInShape $args[0] }
}
