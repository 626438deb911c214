. "$PSScriptRoot/common.ps1"
$separator = [System.IO.Path]::PathSeparator
$env:PSModulePath = "$PSScriptRoot/stand-in$separator$env:PSModulePath"
Import-Module ExchangeOnlineManagement
Set-Location $Scratch

# Nobody waits in a test, but it is told how long.
function global:Start-Sleep { param($Seconds) $global:slept += @($Seconds) }

$secret = ConvertTo-SecureString 'hidden' -AsPlainText -Force
$ids = @{ AppId = '36ee4c6c-1111-4222-8333-b22ebd02bce3'; Organization = 'contoso.example' }
$app = $ids + @{ CertificateThumbprint = '83213AEA' }
$tenant = Get-StandInTenant

function Get-Failure([scriptblock] $Block) {
    $global:got = @()
    try { & $Block 3>$null | ForEach-Object { $global:got += $_ } } catch { return $_ }
    throw 'it did not fail'
}

function New-Tenant([scriptblock] $Change = {}) {
    Reset-StandInTenant
    $global:slept = @()
    foreach ($file in [System.IO.Directory]::GetFiles($Scratch)) { [System.IO.File]::Delete($file) }
    . $Change
}

function Get-CallNames { "$((Get-StandInCall).Command)" }
function Get-Rows([string] $Path) { @(Import-Csv $Path) }
function Get-FileNames { "$([System.IO.Directory]::GetFiles($Scratch) | ForEach-Object { [System.IO.Path]::GetFileName($_) } | Sort-Object)" }

It 'does the whole job: connects, reads once, writes, disconnects' {
    New-Tenant { $tenant.Bypass.Add('user2') }
    $summary = Invoke-NonAuditedMailboxReport @app -Path report.csv
    AssertEqual 'NonAuditedMailbox.ReportSummary' $summary.PSObject.TypeNames[0]
    AssertEqual 'contoso.example True 5 0 5 0 0 1 3' "$($summary.Tenant) $($summary.Complete) $($summary.Mailboxes) $($summary.Audited) $($summary.Gap) $($summary.NotAudited) $($summary.Unknown) $($summary.Bypassed) $($summary.RemoteCalls)"
    AssertEqual 'report.csv' $summary.Files.Name
    Assert ($summary.Files.Exists -and $summary.Duration -gt [timespan]::Zero)
    AssertEqual 'Get-OrganizationConfig Get-MailboxAuditBypassAssociation Get-EXOMailbox' (Get-CallNames)
    $read = (Get-StandInCall Get-EXOMailbox).Parameters
    AssertEqual 'Unlimited Minimum Audit' "$($read.ResultSize) $($read.PropertySets)"
    AssertEqual 'Unlimited' (Get-StandInCall Get-MailboxAuditBypassAssociation).Parameters.ResultSize
    AssertEqual 'False True False False False' "$((Get-Rows report.csv).'Audit By Pass Enabled')"
    AssertEqual '0 1' "$(@(Get-ConnectionInformation).Count) $($tenant.Disconnects.Count)"
    AssertEqual 'report.csv' (Get-FileNames)
}

