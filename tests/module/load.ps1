. "$PSScriptRoot/common.ps1"

It 'exports its commands, and nothing else' {
    $commands = 'Compare-NonAuditedMailboxAction', 'Enable-MailboxAuditAction', 'Export-NonAuditedMailboxAction',
        'Get-MailboxAuditActionCatalog', 'Get-NonAuditedMailboxAction', 'Invoke-NonAuditedMailboxReport',
        'Restore-MailboxAuditAction'
    AssertEqual "$commands" "$((Get-Command -Module NonAuditedMailbox).Name | Sort-Object)"
    $manifest = Test-ModuleManifest "$Module/NonAuditedMailbox.psd1"
    AssertEqual (Get-Module NonAuditedMailbox).Version $manifest.Version
    AssertEqual 'Desktop Core' "$($manifest.CompatiblePSEditions)"
    AssertEqual '5.1' $manifest.PowerShellVersion
}

It 'can be imported again' {
    foreach ($round in 1..3) {
        Import-Module $Module -Force
        AssertEqual 'Gap' (New-Mailbox | Get-NonAuditedMailboxAction).AuditState
    }
    Remove-Module NonAuditedMailbox
    Import-Module $Module
    AssertEqual 'Gap' (New-Mailbox | Get-NonAuditedMailboxAction).AuditState
}

It 'works in several runspaces at once' {
    $mailboxes = 1..20 | ForEach-Object { New-Mailbox @{ DisplayName = "user $_" } }
    # A process that loaded nothing yet: all runspaces begin at the same time.
    $script = {
        param($module, $mailboxes)
        Import-Module $module
        @($mailboxes | Get-NonAuditedMailboxAction).Count
    }
    $pool = [runspacefactory]::CreateRunspacePool([initialsessionstate]::CreateDefault2())
    $null = $pool.SetMaxRunspaces(8)
    $pool.Open()
    $jobs = foreach ($number in 1..16) {
        $shell = [powershell]::Create()
        $shell.RunspacePool = $pool
        $null = $shell.AddScript($script.ToString()).AddArgument($Module).AddArgument($mailboxes)
        @{ Shell = $shell; Handle = $shell.BeginInvoke() }
    }
    foreach ($job in $jobs) {
        $counts = $job.Shell.EndInvoke($job.Handle)
        AssertEqual '' "$($job.Shell.Streams.Error)"
        AssertEqual 20 $counts[0]
        $job.Shell.Dispose()
    }
    $pool.Dispose()
}

It 'lets two runspaces use the same results' {
    $mailbox = New-Mailbox
    $results = 1..8 | ForEach-Object -Parallel {
        Import-Module $using:Module
        $using:mailbox | Get-NonAuditedMailboxAction
    } -ThrottleLimit 8
    AssertEqual 8 $results.Count
}

function Get-ImportErrors([string] $From = $Module, [string] $Library) {
    # In a runspace of its own, where the module was never loaded.
    $env:NAM_LIBRARY = $Library
    $shell = [powershell]::Create([initialsessionstate]::CreateDefault2())
    try {
        $null = $shell.AddCommand('Import-Module').AddArgument($From)
        try { $null = $shell.Invoke() } catch { "$($_.Exception.GetBaseException().Message)" }
        foreach ($record in $shell.Streams.Error) { "$record" }
        $null = $shell.Commands.Clear()
        AssertEqual 0 @($shell.AddCommand('Get-Module').AddArgument('NonAuditedMailbox').Invoke()).Count
    }
    finally { $shell.Dispose(); $env:NAM_LIBRARY = $null }
}

It 'says where it looked for the library' {
    $errors = @(Get-ImportErrors -Library "$Scratch/none.so")
    AssertEqual 1 $errors.Count
    Assert ("$errors" -like '*no native library for this platform. Searched: *none.so*NAM_LIBRARY*') "$errors"
}

It 'refuses something else in place of the library' {
    [System.IO.File]::WriteAllText("$Scratch/wrong.so", 'not a library')
    $errors = @(Get-ImportErrors -Library "$Scratch/wrong.so")
    AssertEqual 1 $errors.Count
    Assert ("$errors" -like '*cannot use its native library*wrong.so*') "$errors"
}

It 'refuses the library of another processor' {
    # The number of the processor in the library's head, PE or ELF, becomes that of a 64-bit ARM.
    $bytes = [System.IO.File]::ReadAllBytes((& (Get-Module NonAuditedMailbox) { $script:Native.Library }))
    $isElf = $bytes[0] -eq 0x7f
    $at = if ($isElf) { 18 } else { [BitConverter]::ToInt32($bytes, 0x3c) + 4 }
    $bytes[$at], $bytes[$at + 1] = if ($isElf) { 0xb7, 0 } else { 0x64, 0xaa }
    [System.IO.File]::WriteAllBytes("$Scratch/arm.so", $bytes)
    $errors = @(Get-ImportErrors -Library "$Scratch/arm.so")
    AssertEqual 1 $errors.Count
    Assert ("$errors" -like '*cannot use its native library*arm.so*on this kind of machine*') "$errors"
}

