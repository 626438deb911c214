. "$PSScriptRoot/common.ps1"

# What is read of a tenant goes into a saved input, of which objects and reports are made. Its functions are private: the
# commands that read a tenant use them.
$namModule = Get-Module NonAuditedMailbox
& $namModule { Initialize-NamNative }
$native = & $namModule { $script:Native }
$calls = $native.Functions
$message = [System.IntPtr[]]::new(2)
$nothing = [System.Management.Automation.Language.NullString]::Value

function Succeed([int] $Status) {
    if ($Status -ne 0) { throw "status ${Status}: $(& $namModule { param($from) Get-NamText $from } $message)" }
}

function New-Input([string] $Keep) {
    $pointer = [System.IntPtr[]]::new(1)
    Succeed $calls::nam_input_new($Scratch, $(if ($Keep) { $Keep } else { $nothing }), 0, $pointer, $message)
    $native.Handles.input::new($pointer[0])
}

function Add-Mailbox($To, $Mailbox) {
    Succeed $calls::nam_input_mailbox($To, $Mailbox.DisplayName, $Mailbox.UserPrincipalName, $Mailbox.PrimarySmtpAddress,
        $Mailbox.Identity, $Mailbox.DistinguishedName, $Mailbox.RecipientTypeDetails, $Mailbox.Guid, $Mailbox.ExchangeObjectId,
        $Mailbox.AdminDisplayVersion, $Mailbox.AuditEnabled, $Mailbox.AuditAdmin, $Mailbox.AuditDelegate,
        $Mailbox.AuditOwner, $Mailbox.DefaultAuditSet, $Mailbox.AuditLogAgeLimit, $Mailbox.AuditBypassEnabled, $message)
}

function Complete-Input($Saved) {
    foreach ($section in 0, 1, 2) { Succeed $calls::nam_input_end($Saved, $section, $nothing, $message) }
    $path = [System.IntPtr[]]::new(2)
    Succeed $calls::nam_input_finish($Saved, 'contoso.example', $path, $message)
    & $namModule { param($from) Get-NamText $from } $path
}

It 'gives objects with the organisation and the bypass that were read' {
    $saved = New-Input
    Succeed $calls::nam_input_organization($saved, 0, $message)
    $anna = New-Mailbox
    Succeed $calls::nam_input_bypass($saved, 'Anna', $anna.Guid, $null, $null, 'True', $message)
    Add-Mailbox $saved $anna
    # A read that failed begins again.
    Succeed $calls::nam_input_restart($saved, 2, $message)
    Add-Mailbox $saved $anna
    $path = Complete-Input $saved
    $result = @(Get-NonAuditedMailboxAction -Path $path -Baseline Default)
    AssertEqual 1 $result.Count
    AssertEqual 'Gap' $result[0].AuditState
    AssertEqual 'AccountBypassesAuditing' $result[0].Reason
    AssertEqual 'True' $result[0].AuditBypassEnabled
    $saved.Dispose()
    Assert (-not [System.IO.File]::Exists($path))
}

It 'takes the switch of an organisation that does not audit, and lets the caller say otherwise' {
    $saved = New-Input
    Succeed $calls::nam_input_organization($saved, 1, $message)
    Add-Mailbox $saved (New-Mailbox)
    $path = Complete-Input $saved
    AssertEqual 'OrganizationAuditDisabled' (Get-NonAuditedMailboxAction -Path $path).Reason
    $enabled = [pscustomobject]@{ AuditDisabled = $false }
    AssertEqual 'OptionalMissing' (Get-NonAuditedMailboxAction -Path $path -OrganizationConfig $enabled).Reason
    $saved.Dispose()
}

It 'is kept in the file that was named, and not before' {
    $file = [System.IO.Path]::Combine($Scratch, 'kept.jsonl')
    $saved = New-Input $file
    Add-Mailbox $saved (New-Mailbox)
    $null = Complete-Input $saved
    Assert (-not [System.IO.File]::Exists($file))
    $written = [System.IntPtr[]]::new(2)
    Succeed $calls::nam_input_keep($saved, $written, $message)
    $saved.Dispose()
    Assert ([System.IO.File]::ReadAllLines($file).Count -eq 5)
    AssertEqual 1 @(Get-NonAuditedMailboxAction -Path $file).Count
}

It 'becomes a report in one call, which tells its totals' {
    $saved = New-Input
    Succeed $calls::nam_input_organization($saved, 0, $message)
    foreach ($number in 1..3) { Add-Mailbox $saved (New-Mailbox @{ Guid = [guid]::NewGuid() }) }
    $path = Complete-Input $saved
    $file = [System.IO.Path]::Combine($Scratch, 'of-saved.csv')
    $summary = & $namModule {
        param($caller, $path, $file, $message)
        $question = New-NamQuestion $caller @{}
        $report = New-NamReport $caller $file 'Csv' 'All' $false $false $false $false
        Assert-NamStatus $caller $script:Native.Functions::nam_report_read($report, $question.Judge, $question.Bypass, $path, $message) $message
        $written, $problems, $summary = [System.IntPtr[]]::new(2), [long[]]::new(1), [System.IntPtr[]]::new(2)
        Assert-NamStatus $caller $script:Native.Functions::nam_report_finish($report, $question.Judge, $question.Bypass, $written, $problems, $summary, $message) $message
        ConvertFrom-Json (Get-NamText $summary)
    } (& { [CmdletBinding()] param() $PSCmdlet }) $path $file $message
    $saved.Dispose()
    AssertEqual 3 $summary.Mailboxes
    AssertEqual 'False' $summary.AuditDisabled
    AssertEqual 'True' $summary.Complete
    AssertEqual 3 @(Import-Csv $file).Count
}

It 'takes no record once it is finished' {
    $saved = New-Input
    $null = Complete-Input $saved
    Assert ($calls::nam_input_organization($saved, 0, $message) -eq 3)
    $null = & $namModule { param($from) Get-NamText $from } $message
    $saved.Dispose()
}

It 'does not judge mailboxes by the switch of another organisation' {
    # A report of two: the head has the switch of the first.
    $head = '{"RecordType":"Report","Schema":"non-audited-mailbox/report","SchemaVersion":1,"GeneratedAt":"2026-01-01T00:00:00Z",' +
        '"CatalogDate":"2026-08-31","Baseline":"All","Asked":{},"Licence":"Unknown","AuditDisabled":false,"BypassRead":false}'
    $mailbox = New-Mailbox @{ RecordType = 'Mailbox' }
    $other = New-Mailbox @{ RecordType = 'Mailbox'; AuditDisabled = $true; DisplayName = 'Bert' }
    $lines = @($head) + (ConvertTo-Json -Compress $mailbox) + (ConvertTo-Json -Compress $other) +
        '{"RecordType":"Summary","Complete":true,"Mailboxes":2}'
    [System.IO.File]::WriteAllLines("$Scratch/two.ndjson", $lines)
    $results = @(Get-NonAuditedMailboxAction -Path "$Scratch/two.ndjson" -ErrorAction SilentlyContinue -ErrorVariable problems)
    AssertEqual 'Anna' "$($results.DisplayName)"
    AssertEqual 1 $problems.Count
    Assert ("$problems" -like '*two.ndjson: 1 mailboxes are left out*') "$problems"
}

Complete-Test