It 'signs in each way with exactly what was given' {
    [System.IO.File]::WriteAllText("$Scratch/app.pfx", 'a certificate')
    $certificate = [System.Security.Cryptography.X509Certificates.X509Certificate2]::new("$Data/sign-in/app.crt")
    $ways = @(
        @($app, 'AppId CertificateThumbprint Organization'),
        @(($ids + @{ CertificateFilePath = 'app.pfx'; CertificatePassword = $secret }), 'AppId CertificateFilePath CertificatePassword Organization'),
        @(($ids + @{ Certificate = $certificate }), 'AppId Certificate Organization'),
        @(@{ Credential = [pscredential]::new('admin@contoso.example', $secret) }, 'Credential'),
        @(@{ UserName = 'admin@contoso.example'; Password = $secret }, 'Credential'),
        @(@{ ManagedIdentity = $true; Organization = 'contoso.example' }, 'ManagedIdentity Organization'),
        @(@{ ManagedIdentity = $true; ManagedIdentityAccountId = 'own'; Organization = 'contoso.example' }, 'ManagedIdentity ManagedIdentityAccountId Organization'),
        @(@{ AccessToken = $secret; Organization = 'contoso.example' }, 'AccessToken Organization'),
        @(@{ AccessToken = $secret; UserPrincipalName = 'admin@contoso.example' }, 'AccessToken UserPrincipalName'),
        @(($app + @{ DelegatedOrganization = 'fabrikam.example'; ExchangeEnvironmentName = 'O365China' }), 'AppId CertificateThumbprint DelegatedOrganization ExchangeEnvironmentName Organization')
    )
    foreach ($way in $ways) {
        Reset-StandInTenant
        $with, $names = $way
        $summary = Invoke-NonAuditedMailboxReport @with -Path "$Scratch/ways.csv"
        AssertEqual 'True' $summary.Complete
        AssertEqual "$(@($names -split ' ') + 'ErrorAction', 'ShowBanner' | Sort-Object)" "$($tenant.Connects[0].Keys | Sort-Object)"
        AssertEqual $false $tenant.Connects[0].ShowBanner
    }
    AssertEqual 'fabrikam.example' $summary.Tenant
}

It 'signs in with a window or a code where somebody is there' {
    & (Get-Module NonAuditedMailbox) { function script:Test-NamInteractive { $true } }
    try {
        foreach ($with in @{}, @{ UserPrincipalName = 'admin@contoso.example' }, @{ Device = $true }) {
            New-Tenant
            $null = Invoke-NonAuditedMailboxReport @with
            AssertEqual "$(@($with.Keys) + 'ErrorAction', 'ShowBanner' | Sort-Object)" "$($tenant.Connects[0].Keys | Sort-Object)"
        }
    }
    finally { Import-Module $Module -Force }
}

It 'takes no plain text for a secret, and shows none' {
    New-Tenant
    foreach ($with in @{ UserName = 'a'; Password = 'plain' }, @{ AccessToken = 'plain'; Organization = 'b' }, ($ids + @{ CertificateFilePath = 'c'; CertificatePassword = 'plain' })) {
        Assert ("$(Get-Failure { Invoke-NonAuditedMailboxReport @with })" -like '*SecureString*')
    }
    Add-StandInFailure Connect-ExchangeOnline NoRole
    $said = @(Get-Failure { Invoke-NonAuditedMailboxReport -AccessToken $secret -Organization b -Verbose 4>&1 }) + $got
    Assert ("$said" -like '*Connecting*' -and "$said" -notlike '*hidden*') "$said"
}

It 'leaves an open connection open' {
    New-Tenant
    Connect-ExchangeOnline -ShowBanner:$false -UserPrincipalName admin@contoso.example
    $summary = Invoke-NonAuditedMailboxReport -Path report.csv
    AssertEqual 'contoso.example True 1 1 0' "$($summary.Tenant) $($summary.Complete) $(@(Get-ConnectionInformation).Count) $($tenant.Connects.Count) $($tenant.Disconnects.Count)"
}

It 'names the report by date, and puts it into the folder that was named' {
    New-Tenant
    AssertEqual $true ((Invoke-NonAuditedMailboxReport @app).Files.Name -match '^NonAuditedMailboxActions_\d{4}-\d\d-\d\d_\d{4}\.csv$')
    $null = [System.IO.Directory]::CreateDirectory("$Scratch/folder")
    $summary = Invoke-NonAuditedMailboxReport @app -Path folder -Format Json, Csv
    AssertEqual '.json .csv' "$($summary.Files.Extension)"
    AssertEqual 'folder folder' "$($summary.Files.Directory.Name)"
}

