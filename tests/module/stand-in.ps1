. "$PSScriptRoot/common.ps1"
$env:PSModulePath = "$PSScriptRoot/stand-in$([System.IO.Path]::PathSeparator)$env:PSModulePath"

# What the other tests rely on: that the stand-in behaves as Exchange Online does.

It 'has the commands of a session while there is one' {
    Import-Module ExchangeOnlineManagement
    Assert (-not (Get-Command Get-OrganizationConfig -ErrorAction SilentlyContinue))
    try { Get-EXOMailbox; throw 'it answered' } catch { Assert ("$_" -like 'You must call the Connect-ExchangeOnline*') "$_" }
    Connect-ExchangeOnline -ShowBanner:$false -AppId 'app' -Organization 'contoso.example' -CertificateThumbprint 'AB'
    AssertEqual 'contoso.example' (Get-OrganizationConfig).Name
    AssertEqual 'AppId CertificateThumbprint Organization ShowBanner' "$((Get-StandInTenant).Connects[0].Keys | Sort-Object)"
    AssertEqual 0 (Get-StandInTenant).Banners
    $connection = Get-ConnectionInformation
    AssertEqual 'Connected Active app contoso.example' "$($connection.State) $($connection.TokenStatus) $($connection.AppId) $($connection.Organization)"
    Disconnect-ExchangeOnline -Confirm:$false -ConnectionId $connection.ConnectionId
    Assert (-not (Get-Command Get-OrganizationConfig -ErrorAction SilentlyContinue))
    AssertEqual 0 @(Get-ConnectionInformation).Count
}

It 'names the commands of a session by prefix, and gives only those that were asked for' {
    Connect-ExchangeOnline -ShowBanner:$false -Prefix Contoso -CommandName Get-Mailbox
    AssertEqual 5 @(Get-ContosoMailbox).Count
    Assert (-not (Get-Command Get-ContosoOrganizationConfig -ErrorAction SilentlyContinue))
    Reset-StandInTenant
    Assert (-not (Get-Command Get-ContosoMailbox -ErrorAction SilentlyContinue))
}

It 'gives the properties that were asked for' {
    Connect-ExchangeOnline -ShowBanner:$false
    Assert (-not (Get-EXOMailbox user1).PSObject.Properties['AuditOwner'])
    $mailbox = Get-EXOMailbox user1@contoso.example -PropertySets Minimum, Audit
    AssertEqual 10 $mailbox.AuditOwner.Count
    AssertEqual 'System.Collections.ArrayList' $mailbox.AuditOwner.GetType()
    Assert (-not $mailbox.PSObject.Properties['ExchangeObjectId'])
    AssertEqual 2 @(Get-Mailbox -GroupMailbox -ResultSize Unlimited).Count
    AssertEqual 'user3' (Get-EXOMailbox -Filter "Alias -eq 'user3'").Name
    AssertEqual 0 @(Get-EXOMailbox -RecipientTypeDetails SharedMailbox).Count
    (Get-StandInTenant).Bypass.Add('user2')
    $rows = @(Get-MailboxAuditBypassAssociation -ResultSize Unlimited)
    AssertEqual 'False True False False False' "$($rows.AuditBypassEnabled)"
    AssertEqual $mailbox.Guid $rows[0].ExchangeObjectId
}

It 'cuts off at the result size, and says so' {
    Reset-StandInTenant
    Connect-ExchangeOnline -ShowBanner:$false
    $tenant = Get-StandInTenant
    foreach ($number in 6..1001) { $tenant.Mailboxes.Add((New-Object psobject -Property @{ Name = "u$number" })) }
    AssertEqual 1000 @(Get-EXOMailbox -WarningVariable said -WarningAction SilentlyContinue).Count
    Assert ("$said" -like '*only the first 1000 items*There are more results available*') "$said"
    AssertEqual 1001 @(Get-EXOMailbox -ResultSize Unlimited -WarningVariable said -WarningAction SilentlyContinue).Count
    AssertEqual 0 @($said).Count
    $tenant.ServerLimit = 10
    AssertEqual 10 @(Get-EXOMailbox -ResultSize Unlimited -WarningVariable said -WarningAction SilentlyContinue).Count
    Assert ("$said" -like 'There are more results available*') "$said"
}

