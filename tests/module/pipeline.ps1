. "$PSScriptRoot/common.ps1"

$mailboxes = Import-Clixml "$Data/mailboxes.clixml"
$bypass = Import-Clixml "$Data/bypass.clixml"
$organization = Import-Clixml "$Data/organization.clixml"

It 'gives one object a mailbox, in their order, with the promised properties' {
    $results = @($mailboxes | Get-NonAuditedMailboxAction)
    AssertEqual ($mailboxes.DisplayName -join ',') ($results.DisplayName -join ',')
    AssertEqual 'NonAuditedMailbox.Result' $results[0].PSObject.TypeNames[0]
    AssertEqual ('DisplayName UserPrincipalName PrimarySmtpAddress Guid RecipientType AuditState Reason AuditEnabled ' +
        'AuditBypassEnabled DefaultAuditSet NonAuditedAdmin NonAuditedDelegate NonAuditedOwner Unrecognized ' +
        'AuditLogAgeLimit Remarks') ($results[0].PSObject.Properties.Name -join ' ')
    AssertEqual '90.00:00:00' $results[0].AuditLogAgeLimit
    AssertEqual '' "$($results[0].AuditBypassEnabled)"
}

It 'has lists that scripts can ask' {
    $result = New-Mailbox @{ AuditOwner = 'HardDelete' } | Get-NonAuditedMailboxAction -Baseline Default -LogonType Owner
    Assert ($result.NonAuditedOwner -contains 'softdelete')
    AssertEqual 9 $result.NonAuditedOwner.Count
    AssertEqual 9 @(foreach ($name in $result.NonAuditedOwner) { $name }).Count
    AssertEqual 0 $result.NonAuditedAdmin.Count
    AssertEqual '' $result.NonAuditedAdmin.ToString()
    Assert ("$($result.NonAuditedOwner)" -like 'ApplyRecord*UpdateInboxRules')
    Assert ($result.DefaultAuditSet -contains 'Owner')
}

It 'works as the design says' {
    $path = "$Scratch/owners.csv"
    $mailboxes | Get-NonAuditedMailboxAction |
        Where-Object { $_.NonAuditedOwner -contains 'MailboxLogin' } |
        Export-NonAuditedMailboxAction -Path $path
    $rows = @(Import-Csv $path)
    Assert ($rows.Count -gt 40)
    foreach ($row in $rows) { Assert ($row.Owner.Split(',') -contains 'MailboxLogin') }
}

It 'goes well with other commands' {
    $results = @($mailboxes | Get-NonAuditedMailboxAction)
    $results | Export-Csv "$Scratch/results.csv" -NoTypeInformation
    $saved = @(Import-Csv "$Scratch/results.csv")
    AssertEqual $results[1].NonAuditedOwner.ToString() $saved[1].NonAuditedOwner
    AssertEqual 'Admin,Delegate' $saved[1].DefaultAuditSet
    $json = $results[1] | ConvertTo-Json | ConvertFrom-Json
    AssertEqual $results[1].NonAuditedOwner.Count $json.NonAuditedOwner.Count
    $results | Export-Clixml "$Scratch/results.clixml"
    AssertEqual $results[1].NonAuditedOwner.Count (Import-Clixml "$Scratch/results.clixml")[1].NonAuditedOwner.Count
    AssertEqual $results.Count (@($results | Group-Object AuditState) | Measure-Object Count -Sum).Sum
    Assert (@($results | Group-Object NonAuditedOwner).Count -lt $results.Count)
    AssertEqual 'Gap' (@($results | Sort-Object AuditState, DisplayName)[0]).AuditState
    AssertEqual $results[1].NonAuditedOwner.ToString() ($results[1] | Select-Object NonAuditedOwner).NonAuditedOwner.ToString()
    AssertEqual 3 @($mailboxes | Get-NonAuditedMailboxAction | Select-Object -First 3).Count
}

