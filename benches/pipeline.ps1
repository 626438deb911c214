# Measures the module beside other ways to the same answer, in one process, over mailboxes in memory.
# Each way runs in turn, several rounds; the best round counts. Prints tab-separated: name, microseconds a mailbox.
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

$before = [System.Diagnostics.Stopwatch]::StartNew()
Import-Module $Module
$import = $before.Elapsed.TotalMilliseconds
$result = & (Get-Module NonAuditedMailbox) { Initialize-NamNative; $script:Native.Result }
$lists = & (Get-Module NonAuditedMailbox) { Get-NamNameList 'Copy,FolderBind,Move'; }

# What a baseline asks for in the scripts: the same as All.
$wanted = @{}
foreach ($row in Get-MailboxAuditActionCatalog -Platform ExchangeOnline -Status Default, Optional) {
    $wanted[$row.LogonType] = @($wanted[$row.LogonType]) + $row.Action -ne $null
}

function Invoke-Nothing { [CmdletBinding()] param([Parameter(ValueFromPipeline)] $Mailbox) process { } }

# The floor: reads the same properties and emits the same class, its fields set one by one, without the difference.
function Invoke-Floor {
    [CmdletBinding()] param([Parameter(ValueFromPipeline)] $Mailbox)
    process {
        foreach ($item in $Mailbox) {
            $record = $result::new()
            $record.DisplayName = $item.DisplayName
            $record.UserPrincipalName = $item.UserPrincipalName
            $record.PrimarySmtpAddress = $item.PrimarySmtpAddress
            $record.Guid = $item.Guid
            $record.RecipientType = $item.RecipientTypeDetails
            $record.AuditLogAgeLimit = $item.AuditLogAgeLimit
            $record.AuditEnabled = $item.AuditEnabled
            $record.AuditBypassEnabled = $item.AuditBypassEnabled
            $value = $item.AuditAdmin
            $record.NonAuditedAdmin = $lists
            $value = $item.AuditDelegate
            $record.NonAuditedDelegate = $lists
            $value = $item.AuditOwner
            $record.NonAuditedOwner = $lists
            $value = $item.DefaultAuditSet
            $record.DefaultAuditSet = $lists
            $record.AuditState = 'Gap'
            $record.Reason = 'OptionalMissing'
            $record.Unrecognized = $lists
            $record.Remarks = ''
            $record
        }
    }
}

# What an expert writes: sets made once, one pass over each list, one object.
function Invoke-Expert {
    [CmdletBinding()] param([Parameter(ValueFromPipeline)] $Mailbox)
    begin {
        $ignoreCase = [System.StringComparer]::OrdinalIgnoreCase
        $sets = @{}
        foreach ($type in 'Admin', 'Delegate', 'Owner') { $sets[$type] = [string[]]$wanted[$type] }
    }
    process {
        $missing = @{}
        foreach ($type in 'Admin', 'Delegate', 'Owner') {
            $has = [System.Collections.Generic.HashSet[string]]::new([string[]]$Mailbox."Audit$type", $ignoreCase)
            $not = [System.Collections.Generic.List[string]]::new()
            foreach ($name in $sets[$type]) { if (-not $has.Contains($name)) { $not.Add($name) } }
            $missing[$type] = $not -join ','
        }
        [pscustomobject]@{
            DisplayName = $Mailbox.DisplayName; UserPrincipalName = $Mailbox.UserPrincipalName
            PrimarySmtpAddress = $Mailbox.PrimarySmtpAddress; Guid = $Mailbox.Guid
            RecipientType = $Mailbox.RecipientTypeDetails; AuditEnabled = $Mailbox.AuditEnabled
            AuditLogAgeLimit = $Mailbox.AuditLogAgeLimit; DefaultAuditSet = $Mailbox.DefaultAuditSet -join ','
            NonAuditedAdmin = $missing.Admin; NonAuditedDelegate = $missing.Delegate; NonAuditedOwner = $missing.Owner
        }
    }
}

# What is usually written.
function Invoke-Usual {
    [CmdletBinding()] param([Parameter(ValueFromPipeline)] $Mailbox)
    process {
        [pscustomobject]@{
            DisplayName = $Mailbox.DisplayName; UserPrincipalName = $Mailbox.UserPrincipalName
            DefaultAuditSet = $Mailbox.DefaultAuditSet -join ','
            NonAuditedAdmin = ($wanted.Admin | Where-Object { $_ -notin $Mailbox.AuditAdmin }) -join ','
            NonAuditedDelegate = ($wanted.Delegate | Where-Object { $_ -notin $Mailbox.AuditDelegate }) -join ','
            NonAuditedOwner = ($wanted.Owner | Where-Object { $_ -notin $Mailbox.AuditOwner }) -join ','
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
$slow = @($mailboxes[0..([Math]::Min(5000, $Count) - 1)])
$watch = [System.Diagnostics.Stopwatch]::StartNew()
$slow | Invoke-Usual | Out-Null
$best['usual'] = $watch.Elapsed.TotalMilliseconds * 1000 / $slow.Count
$watch.Restart()
$few | Invoke-Appending
$best['appending'] = $watch.Elapsed.TotalMilliseconds * 1000 / $few.Count

$best['import'] = $import * 1000
$culture = [System.Globalization.CultureInfo]::InvariantCulture
foreach ($name in $best.Keys) { "result`t$name`t" + ([double]$best[$name]).ToString('F3', $culture) }
