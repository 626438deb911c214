# The way to Exchange: its module at hand, a connection, and calls that are repeated where the trouble will pass.
#
#   $connection = Connect-NamExchange $PSCmdlet $PSBoundParameters
#   try {
#       $outcome = Invoke-NamRemote $PSCmdlet $connection 'Get-EXOMailbox' @{ ResultSize = 'Unlimited' } { <# one object #> }
#   }
#   finally { Disconnect-NamExchange $PSCmdlet $connection }

# The module of Exchange Online speaks REST, and tells of its connections, since this version.
$script:ExchangeModule = 'ExchangeOnlineManagement'
$script:ExchangeModuleVersion = [version]'3.0.0'

# What a command passes to Connect-ExchangeOnline as it is.
$script:SignInParameters = 'UserPrincipalName', 'Device', 'AppId', 'Organization', 'CertificateThumbprint', 'CertificatePassword',
    'Certificate', 'Credential', 'ManagedIdentity', 'ManagedIdentityAccountId', 'DelegatedOrganization',
    'ExchangeEnvironmentName'

# What each way to sign in needs besides. It is not mandatory for PowerShell, which would ask for what is missing, and wait.
$script:SignInNeeds = [ordered]@{
    CertificateThumbprint = 'AppId', 'Organization'
    CertificateFilePath   = 'AppId', 'Organization'
    Certificate           = 'AppId', 'Organization'
    ManagedIdentity       = , 'Organization'
    UserName              = , 'Password'
    Password              = , 'UserName'
}

# How often a call is tried, the seconds before the second try, which double with each further one, and all waiting at most.
$script:RetryPolicy = @{ Attempts = 6; FirstWait = 5; TotalWait = 900 }

# Failures that pass: what Exchange Online, its front end and the network say then.
$script:TransientFailure = 'HttpStatusCode=(408|429|500|502|503|504)|\((408|429|500|502|503|504)\)|too ?many ?requests|throttl|' +
    'maximum number of (concurrent|connections)|load quota|server (is|was) (currently )?(too )?busy|serverbusy|' +
    'TransientException|CmdletProxyNotAvailable|BackendCommunicationException|UnableToWriteToAad|temporarily unavailable|' +
    'timed? ?-?out|task was canceled|connection was (closed|forcibly closed|aborted)|response ended prematurely|' +
    'error occurred (on a (send|receive)|while sending the request)|(expired or )?invalid pagination request'

function Test-NamInteractive {
    # Whether somebody is there who can answer, or sign in. A command that was told -Confirm:$false asks nothing.
    param([System.Collections.IDictionary] $Parameters = @{})
    if ($Parameters.ContainsKey('Confirm') -and -not $Parameters['Confirm']) { return $false }
    # Services and tasks of Windows that run without a desktop.
    if (-not [Environment]::UserInteractive) { return $false }
    # Pipelines of Azure DevOps, GitHub and most others.
    if ($env:TF_BUILD -or $env:GITHUB_ACTIONS -or $env:CI) { return $false }
    if ([Environment]::GetCommandLineArgs() -match '^[-/]noni') { return $false }
    # Jobs, runbooks and remote sessions have other hosts.
    if ($Host.Name -in 'Windows PowerShell ISE Host', 'Visual Studio Code Host') { return $true }
    $Host.Name -eq 'ConsoleHost' -and -not [Console]::IsInputRedirected
}

function Request-NamConsent {
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [string] $Question, [string] $Caption)
    $Cmdlet.ShouldContinue($Question, $Caption)
}

function Connect-NamExchange {
    # A connection to Exchange: the one that is there and fits, the shell of Exchange Server, or a new one. What was opened
    # here, and only that, is closed by Disconnect-NamExchange. Takes the sign-in parameters out of the command's.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [System.Collections.IDictionary] $Parameters)
    $signIn = Get-NamSignIn $Cmdlet $Parameters
    $existing = Find-NamConnection
    if ($existing) {
        Assert-NamSameTenant $Cmdlet $existing $signIn
        $Cmdlet.WriteVerbose("The connection $($existing.Name) to $(Get-NamTenantName $existing) is used, and left open.")
        return New-NamConnection $existing
    }
    if (-not $signIn.Count -and (Test-NamServerShell)) {
        $Cmdlet.WriteVerbose("This is the shell of Exchange Server: its own commands are used.")
        return @{ Kind = 'Server'; Tenant = ''; Prefix = ''; Opened = $null; Calls = 0 }
    }
    $attended = Test-NamInteractive $Parameters
    $isAlone = @('AppId', 'Credential', 'ManagedIdentity', 'AccessToken' | Where-Object { $signIn.ContainsKey($_) }).Count -gt 0
    if (-not $isAlone -and -not $attended) {
        Stop-NamSignIn $Cmdlet ('Nobody can sign in here. Give -AppId, -Organization and a certificate, -ManagedIdentity, ' +
            '-Credential or -AccessToken, or connect first with Connect-ExchangeOnline.')
    }
    Import-NamExchangeModule $Cmdlet ([bool]$Parameters['InstallModule']) $attended
    Open-NamConnection $Cmdlet $signIn
}