It 'fails when and as often as it is told' {
    Reset-StandInTenant
    Add-StandInFailure Connect-ExchangeOnline Mfa -Times 1
    try { Connect-ExchangeOnline -ShowBanner:$false; throw 'it connected' } catch { Assert ("$_" -like 'AADSTS50076*') "$_" }
    Connect-ExchangeOnline -ShowBanner:$false
    Add-StandInFailure Get-EXOMailbox TooManyRequests -After 3 -Times 1
    $script:got = 0
    try { Get-EXOMailbox | ForEach-Object { $script:got++ }; throw 'it answered' } catch { Assert ("$_" -like '*HttpStatusCode=429*') "$_" }
    AssertEqual 3 $got
    AssertEqual 5 @(Get-EXOMailbox).Count
    Add-StandInFailure Get-OrganizationConfig AccessDenied
    $null = Get-OrganizationConfig -ErrorVariable failed -ErrorAction SilentlyContinue
    Assert ("$failed" -like '*CmdletAccessDeniedException*') "$failed"
    AssertEqual 3 @(Get-StandInCall).Count
    AssertEqual 2 @(Get-StandInCall Get-EXOMailbox).Count
}

It 'is Exchange Server where it is told so' {
    Reset-StandInTenant
    Enter-StandInServerShell
    AssertEqual 0 @(Get-ConnectionInformation).Count
    $mailbox = @(Get-Mailbox -ResultSize Unlimited)[0]
    Assert ($mailbox.AuditOwner -and -not $mailbox.PSObject.Properties['DefaultAuditSet'])
    AssertEqual 'EX01' (Get-ExchangeServer).Name
}

# Microsoft's page on mailbox auditing: any change of a list takes its logon type out of DefaultAuditSet, -DefaultAuditSet
# brings Microsoft's list back and leaves other types alone.
It 'sets lists as Exchange Online does' {
    Reset-StandInTenant
    Connect-ExchangeOnline -ShowBanner:$false
    $one = (Get-StandInTenant).Mailboxes[0]
    Set-Mailbox user1 -AuditOwner @{ Add = 'MailboxLogin', 'Move'; Remove = 'Update' }
    AssertEqual 'Admin Delegate' "$($one.DefaultAuditSet)"
    Assert ($one.AuditOwner -contains 'MailboxLogin' -and $one.AuditOwner -notcontains 'Update' -and $one.AuditOwner.Count -eq 11)
    Set-Mailbox user1 -AuditAdmin Copy -AuditDelegate $null
    AssertEqual 'Copy 0 0' "$($one.AuditAdmin) $(@($one.AuditDelegate).Count) $(@($one.DefaultAuditSet).Count)"
    Set-Mailbox user1 -DefaultAuditSet Admin
    AssertEqual '13 0 Admin' "$($one.AuditAdmin.Count) $(@($one.AuditDelegate).Count) $($one.DefaultAuditSet)"
    Set-Mailbox user1 -AuditEnabled $false -AuditLogAgeLimit 180.00:00:00
    AssertEqual 'False 180.00:00:00' "$($one.AuditEnabled) $($one.AuditLogAgeLimit)"
}

It 'rejects actions in the words of Exchange, and then changes nothing' {
    Reset-StandInTenant
    Connect-ExchangeOnline -ShowBanner:$false
    $tenant = Get-StandInTenant
    $tenant.Unlicensed = @{ user1 = @('SearchQueryInitiated') }
    $cases = [ordered]@{
        BABABOOEY            = 'Cannot process argument transformation on parameter*The possible enumeration values are *'
        MessageBind          = '*MessageBind audit operation type is deprecated*'
        SendAs               = 'Invalid audit operation specified. Supported audit operations for Mailbox Owner are *'
        SearchQueryInitiated = '*Auditing of SearchQueryInitiated event is only available for users with appropriate license.'
    }
    foreach ($action in $cases.Keys) {
        Set-Mailbox user1 -AuditOwner @{ Add = 'Move', $action } -AuditEnabled $false -ErrorAction SilentlyContinue -ErrorVariable failed
        Assert ("$failed" -like $cases[$action]) "$failed"
        AssertEqual '10 True 3' "$($tenant.Mailboxes[0].AuditOwner.Count) $($tenant.Mailboxes[0].AuditEnabled) $($tenant.Mailboxes[0].DefaultAuditSet.Count)"
    }
    $tenant.RefusesKnown = $true
    Set-Mailbox user1 -AuditOwner @{ Add = 'Update' } -ErrorAction SilentlyContinue -ErrorVariable failed
    AssertEqual 'The input audit operation(s) is/are already being audited.' "$failed"
}

Complete-Test
