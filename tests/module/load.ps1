. "$PSScriptRoot/common.ps1"

It 'exports three commands, and nothing else' {
    AssertEqual 'Export-NonAuditedMailboxAction Get-MailboxAuditActionCatalog Get-NonAuditedMailboxAction' `
        "$((Get-Command -Module NonAuditedMailbox).Name | Sort-Object)"
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

It 'says where it looked for the library' {
    $env:NAM_LIBRARY = "$Scratch/none.so"
    try {
        $out = & $env:NAM_TEST_PWSH -NoProfile -NonInteractive -Command "Import-Module '$Module'" 2>&1 | Out-String
        Assert (($out -replace '\s+', ' ') -like "*no native library for this platform. Searched: *none.so*NAM_LIBRARY*") $out
    }
    finally { $env:NAM_LIBRARY = $null }
}

It 'refuses something else in place of the library' {
    [System.IO.File]::WriteAllText("$Scratch/wrong.so", 'not a library')
    $env:NAM_LIBRARY = "$Scratch/wrong.so"
    try {
        $out = & $env:NAM_TEST_PWSH -NoProfile -NonInteractive -Command "Import-Module '$Module'" 2>&1 | Out-String
        Assert (($out -replace '[\s|]+', ' ') -like '*cannot use its native library*wrong.so*') $out
    }
    finally { $env:NAM_LIBRARY = $null }
}

It 'refuses a library of another interface version' {
    $copy = "$Scratch/other"
    $null = New-Item $copy -ItemType Directory
    foreach ($folder in [System.IO.Directory]::GetDirectories($Module, '*', 'AllDirectories')) {
        $null = [System.IO.Directory]::CreateDirectory($copy + $folder.Substring($Module.Length))
    }
    foreach ($file in [System.IO.Directory]::GetFiles($Module, '*', 'AllDirectories')) {
        [System.IO.File]::Copy($file, $copy + $file.Substring($Module.Length))
    }
    $script = "$copy/private/Native.ps1"
    [System.IO.File]::WriteAllText($script, [System.IO.File]::ReadAllText($script).Replace('NativeAbiVersion = 1', 'NativeAbiVersion = 99'))
    $out = & $env:NAM_TEST_PWSH -NoProfile -NonInteractive -Command "Import-Module '$copy/NonAuditedMailbox.psd1'" 2>&1 | Out-String
    Assert (($out -replace '[\s|]+', ' ') -like '*has interface version another, but this module needs version 99*') $out
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
