# Measures the module beside other ways to the same answer, in one process, over mailboxes in memory.
# Each way runs in turn, several rounds; the best round counts. Prints tab-separated: name, microseconds a mailbox.
# Nobody passes bypass associations: no way has to join them.
param([string] $Module, [string] $Scratch, [int] $Count = 50000, [int] $Rounds = 5)
$ErrorActionPreference = 'Stop'

$admin = 'ApplyRecord', 'Create', 'HardDelete', 'MailItemsAccessed', 'MoveToDeletedItems', 'Send', 'SendAs', 'SendOnBehalf',
    'SoftDelete', 'Update', 'UpdateCalendarDelegation', 'UpdateFolderPermissions', 'UpdateInboxRules'
$delegate = $admin -notmatch '^(Send|UpdateCalendarDelegation)$'
$owner = $admin -notmatch '^(Create|SendAs|SendOnBehalf)$'

# As they come from Exchange Online: 29 properties, lists deserialised as ArrayList. Every tenth has another list.
$mailboxes = foreach ($number in 1..$Count) {
    $ownList = if ($number % 10) { $owner } else { $owner[0..($number / 10 % 9)] }
    [pscustomobject][ordered]@{
        ExternalDirectoryObjectId = [guid]::NewGuid().ToString(); UserPrincipalName = "user$number@contoso.example"
        Alias = "user$number"; DisplayName = "User $number"; EmailAddresses = @("SMTP:user$number@contoso.example")
        PrimarySmtpAddress = "user$number@contoso.example"; RecipientType = 'UserMailbox'
        RecipientTypeDetails = 'UserMailbox'; Identity = "user$number"; Id = "user$number"; ExchangeVersion = '0.20 (15.0.0.0)'
        Name = "user$number"; DistinguishedName = "CN=user$number,OU=contoso.example,DC=PROD,DC=OUTLOOK,DC=COM"
        OrganizationId = 'contoso.example'; Guid = [guid]::NewGuid(); ExchangeGuid = [guid]::NewGuid()
        AuditAdmin = [System.Collections.ArrayList]$admin; AuditDelegate = [System.Collections.ArrayList]$delegate
        AuditEnabled = $true; AuditLogAgeLimit = '90.00:00:00'; AuditOwner = [System.Collections.ArrayList]@($ownList)
        DefaultAuditSet = [System.Collections.ArrayList]('Admin', 'Delegate', 'Owner')
        WhenCreated = [datetime]'2024-01-01'; WhenChanged = [datetime]'2026-01-01'; IsValid = $true; ObjectState = 'Unchanged'
        HiddenFromAddressListsEnabled = $false; ArchiveStatus = 'None'; Database = 'DB01'
    }
}

Import-Module $Module
# What the floor does in one call, as ours does: reads the same properties, copies a record.
$floor, $record, $names = & (Get-Module NonAuditedMailbox) {
    Initialize-NamNative
    $native = $script:Native
    $class = $native.Module.DefineType('NonAuditedMailbox.Floor', 'Public, Abstract, Sealed')
    $takes = [type[]]@([psobject], [string[]], [string[]], $native.Result)
    Write-NamBody ($class.DefineMethod('Answer', 'Public, Static', $native.Result, $takes)) `
        'ldarg_0; ldarg_1; ldarg_2; call read; pop; ldarg_3; ldarg_2; ldarg_0; ldnull; callvirt copy; ret' `
        @{ read = $native.Functions.GetMethod('Read'); copy = $native.Result.GetMethod('Copy') }
    $record = $native.Result::new()
    $record.RecipientType, $record.AuditState, $record.Reason = 'UserMailbox', 'Gap', 'OptionalMissing'
    foreach ($field in 'DefaultAuditSet', 'NonAuditedAdmin', 'NonAuditedDelegate', 'NonAuditedOwner', 'Unrecognized') {
        $record.$field = Get-NamNameList 'Copy,FolderBind,Move'
    }
    $class.CreateType(), $record, (Get-NamPropertyNames $false -Cloud)
}

# What a baseline asks for in the scripts: the same as All. What else an answer of the same columns needs: which of these are
# audited by default, which actions there are, and which may depend on the licence.
$wanted, $defaults, $known = @{}, @{}, @()
foreach ($row in Get-MailboxAuditActionCatalog -Platform ExchangeOnline) {
    $known += $row.Action
    if ($row.Status -in 'Default', 'Optional') { $wanted[$row.LogonType] = @($wanted[$row.LogonType]) + $row.Action -ne $null }
    if ($row.Status -eq 'Default') { $defaults[$row.LogonType] = @($defaults[$row.LogonType]) + $row.Action -ne $null }
}
$licensed = 'MailItemsAccessed', 'Send', 'SearchQueryInitiated'

function Invoke-Nothing { [CmdletBinding()] param([Parameter(ValueFromPipeline)] $Mailbox) process { } }

