# A tenant that the core reads itself, without the ExchangeOnlineManagement module: Invoke-NonAuditedMailboxReport -Native.
# It uses the endpoint behind the cmdlets, which Microsoft does not document for others.

# The clouds, by their names at Connect-ExchangeOnline.
$script:NativeClouds = @{ O365Default = 'global'; O365China = 'china'; O365USGovGCCHigh = 'gcc-high'; O365USGovDoD = 'dod' }

# What the endpoint is not asked for.
$script:NotNative = 'IncludeGroupMailbox', 'RecipientTypeDetails', 'Filter', 'Identity', 'DelegatedOrganization', 'InstallModule',
    'UserPrincipalName'

function Get-NamNativeRequest {
    # What to read, as the core takes it, and the secret that goes with it.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [System.Collections.IDictionary] $Parameters)
    $given = @($NotNative | Where-Object { $Parameters.ContainsKey($_) })
    if ($given) { Stop-NamSignIn $Cmdlet "-$($given -join ', -') cannot be used with -Native." }
    if (-not $Parameters['Organization']) {
        Stop-NamSignIn $Cmdlet '-Native needs -Organization: a domain of the tenant, or its id.'
    }
    $cloud = 'global'
    if ($Parameters['ExchangeEnvironmentName']) { $cloud = $NativeClouds[$Parameters['ExchangeEnvironmentName']] }
    if (-not $cloud) { Stop-NamSignIn $Cmdlet "-Native cannot read $($Parameters['ExchangeEnvironmentName'])." }
    $request = @{ tenant = $Parameters['Organization']; cloud = $cloud; signIn = @{} }
    $secret = $null
    if ($Parameters['CertificateFilePath']) {
        if (-not $Parameters['AppId']) { Stop-NamSignIn $Cmdlet '-CertificateFilePath needs -AppId too.' }
        $request.signIn.clientId = $Parameters['AppId']
        $request.signIn.certificate = Resolve-NamPath $Cmdlet $Parameters['CertificateFilePath']
        $secret = $Parameters['CertificatePassword']
        if ($secret) { $request.secret = 'certificatePassword' }
    }
    elseif ($Parameters['AccessToken']) { $request.secret, $secret = 'token', $Parameters['AccessToken'] }
    else {
        $request.signIn.managedIdentity = $true
        if ($Parameters['ManagedIdentityAccountId']) { $request.signIn.clientId = $Parameters['ManagedIdentityAccountId'] }
    }
    @{ Json = ConvertTo-Json $request -Depth 4; Secret = $secret }
}

function Read-NamNativeTenant {
    # Reads a tenant into a saved input. Gives the file to read, which goes with the handle. A native call cannot be
    # interrupted, so the core reads on a thread of its own, and is asked how far it is.
    param(
        [System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Request, $Saved,
        [System.Collections.IDictionary] $Parameters
    )
    $functions, $message, $pointer = $script:Native.Functions, [System.IntPtr[]]::new(2), [System.IntPtr[]]::new(1)
    $done, $mailboxes, $associations, $note = [int[]]::new(1), [long[]]::new(1), [long[]]::new(1), [System.IntPtr[]]::new(2)
    $secret = [System.Management.Automation.Language.NullString]::Value
    # Plain at the last moment.
    if ($Request.Secret) { $secret = [System.Net.NetworkCredential]::new('', $Request.Secret).Password }
    Assert-NamStatus $Cmdlet $functions::nam_collect_start($Request.Json, $secret, $pointer, $message) $message
    $secret = $null
    $attended = Test-NamInteractive $Parameters
    $Cmdlet.WriteVerbose('Reading the tenant natively: organisation, bypass associations and mailboxes, side by side.')
    $read = $script:Native.Handles.collect::new($pointer[0])
    try {
        while (-not $done[0]) {
            $status = $functions::nam_collect_poll($read, 200, $done, $mailboxes, $associations, $note, $message)
            Assert-NamStatus $Cmdlet $status $message
            if ($attended) { Write-NamProgress $Cmdlet "Reading mailboxes: $($mailboxes[0])" }
        }
        if ($attended) { Write-NamProgress $Cmdlet 'Done' -Completed }
        $path = [System.IntPtr[]]::new(2)
        Assert-NamStatus $Cmdlet $functions::nam_collect_finish($read, $Saved, $path, $message) $message
        $Cmdlet.WriteVerbose("$($mailboxes[0]) mailboxes, $($associations[0]) bypass associations.")
        Get-NamText $path
    }
    # Where the pipeline was stopped, the reading ends here too.
    finally { $read.Dispose() }
}