function Disconnect-NamExchange {
    # Closes what Connect-NamExchange opened. That it cannot be closed does not undo what was done.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Connection)
    if (-not $Connection.Opened) { return }
    $disconnect = Get-Command Disconnect-ExchangeOnline
    $with = @{ Confirm = $false; ErrorAction = 'Stop' }
    # Else it closes those of others too; module versions before 3.2 know no better.
    if ($disconnect.Parameters.ContainsKey('ConnectionId')) { $with.ConnectionId = "$($Connection.Opened)" }
    try {
        $null = & $disconnect @with
        $Cmdlet.WriteVerbose("The connection to $($Connection.Tenant) is closed.")
    }
    catch { $Cmdlet.WriteWarning("The connection to $($Connection.Tenant) could not be closed: $($_.Exception.Message)") }
    $Connection.Opened = $null
}

function Get-NamSignIn {
    # What to pass to Connect-ExchangeOnline. Secrets become plain at the last moment, and only where it wants them so.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [System.Collections.IDictionary] $Parameters)
    foreach ($way in $SignInNeeds.Keys) {
        if (-not $Parameters.ContainsKey($way)) { continue }
        $missing = @($SignInNeeds[$way] | Where-Object { -not $Parameters.ContainsKey($_) })
        if ($missing) { Stop-NamSignIn $Cmdlet "-$way needs -$($missing -join ' and -') too." }
    }
    $certificates = @('CertificateThumbprint', 'CertificateFilePath', 'Certificate' | Where-Object { $Parameters.ContainsKey($_) })
    if ($Parameters.ContainsKey('AppId') -and -not $certificates) {
        Stop-NamSignIn $Cmdlet '-AppId needs -CertificateThumbprint, -CertificateFilePath or -Certificate too.'
    }
    $signIn = @{}
    foreach ($name in $SignInParameters) { if ($Parameters.ContainsKey($name)) { $signIn[$name] = $Parameters[$name] } }
    if ($Parameters.ContainsKey('UserName')) {
        $signIn.Credential = [pscredential]::new($Parameters['UserName'], $Parameters['Password'])
    }
    if ($Parameters.ContainsKey('AccessToken')) {
        $signIn.AccessToken = [System.Net.NetworkCredential]::new('', $Parameters['AccessToken']).Password
    }
    if ($Parameters.ContainsKey('CertificateFilePath')) {
        $file = Resolve-NamPath $Cmdlet $Parameters['CertificateFilePath']
        if (-not [System.IO.File]::Exists($file)) {
            $Cmdlet.ThrowTerminatingError((New-NamErrorRecord 'NoCertificate' "There is no certificate file $file." 'ObjectNotFound' $file))
        }
        $signIn.CertificateFilePath = $file
    }
    $signIn
}

function Stop-NamSignIn {
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [string] $Message)
    $Cmdlet.ThrowTerminatingError((New-NamErrorRecord 'NoSignIn' $Message 'InvalidArgument' $null))
}

function Find-NamConnection {
    # The open connection to Exchange Online that Get-EXOMailbox would use, if there is one.
    # https://learn.microsoft.com/powershell/module/exchangepowershell/get-connectioninformation
    if (-not (Get-Module $ExchangeModule)) { return }
    $open = @(foreach ($one in Get-NamOpenConnection) {
            if ($one.State -eq 'Connected' -and $one.TokenStatus -ne 'Expired' -and -not $one.IsEopSession) { $one }
        })
    foreach ($one in $open) { if ($one.ConnectionUsedForInbuiltCmdlets) { return $one } }
    # Versions that do not tell have one alone.
    if ($open.Count -eq 1 -and $null -eq $open[0].ConnectionUsedForInbuiltCmdlets) { $open[0] }
}

function Get-NamOpenConnection {
    $command = Get-Command Get-ConnectionInformation -ErrorAction SilentlyContinue
    if ($command) { & $command }
}