It 'writes all formats of one read, the same as Export-NonAuditedMailboxAction' {
    New-Tenant { $tenant.Bypass.Add('user2') }
    $summary = Invoke-NonAuditedMailboxReport @app -Path all.csv -Format Csv, Json, Ndjson, Csv
    AssertEqual 'all.csv all.json all.ndjson' "$($summary.Files.Name)"
    AssertEqual 3 $summary.RemoteCalls
    Connect-ExchangeOnline -ShowBanner:$false
    $asked = @{ BypassAssociation = Get-MailboxAuditBypassAssociation -ResultSize Unlimited; OrganizationConfig = Get-OrganizationConfig }
    foreach ($extension in 'csv', 'json', 'ndjson') {
        Get-EXOMailbox -PropertySets Minimum, Audit | Export-NonAuditedMailboxAction "export.$extension" @asked
        AssertEqual ([System.IO.File]::ReadAllText("$Scratch/export.$extension")) ([System.IO.File]::ReadAllText("$Scratch/all.$extension"))
    }
}

It 'asks what it is told to ask' {
    New-Tenant
    $null = Invoke-NonAuditedMailboxReport @app -Path owners.csv -Baseline @{ Owner = 'MailboxLogin'; Admin = 'Copy' } -LogonType Owner -Expand
    $rows = Get-Rows owners.csv
    AssertEqual 5 $rows.Count
    Assert ("$($rows[0])" -like '*MailboxLogin*') "$($rows[0])"
    $results = @(Invoke-NonAuditedMailboxReport @app -Path owners.csv -PassThru -Baseline Default)
    AssertEqual '5 NonAuditedMailbox.Result Audited' "$($results.Count) $($results[0].GetType()) $($results[0].AuditState)"
    AssertEqual 0 @(Invoke-NonAuditedMailboxReport @app -Path owners.csv -PassThru -Baseline Default -OnlyGap).Count
    AssertEqual 'NonAuditedMailbox.BadBaseline,Invoke-NonAuditedMailboxReport' (Get-Failure { Invoke-NonAuditedMailboxReport @app -Baseline Nonsense }).FullyQualifiedErrorId
}

It 'reads what it is told to read' {
    New-Tenant { $tenant.Mailboxes[3].RecipientTypeDetails = 'SharedMailbox' }
    $summary = Invoke-NonAuditedMailboxReport @app -Path report.csv -IncludeGroupMailbox
    AssertEqual '7 4' "$($summary.Mailboxes) $($summary.RemoteCalls)"
    AssertEqual 'GroupMailbox GroupMailbox' "$((Get-Rows report.csv).'Recipient Type' -eq 'GroupMailbox')"
    AssertEqual 1 (Invoke-NonAuditedMailboxReport @app -Path report.csv -RecipientTypeDetails SharedMailbox).Mailboxes
    AssertEqual 1 (Invoke-NonAuditedMailboxReport @app -Path report.csv -Filter "Alias -eq 'user5'").Mailboxes
    AssertEqual 1 (Invoke-NonAuditedMailboxReport @app -Path report.csv -Identity user2@contoso.example).Mailboxes
}

It 'reads Exchange Server in its own shell' {
    New-Tenant
    Enter-StandInServerShell
    $summary = Invoke-NonAuditedMailboxReport -Path report.csv -IncludeGroupMailbox
    AssertEqual 'True 5 0' "$($summary.Complete) $($summary.Mailboxes) $($tenant.Connects.Count)"
    AssertEqual 'Get-OrganizationConfig Get-MailboxAuditBypassAssociation Get-Mailbox' (Get-CallNames)
    $ExecutionContext.InvokeProvider.Item.Remove('function:Get-ExchangeServer', $false)
}

