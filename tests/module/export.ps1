. "$PSScriptRoot/common.ps1"

$mailboxes = Import-Clixml "$Data/mailboxes.clixml"
$bypass = Import-Clixml "$Data/bypass.clixml"
$organization = Import-Clixml "$Data/organization.clixml"
$asked = @{ BypassAssociation = $bypass; OrganizationConfig = $organization }

function Get-Bytes([string] $Path) { [Convert]::ToBase64String([System.IO.File]::ReadAllBytes($Path)) }
function AssertNone([string] $Pattern) { AssertEqual 0 @([System.IO.Directory]::GetFiles($Scratch, $Pattern)).Count }

# What nam wrote of the same mailboxes is beside, by the same names.
foreach ($extension in 'csv', 'html', 'json', 'ndjson') {
    It "writes the bytes that nam writes: $extension" {
        $mailboxes | Export-NonAuditedMailboxAction "$Scratch/direct.$extension" @asked
        AssertEqual (Get-Bytes "$Scratch/nam.$extension") (Get-Bytes "$Scratch/direct.$extension")
        $mailboxes | Get-NonAuditedMailboxAction @asked | Export-NonAuditedMailboxAction "$Scratch/results.$extension"
        AssertEqual (Get-Bytes "$Scratch/nam.$extension") (Get-Bytes "$Scratch/results.$extension")
    }
}

It 'takes the format from -Format, and refuses an extension that tells none' {
    $mailboxes | Export-NonAuditedMailboxAction "$Scratch/direct.txt" -Format Csv @asked
    AssertEqual (Get-Bytes "$Scratch/nam.csv") (Get-Bytes "$Scratch/direct.txt")
    try { $mailboxes | Export-NonAuditedMailboxAction "$Scratch/direct.xlsx"; throw 'it was accepted' }
    catch { AssertEqual 'NonAuditedMailbox.NoReport,Export-NonAuditedMailboxAction' $_.FullyQualifiedErrorId }
}

It 'begins with the six columns, and has them alone with -Columns Classic' {
    $classic = 'Display Name,Audit By Pass Enabled,Logon type with Default Audit Set,Owner,Admin,Delegate'
    $mailboxes | Export-NonAuditedMailboxAction "$Scratch/classic.csv" -Columns Classic
    AssertEqual $classic ([System.IO.File]::ReadAllLines("$Scratch/classic.csv")[0].TrimStart([char]0xfeff))
    $mailboxes | Export-NonAuditedMailboxAction "$Scratch/all.csv"
    Assert ([System.IO.File]::ReadAllLines("$Scratch/all.csv")[0].TrimStart([char]0xfeff).StartsWith("$classic,"))
}

It 'leaves a file alone with -NoClobber, and replaces it else' {
    [System.IO.File]::WriteAllText("$Scratch/old.csv", 'old')
    try { $mailboxes | Export-NonAuditedMailboxAction "$Scratch/old.csv" -NoClobber; throw 'it was replaced' }
    catch { AssertEqual 'NonAuditedMailbox.NoReport,Export-NonAuditedMailboxAction' $_.FullyQualifiedErrorId }
    AssertEqual 'old' ([System.IO.File]::ReadAllText("$Scratch/old.csv"))
    $file = $mailboxes | Export-NonAuditedMailboxAction "$Scratch/old.csv" -PassThru
    AssertEqual 'old.csv' $file.Name
    Assert ($file.Length -gt 100)
}

It 'tries the path before anything slow begins' {
    $script:begun = $false
    try { & { $script:begun = $true; $mailboxes } | Export-NonAuditedMailboxAction "$Scratch/no/such/folder.csv"; throw 'it was accepted' }
    catch { AssertEqual 'NonAuditedMailbox.NoReport,Export-NonAuditedMailboxAction' $_.FullyQualifiedErrorId }
    Assert (-not $begun)
}