function Assert-NamSameTenant {
    # Who asks for one tenant must not get the report of another one that happens to be connected.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, $Existing, [hashtable] $SignIn)
    $asked = @{}
    foreach ($name in 'UserPrincipalName', 'AppId', 'Organization', 'DelegatedOrganization') {
        if ($SignIn.ContainsKey($name)) { $asked[$name] = [string]$SignIn[$name] }
    }
    if ($SignIn.ContainsKey('Credential')) { $asked.UserPrincipalName = $SignIn.Credential.UserName }
    $others = @(foreach ($name in $asked.Keys) { if ([string]$Existing.$name -ne $asked[$name]) { "$name $($asked[$name])" } })
    if (-not $others) { return }
    $message = "There is a connection already, to $(Get-NamTenantName $Existing), and it is not the one that was asked for " +
        "($($others -join ', ')). Close it with Disconnect-ExchangeOnline, or leave the sign-in parameters out to use it."
    $Cmdlet.ThrowTerminatingError((New-NamErrorRecord 'OtherConnection' $message 'ConnectionError' $Existing))
}

function Get-NamTenantName {
    # What people call the tenant of a connection, as far as the connection knows.
    param($Connection)
    foreach ($name in $Connection.DelegatedOrganization, $Connection.Organization) { if ($name) { return [string]$name } }
    if ($Connection.UserPrincipalName -match '@(.+)$') { return $Matches[1] }
    [string]$Connection.TenantID
}

function New-NamConnection {
    param($Information, $Opened)
    @{
        Kind = 'Online'; Tenant = Get-NamTenantName $Information; Prefix = [string]$Information.ModulePrefix
        Opened = $Opened; Calls = 0
    }
}

function Test-NamServerShell {
    # Exchange Server's own shell, or a session that imported its commands.
    $found = Get-Command Get-Mailbox, Get-ExchangeServer -ErrorAction SilentlyContinue
    @($found).Count -eq 2
}

function Import-NamExchangeModule {
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [bool] $InstallModule, [bool] $Attended)
    $loaded = Get-Module $ExchangeModule | Where-Object { $_.Version -lt $ExchangeModuleVersion }
    if ($loaded) {
        $message = "This session has loaded $ExchangeModule $($loaded.Version), but version $ExchangeModuleVersion or later " +
            'is needed. Start a new session.'
        $Cmdlet.ThrowTerminatingError((New-NamErrorRecord 'OldExchangeModule' $message 'NotInstalled' $ExchangeModule))
    }
    if (Get-Module $ExchangeModule) { return }
    if (-not (Test-NamExchangeModule)) { Install-NamExchangeModule $Cmdlet $InstallModule $Attended }
    $Cmdlet.WriteVerbose("$ExchangeModule is imported.")
    # For the whole session, as PowerShell itself imports what is used.
    Import-Module $ExchangeModule -MinimumVersion $ExchangeModuleVersion -Global -ErrorAction Stop -Verbose:$false
}

function Test-NamExchangeModule {
    $found = Get-Module -ListAvailable $ExchangeModule -Verbose:$false | Where-Object { $_.Version -ge $ExchangeModuleVersion }
    $null -ne $found
}

function Install-NamExchangeModule {
    # Only when somebody said so: by the switch, or now.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [bool] $InstallModule, [bool] $Attended)
    $installer = Get-NamInstaller
    $line = $installer.Line
    $need = "$ExchangeModule $ExchangeModuleVersion or later is not installed."
    if (-not $InstallModule -and $Attended) {
        $InstallModule = Request-NamConsent $Cmdlet "$need Install it for this user, from the PowerShell Gallery?" 'Exchange Online'
    }
    if (-not $InstallModule -or -not $installer.Command) {
        $message = "$need Type: $line"
        $Cmdlet.ThrowTerminatingError((New-NamErrorRecord 'NoExchangeModule' $message 'NotInstalled' $ExchangeModule))
    }
    $Cmdlet.WriteVerbose("${need} $line")
    # Windows PowerShell offers the gallery old protocols that it refuses.
    if ($PSVersionTable.PSEdition -ne 'Core') {
        $protocols = [System.Net.ServicePointManager]
        $protocols::SecurityProtocol = $protocols::SecurityProtocol -bor [System.Net.SecurityProtocolType]::Tls12
    }
    try {
        $with = $installer.Parameters
        $null = & $installer.Command @with -ErrorAction Stop
        if (-not (Test-NamExchangeModule)) { throw 'it was not found afterwards' }
    }
    catch {
        $message = "$ExchangeModule could not be installed: $($_.Exception.Message) Type: $line"
        $Cmdlet.ThrowTerminatingError((New-NamErrorRecord 'NoExchangeModule' $message 'NotInstalled' $ExchangeModule))
    }
}

