# Stands in for ExchangeOnlineManagement: an invented tenant in memory that answers in Exchange's shapes and fails with
# Exchange's texts. Commands that the real module has at once are here; those that come with a connection are in session/,
# a file each, and appear and vanish with it, as the real ones do.
#
# A test changes what Get-StandInTenant gives. One that runs in another process names a script in NAM_STAND_IN, which gets
# the tenant when this module is imported.

. "$PSScriptRoot/Tenant.ps1"
. "$PSScriptRoot/Call.ps1"
# What comes with a connection: set aside by name, since only a connection brings it into being.
$script:SessionCommands = @{}
foreach ($file in [System.IO.Directory]::GetFiles("$PSScriptRoot/session", '*.ps1')) {
    $name = [System.IO.Path]::GetFileNameWithoutExtension($file)
    . $file
    $script:SessionCommands[$name] = (Get-Command $name).ScriptBlock
    $ExecutionContext.InvokeProvider.Item.Remove("function:$name", $false)
}

$script:Tenant = New-StandInTenant

function Get-StandInTenant {
    # All state there is: see Tenant.ps1.
    $script:Tenant
}

function Reset-StandInTenant {
    # As it was at first, and nobody connected.
    Disconnect-StandIn @($script:Tenant.Connections)
    $fresh = New-StandInTenant
    foreach ($key in @($fresh.Keys)) { $script:Tenant[$key] = $fresh[$key] }
}

function Add-StandInFailure {
    # Lets a command fail: before it answers or -After so many objects, so many -Times. Tenant.ps1 has the kinds.
    param([string] $Command, [string] $Kind, [int] $After = 0, [int] $Times = [int]::MaxValue)
    if (-not $script:Failures.ContainsKey($Kind)) { throw "There is no failure $Kind." }
    if (-not $script:Tenant.Failures.ContainsKey($Command)) {
        $script:Tenant.Failures[$Command] = [System.Collections.Generic.List[hashtable]]::new()
    }
    $script:Tenant.Failures[$Command].Add(@{ Kind = $Kind; After = $After; Times = $Times })
}

function Get-StandInCall {
    # The calls of a command, or of all that reach the server, each with its parameters.
    param([string] $Command)
    foreach ($call in $script:Tenant.Calls) { if (-not $Command -or $call.Command -eq $Command) { $call } }
}

function Connect-ExchangeOnline {
    [CmdletBinding()]
    param(
        [string] $ConnectionUri, [string] $AzureADAuthorizationEndpointUri,
        [ValidateSet('O365China', 'O365Default', 'O365GermanyCloud', 'O365USGovDoD', 'O365USGovGCCHigh')]
        [string] $ExchangeEnvironmentName,
        [System.Management.Automation.Remoting.PSSessionOption] $PSSessionOption, [string] $DelegatedOrganization,
        [string] $Prefix, [string[]] $CommandName, [string[]] $FormatTypeName, [string] $AccessToken, [string] $AppId,
        [switch] $BypassMailboxAnchoring, [System.Security.Cryptography.X509Certificates.X509Certificate2] $Certificate,
        [string] $CertificateFilePath, [securestring] $CertificatePassword, [string] $CertificateThumbprint,
        [pscredential] $Credential, [switch] $Device, [switch] $DisableWAM, [switch] $EnableErrorReporting,
        [switch] $InlineCredential, [switch] $LoadCmdletHelp, [string] $LogDirectoryPath, [string] $LogLevel,
        [switch] $ManagedIdentity, [string] $ManagedIdentityAccountId, [string] $Organization, [uint32] $PageSize,
        [switch] $ShowBanner = $true, [bool] $ShowProgress, [switch] $SkipLoadingCmdletHelp,
        [switch] $SkipLoadingFormatData, [bool] $TrackPerformance, [bool] $UseMultithreading, [string] $UserPrincipalName
    )
    $parameters = @{}
    foreach ($name in $PSBoundParameters.Keys) { $parameters[$name] = $PSBoundParameters[$name] }
    $script:Tenant.Connects.Add($parameters)
    if ($ShowBanner) { $script:Tenant.Banners++ }
    Stop-StandIn (Get-StandInFailure $script:Tenant 'Connect-ExchangeOnline')
    $user = if ($Credential) { $Credential.UserName } elseif ($UserPrincipalName) { $UserPrincipalName }
    elseif (-not $AppId -and -not $ManagedIdentity -and -not $AccessToken) { $script:Tenant.Administrator }
    Connect-StandIn @{
        UserPrincipalName = $user; Organization = $Organization; DelegatedOrganization = $DelegatedOrganization
        AppId = $AppId; ModulePrefix = $Prefix; CertificateAuthentication = [bool]$AppId; CommandName = $CommandName
    }
}