It 'makes the same report of what it saved, without a connection' {
    New-Tenant { $tenant.Bypass.Add('user2') }
    $first = Invoke-NonAuditedMailboxReport @app -Path report.json -SaveInput input.jsonl -IncludeGroupMailbox
    AssertEqual 'input.jsonl' $first.SavedInput.Name
    $connects = $tenant.Connects.Count
    $second = Invoke-NonAuditedMailboxReport -InputPath input.jsonl -Path again.json
    AssertEqual ([System.IO.File]::ReadAllText("$Scratch/report.json")) ([System.IO.File]::ReadAllText("$Scratch/again.json"))
    AssertEqual "$connects 0" "$($tenant.Connects.Count) $($second.RemoteCalls)"
    $saved = @(Invoke-NonAuditedMailboxReport -InputPath "$Data/mailboxes.clixml" -Path old.csv -PassThru -AllowIncomplete)
    AssertEqual 60 $saved.Count
    foreach ($with in @{ Filter = 'a' }, @{ SaveInput = 'b' }, @{ IncludeGroupMailbox = $true }) {
        AssertEqual 'NonAuditedMailbox.OfflineInput,Invoke-NonAuditedMailboxReport' (Get-Failure { Invoke-NonAuditedMailboxReport -InputPath input.jsonl @with }).FullyQualifiedErrorId
    }
    AssertEqual 'NonAuditedMailbox.NoExport,Invoke-NonAuditedMailboxReport' (Get-Failure { Invoke-NonAuditedMailboxReport -InputPath none.jsonl -Path none.csv }).FullyQualifiedErrorId
    Assert (-not [System.IO.File]::Exists("$Scratch/none.csv"))
}

It 'tries the places before anything slow begins' {
    New-Tenant
    [System.IO.File]::WriteAllText("$Scratch/old.csv", 'old')
    $bad = @{ Path = 'no/such/folder.csv' }, @{ Path = 'report.xlsx' }, @{ Path = 'old.csv'; NoClobber = $true },
        @{ Path = 'a.csv'; SaveInput = 'no/such/input.jsonl' }, @{ Path = 'a.json'; SaveInput = 'a.json' }, @{ Path = 'a.csv'; NoClobber = $true; Force = $true }
    foreach ($with in $bad) {
        $failed = Get-Failure { Invoke-NonAuditedMailboxReport @app @with }
        AssertEqual 'NonAuditedMailbox.NoReport,Invoke-NonAuditedMailboxReport' $failed.FullyQualifiedErrorId
    }
    AssertEqual '0 old.csv' "$($tenant.Connects.Count) $(Get-FileNames)"
}

It 'writes and connects nothing with -WhatIf' {
    New-Tenant
    Invoke-NonAuditedMailboxReport @app -WhatIf
    AssertEqual '0 ' "$($tenant.Connects.Count) $(Get-FileNames)"
}

It 'says first that the organisation does not audit, and shows every mailbox as not audited' {
    New-Tenant { $tenant.Organization.AuditDisabled = $true }
    $summary = Invoke-NonAuditedMailboxReport @app -Path report.csv -WarningVariable said -WarningAction SilentlyContinue
    Assert ("$said" -like 'Auditing is disabled for the whole organisation*') "$said"
    AssertEqual 'True True 5 5' "$($summary.AuditDisabled) $($summary.Complete) $($summary.Mailboxes) $($summary.NotAudited)"
    Assert (($summary | Out-String).TrimStart().StartsWith('Organisation  : AUDITING IS DISABLED'))
    $first = (Get-Rows report.csv)[0]
    AssertEqual 'NotAudited' $first.'Audit State'
}

It 'waits for throttling, then does well' {
    foreach ($command in 'Get-OrganizationConfig', 'Get-MailboxAuditBypassAssociation', 'Get-EXOMailbox', 'Get-Mailbox') {
        New-Tenant
        Add-StandInFailure $command TooManyRequests -After 1 -Times 2
        $summary = Invoke-NonAuditedMailboxReport @app -Path report.csv -IncludeGroupMailbox 3>$null
        AssertEqual 'True 7 7 6' "$command $($summary.Complete) $($summary.Mailboxes) $(@(Get-Rows report.csv).Count) $($summary.RemoteCalls)".Substring($command.Length + 1)
        AssertEqual '30 30' "$slept"
    }
}