function Get-NamInstaller {
    # What installs modules here, its parameters, and the line that somebody could type. Neither asks anything.
    $command = Get-Command Install-PSResource -ErrorAction SilentlyContinue
    if ($command) {
        $with = @{
            Name = $ExchangeModule; Version = "[$ExchangeModuleVersion,)"; Scope = 'CurrentUser'; TrustRepository = $true
            AcceptLicense = $true
        }
        return @{ Command = $command; Parameters = $with; Line = "Install-PSResource $ExchangeModule -Scope CurrentUser" }
    }
    $with = @{
        Name = $ExchangeModule; MinimumVersion = $ExchangeModuleVersion; Scope = 'CurrentUser'; Force = $true
        AllowClobber = $true
    }
    $command = Get-Command Install-Module -ErrorAction SilentlyContinue
    @{ Command = $command; Parameters = $with; Line = "Install-Module $ExchangeModule -Scope CurrentUser" }
}

function Open-NamConnection {
    # Connects. What a failed attempt left open is closed again.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $SignIn)
    $before = @(Get-NamOpenConnection | ForEach-Object { "$($_.ConnectionId)" })
    $with = $SignIn + @{ ShowBanner = $false; ErrorAction = 'Stop' }
    $Cmdlet.WriteVerbose('Connecting to Exchange Online.')
    $failure = $null
    $retry = New-NamRetry
    do {
        try {
            $failure = $null
            $null = & (Get-Command Connect-ExchangeOnline) @with
        }
        catch { $failure = $_ }
    } while ($failure -and (Wait-NamRetry $Cmdlet $retry $failure 'Connect-ExchangeOnline'))
    $opened = @(Get-NamOpenConnection | Where-Object { "$($_.ConnectionId)" -notin $before })
    if (-not $failure -and $opened.Count) {
        $connection = New-NamConnection $opened[-1] $opened[-1].ConnectionId
        $Cmdlet.WriteVerbose("Connected to $($connection.Tenant).")
        return $connection
    }
    foreach ($one in $opened) { Disconnect-NamExchange $Cmdlet (New-NamConnection $one $one.ConnectionId) }
    $text = if ($failure) { $failure.Exception.Message } else { 'Connect-ExchangeOnline gave no connection.' }
    $record = New-NamErrorRecord 'NoConnection' "Exchange Online could not be reached: $text" 'ConnectionError' $null
    $Cmdlet.ThrowTerminatingError($record)
}

