function Get-NonAuditedMailboxAction {
    [CmdletBinding(DefaultParameterSetName = 'Mailbox')]
    [OutputType('NonAuditedMailbox.Result', 'NonAuditedMailbox.Action')]
    param(
        [Parameter(ParameterSetName = 'Mailbox', Mandatory, Position = 0, ValueFromPipeline)]
        [object] $Mailbox,

        [Parameter(ParameterSetName = 'Path', Mandatory)]
        [string[]] $Path,

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

        [switch] $Expand
    )

    begin {
        if ($PSCmdlet.ParameterSetName -eq 'Path') { return }
        $question = New-NamQuestion $PSCmdlet $PSBoundParameters
        $judge, $bypass, $hasBypass = $question.Judge, $question.Bypass, $question.HasBypass
        $functions = $script:Native.Functions
        # By the number that the judge gives each combination of settings.
        $prototypes = @{}
        $verdict, $texts, $message = [long[]]::new(11), [System.IntPtr[]]::new(18), [System.IntPtr[]]::new(2)
        $found = [int[]]::new(1)
    }

    process {
        if ($PSCmdlet.ParameterSetName -eq 'Path') {
            $null = $PSBoundParameters.Remove('Path')
            Read-NamMailbox $PSCmdlet $Path | Get-NonAuditedMailboxAction @PSBoundParameters
            return
        }
        # An array may come as one object: ConvertFrom-Json of Windows PowerShell passes it so.
        foreach ($item in $Mailbox) {
            # Else PowerShell goes on after a property that throws, with what the mailbox before had.
            try {
                # Null and what is not there are not empty: their length says so, and the core refuses them.
                $value = $item.AuditAdmin
                $admin = [string]::Join(',', @($value))
                $adminLength = if ($null -eq $value) { -1 } else { $admin.Length }
                $value = $item.AuditDelegate
                $delegate = [string]::Join(',', @($value))
                $delegateLength = if ($null -eq $value) { -1 } else { $delegate.Length }
                $value = $item.AuditOwner
                $owner = [string]::Join(',', @($value))
                $ownerLength = if ($null -eq $value) { -1 } else { $owner.Length }
                $value = $item.DefaultAuditSet
                $default = [string]::Join(',', @($value))
                $defaultLength = if ($null -eq $value) { -1 } else { $default.Length }
                $type = [string]$item.RecipientTypeDetails
                $version = [string]$item.AdminDisplayVersion
                $enabled = [string]$item.AuditEnabled
                $displayName = [string]$item.DisplayName
                $name = [string]$item.UserPrincipalName
                $address = [string]$item.PrimarySmtpAddress
                $guid = [string]$item.Guid
                $ageLimit = [string]$item.AuditLogAgeLimit

                if ($hasBypass) {
                    $id = [string]$item.ExchangeObjectId
                    $distinguishedName = [string]$item.DistinguishedName
                    $status = $functions::nam_bypass_find($bypass, $guid, $guid.Length, $id, $id.Length,
                        $distinguishedName, $distinguishedName.Length, $found, $message)
                    if ($status -ne 0) { Assert-NamStatus $PSCmdlet $status $message $item }
                    $bypassed = $found[0]
                }
                else {
                    # No mailbox of Exchange has it, but admins add it.
                    $value = $item.AuditBypassEnabled
                    $bypassed = if ($null -eq $value) { -1 } else { ConvertTo-NamSwitch $value }
                }

                $hasAddress = $name.Length + $address.Length
                $status = $functions::nam_judge_mailbox($judge, $admin, $adminLength, $delegate, $delegateLength,
                    $owner, $ownerLength, $default, $defaultLength, $type, $type.Length, $version, $version.Length,
                    $enabled, $enabled.Length, $bypassed, $hasAddress, $verdict, $null, $message)
                if ($status -ne 0) { Assert-NamStatus $PSCmdlet $status $message $item }

                $prototype = $prototypes[$verdict[0]]
                if ($null -eq $prototype) {
                    # The first one with these settings: the same call, which gives the texts too.
                    $status = $functions::nam_judge_mailbox($judge, $admin, $adminLength, $delegate, $delegateLength,
                        $owner, $ownerLength, $default, $defaultLength, $type, $type.Length, $version,
                        $version.Length, $enabled, $enabled.Length, $bypassed, $hasAddress, $verdict, $texts,
                        $message)
                    if ($status -ne 0) { Assert-NamStatus $PSCmdlet $status $message $item }
                    $prototype = New-NamPrototype $verdict $texts $type
                    if ($verdict[0] -ge 0) { $prototypes[$verdict[0]] = $prototype }
                }
            }
            catch {
                $displayName = $name = $address = $guid = $ageLimit = ''
                $prototype = New-NamUnreadablePrototype $_
            }
            if ($prototype.ErrorId) {
                $PSCmdlet.WriteError((New-NamMailboxError $prototype $item))
                if (-not $prototype.IsMailbox) { continue }
            }
            if ($OnlyGap -and -not $prototype.IsGap) { continue }

            $result = $prototype.Record.Copy($displayName, $name, $address, $guid, $ageLimit, $item, $question)
            if ($Expand) { ConvertTo-NamAction $result } else { $result }
        }
    }
}
