# How commands reach the tenant, fail, and answer.

# The texts of Exchange's failures. Terminating ones are thrown, others are written as errors.
$script:Failures = @{
    TooManyRequests = @{ Terminating = $true; RetryAfter = 30
        Text = 'Error while querying REST service. HttpStatusCode=429 ErrorMessage={"error":{"code":"TooManyRequests","message":"Too many requests. Retry-After: 30","innererror":{"message":"Too many requests"}}}' }
    ConcurrentRequests = @{ Terminating = $true
        Text = 'You have reached the maximum number of concurrent requests per tenant. Please wait and try again' }
    LoadQuota = @{ Terminating = $true
        Text = 'The WS-Management service cannot process the request. The system load quota of 1000 requests per 2 seconds has been exceeded. Send future requests at a slower rate or raise the system quota. The next request from this user will not be approved for at least 12000 milliseconds.' }
    Unavailable = @{ Terminating = $true; Text = 'Error while querying REST service. HttpStatusCode=503 ErrorMessage=' }
    GatewayTimeout = @{ Terminating = $true; Text = 'Error while querying REST service. HttpStatusCode=504 ErrorMessage={"error":{"code":"GatewayTimeout","message":"Gateway timeout."}}' }
    ServerBusy = @{ Terminating = $false
        Text = '|Microsoft.Exchange.Data.Storage.ServerBusyException|The server is currently busy. Please try again later.' }
    Timeout = @{ Terminating = $true; Text = 'The operation has timed out.' }
    Canceled = @{ Terminating = $true; Text = 'A task was canceled.' }
    ConnectionClosed = @{ Terminating = $true
        Text = 'The underlying connection was closed: A connection that was expected to be kept alive was closed by the server.' }
    Pagination = @{ Terminating = $true; Text = 'Error while querying REST service. HttpStatusCode=400 ErrorMessage={"error":{"code":"BadRequest","message":"Expired or Invalid pagination request. Default Expiry time is 00:30:00"}}' }
    AccessDenied = @{ Terminating = $false
        Text = "|Microsoft.Exchange.Configuration.Authorization.CmdletAccessDeniedException|The user isn't assigned to any management roles." }
    Forbidden = @{ Terminating = $true; Text = 'Error while querying REST service. HttpStatusCode=403 ErrorMessage=' }
    NotFound = @{ Terminating = $false
        Text = "|Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException|The operation couldn't be performed because object 'nobody' couldn't be found on 'EURPR04A001DC02.EURPR04A001.PROD.OUTLOOK.COM'." }
    Mfa = @{ Terminating = $true
        Text = "AADSTS50076: Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access '00000002-0000-0ff1-ce00-000000000000'." }
    NoRole = @{ Terminating = $true
        Text = "The role assigned to application 36ee4c6c-0812-40a2-b820-b22ebd02bce3 isn't supported in this scenario. Please check online documentation for assigning correct Directory Roles to Azure AD Application for EXO App-Only Authentication." }
    NotConnected = @{ Terminating = $true
        Text = 'You must call the Connect-ExchangeOnline cmdlet before calling any other cmdlets.' }
}

# Exchange Online says both where it had more to give.
$script:MoreResults = 'There are more results available than are currently displayed. To view them, increase the value for the ResultSize parameter.'
$script:OnlyFirst = 'By default, only the first 1000 items are returned. Use the ResultSize parameter to specify the number of items returned. To return all items, specify "-ResultSize Unlimited". Be aware that, depending on the actual number of items, returning all items can take a long time and consume a large amount of memory. Also, we don''t recommend storing the results in a variable. Instead, pipe the results to another task or script to perform batch changes.'

function Get-StandInFailure {
    # Notes a call, and tells how it is to fail if it is.
    param($Tenant, [string] $Command, $Parameters)
    if ($null -ne $Parameters) {
        $copy = @{}
        foreach ($name in $Parameters.Keys) { $copy[$name] = $Parameters[$name] }
        $Tenant.Calls.Add([pscustomobject]@{ Command = $Command; Parameters = $copy })
    }
    foreach ($failure in $Tenant.Failures[$Command]) {
        if ($failure.Times -le 0) { continue }
        $failure.Times--
        return $failure
    }
}

function Stop-StandIn {
    # Fails, if there is a failure.
    param($Failure)
    if (-not $Failure) { return }
    $kind = $script:Failures[$Failure.Kind]
    if ($kind.Terminating) { throw $kind.Text }
    Write-Error -Message $kind.Text -ErrorId $Failure.Kind
}

function Send-StandIn {
    # Answers, as far as the result size reaches and the failure lets it.
    param($Tenant, $Found, [string] $ResultSize, $Failure, [scriptblock] $Shape)
    $limit = if ($ResultSize -eq 'Unlimited') { [int]::MaxValue } elseif ($ResultSize) { [int]$ResultSize } else { 1000 }
    $limit = [Math]::Min($limit, $Tenant.ServerLimit)
    foreach ($warning in $Tenant.Warnings) { Write-Warning $warning }
    $sent, $shaped = 0, @{}
    foreach ($object in $Found) {
        if ($Failure -and $sent -eq $Failure.After) { Stop-StandIn $Failure; return }
        if ($sent -eq $limit) {
            if (-not $ResultSize) { Write-Warning $script:OnlyFirst }
            Write-Warning $script:MoreResults
            return
        }
        # A test with thousands of mailboxes may have the same one many times: it need not be copied each time.
        $key = "$($object.Guid)"
        if (-not $key -or -not $shaped.ContainsKey($key)) { $shaped[$key] = & $Shape $object }
        $shaped[$key]
        $sent++
    }
    Stop-StandIn $Failure
}

function Select-StandInMailbox {
    param($Mailboxes, [string] $Identity, [string[]] $RecipientTypeDetails, [string] $Filter)
    # Of OPATH the simple comparisons, which read like PowerShell once the properties have an object.
    $where = if ($Filter) { [scriptblock]::Create(($Filter -replace '(?i)\b([a-z]+)(?=\s+-(eq|ne|like|notlike|gt|lt)\b)', '$$_.$1')) }
    foreach ($_ in $Mailboxes) {
        if ($Identity -and $Identity -notin $_.Identity, $_.UserPrincipalName, $_.PrimarySmtpAddress, "$($_.Guid)", $_.Alias) { continue }
        if ($RecipientTypeDetails -and $_.RecipientTypeDetails -notin $RecipientTypeDetails) { continue }
        if ($where -and -not (& $where)) { continue }
        $_
    }
}

function ConvertTo-StandInShape {
    # A copy as it comes over the wire: lists are ArrayLists of texts. Objects with the same properties share a block that
    # makes it, so that tests with thousands of mailboxes end soon.
    param($Object, [string[]] $Names)
    $has = $Object.PSObject.Properties.Name
    $key = "$Names of $has"
    if (-not $script:Shapes.ContainsKey($key)) {
        $members = foreach ($name in $has) {
            if ($Names -and $name -notin $Names) { continue }
            "'$name' = `$object.'$name'"
        }
        $lists = foreach ($name in 'AuditAdmin', 'AuditDelegate', 'AuditOwner', 'DefaultAuditSet', 'EmailAddresses', 'ObjectClass') {
            if ($name -in $has -and (-not $Names -or $name -in $Names)) {
                "`$copy.$name = [System.Collections.ArrayList]@(`$copy.$name)"
            }
        }
        $script:Shapes[$key] = [scriptblock]::Create("param(`$object) `$copy = [pscustomobject]@{ $($members -join '; ') }; $($lists -join '; '); `$copy")
    }
    & $script:Shapes[$key] $Object
}

$script:Shapes = @{}