function Invoke-NamRemote {
    # Runs a command of Exchange and passes each object to $Each as it arrives. A failure that passes is waited for, and
    # the command begun again, after $Restart has dropped what came before: nothing is kept twice. Gives how it ended:
    # Complete, the Problems, the last Failure (an error record) and the Count of objects.
    param(
        [System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Connection, [string] $Command,
        [hashtable] $Parameters, [scriptblock] $Each = {}, [scriptblock] $Restart = {}
    )
    $retry = New-NamRetry
    do {
        $Connection.Calls++
        $outcome = Invoke-NamOnce $Cmdlet $Connection $Command $Parameters $Each
        $again = $outcome.Failure -and (Wait-NamRetry $Cmdlet $retry $outcome.Failure $Command)
        if ($again) { $null = & $Restart }
    } while ($again)
    $outcome
}

function Invoke-NamOnce {
    param(
        [System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Connection, [string] $Command,
        [hashtable] $Parameters, [scriptblock] $Each
    )
    $outcome = @{ Complete = $true; Problems = [System.Collections.Generic.List[string]]::new(); Failure = $null; Count = 0 }
    try {
        # Said here, so that the caller's preferences cannot hide what makes the answer incomplete.
        $with = $Parameters + @{ ErrorAction = 'Continue'; WarningAction = 'Continue' }
        & (Get-NamExchangeCommand $Command $Connection.Prefix) @with 2>&1 3>&1 | & {
            process {
                if ($_ -is [System.Management.Automation.ErrorRecord]) {
                    Add-NamFailure $outcome $_
                }
                elseif ($_ -is [System.Management.Automation.WarningRecord]) {
                    # More was there than came. The name of the parameter stands in it in every language.
                    if ($_.Message -match '\bResultSize\b') { Add-NamProblem $outcome $_.Message }
                    else { $Cmdlet.WriteWarning($_.Message) }
                }
                else {
                    $outcome.Count++
                    & $Each $_
                }
            }
        }
    }
    catch {
        # What fails on our own side, a full disk for instance, is no answer of Exchange.
        if ($_.FullyQualifiedErrorId -like 'NonAuditedMailbox.*') { throw }
        Add-NamFailure $outcome $_
    }
    $outcome
}

function Add-NamFailure {
    param([hashtable] $Outcome, [System.Management.Automation.ErrorRecord] $Failure)
    $Outcome.Failure = $Failure
    Add-NamProblem $Outcome $Failure.Exception.Message
}

function Add-NamProblem {
    param([hashtable] $Outcome, [string] $Text)
    $Outcome.Complete = $false
    # Exchange Online puts the type of its exception before what it says, between bars.
    $Text = $Text -replace '^\w?\|[\w.]+\|', ''
    if (-not $Outcome.Problems.Contains($Text)) { $Outcome.Problems.Add($Text) }
}

function Get-NamExchangeCommand {
    # The commands that come with a connection have its prefix; those of the module itself, such as Get-EXOMailbox, do not.
    param([string] $Command, [string] $Prefix)
    $name = $Command
    if ($Prefix -and $Command -notlike '*-EXO*') { $name = $Command -replace '-', "-$Prefix" }
    $found = Get-Command $name -ErrorAction SilentlyContinue
    if ($found) { return $found }
    throw "This connection has no ${name}: the account has no role that holds it, or the connection was opened without it."
}

function New-NamRetry { @{ Attempt = 1; Waited = 0 } }

function Wait-NamRetry {
    # Waits before the next attempt, longer each time, or as long as the server asks. False where no further attempt helps.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Retry, $Failure, [string] $What)
    if (-not (Test-NamTransient $Failure) -or $Retry.Attempt -ge $RetryPolicy.Attempts) { return $false }
    $seconds = $RetryPolicy.FirstWait * [Math]::Pow(2, $Retry.Attempt - 1)
    # Many clients that were refused at once shall not come back at once.
    $seconds += $seconds * [System.Random]::new().NextDouble() / 5
    $seconds = [Math]::Ceiling([Math]::Max($seconds, (Get-NamRetryAfter $Failure)))
    if ($Retry.Waited + $seconds -gt $RetryPolicy.TotalWait) { return $false }
    $Retry.Attempt++
    $Retry.Waited += $seconds
    $Cmdlet.WriteWarning("${What}: $($Failure.Exception.Message) " +
        "Again in $seconds s (attempt $($Retry.Attempt) of $($RetryPolicy.Attempts)).")
    Start-Sleep -Seconds $seconds
    $true
}

function Test-NamTransient {
    param([System.Management.Automation.ErrorRecord] $Failure)
    for ($exception = $Failure.Exception; $exception; $exception = $exception.InnerException) {
        if ($exception -is [System.TimeoutException] -or $exception -is [System.Threading.Tasks.TaskCanceledException]) {
            return $true
        }
        if ($exception.Response -and [int]$exception.Response.StatusCode -in 408, 429, 500, 502, 503, 504) { return $true }
        # The code of a permission or sign-in error stands for itself, whatever else the text says.
        if ($exception.Message -match 'AADSTS\d+|HttpStatusCode=40[13]') { return $false }
        if ($exception.Message -match $TransientFailure) { return $true }
    }
    $false
}

function Get-NamRetryAfter {
    # The seconds that the server asks to wait; 0 where it does not say.
    param([System.Management.Automation.ErrorRecord] $Failure)
    for ($exception = $Failure.Exception; $exception; $exception = $exception.InnerException) {
        $headers = $exception.Response.Headers
        # Two kinds of answers: HttpResponseMessage of PowerShell 7, HttpWebResponse of Windows PowerShell.
        if ($headers.RetryAfter.Delta) { return $headers.RetryAfter.Delta.TotalSeconds }
        if ($headers -is [System.Collections.Specialized.NameValueCollection] -and $headers['Retry-After'] -match '^\d+$') {
            return [double]$headers['Retry-After']
        }
        if ($exception.Message -match 'retry-after\W{1,4}(\d+)|after (\d+) seconds') { return [double]"$($Matches[1])$($Matches[2])" }
        if ($exception.Message -match '(\d+) ?(milliseconds|msecs)') { return [double]$Matches[1] / 1000 }
    }
    0
}