It 'makes the bypass unknown, never False, where reading it failed' {
    foreach ($kind in 'AccessDenied', 'Forbidden', 'Unavailable') {
        New-Tenant
        Add-StandInFailure Get-MailboxAuditBypassAssociation $kind
        $failed = Get-Failure { Invoke-NonAuditedMailboxReport @app -Path report.csv -Baseline Default }
        AssertEqual 'NonAuditedMailbox.IncompleteReport,Invoke-NonAuditedMailboxReport' $failed.FullyQualifiedErrorId
        AssertEqual 'False 5 5 0' "$($got.Complete) $($got.Mailboxes) $($got.BypassUnknown) $($got.Audited)"
        $rows = Get-Rows report.csv
        AssertEqual 'Unknown Unknown Unknown Unknown Unknown' "$($rows[0..4].'Audit By Pass Enabled')"
    }
    # What came before it failed is known, the rest is not.
    New-Tenant { $tenant.Bypass.Add('user1') }
    Add-StandInFailure Get-MailboxAuditBypassAssociation AccessDenied -After 2
    $summary = Invoke-NonAuditedMailboxReport @app -Path report.csv -AllowIncomplete 3>$null
    AssertEqual 'True False Unknown Unknown Unknown' "$((Get-Rows report.csv)[0..4].'Audit By Pass Enabled')"
    # A role without the command is a failed read too.
    New-Tenant { $tenant.Forbidden = @('Get-MailboxAuditBypassAssociation') }
    $failed = Get-Failure { Invoke-NonAuditedMailboxReport @app -Path report.csv }
    Assert ("$failed" -like '*This connection has no Get-MailboxAuditBypassAssociation*') "$failed"
}

It 'calls no mailbox audited where the organisation could not be read' {
    New-Tenant
    Add-StandInFailure Get-OrganizationConfig AccessDenied
    $failed = Get-Failure { Invoke-NonAuditedMailboxReport @app -Path report.csv -Baseline Default }
    AssertEqual 'NonAuditedMailbox.IncompleteReport,Invoke-NonAuditedMailboxReport' $failed.FullyQualifiedErrorId
    AssertEqual 'False  0' "$($got.Complete) $($got.AuditDisabled) $($got.Audited)"
    New-Tenant { $tenant.Organization.PSObject.Properties.Remove('AuditDisabled') }
    $failed = Get-Failure { Invoke-NonAuditedMailboxReport @app -Path report.csv -Baseline Default }
    Assert ("$failed" -like '*gave no AuditDisabled*') "$failed"
}

It 'is incomplete where the mailboxes ended with an error, and reports what came' {
    New-Tenant
    Add-StandInFailure Get-EXOMailbox NotFound -After 3
    $failed = Get-Failure { Invoke-NonAuditedMailboxReport @app -Path report.csv }
    AssertEqual 'NonAuditedMailbox.IncompleteReport,Invoke-NonAuditedMailboxReport' $failed.FullyQualifiedErrorId
    AssertEqual '3 report.csv' "$($got.Mailboxes) $($got.Files.Name)"
    Assert ("$([System.IO.File]::ReadAllText("$Scratch/report.csv"))" -like '*couldn''t be found*')
    Assert (-not @(Get-ConnectionInformation).Count)
    # Throttled until the patience ends: the last attempt counts, once.
    New-Tenant
    Add-StandInFailure Get-EXOMailbox Unavailable -After 2
    $failed = Get-Failure { Invoke-NonAuditedMailboxReport @app -Path report.csv }
    AssertEqual '2 8 5' "$($got.Mailboxes) $($got.RemoteCalls) $($slept.Count)"
    # The groups failed alone: the others stay.
    New-Tenant
    Add-StandInFailure Get-Mailbox Forbidden -After 1
    $failed = Get-Failure { Invoke-NonAuditedMailboxReport @app -Path report.csv -IncludeGroupMailbox }
    AssertEqual 'False 6' "$($got.Complete) $($got.Mailboxes)"
    Assert ("$failed" -like '*Get-Mailbox -GroupMailbox: *HttpStatusCode=403*') "$failed"
}