# The floor: reads the same properties and emits the same class by the same means, without the difference.
function Invoke-Floor {
    [CmdletBinding()] param([Parameter(ValueFromPipeline)] $Mailbox)
    begin { $texts = [string[]]::new($names.Count) }
    process { foreach ($item in $Mailbox) { $floor::Answer($item, $names, $texts, $record) } }
}

# What an expert writes for the same columns: sets made once and subtracted, nothing piped, one object.
function Invoke-Expert {
    [CmdletBinding()] param([Parameter(ValueFromPipeline)] $Mailbox)
    begin {
        $set, $ignoreCase = [System.Collections.Generic.HashSet[string]], [System.StringComparer]::OrdinalIgnoreCase
        $allAdmin = $set::new([string[]]$wanted.Admin, $ignoreCase)
        $allDelegate = $set::new([string[]]$wanted.Delegate, $ignoreCase)
        $allOwner = $set::new([string[]]$wanted.Owner, $ignoreCase)
        $managedAdmin = $set::new([string[]]$defaults.Admin, $ignoreCase)
        $managedDelegate = $set::new([string[]]$defaults.Delegate, $ignoreCase)
        $managedOwner = $set::new([string[]]$defaults.Owner, $ignoreCase)
        $actions, $licences = [string[]]$known, [string[]]$licensed
    }
    process {
        $listAdmin, $listDelegate = [string[]]$Mailbox.AuditAdmin, [string[]]$Mailbox.AuditDelegate
        $listOwner = [string[]]$Mailbox.AuditOwner
        $admin = $set::new($allAdmin, $ignoreCase)
        $admin.ExceptWith($listAdmin)
        $delegate = $set::new($allDelegate, $ignoreCase)
        $delegate.ExceptWith($listDelegate)
        $owner = $set::new($allOwner, $ignoreCase)
        $owner.ExceptWith($listOwner)
        $unknown = $set::new($listAdmin, $ignoreCase)
        $unknown.UnionWith($listDelegate)
        $unknown.UnionWith($listOwner)
        $unknown.ExceptWith($actions)
        $remarks = "organisation's AuditDisabled not read, taken as False"
        $isDefaultMissing = $false
        if ($managedAdmin.Overlaps($admin) -or $managedDelegate.Overlaps($delegate) -or $managedOwner.Overlaps($owner)) {
            $isDefaultMissing = $true
            foreach ($one in ('Admin', $managedAdmin, $admin), ('Delegate', $managedDelegate, $delegate), ('Owner', $managedOwner, $owner)) {
                $lost = $set::new($one[1], $ignoreCase)
                $lost.IntersectWith($one[2])
                if ($lost.Count) { $remarks += "; $($one[0]) lacks the defaults " + ($lost -join ', ') }
            }
        }
        $licence = $null
        foreach ($name in $licences) {
            if ($admin.Contains($name) -or $delegate.Contains($name) -or $owner.Contains($name)) { $licence += ", $name" }
        }
        if ($licence) { $remarks += '; a gap only if the licence covers it: ' + $licence.Substring(2) }
        $hasGap = $admin.Count -or $delegate.Count -or $owner.Count
        [pscustomobject]@{
            DisplayName = $Mailbox.DisplayName; UserPrincipalName = $Mailbox.UserPrincipalName
            PrimarySmtpAddress = $Mailbox.PrimarySmtpAddress; Guid = $Mailbox.Guid
            RecipientType = $Mailbox.RecipientTypeDetails
            AuditState = $(if ($hasGap) { 'Gap' } else { 'Unknown' })
            Reason = $(if ($isDefaultMissing) { 'DefaultsMissing' } elseif ($hasGap) { 'OptionalMissing' } else { 'NotRead' })
            AuditEnabled = $Mailbox.AuditEnabled; AuditBypassEnabled = $Mailbox.AuditBypassEnabled
            DefaultAuditSet = $Mailbox.DefaultAuditSet -join ','; NonAuditedAdmin = $admin -join ','
            NonAuditedDelegate = $delegate -join ','; NonAuditedOwner = $owner -join ','; Unrecognized = $unknown -join ','
            AuditLogAgeLimit = $Mailbox.AuditLogAgeLimit; Remarks = $remarks
        }
    }
}

