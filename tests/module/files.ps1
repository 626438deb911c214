. "$PSScriptRoot/common.ps1"

$mailboxes = Import-Clixml "$Data/mailboxes.clixml"
$locks = [Environment]::OSVersion.Platform -eq 'Win32NT'

# Letters beyond Latin, without any in this file: Windows PowerShell 5.1 would read them in the machine's code page.
$letters = -join [char[]](0x41e, 0x442, 0x447, 0x451, 0x442, 0x20, 0x76e3, 0x67fb, 0x20, 0xfc)

function Get-Rows([string] $Path) { @(Import-Csv $Path).Count }
$mailboxes | Export-NonAuditedMailboxAction "$Scratch/expected.csv"
$expected = Get-Rows "$Scratch/expected.csv"

It 'writes and reads paths with spaces and letters of any script' {
    $folder = [System.IO.Path]::Combine($Scratch, "a b $letters")
    $null = [System.IO.Directory]::CreateDirectory($folder)
    [System.IO.File]::Copy("$Data/mailboxes.clixml", "$folder/in $letters.clixml")
    foreach ($round in 1, 2) {
        $file = $mailboxes | Export-NonAuditedMailboxAction -Path "$folder/$letters.csv" -PassThru
        AssertEqual "$letters.csv" $file.Name
    }
    AssertEqual $expected (Get-Rows "$folder/$letters.csv")
    AssertEqual $mailboxes.Count @(Get-NonAuditedMailboxAction -Path "$folder/in $letters.clixml").Count
}

It 'writes and reads long paths' {
    $folder = $Scratch
    foreach ($round in 1..5) { $folder = [System.IO.Path]::Combine($folder, 'a folder of the name that is so long that a few of them are too much') }
    $null = [System.IO.Directory]::CreateDirectory($folder)
    [System.IO.File]::Copy("$Data/mailboxes.clixml", "$folder/in.clixml")
    foreach ($round in 1, 2) { $mailboxes | Export-NonAuditedMailboxAction -Path "$folder/report.csv" }
    AssertEqual 2 @([System.IO.Directory]::GetFiles($folder)).Count
    AssertEqual $mailboxes.Count @(Get-NonAuditedMailboxAction -Path "$folder/in.clixml").Count
}

It 'takes paths relative to the location of PowerShell' {
    Push-Location $Scratch
    try { $mailboxes | Export-NonAuditedMailboxAction -Path 'relative.csv' } finally { Pop-Location }
    Assert ([System.IO.File]::Exists("$Scratch/relative.csv"))
}

It 'keeps a report that another program holds open, where the system locks files' {
    $path = [System.IO.Path]::Combine($Scratch, 'open.csv')
    [System.IO.File]::WriteAllText($path, 'old')
    $open = [System.IO.File]::Open($path, 'Open', 'Read', 'None')
    $failed = $null
    try { $mailboxes | Export-NonAuditedMailboxAction -Path $path } catch { $failed = $_ } finally { $open.Dispose() }
    if ($locks) {
        AssertEqual 'NonAuditedMailbox.NoReport,Export-NonAuditedMailboxAction' $failed.FullyQualifiedErrorId
        Assert ("$failed" -like '*open.csv*') "$failed"
        AssertEqual 'old' ([System.IO.File]::ReadAllText($path))
    }
    else { AssertEqual $expected (Get-Rows $path) }
    $mailboxes | Export-NonAuditedMailboxAction -Path $path
    AssertEqual $expected (Get-Rows $path)
    AssertEqual 0 @([System.IO.Directory]::GetFiles($Scratch, '*.partial')).Count
}

It 'needs no folder for temporary files' {
    $old = $env:TEMP, $env:TMP, $env:TMPDIR
    $env:TEMP = $env:TMP = $env:TMPDIR = [System.IO.Path]::Combine($Scratch, 'no such folder')
    try {
        $here = [System.IO.Path]::Combine($Scratch, 'no temp.csv')
        $mailboxes | Export-NonAuditedMailboxAction -Path $here
        AssertEqual $expected (Get-Rows $here)
    }
    finally { $env:TEMP, $env:TMP, $env:TMPDIR = $old }
}

It 'reads files with either line end' {
    $text = [System.IO.File]::ReadAllText("$Data/mailboxes.json") -replace "`r?`n", "`n"
    foreach ($end in "`n", "`r`n") {
        [System.IO.File]::WriteAllText("$Scratch/ends.json", ($text -replace "`n", $end))
        AssertEqual $mailboxes.Count @(Get-NonAuditedMailboxAction -Path "$Scratch/ends.json").Count
    }
}

Complete-Test
