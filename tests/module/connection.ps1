. "$PSScriptRoot/common.ps1"
$separator = [System.IO.Path]::PathSeparator
$env:PSModulePath = "$PSScriptRoot/stand-in$separator$env:PSModulePath"
Import-Module ExchangeOnlineManagement

# The private functions as commands that share them call them.
& (Get-Module NonAuditedMailbox) {
    Initialize-NamNative
    function global:Test-Connection {
        [CmdletBinding(SupportsShouldProcess)]
        param([hashtable] $With = @{}, [scriptblock] $Do = {})
        $connection = Connect-NamExchange $PSCmdlet $With
        try { . $Do $connection $PSCmdlet } finally { Disconnect-NamExchange $PSCmdlet $connection }
    }
    function global:Read-Remote($Command, $Arguments = @{}) {
        Test-Connection @{ AppId = 'app'; Organization = 'contoso.example'; CertificateThumbprint = 'AB' } {
            param($connection, $cmdlet)
            $script:dropped, $script:seen = 0, @()
            $outcome = Invoke-NamRemote $cmdlet $connection $Command $Arguments { $script:seen += $args[0].Name } { $script:dropped++; $script:seen = @() }
            $outcome.Seen, $outcome.Dropped, $outcome.Calls = $script:seen, $script:dropped, $connection.Calls
            $outcome
        }
    }
}
# Nobody waits in a test, but it is told how long.
function global:Start-Sleep { param($Seconds) $script:slept += $Seconds }

function Get-Failure([scriptblock] $Block) {
    try { & $Block } catch { return $_ }
    throw 'it did not fail'
}

$secret = ConvertTo-SecureString 'hidden' -AsPlainText -Force
$ids = @{ AppId = '36ee4c6c-1111-4222-8333-b22ebd02bce3'; Organization = 'contoso.example' }
$app = $ids + @{ CertificateThumbprint = '83213AEA' }
[System.IO.File]::WriteAllText("$Scratch/app.pfx", 'a certificate')

# What is given, and what reaches Connect-ExchangeOnline.
$ways = [ordered]@{
    'thumbprint'        = ($ids + @{ CertificateThumbprint = '83213AEA' }), 'AppId CertificateThumbprint Organization'
    'file'              = ($ids + @{ CertificateFilePath = "$Scratch/app.pfx"; CertificatePassword = $secret }), 'AppId CertificateFilePath CertificatePassword Organization'
    'file, no password' = ($ids + @{ CertificateFilePath = "$Scratch/app.pfx" }), 'AppId CertificateFilePath Organization'
    'credential'        = @{ Credential = [pscredential]::new('admin@contoso.example', $secret) }, 'Credential'
    'name and password' = @{ UserName = 'admin@contoso.example'; Password = $secret }, 'Credential'
    'managed identity'  = @{ ManagedIdentity = [switch]$true; Organization = 'contoso.example' }, 'ManagedIdentity Organization'
    'own identity'      = @{ ManagedIdentity = [switch]$true; ManagedIdentityAccountId = 'id'; Organization = 'contoso.example' }, 'ManagedIdentity ManagedIdentityAccountId Organization'
    'token'             = @{ AccessToken = $secret; Organization = 'contoso.example' }, 'AccessToken Organization'
    'delegated'         = ($ids + @{ CertificateThumbprint = '83'; DelegatedOrganization = 'fabrikam.example' }), 'AppId CertificateThumbprint DelegatedOrganization Organization'
    'another cloud'     = ($ids + @{ CertificateThumbprint = '83'; ExchangeEnvironmentName = 'O365China' }), 'AppId CertificateThumbprint ExchangeEnvironmentName Organization'
}
foreach ($way in $ways.Keys) {
    It "signs in and closes what it opened: $way" {
        Reset-StandInTenant
        $with, $expected = $ways[$way]
        Test-Connection $with { AssertEqual 1 @(Get-ConnectionInformation).Count }
        $connect = (Get-StandInTenant).Connects
        AssertEqual 1 $connect.Count
        $expected = @($expected -split ' ') + 'ErrorAction', 'ShowBanner' | Sort-Object
        AssertEqual "$expected" "$($connect[0].Keys | Sort-Object)"
        AssertEqual 'False 0' "$($connect[0].ShowBanner) $((Get-StandInTenant).Banners)"
        foreach ($name in $with.Keys) {
            if ($name -in 'UserName', 'Password', 'AccessToken') { continue }
            $given = if ($name -eq 'CertificateFilePath') { [System.IO.Path]::GetFullPath($with[$name]) } else { $with[$name] }
            Assert ($connect[0][$name] -eq $given) $name
        }
        if ($with.UserName) { AssertEqual 'admin@contoso.example hidden' "$($connect[0].Credential.UserName) $($connect[0].Credential.GetNetworkCredential().Password)" }
        if ($with.AccessToken) { AssertEqual 'hidden' $connect[0].AccessToken }
        AssertEqual 0 @(Get-ConnectionInformation).Count
    }
}

