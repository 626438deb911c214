. "$PSScriptRoot/common.ps1"
# NAM_LOOPBACK_ENDPOINT is a server that never gives the mailboxes, NAM_TEST_TOKEN a token that it takes.
$token = ConvertTo-SecureString $env:NAM_TEST_TOKEN -AsPlainText -Force

It 'ends at once where the pipeline is stopped' {
    [System.IO.File]::WriteAllText("$Scratch/old.csv", 'old')
    $utility = (Get-Command ConvertTo-Json).ImplementingType.Assembly
    $shell = [powershell]::Create([System.Management.Automation.Runspaces.InitialSessionState]::CreateDefault2())
    $null = $shell.AddScript({
            param($Module, $Token, $Path, $Utility)
            Import-Module -Assembly $Utility
            Import-Module $Module
            Invoke-NonAuditedMailboxReport -Native -Organization contoso.example -AccessToken $Token -Path $Path -Force -Verbose
        }).AddArgument($Module).AddArgument($token).AddArgument("$Scratch/old.csv").AddArgument($utility)
    $null = $shell.BeginInvoke()
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    # To read the stream like a list would wait for its end.
    $said = ''
    while ($said -notlike '*natively*' -and $watch.Elapsed.TotalSeconds -lt 60) {
        Start-Sleep -Milliseconds 100
        $said += "$($shell.Streams.Verbose.ReadAll())"
    }
    Start-Sleep -Seconds 2
    Assert ($shell.InvocationStateInfo.State -eq 'Running') "$($shell.InvocationStateInfo.Reason)"
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    $shell.Stop()
    Assert ($watch.Elapsed.TotalSeconds -lt 2) "it took $($watch.Elapsed)"
    $shell.Dispose()
    AssertEqual 'old' ([System.IO.File]::ReadAllText("$Scratch/old.csv"))
    Assert (-not [System.IO.Directory]::GetFiles($Scratch, '*partial*'))
}

Complete-Test
