# What Set-Mailbox does to audit settings, and what it says where it does not: Microsoft's page on mailbox auditing, and the
# texts that were reported in public.

$script:AuditOperations = 'None', 'Update', 'Copy', 'Move', 'MoveToDeletedItems', 'SoftDelete', 'HardDelete', 'FolderBind',
    'SendAs', 'SendOnBehalf', 'MessageBind', 'Create', 'MailboxLogin', 'UpdateFolderPermissions', 'AddFolderPermissions',
    'ModifyFolderPermissions', 'RemoveFolderPermissions', 'UpdateInboxRules', 'UpdateCalendarDelegation', 'RecordDelete',
    'ApplyRecord', 'MailItemsAccessed', 'Default', 'UpdateComplianceTag', 'Send', 'SearchQueryInitiated', 'AttachmentAccess',
    'PriorityCleanupDelete', 'ApplyPriorityCleanup', 'PreservedMailItemProactively', 'TotallyNew'
# What each logon type cannot have.
$script:NotFor = @{
    Admin    = 'MailboxLogin', 'SearchQueryInitiated'
    Delegate = 'Copy', 'MailboxLogin', 'SearchQueryInitiated', 'Send', 'UpdateCalendarDelegation', 'MessageBind'
    Owner    = 'Copy', 'FolderBind', 'MessageBind', 'SendAs', 'SendOnBehalf'
}
$script:Supported = 'None, Create, SoftDelete, HardDelete, Update, Move, MoveToDeletedItems, MailboxLogin and UpdateFolderPermissions'

function Set-Mailbox {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory, Position = 0)] [string] $Identity, [object] $AuditAdmin, [object] $AuditDelegate,
        [object] $AuditOwner, [string[]] $DefaultAuditSet, [bool] $AuditEnabled, [string] $AuditLogAgeLimit,
        [switch] $PublicFolder, [switch] $GroupMailbox
    )
    $failure = Get-StandInFailure $script:Tenant 'Set-Mailbox' $PSBoundParameters
    # -After counts calls here.
    if ($failure) { if ($failure.After -gt 0) { $failure.After--; $failure.Times++ } else { Stop-StandIn $failure; return } }
    $found = @(Select-StandInMailbox $script:Tenant.Mailboxes $Identity)
    if ($found.Count -ne 1) { Stop-StandIn @{ Kind = 'NotFound' }; return }
    $mailbox = $found[0]
    # All is checked before anything is set.
    $lists = @{}
    foreach ($logon in 'Admin', 'Delegate', 'Owner') {
        if (-not $PSBoundParameters.ContainsKey("Audit$logon")) { continue }
        $edit = $PSBoundParameters["Audit$logon"]
        $old = @($mailbox."Audit$logon")
        $add = if ($edit -is [hashtable]) { @($edit['Add'] | Where-Object { $_ }) } else { @($edit | Where-Object { $_ }) }
        $problem = Test-StandInAction $mailbox $logon $add $old ($edit -is [hashtable])
        if ($problem) { Write-Error -Message $problem -ErrorId 'Set-Mailbox'; return }
        $new = if ($edit -is [hashtable]) { @($old) + $add | Where-Object { $_ -notin $edit['Remove'] } } else { $add }
        # In the order of the enumeration, each once.
        $lists[$logon] = @($script:AuditOperations | Where-Object { $_ -in $new }) + @($new | Where-Object { $_ -notin $script:AuditOperations })
    }
    if ($DefaultAuditSet) {
        foreach ($logon in $DefaultAuditSet) {
            if ($logon -notin $mailbox.DefaultAuditSet) { $mailbox."Audit$logon" = $script:DefaultActions[$logon] }
        }
        $mailbox.DefaultAuditSet = @('Admin', 'Delegate', 'Owner' | Where-Object { $_ -in $DefaultAuditSet -or $_ -in $mailbox.DefaultAuditSet })
    }
    foreach ($logon in $lists.Keys) {
        if ($mailbox.Name -in $script:Tenant.Deaf) { continue }
        $mailbox."Audit$logon" = @($lists[$logon])
        if ($mailbox.PSObject.Properties['DefaultAuditSet']) {
            $mailbox.DefaultAuditSet = @($mailbox.DefaultAuditSet | Where-Object { $_ -ne $logon })
        }
    }
    if ($PSBoundParameters.ContainsKey('AuditEnabled')) { $mailbox.AuditEnabled = $AuditEnabled }
    if ($AuditLogAgeLimit) { $mailbox.AuditLogAgeLimit = $AuditLogAgeLimit }
}

function Test-StandInAction {
    # Why the server does not take these actions, if it does not.
    param($Mailbox, [string] $Logon, [string[]] $Names, [string[]] $Old, [bool] $IsAddition)
    foreach ($name in $Names) {
        if ($name -notin $script:AuditOperations) {
            return "Cannot process argument transformation on parameter 'Audit$Logon'. Cannot convert value ""$name"" to type " +
                """Microsoft.Exchange.Data.Directory.MailboxAuditOperations"" due to invalid enumeration values. Specify one of " +
                "the following enumeration values and try again. The possible enumeration values are '$($script:AuditOperations -join ', ')'."
        }
    }
    if ('MessageBind' -in $Names -and 'MessageBind' -notin $Old) {
        return '|Microsoft.Exchange.Management.Tasks.RecipientTaskException|MessageBind audit operation type is deprecated. Use MailItemsAccessed audit operation type instead.'
    }
    foreach ($name in $script:Tenant.Unlicensed[$Mailbox.Name]) {
        if ($name -in $Names) { return "|Microsoft.Exchange.Management.Tasks.RecipientTaskException|Auditing of $name event is only available for users with appropriate license." }
    }
    foreach ($name in $script:Tenant.Unnamed[$Mailbox.Name]) {
        if ($name -in $Names) { return "Invalid audit operation specified. Supported audit operations for Mailbox $Logon are $script:Supported." }
    }
    if ($script:Tenant.RefusesKnown -and $IsAddition -and ($Names | Where-Object { $_ -in $Old })) {
        return 'The input audit operation(s) is/are already being audited.'
    }
    foreach ($name in $Names) {
        if ($name -in $script:NotFor[$Logon]) { return "Invalid audit operation specified. Supported audit operations for Mailbox $Logon are $script:Supported." }
    }
}