It 'does not sign in where nobody can' {
    Reset-StandInTenant
    foreach ($with in @{}, @{ UserPrincipalName = 'admin@contoso.example' }, @{ Device = [switch]$true }) {
        $failed = Get-Failure { Test-Connection $with }
        AssertEqual 'NonAuditedMailbox.NoSignIn,Test-Connection' $failed.FullyQualifiedErrorId
    }
    AssertEqual 0 (Get-StandInTenant).Connects.Count
}

It 'says what a way to sign in lacks, in place of asking for it' {
    $lacking = [ordered]@{
        '-CertificateThumbprint needs -AppId and -Organization too.' = @{ CertificateThumbprint = '83' }
        '-AppId needs -CertificateThumbprint, -CertificateFilePath or -Certificate too.' = $ids
        '-ManagedIdentity needs -Organization too.' = @{ ManagedIdentity = [switch]$true }
        '-UserName needs -Password too.' = @{ UserName = 'admin@contoso.example' }
    }
    foreach ($expected in $lacking.Keys) { AssertEqual $expected "$(Get-Failure { Test-Connection $lacking[$expected] })" }
    AssertEqual 0 (Get-StandInTenant).Connects.Count
}

It 'leaves a connection open that was there' {
    Reset-StandInTenant
    Connect-ExchangeOnline -ShowBanner:$false -UserPrincipalName admin@contoso.example
    Test-Connection @{} { param($connection) AssertEqual 'Online contoso.example' "$($connection.Kind) $($connection.Tenant)" }
    Test-Connection @{ UserPrincipalName = 'ADMIN@contoso.example' }
    AssertEqual '1 1 0' "$(@(Get-ConnectionInformation).Count) $((Get-StandInTenant).Connects.Count) $((Get-StandInTenant).Disconnects.Count)"
}

It 'does not take the connection to another tenant' {
    foreach ($with in $app, @{ UserPrincipalName = 'admin@fabrikam.example' }, @{ DelegatedOrganization = 'fabrikam.example' }) {
        $failed = Get-Failure { Test-Connection $with }
        AssertEqual 'NonAuditedMailbox.OtherConnection,Test-Connection' $failed.FullyQualifiedErrorId
    }
    AssertEqual 1 (Get-StandInTenant).Connects.Count
}

It 'takes no connection that cannot answer' {
    Reset-StandInTenant
    Connect-ExchangeOnline -ShowBanner:$false -UserPrincipalName admin@contoso.example
    foreach ($change in @{ TokenStatus = 'Expired' }, @{ IsEopSession = $true }, @{ State = 'Broken' }) {
        $connection = Get-ConnectionInformation
        $old = $connection.PSObject.Copy()
        foreach ($name in $change.Keys) { $connection.$name = $change[$name] }
        AssertEqual 'NonAuditedMailbox.NoSignIn,Test-Connection' (Get-Failure { Test-Connection }).FullyQualifiedErrorId
        foreach ($name in $change.Keys) { $connection.$name = $old.$name }
    }
    # It opens one of its own beside that, and closes no other.
    (Get-ConnectionInformation).IsEopSession = $true
    Test-Connection $app { AssertEqual 2 @(Get-ConnectionInformation).Count }
    AssertEqual $true (Get-ConnectionInformation).IsEopSession
}

It 'names the commands of a connection with a prefix' {
    Reset-StandInTenant
    Connect-ExchangeOnline -ShowBanner:$false -AppId app -Organization contoso.example -Prefix Contoso
    $outcome = Read-Remote Get-OrganizationConfig
    AssertEqual 'contoso.example True' "$($outcome.Seen) $($outcome.Complete)"
    AssertEqual 5 @((Read-Remote Get-EXOMailbox).Seen).Count
}

It 'uses the shell of Exchange Server as it is' {
    Reset-StandInTenant
    Enter-StandInServerShell
    Test-Connection @{} { param($connection) AssertEqual 'Server' $connection.Kind }
    AssertEqual 0 (Get-StandInTenant).Connects.Count
    # Who gives sign-in parameters means the cloud.
    Test-Connection $app { param($connection) AssertEqual 'Online' $connection.Kind }
    [void]$ExecutionContext.InvokeProvider.Item.Remove('function:Get-ExchangeServer', $false)
}

