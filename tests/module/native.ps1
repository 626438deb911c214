. "$PSScriptRoot/common.ps1"
# NAM_LOOPBACK_ENDPOINT is the server that plays Exchange Online, NAM_TEST_TOKEN a token that it takes.
Set-Location $Scratch
$token = ConvertTo-SecureString $env:NAM_TEST_TOKEN -AsPlainText -Force
$password = ConvertTo-SecureString 'contoso' -AsPlainText -Force
$byToken = @{ Native = $true; Organization = 'contoso.example'; AccessToken = $token }
$byCertificate = @{
    Native = $true; Organization = 'contoso.example'; AppId = '99999999-2222-4333-8444-555555555555'
    CertificateFilePath = "$Data/sign-in/app.pfx"; CertificatePassword = $password
}

function Get-Failure([scriptblock] $Block) {
    try { $null = & $Block } catch { return $_ }
    throw 'it did not fail'
}

It 'reads a tenant without the module of Exchange' {
    $summary = Invoke-NonAuditedMailboxReport @byCertificate -Path certificate.csv -SaveInput saved.jsonl
    AssertEqual 'contoso.example True 60 3' "$($summary.Tenant) $($summary.Complete) $($summary.Mailboxes) $($summary.RemoteCalls)"
    AssertEqual 'certificate.csv saved.jsonl' "$($summary.Files.Name) $($summary.SavedInput.Name)"
    Assert (-not (Get-Module ExchangeOnlineManagement))
}

It 'gives the same bytes as nam' {
    $null = Invoke-NonAuditedMailboxReport @byToken -Path token.csv -Format Csv, Json
    foreach ($extension in 'csv', 'json') {
        & $env:NAM_TEST_NAM report saved.jsonl --quiet --out "nam.$extension"
        AssertEqual 0 $LASTEXITCODE
        $ours, $theirs = foreach ($name in 'token', 'nam') { [System.IO.File]::ReadAllText("$Scratch/$name.$extension") }
        Assert ($ours.Length -gt 5000)
        Assert ($ours -ceq $theirs) "$extension differs"
    }
}

It 'gives the results themselves' {
    $results = @(Invoke-NonAuditedMailboxReport @byToken -Path through.csv -PassThru)
    AssertEqual 60 $results.Count
    AssertEqual 'NonAuditedMailbox.Result' $results[0].GetType().FullName
}

It 'refuses what it cannot do, before anything is read' {
    foreach ($case in @(
            @(@{ Native = $true; AccessToken = $token }, 'Organization'),
            @(($byToken + @{ IncludeGroupMailbox = $true }), 'IncludeGroupMailbox'),
            @(($byToken + @{ Filter = 'x' }), 'Filter'),
            @(($byToken + @{ ExchangeEnvironmentName = 'O365GermanyCloud' }), 'O365GermanyCloud'))) {
        $with, $part = $case
        $failure = Get-Failure { Invoke-NonAuditedMailboxReport @with -Path refused.csv }
        Assert ("$failure" -like "*$part*") "$failure"
    }
    Assert (-not [System.IO.File]::Exists("$Scratch/refused.csv"))
}

It 'tells why nobody could be signed in, without the secret' {
    $wrong = $byCertificate.Clone()
    $wrong.CertificatePassword = ConvertTo-SecureString 'a-wrong-guess' -AsPlainText -Force
    $failure = Get-Failure { Invoke-NonAuditedMailboxReport @wrong -Path refused.csv }
    Assert ("$failure" -like '*password*') "$failure"
    $opaque = @{ Native = $true; Organization = 'contoso.example'; AccessToken = (ConvertTo-SecureString 'opaque-token' -AsPlainText -Force) }
    $failure = Get-Failure { Invoke-NonAuditedMailboxReport @opaque -Path refused.csv }
    Assert ("$failure" -like '*Exchange.ManageAsApp*') "$failure"
    Assert (-not ("$failure $($failure.Exception)" -match 'opaque-token|a-wrong-guess'))
    Assert (-not [System.IO.File]::Exists("$Scratch/refused.csv"))
}

Complete-Test
