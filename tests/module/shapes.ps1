. "$PSScriptRoot/common.ps1"

$names = 'HardDelete', 'SoftDelete', 'Update'
$missing = 'ApplyRecord,Create,MailboxLogin,MailItemsAccessed,Move,MoveToDeletedItems,RecordDelete,SearchQueryInitiated,' +
    'Send,UpdateCalendarDelegation,UpdateComplianceTag,UpdateFolderPermissions,UpdateInboxRules'

function RoundTrip($Value) {
    , [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($Value, 4))
}

$queue = [System.Collections.Generic.Queue[string]]::new()
foreach ($name in $names) { $queue.Enqueue($name) }
$shapes = [ordered]@{
    'array'                 = $names
    'strings'               = [string[]]$names
    'ArrayList'             = [System.Collections.ArrayList]$names
    'wrapped ArrayList'     = [psobject]::AsPSObject([System.Collections.ArrayList]$names)
    'wrapped names'         = @($names | ForEach-Object { [psobject]::AsPSObject($_) })
    'list'                  = [System.Collections.Generic.List[string]]$names
    'read-only collection'  = [System.Collections.ObjectModel.ReadOnlyCollection[string]]::new([string[]]$names)
    'set'                   = [System.Collections.Generic.HashSet[string]]$names
    'queue'                 = $queue
    'deserialised'          = RoundTrip ([System.Collections.ArrayList]$names)
    'joined'                = 'HardDelete, SoftDelete, Update'
    'joined by semicolons'  = 'HardDelete;SoftDelete;Update'
    'lines'                 = "HardDelete`nSoftDelete`nUpdate`n"
    'braces'                = '{HardDelete, SoftDelete, Update}'
    'flags in one element'  = , 'HardDelete, SoftDelete, Update'
    'another case and order' = 'update', 'HARDDELETE', 'softDelete'
}
foreach ($shape in $shapes.Keys) {
    It "reads $shape" {
        $result = New-Mailbox @{ AuditOwner = $shapes[$shape] } | Get-NonAuditedMailboxAction
        AssertEqual $missing $result.NonAuditedOwner.ToString()
        AssertEqual 'DefaultsMissing' $result.Reason
    }
}

It 'reads one name alone' {
    $result = New-Mailbox @{ AuditOwner = 'HardDelete' } | Get-NonAuditedMailboxAction -Action HardDelete, Update -LogonType Owner
    AssertEqual 'Update' $result.NonAuditedOwner.ToString()
}

It 'reads live and deserialised enumerations' {
    # Any enumeration prints as its names; this one stands for Exchange's.
    $live = [System.Collections.Generic.List[System.DayOfWeek]]@('Monday', 'Friday')
    foreach ($value in @($live), @(RoundTrip $live)) {
        $result = New-Mailbox @{ AuditOwner = $value } | Get-NonAuditedMailboxAction
        AssertEqual 'Monday,Friday' $result.Unrecognized.ToString()
    }
    $type = RoundTrip ([pscustomobject]@{ Kind = [System.DayOfWeek]'Friday' })
    New-Mailbox @{ RecipientTypeDetails = $type.Kind } | Get-NonAuditedMailboxAction -ErrorAction SilentlyContinue -ErrorVariable problems
    Assert ("$problems" -like '*its RecipientTypeDetails is Friday*') "$problems"
}

It 'reads empty lists' {
    foreach ($empty in @(@()), [System.Collections.ArrayList]@(), '', (RoundTrip ([System.Collections.ArrayList]@()))) {
        $mailbox = New-Mailbox
        $mailbox.AuditOwner = $empty
        $result = $mailbox | Get-NonAuditedMailboxAction
        AssertEqual 16 $result.NonAuditedOwner.Count
        AssertEqual 'Gap' $result.AuditState
    }
}

It 'reads switches in every form' {
    foreach ($on in $true, 'True', 'true', [psobject]::AsPSObject($true)) {
        AssertEqual $true (New-Mailbox @{ AuditEnabled = $on } | Get-NonAuditedMailboxAction).AuditEnabled
    }
    foreach ($off in $false, 'False') {
        AssertEqual $false (New-Mailbox @{ AuditEnabled = $off } | Get-NonAuditedMailboxAction).AuditEnabled
    }
}

It 'reads saved objects' {
    $expected = Import-Clixml "$Data/mailboxes.clixml" | Get-NonAuditedMailboxAction | ConvertTo-Csv
    $json = ConvertFrom-Json ([System.IO.File]::ReadAllText("$Data/mailboxes.json"))
    AssertEqual ($expected -join "`n") (($json | Get-NonAuditedMailboxAction | ConvertTo-Csv) -join "`n")
    # As one object, which is how Windows PowerShell 5.1 passes it.
    AssertEqual ($expected -join "`n") ((, $json | Get-NonAuditedMailboxAction | ConvertTo-Csv) -join "`n")
    AssertEqual ($expected -join "`n") ((Get-NonAuditedMailboxAction -Mailbox $json | ConvertTo-Csv) -join "`n")
    foreach ($file in 'mailboxes.json', 'mailboxes.clixml') {
        AssertEqual ($expected -join "`n") ((Get-NonAuditedMailboxAction -Path "$Data/$file" | ConvertTo-Csv) -join "`n")
    }
    $joined = @(Import-Csv "$Data/joined-lists.csv" | Get-NonAuditedMailboxAction)
    Assert ($joined.Count -gt 0 -and $joined.AuditState -notcontains 'Unknown')
}