It 'writes nothing where no mailbox could be read, and keeps what was there' {
    New-Tenant
    [System.IO.File]::WriteAllText("$Scratch/report.csv", 'old')
    foreach ($kind in 'Forbidden', 'AccessDenied', 'Unavailable') {
        Reset-StandInTenant
        Add-StandInFailure Get-EXOMailbox $kind
        $failed = Get-Failure { Invoke-NonAuditedMailboxReport @app -Path report.csv -Force -SaveInput input.jsonl -AllowIncomplete }
        AssertEqual 'NonAuditedMailbox.NoMailboxes,Invoke-NonAuditedMailboxReport' $failed.FullyQualifiedErrorId
        AssertEqual '0 0' "$($got.Count) $(@(Get-ConnectionInformation).Count)"
    }
    AssertEqual 'old' ([System.IO.File]::ReadAllText("$Scratch/report.csv"))
    AssertEqual 'report.csv' (Get-FileNames)
}

It 'writes nothing where it cannot connect' {
    New-Tenant
    Add-StandInFailure Connect-ExchangeOnline Mfa
    $failed = Get-Failure { Invoke-NonAuditedMailboxReport @app -Path report.csv }
    AssertEqual 'NonAuditedMailbox.NoConnection,Invoke-NonAuditedMailboxReport' $failed.FullyQualifiedErrorId
    AssertEqual '' (Get-FileNames)
}

It 'never gives away a better report for an incomplete one, but for -Force' {
    New-Tenant
    $null = Invoke-NonAuditedMailboxReport @app -Path report.csv -SaveInput input.jsonl
    $before = [System.IO.File]::ReadAllText("$Scratch/report.csv")
    Add-StandInFailure Get-MailboxAuditBypassAssociation AccessDenied
    foreach ($allow in $false, $true) {
        $failed = Get-Failure { Invoke-NonAuditedMailboxReport @app -Path report.csv -Format Csv, Json -SaveInput input.jsonl -AllowIncomplete:$allow }
        AssertEqual "NonAuditedMailbox.$(if ($allow) { 'NoReport' } else { 'IncompleteReport' }),Invoke-NonAuditedMailboxReport" $failed.FullyQualifiedErrorId
        Assert ("$failed" -like '*report.csv was left as it was; use -Force*input.jsonl was left as it was*') "$failed"
        AssertEqual $before ([System.IO.File]::ReadAllText("$Scratch/report.csv"))
        # Where there was no better one, it is written.
        AssertEqual 'report.json' "$($got.Files.Name)"
        [System.IO.File]::Delete("$Scratch/report.json")
    }
    $summary = Invoke-NonAuditedMailboxReport @app -Path report.csv -Force -AllowIncomplete -WarningVariable said -WarningAction SilentlyContinue
    Assert ("$said" -like '*The report is incomplete: contoso.example: the bypass associations: *') "$said"
    Assert ($before -ne [System.IO.File]::ReadAllText("$Scratch/report.csv"))
}

It 'is incomplete with 1,000 of more mailboxes' {
    New-Tenant {
        $ten = & (Get-Module ExchangeOnlineManagement) { 1..10 | ForEach-Object { New-StandInMailbox $_ } }
        $tenant.Mailboxes = [System.Collections.Generic.List[object]]@(foreach ($round in 1..120) { $ten })
        $tenant.ServerLimit = 1000
    }
    $failed = Get-Failure { Invoke-NonAuditedMailboxReport @app -Path report.csv }
    Assert ("$failed" -like '*the bypass associations: There are more results available*') "$failed"
    AssertEqual '1000 False 2' "$($got.Mailboxes) $($got.Complete) $($got.Problems.Count)"
    Assert ("$($got.Problems[1])" -like 'contoso.example: the mailboxes: Get-EXOMailbox: There are more results available*') "$($got.Problems)"
}