It 'says that a report is incomplete, and keeps the old one' {
    [System.IO.File]::WriteAllText("$Scratch/kept.csv", 'old')
    $some = (New-Mailbox), (Without 'AuditOwner'), 'text'
    $problems = @()
    try { $some | Export-NonAuditedMailboxAction "$Scratch/kept.csv" -ErrorAction SilentlyContinue -ErrorVariable problems; throw 'it was replaced' }
    catch { AssertEqual 'NonAuditedMailbox.NoReport,Export-NonAuditedMailboxAction' $_.FullyQualifiedErrorId }
    AssertEqual 'old' ([System.IO.File]::ReadAllText("$Scratch/kept.csv"))
    $some | Export-NonAuditedMailboxAction "$Scratch/kept.csv" -Force -ErrorAction SilentlyContinue -ErrorVariable problems -WarningVariable warnings -WarningAction SilentlyContinue
    AssertEqual 'NonAuditedMailbox.MissingAuditProperty,Export-NonAuditedMailboxAction NonAuditedMailbox.NotAMailbox,Export-NonAuditedMailboxAction' "$($problems.FullyQualifiedErrorId)"
    Assert ("$warnings" -like '*incomplete*2 problem*') "$warnings"
    $rows = @(Import-Csv "$Scratch/kept.csv")
    AssertEqual 'Unknown' $rows[1].Owner
}

It 'leaves no report behind when it is stopped or fails' {
    $mailboxes + (Without 'AuditOwner') | Export-NonAuditedMailboxAction "$Scratch/stopped.csv" -ErrorAction SilentlyContinue -ErrorVariable found -WarningAction SilentlyContinue
    Remove-Item "$Scratch/stopped.csv"
    try { (Without 'AuditOwner'), (New-Mailbox) | Export-NonAuditedMailboxAction "$Scratch/stopped.csv" -ErrorAction Stop; throw 'it went on' }
    catch { AssertEqual 'NonAuditedMailbox.MissingAuditProperty,Export-NonAuditedMailboxAction' $_.FullyQualifiedErrorId }
    try { & { $mailboxes; throw 'connection lost' } | Export-NonAuditedMailboxAction "$Scratch/stopped.csv" } catch { AssertEqual 'connection lost' "$_" }
    AssertNone 'stopped.csv'
}

It 'reads a property that throws as unknown' {
    $bad = New-Mailbox
    $bad.PSObject.Properties.Remove('AuditOwner')
    $bad.PSObject.Properties.Add([psscriptproperty]::new('AuditOwner', { throw 'no connection' }))
    @((New-Mailbox), $bad, (New-Mailbox)) | Export-NonAuditedMailboxAction "$Scratch/throws.csv" -ErrorAction SilentlyContinue -WarningAction SilentlyContinue
    $rows = @(Import-Csv "$Scratch/throws.csv")
    AssertEqual 'Gap Unknown Gap' "$($rows[0..2].'Audit State')"
}

It 'writes nothing with -WhatIf' {
    $mailboxes | Export-NonAuditedMailboxAction "$Scratch/whatif.csv" -WhatIf
    AssertNone 'whatif.csv'
}

It 'writes nothing about results that were asked about otherwise' {
    $results = @($mailboxes | Get-NonAuditedMailboxAction -Baseline Cis7)
    foreach ($with in @{ Baseline = 'Default' }, @{ BypassAssociation = $bypass }) {
        try { $results | Export-NonAuditedMailboxAction "$Scratch/other.csv" @with; throw 'it was accepted' }
        catch { AssertEqual 'NonAuditedMailbox.OtherQuestion,Export-NonAuditedMailboxAction' $_.FullyQualifiedErrorId }
    }
    $others = @($mailboxes | Get-NonAuditedMailboxAction)
    try { $results + $others | Export-NonAuditedMailboxAction "$Scratch/other.csv"; throw 'it was accepted' }
    catch { AssertEqual 'NonAuditedMailbox.OtherQuestion,Export-NonAuditedMailboxAction' $_.FullyQualifiedErrorId }
    AssertNone 'other.csv'
}