function Copy-Module([string] $Folder) {
    # With one of its files changed it is another version; gives the copy.
    $copy = [System.IO.Path]::Combine($Scratch, $Folder, 'NonAuditedMailbox')
    $length = $Module.TrimEnd('/', '\').Length
    foreach ($file in [System.IO.Directory]::GetFiles($Module, '*', 'AllDirectories')) {
        $to = $copy + $file.Substring($length)
        $null = [System.IO.Directory]::CreateDirectory([System.IO.Path]::GetDirectoryName($to))
        [System.IO.File]::Copy($file, $to)
    }
    $copy
}

function Edit-Module([string] $Folder, [hashtable] $Changes) {
    # A copy whose root module has other texts in some places.
    $copy = Copy-Module $Folder
    $text = [System.IO.File]::ReadAllText("$copy/NonAuditedMailbox.psm1")
    foreach ($from in $Changes.Keys) {
        Assert ($text.Contains($from)) "there is no $from"
        $text = $text.Replace($from, $Changes[$from])
    }
    [System.IO.File]::WriteAllText("$copy/NonAuditedMailbox.psm1", $text)
    $copy
}

It 'takes the library of the other C library on Linux' {
    if (-not $IsLinux -or $env:NAM_LIBRARY) { return }
    $copy = Copy-Module 'musl'
    $native = @(Get-ChildItem "$copy/runtimes/linux-*/native")[0].FullName
    $musl = $native.Replace('/linux-', '/linux-musl-')
    $null = [System.IO.Directory]::CreateDirectory($musl)
    [System.IO.File]::Move("$native/libnon_audited_mailbox.so", "$musl/libnon_audited_mailbox.so")
    # A package for both has both; this machine can load one.
    [System.IO.File]::WriteAllText("$native/libnon_audited_mailbox.so", 'not for this C library')
    $shell = [powershell]::Create([initialsessionstate]::CreateDefault2())
    $state = $shell.AddCommand('Import-Module').AddArgument($copy).AddStatement().AddScript(
        '([pscustomobject]@{ RecipientTypeDetails = "UserMailbox" } | Get-NonAuditedMailboxAction -ErrorAction Ignore).AuditState').Invoke()
    AssertEqual '' "$($shell.Streams.Error)"
    AssertEqual 'Unknown' "$state"
    $shell.Dispose()
}

It 'asks nothing of the engine that Windows PowerShell does not have' {
    # Its way to the library, with the strictest mode, and without the variables that it does not know.
    $copy = Copy-Module 'desktop'
    foreach ($file in [System.IO.Directory]::GetFiles($copy, '*.ps*1')) {
        $text = [System.IO.File]::ReadAllText($file)
        foreach ($name in 'IsLinux', 'IsMacOS', 'IsWindows', 'IsCoreCLR') { $text = $text.Replace("`$$name", "`$No$name") }
        [System.IO.File]::WriteAllText($file, $text.Replace('$PSEdition', "'Desktop'"))
    }
    $env:NAM_LIBRARY = & (Get-Module NonAuditedMailbox) { $script:Native.Library }
    try {
        $shell = [powershell]::Create([initialsessionstate]::CreateDefault2())
        $state = $shell.AddScript('Set-StrictMode -Version Latest').AddStatement().AddCommand('Import-Module').AddArgument($copy).
            AddStatement().AddScript('param($mailbox) ($mailbox | Get-NonAuditedMailboxAction).AuditState').
            AddArgument((New-Mailbox)).Invoke()
        AssertEqual '' "$($shell.Streams.Error)"
        AssertEqual 'Gap' "$state"
        $shell.Dispose()
    }
    finally { $env:NAM_LIBRARY = $null }
}

It 'refuses a stale library' {
    $version = (Get-Module NonAuditedMailbox).Version
    $copy = Edit-Module 'stale' @{
        "ModuleVersion = '$version'" = "ModuleVersion = '99.1.0'"; ("_VERSION_$version".Replace('.', '_')) = '_VERSION_99_1_0'
    }
    # The second time the process has the library already.
    foreach ($round in 1, 2) {
        $errors = @(Get-ImportErrors -From $copy)
        AssertEqual 1 $errors.Count
        Assert ("$errors" -like "*has version $version, but this module needs 99.1.0*start a new session*") "$errors"
    }
}

It 'refuses a library of another interface version' {
    $copy = Edit-Module 'other' @{ 'NativeAbiVersion = 1' = 'NativeAbiVersion = 99' }
    $errors = @(Get-ImportErrors -From $copy)
    AssertEqual 1 $errors.Count
    Assert ("$errors" -like '*has interface version 1, but this module needs 99*') "$errors"
}

It 'gets a panic of the library as an error' {
    & (Get-Module NonAuditedMailbox) {
        Initialize-NamNative
        $message = [System.IntPtr[]]::new(2)
        $status = $script:Native.Functions::nam_test_panic($message)
        if ($status -ne 4) { throw "status $status" }
        $problem = New-NamStatusError $status $message $null
        if ($problem.FullyQualifiedErrorId -ne 'NonAuditedMailbox.InternalError') { throw $problem.FullyQualifiedErrorId }
        if ("$problem" -notlike '*a test asked for it*') { throw "$problem" }
    }
}

It 'frees what a stopped pipeline left' {
    $all = 1..50 | ForEach-Object { New-Mailbox }
    foreach ($round in 1..50) { $null = $all | Get-NonAuditedMailboxAction | Select-Object -First 1 }
    [GC]::Collect(); [GC]::WaitForPendingFinalizers()
    AssertEqual 50 @($all | Get-NonAuditedMailboxAction).Count
}

Complete-Test