It 'tells why it cannot connect, and leaves nothing open' {
    foreach ($kind in 'Mfa', 'NoRole') {
        Reset-StandInTenant
        Add-StandInFailure Connect-ExchangeOnline $kind
        $failed = Get-Failure { Test-Connection $app }
        AssertEqual 'NonAuditedMailbox.NoConnection,Test-Connection' $failed.FullyQualifiedErrorId
        Assert ("$failed" -like '*multi-factor*' -or "$failed" -like '*Directory Roles*') "$failed"
        AssertEqual '1 0' "$((Get-StandInTenant).Connects.Count) $(@(Get-ConnectionInformation).Count)"
    }
    $failed = Get-Failure { Test-Connection @{ AppId = 'a'; Organization = 'b'; CertificateFilePath = "$Scratch/none.pfx" } }
    AssertEqual 'NonAuditedMailbox.NoCertificate,Test-Connection' $failed.FullyQualifiedErrorId
}

It 'disconnects also when what it connected for fails, and only says so when that fails' {
    Reset-StandInTenant
    Assert ("$(Get-Failure { Test-Connection $app { throw 'no disk' } })" -eq 'no disk')
    AssertEqual 0 @(Get-ConnectionInformation).Count
    Add-StandInFailure Disconnect-ExchangeOnline Timeout
    Test-Connection $app { 'done' } -WarningVariable said -WarningAction SilentlyContinue | ForEach-Object { AssertEqual 'done' $_ }
    Assert ("$said" -like '*could not be closed: The operation has timed out.') "$said"
}

It 'waits for what passes, longer each time, and keeps nothing twice' {
    foreach ($kind in 'TooManyRequests', 'ConcurrentRequests', 'LoadQuota', 'Unavailable', 'GatewayTimeout', 'ServerBusy',
        'Timeout', 'Canceled', 'ConnectionClosed', 'Pagination') {
        Reset-StandInTenant
        Add-StandInFailure Connect-ExchangeOnline $kind -Times 1
        Add-StandInFailure Get-EXOMailbox $kind -After 3 -Times 2
        $script:slept = @()
        $outcome = Read-Remote Get-EXOMailbox 3>$null
        AssertEqual 'user1 user2 user3 user4 user5' "$($outcome.Seen)"
        AssertEqual 'True 2 3' "$($outcome.Complete) $($outcome.Dropped) $($outcome.Calls)"
        AssertEqual 3 $slept.Count
        $least = switch ($kind) { 'TooManyRequests' { 30, 30, 30 } 'LoadQuota' { 12, 12, 12 } default { 5, 5, 10 } }
        foreach ($at in 0..2) { Assert ($slept[$at] -ge $least[$at] -and $slept[$at] -le $least[$at] * 1.3 + 1) "$kind $slept" }
    }
}

It 'gives up after some attempts, and where waiting does not help' {
    Reset-StandInTenant
    Add-StandInFailure Get-EXOMailbox Unavailable
    $script:slept = @()
    $outcome = Read-Remote Get-EXOMailbox 3>$null
    AssertEqual 'False 6 5' "$($outcome.Complete) $($outcome.Calls) $($slept.Count)"
    foreach ($kind in 'AccessDenied', 'Forbidden', 'NotFound') {
        Reset-StandInTenant
        Add-StandInFailure Get-EXOMailbox $kind -After 2
        $outcome = Read-Remote Get-EXOMailbox
        AssertEqual 'False 1 2' "$($outcome.Complete) $($outcome.Calls) $($outcome.Count)"
        AssertEqual 1 $outcome.Problems.Count
    }
}

It 'takes a warning of more results for what it is, whatever the caller wants to see' {
    Reset-StandInTenant
    (Get-StandInTenant).ServerLimit = 2
    (Get-StandInTenant).Warnings = @('The object user1 has been corrupted.')
    $WarningPreference = $ErrorActionPreference = 'SilentlyContinue'
    $outcome = Read-Remote Get-EXOMailbox @{ ResultSize = 'Unlimited' }
    AssertEqual 'False 2 1' "$($outcome.Complete) $($outcome.Count) $($outcome.Problems.Count)"
    Assert ("$($outcome.Problems)" -like 'There are more results*') "$($outcome.Problems)"
}

It 'tells which command a connection lacks' {
    Reset-StandInTenant
    (Get-StandInTenant).Forbidden = @('Get-MailboxAuditBypassAssociation')
    $outcome = Read-Remote Get-MailboxAuditBypassAssociation
    Assert ("$($outcome.Problems)" -like 'This connection has no Get-MailboxAuditBypassAssociation*') "$($outcome.Problems)"
}