It 'tells of results that were saved and loaded' {
    $saved = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize(($mailboxes[0] | Get-NonAuditedMailboxAction)))
    try { $saved | Export-NonAuditedMailboxAction "$Scratch/loaded.csv"; throw 'it was accepted' }
    catch { AssertEqual 'NonAuditedMailbox.SavedResult,Export-NonAuditedMailboxAction' $_.FullyQualifiedErrorId }
    AssertNone 'loaded.csv'
}

It 'exports what -Path reads' {
    Get-NonAuditedMailboxAction -Path "$Data/mailboxes.clixml" @asked | Export-NonAuditedMailboxAction "$Scratch/path.csv"
    AssertEqual (Get-Bytes "$Scratch/nam.csv") (Get-Bytes "$Scratch/path.csv")
}

It 'writes rows by action with -Expand, and gaps alone with -OnlyGap' {
    $mailboxes | Export-NonAuditedMailboxAction "$Scratch/expanded.csv" -Expand -Baseline Cis7
    Assert (@(Import-Csv "$Scratch/expanded.csv").Count -gt $mailboxes.Count)
    $quiet = New-Mailbox @{ AuditBypassEnabled = $false }
    $quiet | Export-NonAuditedMailboxAction "$Scratch/only.csv" -OnlyGap -Baseline Default -OrganizationConfig $organization
    AssertEqual 0 @(Import-Csv "$Scratch/only.csv").Count
}

It 'has no expanded page, and says so before anything is read' {
    try { & { throw 'it was read' } | Export-NonAuditedMailboxAction "$Scratch/expanded.html" -Expand; throw 'it was accepted' }
    catch { Assert ("$_" -like '*no expanded form*leave out -Expand*') "$_" }
    try { $mailboxes | Export-NonAuditedMailboxAction "$Scratch/expanded.txt" -Format Html -Expand; throw 'it was accepted' }
    catch { Assert ("$_" -like '*no expanded form*') "$_" }
    AssertNone 'expanded.html'
    AssertNone 'expanded.txt'
}

It 'says of an empty input that nothing is known' {
    @() | Export-NonAuditedMailboxAction "$Scratch/empty.csv" -WarningVariable warnings -WarningAction SilentlyContinue
    Assert ("$warnings" -like '*incomplete*') "$warnings"
}

It 'leaves no temporary files' {
    # What a stopped pipeline held is freed when it is forgotten.
    [GC]::Collect()
    [GC]::WaitForPendingFinalizers()
    AssertNone '*.partial'
}

It 'makes no complete report of results among which something is missing' {
    $text = [System.IO.File]::ReadAllText("$Data/mailboxes.json")
    [System.IO.File]::WriteAllText("$Scratch/cut.json", $text.Substring(0, 5000))
    $ways = @{
        'cut off'    = { Get-NonAuditedMailboxAction -Path "$Scratch/cut.json" @asked -ErrorAction SilentlyContinue }
        'one of two' = { Get-NonAuditedMailboxAction -Path "$Data/mailboxes.json", "$Scratch/cut.json" @asked -ErrorAction SilentlyContinue }
        'no file'    = { Get-NonAuditedMailboxAction -Path "$Data/mailboxes.json", "$Scratch/none.json" @asked -ErrorAction SilentlyContinue }
        'no mailbox' = { (New-Mailbox), (New-Mailbox @{ RecipientTypeDetails = 'MailUser' }) | Get-NonAuditedMailboxAction @asked -ErrorAction SilentlyContinue }
    }
    foreach ($way in $ways.Keys) {
        $results = & $ways[$way]
        Assert ($results.Count -gt 0) $way
        foreach ($round in 1, 2) {
            $results | Export-NonAuditedMailboxAction "$Scratch/missing.json" -Force -WarningVariable warning -WarningAction SilentlyContinue
            $summary = ([System.IO.File]::ReadAllText("$Scratch/missing.json") | ConvertFrom-Json).Summary
            AssertEqual "False 1 $way" "$($summary.Complete) $($summary.ProblemCount) $way"
            Assert ("$warning" -like '*incomplete*') $way
        }
    }
    $mailboxes | Get-NonAuditedMailboxAction @asked | Export-NonAuditedMailboxAction "$Scratch/whole.json"
    Assert ([System.IO.File]::ReadAllText("$Scratch/whole.json") | ConvertFrom-Json).Summary.Complete
}