It 'calls a mailbox audited only where all was read' {
    $own = @{ Owner = 'HardDelete' }
    $row = [pscustomobject]@{ Name = 'anna'; Guid = '11111111-2222-4333-8444-555555555555'; AuditByPassEnabled = $false }
    $on = [pscustomobject]@{ AuditDisabled = $false }
    $full = New-Mailbox | Get-NonAuditedMailboxAction -Baseline $own -BypassAssociation $row -OrganizationConfig $on
    AssertEqual 'Audited NothingMissing False' "$($full.AuditState) $($full.Reason) $($full.AuditBypassEnabled)"
    $without = New-Mailbox | Get-NonAuditedMailboxAction -Baseline $own -BypassAssociation $row
    AssertEqual 'Unknown OrganizationUnknown' "$($without.AuditState) $($without.Reason)"
    $without = New-Mailbox | Get-NonAuditedMailboxAction -Baseline $own -OrganizationConfig $on
    AssertEqual 'Unknown BypassUnknown' "$($without.AuditState) $($without.Reason)"
    $none = New-Mailbox | Get-NonAuditedMailboxAction -Baseline $own -BypassAssociation @() -OrganizationConfig $on
    AssertEqual 'Unknown BypassUnknown' "$($none.AuditState) $($none.Reason)"
    $row.AuditByPassEnabled = $true
    $by = New-Mailbox | Get-NonAuditedMailboxAction -Baseline $own -BypassAssociation $row -OrganizationConfig $on
    AssertEqual 'Gap AccountBypassesAuditing True' "$($by.AuditState) $($by.Reason) $($by.AuditBypassEnabled)"
    $off = [pscustomobject]@{ AuditDisabled = 'True' }
    $nothing = New-Mailbox | Get-NonAuditedMailboxAction -Baseline $own -BypassAssociation $row -OrganizationConfig $off
    AssertEqual 'NotAudited OrganizationAuditDisabled' "$($nothing.AuditState) $($nothing.Reason)"
    AssertEqual 0 @(New-Mailbox | Get-NonAuditedMailboxAction -Baseline @{ Owner = 'HardDelete' } -BypassAssociation @(
            [pscustomobject]@{ Guid = '11111111-2222-4333-8444-555555555555'; AuditBypassEnabled = 'False' }) -OrganizationConfig $on -OnlyGap).Count
    AssertEqual 1 @(New-Mailbox | Get-NonAuditedMailboxAction -Baseline $own -OnlyGap).Count
}

It 'joins bypass associations by what is unique' {
    $on = [pscustomobject]@{ AuditDisabled = $false }
    $rows = @(
        [pscustomobject]@{ Name = 'Anna'; DistinguishedName = 'cn=ANNA,dc=contoso,dc=example'; AuditBypassEnabled = $true }
        [pscustomobject]@{ Name = 'x'; ExchangeObjectId = '22222222-2222-4333-8444-555555555555'; AuditBypassEnabled = $true }
    )
    AssertEqual $true (New-Mailbox | Get-NonAuditedMailboxAction -BypassAssociation $rows).AuditBypassEnabled
    $other = New-Mailbox @{ Guid = $null; DistinguishedName = 'CN=other'; ExchangeObjectId = [guid]'22222222-2222-4333-8444-555555555555' }
    AssertEqual $true ($other | Get-NonAuditedMailboxAction -BypassAssociation $rows).AuditBypassEnabled
    $nameOnly = New-Mailbox @{ Guid = $null; DistinguishedName = 'CN=other'; Name = 'x' }
    AssertEqual '' "$(($nameOnly | Get-NonAuditedMailboxAction -BypassAssociation $rows).AuditBypassEnabled)"
    $found = @($mailboxes | Get-NonAuditedMailboxAction -BypassAssociation $bypass -OrganizationConfig $organization)
    Assert (@($found | Where-Object { $_.AuditBypassEnabled -eq $true }).Count -gt 0)
    Assert (@($found | Where-Object { $_.AuditBypassEnabled -eq $false }).Count -gt 0)
    AssertEqual $true (New-Mailbox @{ AuditBypassEnabled = 'true' } | Get-NonAuditedMailboxAction).AuditBypassEnabled
}

It 'tells of bypass associations and organisations that do not help' {
    $rows = [pscustomobject]@{ Name = 'x'; AuditBypassEnabled = $true }, [pscustomobject]@{ Guid = [guid]::NewGuid() }
    $null = New-Mailbox | Get-NonAuditedMailboxAction -BypassAssociation $rows -ErrorAction SilentlyContinue -ErrorVariable found
    AssertEqual 2 $found.Count
    AssertEqual 'NonAuditedMailbox.BadBypassAssociation,Get-NonAuditedMailboxAction' $found[0].FullyQualifiedErrorId
    foreach ($wrong in @([pscustomobject]@{ Name = 'x' }), @([pscustomobject]@{ AuditDisabled = $true }, [pscustomobject]@{ AuditDisabled = $true })) {
        $result = New-Mailbox @{ AuditBypassEnabled = $false } | Get-NonAuditedMailboxAction -Baseline Default -OrganizationConfig $wrong -ErrorAction SilentlyContinue -ErrorVariable found
        AssertEqual 'NonAuditedMailbox.BadOrganizationConfig,Get-NonAuditedMailboxAction' $found[0].FullyQualifiedErrorId
        AssertEqual 'Unknown' $result.AuditState
    }
}