# From here on the module is not installed, until one of these installers brings it.
Reset-StandInTenant
Remove-Module ExchangeOnlineManagement
$with = $env:PSModulePath
$without = $env:PSModulePath = $with.Substring($with.IndexOf($separator) + 1)
$folder = "$Scratch/old/ExchangeOnlineManagement"
$null = [System.IO.Directory]::CreateDirectory($folder)
[System.IO.File]::WriteAllText("$folder/ExchangeOnlineManagement.psd1", "@{ ModuleVersion = '2.0.5'; RootModule = 'ExchangeOnlineManagement.psm1' }")
[System.IO.File]::WriteAllText("$folder/ExchangeOnlineManagement.psm1", 'function Connect-ExchangeOnline { }')

function Set-Answer([bool] $Attended, [bool] $Consent) {
    $global:asked, $global:installed = @(), @()
    & (Get-Module NonAuditedMailbox) {
        param($attended, $consent)
        $script:testAttended, $script:testConsent = $attended, $consent
        function script:Test-NamInteractive { $script:testAttended }
        function script:Request-NamConsent($Cmdlet, $Question) { $global:asked += $Question; $script:testConsent }
    } $Attended $Consent
}
function global:Install-Module {
    [CmdletBinding()]
    param([string] $Name, [version] $MinimumVersion, [string] $Scope, [switch] $Force, [switch] $AllowClobber)
    $global:installed += "Install-Module $Name $MinimumVersion $Scope"
    $env:PSModulePath = $with
}
function Remove-Installed {
    Remove-Module ExchangeOnlineManagement -Force -ErrorAction SilentlyContinue
    $env:PSModulePath = $without
}

It 'asks before it installs what is missing' {
    Set-Answer $true $true
    Test-Connection $app { AssertEqual 1 (Get-StandInTenant).Connects.Count }
    AssertEqual 1 $asked.Count
    Assert ("$asked" -like 'ExchangeOnlineManagement 3.0.0 or later is not installed.*') "$asked"
    AssertEqual 'Install-Module ExchangeOnlineManagement 3.0.0 CurrentUser' "$installed"
    Remove-Installed
}

It 'installs nothing when it is told no, and asks nobody when nobody is there' {
    foreach ($attended in $true, $false) {
        Set-Answer $attended $false
        $failed = Get-Failure { Test-Connection $app }
        AssertEqual 'NonAuditedMailbox.NoExchangeModule,Test-Connection' $failed.FullyQualifiedErrorId
        Assert ("$failed" -like '*Type: Install-Module ExchangeOnlineManagement -Scope CurrentUser') "$failed"
        AssertEqual "$([int]$attended) 0" "$($asked.Count) $($installed.Count)"
    }
}

It 'installs without asking with -InstallModule, in place of an older version too' {
    foreach ($path in $without, "$Scratch/old$separator$without") {
        $env:PSModulePath = $path
        Set-Answer $false $false
        Test-Connection ($app + @{ InstallModule = [switch]$true }) { AssertEqual 1 (Get-StandInTenant).Connects.Count }
        AssertEqual '0 1' "$($asked.Count) $($installed.Count)"
        Remove-Installed
    }
}

It 'does not go on with an older version that is loaded' {
    Import-Module "$folder/ExchangeOnlineManagement.psd1"
    $failed = Get-Failure { Test-Connection ($app + @{ InstallModule = [switch]$true }) }
    AssertEqual 'NonAuditedMailbox.OldExchangeModule,Test-Connection' $failed.FullyQualifiedErrorId
    Remove-Installed
}

It 'installs with Install-PSResource where there is one, and tells when that fails' {
    function global:Install-PSResource {
        [CmdletBinding()]
        param([string] $Name, [string] $Version, [string] $Scope, [switch] $TrustRepository, [switch] $AcceptLicense)
        $global:installed += "Install-PSResource $Name $Version $Scope $TrustRepository"
        if ($global:fails) { Write-Error 'The gallery cannot be reached.' } else { $env:PSModulePath = $with }
    }
    Set-Answer $false $false
    $global:fails = $true
    $failed = Get-Failure { Test-Connection ($app + @{ InstallModule = [switch]$true }) }
    Assert ("$failed" -like '*The gallery cannot be reached.*Type: Install-PSResource ExchangeOnlineManagement -Scope CurrentUser') "$failed"
    $global:fails = $false
    Test-Connection ($app + @{ InstallModule = [switch]$true }) { AssertEqual 1 (Get-StandInTenant).Connects.Count }
    AssertEqual 'Install-PSResource ExchangeOnlineManagement [3.0.0,) CurrentUser True' $installed[-1]
}

Complete-Test