It 'knows nothing of a tenant without mailboxes' {
    New-Tenant { $tenant.Mailboxes.Clear() }
    $failed = Get-Failure { Invoke-NonAuditedMailboxReport @app -Path report.csv }
    AssertEqual 'NonAuditedMailbox.IncompleteReport,Invoke-NonAuditedMailboxReport' $failed.FullyQualifiedErrorId
    Assert ("$failed" -like '*no mailbox was read*') "$failed"
    AssertEqual '0 report.csv' "$($got.Mailboxes) $($got.Files.Name)"
}

It 'asks the server as often for 10,000 mailboxes as for 10' {
    foreach ($count in 10, 10000) {
        New-Tenant {
            $ten = & (Get-Module ExchangeOnlineManagement) { 1..10 | ForEach-Object { New-StandInMailbox $_ } }
            $tenant.Mailboxes = [System.Collections.Generic.List[object]]@(foreach ($round in 1..($count / 10)) { $ten })
        }
        $summary = Invoke-NonAuditedMailboxReport @app -Path report.csv -IncludeGroupMailbox
        AssertEqual "$($count + 2) 4 4" "$($summary.Mailboxes) $($summary.RemoteCalls) $(@(Get-StandInCall).Count)"
    }
}

It 'fails on gaps where it is told to, after the report' {
    New-Tenant
    $failed = Get-Failure { Invoke-NonAuditedMailboxReport @app -Path report.csv -FailOnGap }
    AssertEqual 'NonAuditedMailbox.Gap,Invoke-NonAuditedMailboxReport' $failed.FullyQualifiedErrorId
    AssertEqual 'report.csv 5' "$($got.Files.Name) $($got.Gap)"
    $summary = Invoke-NonAuditedMailboxReport @app -Path report.csv -FailOnGap -Baseline Default
    AssertEqual 5 $summary.Audited
}

It 'shows progress to people only, and each step with -Verbose' {
    New-Tenant
    $all = & (Get-Module ExchangeOnlineManagement) { 1..250 | ForEach-Object { New-StandInMailbox $_ } }
    $tenant.Mailboxes = [System.Collections.Generic.List[object]]@($all)
    $said = @(Invoke-NonAuditedMailboxReport @app -Path report.csv -Verbose 4>&1 | Where-Object { $_ -is [System.Management.Automation.VerboseRecord] })
    foreach ($step in 'Connecting*', 'Connected to contoso.example.', '*Get-OrganizationConfig.', '*Get-MailboxAuditBypassAssociation.',
        '*Get-EXOMailbox.', '250 mailboxes.', '*is closed.', 'Written: *report.csv') { Assert (@($said.Message -like $step).Count -eq 1) $step }
    foreach ($attended in $false, $true) {
        $global:shown = @()
        & (Get-Module NonAuditedMailbox) {
            param($attended)
            $script:testAttended = $attended
            function script:Test-NamInteractive { $script:testAttended }
            function script:Write-NamProgress($Cmdlet, $Status) { $global:shown += $Status }
        } $attended
        $null = Invoke-NonAuditedMailboxReport @app -Path report.csv
        if ($attended) { Assert ("$shown" -like '*Reading who bypasses auditing: 200*Reading mailboxes: 100*Reading mailboxes: 200*Done') "$shown" }
        else { AssertEqual 0 $shown.Count }
    }
}

It 'offers the formats that there are' {
    $formats = & (Get-Module NonAuditedMailbox) { $script:ReportFormats.Keys }
    foreach ($command in 'Invoke-NonAuditedMailboxReport', 'Export-NonAuditedMailboxAction') {
        $offered = (Get-Command $command).Parameters['Format'].Attributes | ForEach-Object { $_.ValidValues } | Where-Object { $_ }
        AssertEqual "$($formats | Sort-Object)" "$($offered | Sort-Object)"
    }
}

Complete-Test