It 'knows baselines' {
    AssertEqual 'Copy,FolderBind,Move,RecordDelete,UpdateComplianceTag' (New-Mailbox | Get-NonAuditedMailboxAction).NonAuditedAdmin.ToString()
    AssertEqual '' (New-Mailbox | Get-NonAuditedMailboxAction -Baseline default).NonAuditedAdmin.ToString()
    AssertEqual 'Copy,FolderBind,Move' (New-Mailbox | Get-NonAuditedMailboxAction -Baseline Cis7).NonAuditedAdmin.ToString()
    [System.IO.File]::WriteAllText("$Scratch/own.json", '{"admin": ["Copy"], "owner": ["MailboxLogin"]}')
    AssertEqual 'Copy' (New-Mailbox | Get-NonAuditedMailboxAction -Baseline "$Scratch/own.json").NonAuditedAdmin.ToString()
    Push-Location $Scratch
    try { AssertEqual 'Copy' (New-Mailbox | Get-NonAuditedMailboxAction -Baseline ./own.json).NonAuditedAdmin.ToString() }
    finally { Pop-Location }
    $table = @{ Name = 'quoted "name" \'; ADMIN = 'copy'; Owner = @('MailboxLogin', 'Move') }
    $result = New-Mailbox | Get-NonAuditedMailboxAction -Baseline $table
    AssertEqual 'Copy MailboxLogin,Move' "$($result.NonAuditedAdmin) $($result.NonAuditedOwner.ToString())"
    AssertEqual 'PreservedMailItemProactively' (New-Mailbox | Get-NonAuditedMailboxAction -Baseline @{ Admin = 'PreservedMailItemProactively' }).NonAuditedAdmin.ToString()
}

It 'asks about some actions and logon types only' {
    $result = New-Mailbox | Get-NonAuditedMailboxAction -Action 'Mail*', Move -LogonType Owner, Delegate
    AssertEqual '' $result.NonAuditedAdmin.ToString()
    AssertEqual 'Move' $result.NonAuditedDelegate.ToString()
    AssertEqual 'MailboxLogin,Move' $result.NonAuditedOwner.ToString()
}

It 'parts what depends on the licence' {
    $mailbox = New-Mailbox @{ AuditOwner = 'HardDelete' }
    foreach ($case in @('Unknown', $true), @('Standard', $false), @('Premium', $true)) {
        $result = $mailbox | Get-NonAuditedMailboxAction -Licence $case[0]
        AssertEqual $case[1] ($result.NonAuditedOwner -contains 'MailItemsAccessed')
    }
    Assert (($mailbox | Get-NonAuditedMailboxAction -Licence Standard).Remarks -like '*MailItemsAccessed*')
}

It 'gives an object for each missing action' {
    $expanded = @(New-Mailbox | Get-NonAuditedMailboxAction -Baseline Cis7 -Expand)
    AssertEqual 'Admin:Copy Admin:FolderBind Admin:Move Delegate:FolderBind Delegate:Move Owner:Create Owner:MailboxLogin Owner:Move' `
        (@($expanded | ForEach-Object { "$($_.LogonType):$($_.Action)" }) -join ' ')
    AssertEqual 'NonAuditedMailbox.Action' $expanded[0].PSObject.TypeNames[0]
    AssertEqual 'Optional' "$($expanded.Status | Select-Object -Unique)"
    # The status is that of the mailbox's platform.
    $lost = New-Mailbox @{ AuditOwner = 'Update' } | Get-NonAuditedMailboxAction -Action HardDelete, MailboxLogin -LogonType Owner -Expand
    AssertEqual 'HardDelete:Default MailboxLogin:Optional' (@($lost | ForEach-Object { "$($_.Action):$($_.Status)" }) -join ' ')
    $server = Without 'DefaultAuditSet' | Get-NonAuditedMailboxAction -Platform Server -Action Copy, HardDelete -LogonType Admin -Expand
    AssertEqual 'Copy:Optional' (@($server | ForEach-Object { "$($_.Action):$($_.Status)" }) -join ' ')
    $unknown = @(Without 'AuditOwner' | Get-NonAuditedMailboxAction -Expand -ErrorAction SilentlyContinue)
    AssertEqual 1 $unknown.Count
    AssertEqual 'Unknown ' "$($unknown[0].AuditState) $($unknown[0].Action)"
}

It 'shows actions that the catalogue lacks' {
    $result = New-Mailbox @{ AuditOwner = 'HardDelete', 'TotallyNew' } | Get-NonAuditedMailboxAction
    AssertEqual 'TotallyNew' $result.Unrecognized.ToString()
    Assert ($result.Remarks -like '*TotallyNew*')
}

It 'shares one list for each distinct text' {
    $two = @((New-Mailbox), (New-Mailbox)) | Get-NonAuditedMailboxAction
    Assert ([object]::ReferenceEquals($two[0].NonAuditedOwner, $two[1].NonAuditedOwner))
    Assert (-not [object]::ReferenceEquals($two[0], $two[1]))
}

It 'shows the catalogue' {
    $all = @(Get-MailboxAuditActionCatalog)
    Assert ($all.Count -gt 150)
    AssertEqual 'NonAuditedMailbox.CatalogEntry' $all[0].PSObject.TypeNames[0]
    AssertEqual 13 @(Get-MailboxAuditActionCatalog -Platform ExchangeOnline -LogonType Admin -Status Default).Count
    AssertEqual 'MailboxLogin' @(Get-MailboxAuditActionCatalog mailboxl* -Platform ExchangeOnline -LogonType Owner)[0].Action
    AssertEqual 0 @(Get-MailboxAuditActionCatalog Nonesuch).Count
}

It 'shows a table of 120 columns' {
    $text = $mailboxes | Get-NonAuditedMailboxAction | Out-String -Width 120
    $text += $mailboxes | Get-NonAuditedMailboxAction -Expand | Out-String -Width 120
    foreach ($line in $text.Split("`n")) { Assert ($line.TrimEnd().Length -le 120) $line }
    Assert ($text -match 'DisplayName +AuditState +Bypass +NonAuditedOwner +NonAuditedAdmin +NonAuditedDelegate') $text
    Assert ($text -like '*Create,MailboxLogin*')
}

It 'asks again about the mailboxes of results' {
    $all = New-Mailbox | Get-NonAuditedMailboxAction
    $again = $all | Get-NonAuditedMailboxAction -Baseline Cis7
    AssertEqual "$(New-Mailbox | Get-NonAuditedMailboxAction -Baseline Cis7 | ConvertTo-Csv)" "$($again | ConvertTo-Csv)"
    foreach ($other in ($all | Select-Object *), @(New-Mailbox | Get-NonAuditedMailboxAction -Expand)[0]) {
        $found = @($other | Get-NonAuditedMailboxAction -ErrorAction SilentlyContinue -ErrorVariable problem)
        AssertEqual '0 NonAuditedMailbox.SavedResult,Get-NonAuditedMailboxAction' "$($found.Count) $($problem.FullyQualifiedErrorId)"
    }
}

It 'takes the patterns of PowerShell, and a baseline that was JSON' {
    $named = @(New-Mailbox | Get-NonAuditedMailboxAction -Action '[MR]*' -LogonType Owner)[0].NonAuditedOwner.ToString()
    AssertEqual 'MailboxLogin,Move,RecordDelete' $named
    $ours = '{ "Admin": ["Copy"], "Owner": ["Move", "HardDelete"] }' | ConvertFrom-Json
    $result = New-Mailbox | Get-NonAuditedMailboxAction -Baseline $ours
    AssertEqual 'Copy  Move' "$($result.NonAuditedAdmin) $($result.NonAuditedDelegate) $($result.NonAuditedOwner)"
}

It 'compares names alike in every culture' {
    # Where the engine knows cultures at all.
    if ([cultureinfo]::GetCultures('AllCultures').Count -lt 10) { return }
    $culture = [cultureinfo]::CurrentCulture
    try {
        [cultureinfo]::CurrentCulture = 'tr-TR'
        AssertEqual 'MailItemsAccessed' "$((Get-MailboxAuditActionCatalog MAILITEMS*).Action | Select-Object -Unique)"
    }
    finally { [cultureinfo]::CurrentCulture = $culture }
}

It 'fills -PipelineVariable with -Path, too' {
    $names = Get-NonAuditedMailboxAction -Path "$Data/one-mailbox.json" -PipelineVariable one | ForEach-Object { $one.DisplayName }
    Assert ([bool]$names)
}

Complete-Test
