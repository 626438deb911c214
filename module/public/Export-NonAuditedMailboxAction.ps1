function Export-NonAuditedMailboxAction {
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType([System.IO.FileInfo])]
    param(
        [Parameter(Mandatory, ValueFromPipeline)]
        [Alias('Mailbox')]
        [object] $InputObject,

        [Parameter(Mandatory, Position = 0)]
        [string] $Path,

        [ValidateSet('Csv', 'Json', 'Ndjson')]
        [string] $Format,

        [ValidateSet('All', 'Classic')]
        [string] $Columns = 'All',

        [object] $Baseline = 'All',

        [ValidateSet('Admin', 'Delegate', 'Owner')]
        [string[]] $LogonType,

        [SupportsWildcards()]
        [string[]] $Action,

        [object[]] $BypassAssociation,

        [object] $OrganizationConfig,

        [ValidateSet('Unknown', 'Standard', 'Premium')]
        [string] $Licence = 'Unknown',

        [ValidateSet('Auto', 'Online', 'Server')]
        [string] $Platform = 'Auto',

        [switch] $OnlyGap,

        [switch] $Expand,

        [switch] $NoClobber,

        [switch] $Force,

        [switch] $PassThru
    )

    begin {
        $file = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($Path)
        $write = $PSCmdlet.ShouldProcess($file, 'Write the report')
        if (-not $write) { return }
        $functions = $script:Native.Functions
        $question = New-NamQuestion $PSCmdlet $PSBoundParameters
        # Results bring their own question; one that is asked here would not be theirs.
        $asked = @('Baseline', 'LogonType', 'Action', 'BypassAssociation', 'OrganizationConfig', 'Licence', 'Platform' |
                Where-Object { $PSBoundParameters.ContainsKey($_) })
        # The path is tried before the commands before this one begin.
        $report = New-NamReport $PSCmdlet $file $Format $Columns $OnlyGap $Expand $NoClobber $Force
        $judge, $bypass = $question.Judge, $question.Bypass
        $message, $problem = [System.IntPtr[]]::new(2), [int[]]::new(1)
        $resultType = $script:Native.Result
    }

    process {
        if (-not $write) { return }
        foreach ($item in $InputObject) {
            $mailbox = $item
            if ($item -is $resultType) {
                if ($asked) { Stop-NamQuestion $PSCmdlet $asked $item }
                $mailbox, $question = $item.GetMailbox(), $item.GetQuestion()
                $judge, $bypass = $question.Judge, $question.Bypass
            }
            $failure = $null
            try {
                # Null and what is not there are not empty: their length says so, and the core refuses them.
                $value = $mailbox.AuditAdmin
                $admin = [string]::Join(',', @($value))
                $adminLength = if ($null -eq $value) { -1 } else { $admin.Length }
                $value = $mailbox.AuditDelegate
                $delegate = [string]::Join(',', @($value))
                $delegateLength = if ($null -eq $value) { -1 } else { $delegate.Length }
                $value = $mailbox.AuditOwner
                $owner = [string]::Join(',', @($value))
                $ownerLength = if ($null -eq $value) { -1 } else { $owner.Length }
                $value = $mailbox.DefaultAuditSet
                $default = [string]::Join(',', @($value))
                $defaultLength = if ($null -eq $value) { -1 } else { $default.Length }
                $type = [string]$mailbox.RecipientTypeDetails
                $version = [string]$mailbox.AdminDisplayVersion
                $enabled = [string]$mailbox.AuditEnabled
                $ownBypass = [string]$mailbox.AuditBypassEnabled
                $displayName = [string]$mailbox.DisplayName
                $name = [string]$mailbox.UserPrincipalName
                $address = [string]$mailbox.PrimarySmtpAddress
                $identity = [string]$mailbox.Identity
                if (-not $identity) { $identity = [string]$mailbox.Id }
                if (-not $identity) { $identity = [string]$mailbox.Name }
                $distinguishedName = [string]$mailbox.DistinguishedName
                $guid = [string]$mailbox.Guid
                $id = [string]$mailbox.ExchangeObjectId
                $ageLimit = [string]$mailbox.AuditLogAgeLimit
            }
            catch {
                # It goes into the report as unknown, never with what the mailbox before had.
                $failure = New-NamUnreadablePrototype $_
                $adminLength = $delegateLength = $ownerLength = $defaultLength = -1
                $type = 'UserMailbox'
                $version = $enabled = $ownBypass = $displayName = $address = $identity = $ageLimit = ''
                $distinguishedName = $guid = $id = ''
                $name = Get-NamMailboxLabel $null
            }
            try {
                $status = $functions::nam_report_add($report, $judge, $bypass, $displayName, $displayName.Length,
                    $name, $name.Length, $address, $address.Length, $identity, $identity.Length,
                    $distinguishedName, $distinguishedName.Length, $type, $type.Length, $guid, $guid.Length,
                    $id, $id.Length, $version, $version.Length, $enabled, $enabled.Length, $admin, $adminLength,
                    $delegate, $delegateLength, $owner, $ownerLength, $default, $defaultLength,
                    $ageLimit, $ageLimit.Length, $ownBypass, $ownBypass.Length, $problem, $message)
            }
            catch {
                # Else PowerShell goes on, without this mailbox.
                $report.Dispose()
                $PSCmdlet.ThrowTerminatingError($_)
            }
            if ($status -eq 0) { continue }
            if ($problem[0] -eq 0) {
                $report.Dispose()
                Assert-NamStatus $PSCmdlet $status $message $item
            }
            if (-not $failure) {
                $id, $category = $script:ProblemErrors[$problem[0]]
                $failure = @{ ErrorId = $id; ErrorCategory = $category; Problem = Get-NamText $message }
            }
            try { $PSCmdlet.WriteError((New-NamMailboxError $failure $item)) }
            catch {
                # With -ErrorAction Stop this is the end, without a report.
                $report.Dispose()
                throw
            }
        }
    }

    end {
        if (-not $write) { return }
        $written, $problems = [System.IntPtr[]]::new(2), [long[]]::new(1)
        $status = $functions::nam_report_finish($report, $judge, $bypass, $written, $problems, $message)
        $report.Dispose()
        Assert-NamStatus $PSCmdlet $status $message $Path
        $file = Get-NamText $written
        if ($problems[0] -gt 0) {
            $PSCmdlet.WriteWarning("The report $file is incomplete, and says so: it has $($problems[0]) problem(s).")
        }
        if ($PassThru) { [System.IO.FileInfo]::new($file) }
    }
}