It 'takes together what was asked in the same way, and nothing else' {
    $with = @{ Baseline = 'Cis7' } + $asked
    $mailboxes | Get-NonAuditedMailboxAction @with | Export-NonAuditedMailboxAction "$Scratch/once.csv"
    # Tables of their own, with the same rows.
    $twice = @($mailboxes[0..9] | Get-NonAuditedMailboxAction @with) + @($mailboxes[10..($mailboxes.Count - 1)] | Get-NonAuditedMailboxAction @with)
    $twice | Export-NonAuditedMailboxAction "$Scratch/twice.csv"
    AssertEqual (Get-Bytes "$Scratch/once.csv") (Get-Bytes "$Scratch/twice.csv")
    Get-NonAuditedMailboxAction -Path "$Data/one-mailbox.json", "$Data/mailboxes.clixml" @asked | Export-NonAuditedMailboxAction "$Scratch/files.csv"
    $other = $mailboxes[0] | Get-NonAuditedMailboxAction @with
    $elsewhere = $mailboxes[1] | Get-NonAuditedMailboxAction -Baseline Cis7 -BypassAssociation @() -OrganizationConfig $organization
    foreach ($mix in @($other, $mailboxes[1]), @($mailboxes[1], $other), @($other, $elsewhere)) {
        try { $mix | Export-NonAuditedMailboxAction "$Scratch/mix.csv"; throw 'they were taken together' }
        catch { AssertEqual 'NonAuditedMailbox.OtherQuestion,Export-NonAuditedMailboxAction' $_.FullyQualifiedErrorId }
        AssertNone '*mix*'
    }
}

It 'writes and reads files alone, whatever the current location is' {
    Push-Location Variable:
    try {
        foreach ($block in { $mailboxes | Export-NonAuditedMailboxAction 'NamX.csv' }, { New-Mailbox | Get-NonAuditedMailboxAction -Baseline './NamX.json' },
            { Get-NonAuditedMailboxAction -Path 'NamX.json' }, { Compare-NonAuditedMailboxAction 'NamX.json' 'NamX.json' }) {
            try { & $block; throw 'it was taken' } catch { Assert ($_.FullyQualifiedErrorId -like 'NonAuditedMailbox.NoFile,*') "$block $_" }
        }
    }
    finally { Pop-Location }
}

It 'refuses the classic columns of an expanded report, as nam does' {
    try { $mailboxes | Export-NonAuditedMailboxAction "$Scratch/both.csv" -Columns Classic -Expand; throw 'it was taken' }
    catch { AssertEqual 'NonAuditedMailbox.NoReport,Export-NonAuditedMailboxAction' $_.FullyQualifiedErrorId }
}

It 'leaves nothing beside the report where an error ends it' {
    $bad = New-Mailbox @{ AuditOwner = 'Update...' }
    try { (New-Mailbox), $bad | Export-NonAuditedMailboxAction "$Scratch/stop.csv" -ErrorAction Stop; throw 'it went on' }
    catch { Assert ("$_" -like '*cut off*') "$_" }
    AssertNone '*stop*'
    try { New-Mailbox | Get-NonAuditedMailboxAction -Expand | Export-NonAuditedMailboxAction "$Scratch/stop.csv"; throw 'it went on' }
    catch { AssertEqual 'NonAuditedMailbox.SavedResult,Export-NonAuditedMailboxAction' $_.FullyQualifiedErrorId }
    AssertNone '*stop*'
}

Complete-Test