It 'reads mailboxes of Exchange Server' {
    $results = @(Import-Clixml "$Data/exchange-server.clixml" | Get-NonAuditedMailboxAction)
    Assert ($results.Count -gt 1)
    AssertEqual 'NotAudited AuditNotEnabled' "$($results[0].AuditState) $($results[0].Reason)"
    AssertEqual 'Copy,MessageBind' $results[1].NonAuditedAdmin.ToString()
    $mailbox = Without 'DefaultAuditSet'
    AssertEqual 'Gap' ($mailbox | Get-NonAuditedMailboxAction -Platform Server).AuditState
}

It 'takes a list with null in it, and a null of a database, for what they are' {
    $unread = @{ AuditOwner = @($null) }, @{ AuditOwner = [System.Collections.ArrayList]@('HardDelete', $null) },
        @{ AuditOwner = $null, $null }, @{ AuditOwner = $null, 'Move' }, @{ AuditOwner = 'Move', $null, 'Copy' }, @{ AuditOwner = [DBNull]::Value }
    foreach ($with in $unread) {
        $result = New-Mailbox $with | Get-NonAuditedMailboxAction -ErrorAction SilentlyContinue -ErrorVariable problem
        AssertEqual 'Unknown 1' "$($result.AuditState) $($problem.Count)"
    }
    AssertEqual 'NonAuditedMailbox.MissingAuditProperty,Get-NonAuditedMailboxAction' $problem.FullyQualifiedErrorId
    $mailbox = New-Mailbox @{ AuditOwner = @($null); AuditAdmin = 'no list' ; DefaultAuditSet = 'Boss' }
    [System.IO.File]::WriteAllText("$Scratch/nulls.json", (ConvertTo-Json $mailbox))
    $live = $mailbox | Get-NonAuditedMailboxAction -ErrorAction SilentlyContinue
    $saved = Get-NonAuditedMailboxAction -Path "$Scratch/nulls.json" -ErrorAction SilentlyContinue
    Assert ($live.Remarks -like '*AuditOwner is a list with null in it*' -and $live.Remarks -like '*is "Boss"*') $live.Remarks
    AssertEqual $live.Remarks $saved.Remarks
}

It 'reads a time span that was JSON' {
    $json = ConvertTo-Json (New-Mailbox @{ AuditLogAgeLimit = [timespan]'90.01:02:03' }) | ConvertFrom-Json
    AssertEqual '90.01:02:03' ($json | Get-NonAuditedMailboxAction).AuditLogAgeLimit
    $other = New-Mailbox @{ AuditLogAgeLimit = [pscustomobject]@{ Days = 90 } }
    AssertEqual '@{Days=90}' ($other | Get-NonAuditedMailboxAction).AuditLogAgeLimit
}

It 'tells the platform as the core does with a file' {
    # The version tells Exchange Server, but where DefaultAuditSet has a value it is the cloud.
    foreach ($version in 'Version 15.1 (Build 2507.6)', 'Version 15.20 (Build 7587.31)', 'unknown', '') {
        foreach ($managed in @('Admin'), @(), 'Boss', '') {
            $mailbox = New-Mailbox @{ AdminDisplayVersion = $version; AuditEnabled = $false; DefaultAuditSet = $managed }
            [System.IO.File]::WriteAllText("$Scratch/version.json", (ConvertTo-Json $mailbox))
            $result = $mailbox | Get-NonAuditedMailboxAction -ErrorAction SilentlyContinue
            $expected = if ($managed -eq 'Boss') { 'Unknown' } elseif ($version -like '*15.1 *' -and -not $managed) { 'NotAudited' } else { 'Gap' }
            AssertEqual "$version $managed $expected" "$version $managed $($result.AuditState)"
            $saved = Get-NonAuditedMailboxAction -Path "$Scratch/version.json" -ErrorAction SilentlyContinue
            AssertEqual "$($result | ConvertTo-Csv)" "$($saved | ConvertTo-Csv)"
        }
    }
}

It 'takes properties in any order and case, and more of them' {
    $source = New-Mailbox
    $turned = [ordered]@{}
    foreach ($property in @($source.PSObject.Properties)[11..0]) { $turned[$property.Name.ToUpperInvariant()] = $property.Value }
    $turned['Something'] = 1
    $expected = ($source | Get-NonAuditedMailboxAction | ConvertTo-Csv) -join "`n"
    AssertEqual $expected (([pscustomobject]$turned | Get-NonAuditedMailboxAction | ConvertTo-Csv) -join "`n")
    AssertEqual $expected (($turned | Get-NonAuditedMailboxAction | ConvertTo-Csv) -join "`n")
}

Complete-Test
