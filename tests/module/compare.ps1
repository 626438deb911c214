. "$PSScriptRoot/common.ps1"

$old, $new = "$Data/last-week.jsonl", "$Data/today.jsonl"

It 'gives an object for each change' {
    $changes = @(Compare-NonAuditedMailboxAction -Reference $old -Difference $new)
    AssertEqual 17 $changes.Count
    AssertEqual 9 @($changes | Where-Object Regression).Count
    AssertEqual 'NonAuditedMailbox.Change' $changes[0].PSObject.TypeNames[0]
    $bert = @($changes | Where-Object { $_.DisplayName -eq 'Bert Loses' -and $_.Kind -eq 'NewlyNotAudited' })
    AssertEqual 1 $bert.Count
    AssertEqual 'Owner' $bert[0].LogonType
    Assert ($bert[0].Actions -contains 'HardDelete' -and $bert[0].Actions.Count -eq 1)
    Assert ($bert[0].Regression -is [bool] -and $bert[0].Regression)
    AssertEqual '00000000-2222-4333-8444-000000000002' $bert[0].Guid
    $new = @($changes | Where-Object Kind -eq 'MailboxNew')[0]
    Assert ($null -eq $new.Old -and $new.New -eq 'Gap' -and $null -eq $new.LogonType -and $new.Actions.Count -eq 0)
    $account = @($changes | Where-Object { $_.Subject -eq 'Account' -and $_.Kind -eq 'BypassBegun' })
    AssertEqual 'svc-scan' $account.DisplayName
}

It 'says what nam says' {
    if (-not $env:NAM_TEST_NAM) { return }
    $json = & $env:NAM_TEST_NAM compare $old $new --format json --quiet | ConvertFrom-Json
    $changes = @(Compare-NonAuditedMailboxAction $old $new)
    AssertEqual $json.Changes.Count $changes.Count
    for ($at = 0; $at -lt $changes.Count; $at++) {
        foreach ($property in $changes[$at].PSObject.Properties) {
            $expected = $json.Changes[$at].($property.Name) -join ','
            if ("$expected" -cne ($property.Value -join ',')) { throw "$($property.Name) of ${at}: <$expected>, <$($property.Value)>" }
        }
    }
}

It 'prints and exports its lists as names' {
    $csv = Compare-NonAuditedMailboxAction $old $new | ConvertTo-Csv -NoTypeInformation
    Assert ("$csv" -match '"Create,MailboxLogin,Move,RecordDelete') "$csv"
    $lines = Compare-NonAuditedMailboxAction $old $new | Out-String -Width 120
    Assert ($lines -match '(?m)^! +BypassBegun +dora@contoso\.example +the account bypasses auditing now') $lines
    Assert ($lines -match '(?m)^  +BypassEnded +svc-old ') $lines
    foreach ($line in $lines -split '\r?\n') { Assert ($line.Length -le 120) $line }
}

It 'asks what it is told to ask' {
    $changes = @(Compare-NonAuditedMailboxAction $old $new -Baseline Cis7 -LogonType Owner -Action Move, Create)
    $lost = @($changes | Where-Object Kind -eq 'NewlyNotAudited')
    AssertEqual 'Create,Move' "$($lost.Actions)".Replace(' ', ',')
    $own = @(Compare-NonAuditedMailboxAction $old $new -Baseline @{ Owner = 'HardDelete' } | Where-Object Kind -eq 'NewlyNotAudited')
    AssertEqual 2 $own.Count
    $failure = try { Compare-NonAuditedMailboxAction $old $new -Baseline Cis9 } catch { $_ }
    AssertEqual 'NonAuditedMailbox.BadBaseline,Compare-NonAuditedMailboxAction' $failure.FullyQualifiedErrorId
}

It 'warns where reports were asked about different actions' {
    $all, $cis = "$Scratch/all.json", "$Scratch/cis.json"
    Get-NonAuditedMailboxAction -Path "$Data/mailboxes.json" | Export-NonAuditedMailboxAction $all
    Get-NonAuditedMailboxAction -Path "$Data/mailboxes.json" -Baseline Cis7 | Export-NonAuditedMailboxAction $cis
    $changes = @(Compare-NonAuditedMailboxAction $all $cis -WarningVariable warnings 3> $null)
    AssertEqual 0 $changes.Count
    Assert ("$warnings" -match 'All and Cis7' -and "$warnings" -match 'read in neither') "$warnings"
}

It 'fails on a regression once all changes are out, and only then' {
    $changes = [System.Collections.Generic.List[object]]::new()
    $failure = try { Compare-NonAuditedMailboxAction $old $new -FailOnRegression | ForEach-Object { $changes.Add($_) } } catch { $_ }
    AssertEqual 'NonAuditedMailbox.Regression,Compare-NonAuditedMailboxAction' $failure.FullyQualifiedErrorId
    AssertEqual 17 $changes.Count
    AssertEqual 0 @(Compare-NonAuditedMailboxAction $new $new -FailOnRegression).Count
}

It 'tells of an incomplete state, and never takes it for clean' {
    $lines = [System.IO.File]::ReadAllLines($new)
    $cut = "$Scratch/cut.jsonl"
    [System.IO.File]::WriteAllLines($cut, [string[]]$lines[0..($lines.Count - 4)])
    $changes = @(Compare-NonAuditedMailboxAction $old $cut -ErrorAction SilentlyContinue -ErrorVariable failures)
    Assert ("$failures" -match 'without its end') "$failures"
    Assert ($changes.Kind -notcontains 'MailboxGone' -and $changes.Kind -contains 'BecameUnknown')
    $failure = try { Compare-NonAuditedMailboxAction $cut $cut -FailOnRegression -ErrorAction SilentlyContinue } catch { $_ }
    AssertEqual 'NonAuditedMailbox.IncompleteComparison,Compare-NonAuditedMailboxAction' $failure.FullyQualifiedErrorId
}

It 'says which file cannot be read, and that nothing is common' {
    $failure = try { Compare-NonAuditedMailboxAction "$Scratch/nowhere.json" $new } catch { $_ }
    AssertEqual 'NonAuditedMailbox.NoExport,Compare-NonAuditedMailboxAction' $failure.FullyQualifiedErrorId
    Assert ("$failure" -match 'nowhere\.json') "$failure"
    $admin, $owner = "$Scratch/admin.json", "$Scratch/owner.json"
    Get-NonAuditedMailboxAction -Path "$Data/mailboxes.json" -LogonType Admin | Export-NonAuditedMailboxAction $admin
    Get-NonAuditedMailboxAction -Path "$Data/mailboxes.json" -LogonType Owner | Export-NonAuditedMailboxAction $owner
    $failure = try { Compare-NonAuditedMailboxAction $admin $owner } catch { $_ }
    AssertEqual 'NonAuditedMailbox.NothingAsked,Compare-NonAuditedMailboxAction' $failure.FullyQualifiedErrorId
}

It 'can be stopped in the middle' {
    AssertEqual 1 @(Compare-NonAuditedMailboxAction $old $new | Select-Object -First 1).Count
}

It 'takes paths as PowerShell has them' {
    Push-Location $Data
    try { AssertEqual 17 @(Compare-NonAuditedMailboxAction last-week.jsonl ./today.jsonl).Count }
    finally { Pop-Location }
}

Complete-Test