# What is usually written for the same columns.
function Invoke-Usual {
    [CmdletBinding()] param([Parameter(ValueFromPipeline)] $Mailbox)
    process {
        $admin = @($wanted.Admin | Where-Object { $_ -notin $Mailbox.AuditAdmin })
        $delegate = @($wanted.Delegate | Where-Object { $_ -notin $Mailbox.AuditDelegate })
        $owner = @($wanted.Owner | Where-Object { $_ -notin $Mailbox.AuditOwner })
        $lost = @($admin | Where-Object { $_ -in $defaults.Admin }) + @($delegate | Where-Object { $_ -in $defaults.Delegate }) +
            @($owner | Where-Object { $_ -in $defaults.Owner })
        $missing = $admin + $delegate + $owner
        $listed = @($Mailbox.AuditAdmin) + $Mailbox.AuditDelegate + $Mailbox.AuditOwner
        $remarks = "organisation's AuditDisabled not read, taken as False"
        if ($lost) { $remarks += "; lacks the defaults $($lost -join ', ')" }
        $licence = $licensed | Where-Object { $_ -in $missing }
        if ($licence) { $remarks += "; a gap only if the licence covers it: $($licence -join ', ')" }
        [pscustomobject]@{
            DisplayName = $Mailbox.DisplayName; UserPrincipalName = $Mailbox.UserPrincipalName
            PrimarySmtpAddress = $Mailbox.PrimarySmtpAddress; Guid = $Mailbox.Guid
            RecipientType = $Mailbox.RecipientTypeDetails
            AuditState = if ($missing) { 'Gap' } else { 'Unknown' }
            Reason = if ($lost) { 'DefaultsMissing' } elseif ($missing) { 'OptionalMissing' } else { 'NotRead' }
            AuditEnabled = $Mailbox.AuditEnabled; AuditBypassEnabled = $Mailbox.AuditBypassEnabled
            DefaultAuditSet = $Mailbox.DefaultAuditSet -join ','; NonAuditedAdmin = $admin -join ','
            NonAuditedDelegate = $delegate -join ','; NonAuditedOwner = $owner -join ','
            Unrecognized = ($listed | Where-Object { $_ -notin $known }) -join ','
            AuditLogAgeLimit = $Mailbox.AuditLogAgeLimit; Remarks = $remarks
        }
    }
}

# A script that asks for each mailbox again, for its bypass too, and appends to a CSV row by row. Asking costs nothing
# here: the tenant is in memory, looked through as a server's answer would be filtered.
function Invoke-Appending {
    [CmdletBinding()] param([Parameter(ValueFromPipeline)] $Mailbox)
    process {
        $again = $few | Where-Object { $_.UserPrincipalName -eq $Mailbox.UserPrincipalName }
        $row = [ordered]@{ 'Display Name' = $again.DisplayName }
        foreach ($type in 'Owner', 'Admin', 'Delegate') {
            $row[$type] = ($wanted[$type] | Where-Object { $_ -notin $again."Audit$type" }) -join ','
        }
        [pscustomobject]$row | Export-Csv "$Scratch/appended.csv" -NoTypeInformation -Append
    }
}

$few = @($mailboxes[0..([Math]::Min(1000, $Count) - 1)])
$ways = [ordered]@{
    'nothing'  = { $mailboxes | Invoke-Nothing }
    'floor'    = { $mailboxes | Invoke-Floor }
    'objects'  = { $mailboxes | Get-NonAuditedMailboxAction }
    'csv'      = { $mailboxes | Export-NonAuditedMailboxAction "$Scratch/report.csv" }
    'expert'   = { $mailboxes | Invoke-Expert }
}
$best = @{}
foreach ($round in 0..$Rounds) {
    foreach ($way in $ways.Keys) {
        [GC]::Collect()
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        & $ways[$way] | Out-Null
        $time = $watch.Elapsed.TotalMilliseconds * 1000 / $mailboxes.Count
        # The first round warms up.
        if ($round -and ($null -eq $best[$way] -or $time -lt $best[$way])) { $best[$way] = $time }
    }
}
# Equal answers: a way that answers less would win unfairly.
foreach ($mailbox in $mailboxes[0..19]) {
    $ours = $mailbox | Get-NonAuditedMailboxAction
    foreach ($other in ($mailbox | Invoke-Expert), ($mailbox | Invoke-Usual)) {
        foreach ($property in $ours.PSObject.Properties) {
            $text = if ($null -eq $property.Value) { '' } else { $property.Value.ToString() }
            if ($property.Name -ne 'Remarks' -and "$($other.($property.Name))" -ne $text) {
                throw "$($property.Name): $($other.($property.Name)) instead of $text"
            }
        }
    }
}
$slow = @($mailboxes[0..([Math]::Min(5000, $Count) - 1)])
$watch = [System.Diagnostics.Stopwatch]::StartNew()
$slow | Invoke-Usual | Out-Null
$best['usual'] = $watch.Elapsed.TotalMilliseconds * 1000 / $slow.Count
$watch.Restart()
$few | Invoke-Appending
$best['appending'] = $watch.Elapsed.TotalMilliseconds * 1000 / $few.Count

$culture = [System.Globalization.CultureInfo]::InvariantCulture
foreach ($name in $best.Keys) { "result`t$name`t" + ([double]$best[$name]).ToString('F3', $culture) }