function Connect-StandIn {
    # The commands of a session are there for everybody, in front of all that was there.
    param([hashtable] $Connection)
    $script:Tenant.Sessions++
    $number = $script:Tenant.Sessions
    foreach ($name in $script:SessionCommands.Keys) {
        # What the account may not run is not there.
        if ($name -in $script:Tenant.Forbidden) { continue }
        if ($Connection.CommandName -and $name -notin $Connection.CommandName) { continue }
        $place = "function:global:$(Get-StandInName $name $Connection.ModulePrefix)"
        $null = $ExecutionContext.InvokeProvider.Item.Set($place, $script:SessionCommands[$name])
    }
    foreach ($other in $script:Tenant.Connections) { $other.ConnectionUsedForInbuiltCmdlets = $false }
    $script:Tenant.Connections.Add([pscustomobject]@{
        ConnectionId = [guid]::NewGuid(); State = 'Connected'; Id = $number; Name = "ExchangeOnline_$number"
        UserPrincipalName = $Connection.UserPrincipalName; ConnectionUri = 'https://outlook.office365.com'
        AzureAdAuthorizationEndpointUri = 'https://login.microsoftonline.com/organizations'
        TokenExpiryTimeUTC = [DateTimeOffset]::UtcNow.AddHours(1)
        CertificateAuthentication = $Connection.CertificateAuthentication; ModuleName = "tmpEXO_$number"
        ModulePrefix = $Connection.ModulePrefix; Organization = $Connection.Organization
        DelegatedOrganization = $Connection.DelegatedOrganization; AppId = $Connection.AppId; PageSize = 1000
        TenantID = $script:Tenant.TenantId; TokenStatus = 'Active'; ConnectionUsedForInbuiltCmdlets = $true
        IsEopSession = $false
    })
}

function Get-ConnectionInformation {
    [CmdletBinding()]
    param([string[]] $ConnectionId)
    foreach ($connection in $script:Tenant.Connections) {
        if (-not $ConnectionId -or "$($connection.ConnectionId)" -in $ConnectionId) { $connection }
    }
}

function Disconnect-ExchangeOnline {
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
    param([string[]] $ConnectionId)
    # The real one asks, and unattended nobody would answer.
    if (-not $PSCmdlet.ShouldProcess('Running this cmdlet clears all active sessions.')) { return }
    $script:Tenant.Disconnects.Add(@{ ConnectionId = $ConnectionId })
    Stop-StandIn (Get-StandInFailure $script:Tenant 'Disconnect-ExchangeOnline')
    Disconnect-StandIn @(Get-ConnectionInformation -ConnectionId $ConnectionId)
}

function Disconnect-StandIn {
    param([object[]] $Connections)
    foreach ($connection in $Connections) {
        foreach ($name in $script:SessionCommands.Keys) {
            $place = "function:$(Get-StandInName $name $connection.ModulePrefix)"
            if ($ExecutionContext.InvokeProvider.Item.Exists($place)) { $ExecutionContext.InvokeProvider.Item.Remove($place, $false) }
        }
        $null = $script:Tenant.Connections.Remove($connection)
    }
}

function Get-StandInName {
    param([string] $Command, [string] $Prefix)
    $verb, $noun = $Command.Split('-')
    "$verb-$Prefix$noun"
}

function Get-EXOMailbox {
    [CmdletBinding()]
    param(
        [Parameter(Position = 0)] [string] $Identity, [string[]] $Properties,
        [ValidateSet('All', 'Minimum', 'AddressList', 'Archive', 'Audit', 'Custom', 'Delivery', 'Hold', 'Moderation', 'Move',
            'Policy', 'PublicFolder', 'Quota', 'Resource', 'Retention', 'SCL', 'SoftDelete', 'StatisticsSeed')]
        [string[]] $PropertySets = 'Minimum',
        [ValidateSet('DiscoveryMailbox', 'EquipmentMailbox', 'LegacyMailbox', 'LinkedMailbox', 'LinkedRoomMailbox',
            'RoomMailbox', 'SchedulingMailbox', 'SharedMailbox', 'TeamMailbox', 'UserMailbox')]
        [string[]] $RecipientTypeDetails,
        [string] $Filter, [string] $ResultSize
    )
    if (-not $script:Tenant.Connections.Count) { Stop-StandIn @{ Kind = 'NotConnected'; After = 0 } }
    $failure = Get-StandInFailure $script:Tenant 'Get-EXOMailbox' $PSBoundParameters
    $names = @($Properties) + @(foreach ($set in $PropertySets) { $script:PropertySets[$set] }) | Where-Object { $_ }
    $found = Select-StandInMailbox $script:Tenant.Mailboxes $Identity $RecipientTypeDetails $Filter
    Send-StandIn $script:Tenant $found $ResultSize $failure { ConvertTo-StandInShape $args[0] $names }
}

function Enter-StandInServerShell {
    # Exchange Server's shell has its commands without connecting, and DefaultAuditSet is not there.
    foreach ($mailbox in $script:Tenant.Mailboxes) {
        $mailbox.PSObject.Properties.Remove('DefaultAuditSet')
        $mailbox.AdminDisplayVersion = 'Version 15.2 (Build 1748.10)'
    }
    $script:Tenant.Organization.PSObject.Properties.Remove('AuditDisabled')
    Connect-StandIn @{}
    $script:Tenant.Connections.Clear()
    function global:Get-ExchangeServer { [pscustomobject]@{ Name = 'EX01'; AdminDisplayVersion = 'Version 15.2 (Build 1748.10)' } }
}

if ($env:NAM_STAND_IN) { . $env:NAM_STAND_IN $script:Tenant }
