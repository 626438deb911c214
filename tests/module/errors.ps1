. "$PSScriptRoot/common.ps1"

function Get-Problem($Mailbox, [hashtable] $With = @{}) {
    $script:results = @($Mailbox | Get-NonAuditedMailboxAction @With -ErrorAction SilentlyContinue -ErrorVariable found)
    $script:problems = @($found)
}

function AssertUnknown {
    AssertEqual 1 $results.Count
    AssertEqual 'Unknown' $results[0].AuditState
    AssertEqual 'NotReadable' $results[0].Reason
    foreach ($list in $results[0].NonAuditedAdmin, $results[0].NonAuditedDelegate, $results[0].NonAuditedOwner) {
        AssertEqual 0 $list.Count
        AssertEqual 'Unknown' $list.ToString()
    }
}

foreach ($property in 'AuditAdmin', 'AuditDelegate', 'AuditOwner', 'AuditEnabled', 'DefaultAuditSet') {
    It "says that $property is missing" {
        $null_ = New-Mailbox
        $null_.$property = $null
        foreach ($mailbox in (Without $property), $null_) {
            Get-Problem $mailbox
            AssertUnknown
            AssertEqual 1 $problems.Count
            AssertEqual 'NonAuditedMailbox.MissingAuditProperty,Get-NonAuditedMailboxAction' $problems[0].FullyQualifiedErrorId
            AssertEqual 'InvalidData' $problems[0].CategoryInfo.Category
            Assert ([object]::ReferenceEquals($mailbox, $problems[0].TargetObject))
            Assert ("$($problems[0])" -like "anna@contoso.example: *$property*Get-EXOMailbox -PropertySets Minimum,Audit*") "$problems"
        }
    }
}

It 'says what to type where all are missing' {
    Get-Problem (Without 'AuditAdmin', 'AuditDelegate', 'AuditOwner', 'AuditEnabled', 'DefaultAuditSet')
    AssertUnknown
    AssertEqual 1 $problems.Count
}

$refused = @{
    'TruncatedAuditList'      = 'Update, HardDelete...'
    'AuditListIsTypeName'     = 'System.Collections.ArrayList'
    'AuditListHasNumbers'     = @(1, 4, 8)
    'UnreadableAuditProperty' = '"?"'
}
foreach ($id in $refused.Keys) {
    It "refuses a list: $id" {
        Get-Problem (New-Mailbox @{ AuditOwner = $refused[$id] })
        AssertUnknown
        AssertEqual "NonAuditedMailbox.$id,Get-NonAuditedMailboxAction" $problems[0].FullyQualifiedErrorId
    }
}

It 'refuses nested and other objects in place of lists' {
    foreach ($value in @(@{ a = 1 }), @(, @('a', 'b')), @([pscustomobject]@{ a = 1 })) {
        Get-Problem (New-Mailbox @{ AuditOwner = $value })
        AssertUnknown
    }
}

It 'refuses a cut list of the last resort' {
    Get-Problem (New-Mailbox @{ AuditOwner = "Update, HardDelete$([char]0x2026)" })
    AssertEqual 'NonAuditedMailbox.TruncatedAuditList,Get-NonAuditedMailboxAction' $problems[0].FullyQualifiedErrorId
}

It 'tells of what is no mailbox, and goes on' {
    $things = 'text', 42, [pscustomobject]@{ Name = 'x' }, (New-Mailbox @{ RecipientTypeDetails = 'MailUser' }), (New-Mailbox)
    Get-Problem $things
    AssertEqual 1 $results.Count
    AssertEqual 4 $problems.Count
    foreach ($problem in $problems) {
        AssertEqual 'NonAuditedMailbox.NotAMailbox,Get-NonAuditedMailboxAction' $problem.FullyQualifiedErrorId
    }
}

It 'is not misled by a property that throws' {
    $bad = New-Mailbox
    $bad.PSObject.Properties.Remove('AuditOwner')
    $bad.PSObject.Properties.Add([psscriptproperty]::new('AuditOwner', { throw 'no connection' }))
    Get-Problem @((New-Mailbox), $bad, (New-Mailbox))
    AssertEqual 3 $results.Count
    AssertEqual 'Gap Unknown Gap' "$($results.AuditState)"
    AssertEqual 1 $problems.Count
    # Nothing of the one before is left in it, and a report of the results has it as unknown too.
    AssertEqual '' "$($results[1].DisplayName)$($results[1].Guid)$($results[1].RecipientType)"
    $results | Export-NonAuditedMailboxAction "$Scratch/thrown.csv" -ErrorAction SilentlyContinue -ErrorVariable found -WarningAction SilentlyContinue
    AssertEqual 'NonAuditedMailbox.UnreadableMailbox,Export-NonAuditedMailboxAction' $found[0].FullyQualifiedErrorId
    AssertEqual 'Gap Unknown Gap' "$((Import-Csv "$Scratch/thrown.csv")[0..2].'Audit State')"
}

It 'takes an array with nothing in it for no mailbox' {
    $results = @(Get-NonAuditedMailboxAction -Mailbox @($null, (New-Mailbox)) -ErrorAction SilentlyContinue -ErrorVariable found)
    AssertEqual 'Gap' "$($results.AuditState)"
    AssertEqual 'NonAuditedMailbox.NotAMailbox,Get-NonAuditedMailboxAction' "$($found.FullyQualifiedErrorId)"
}

It 'tells of each mailbox with the same problem, and stays right about the others' {
    $all = foreach ($number in 1..6) { if ($number % 2) { New-Mailbox } else { Without 'AuditOwner' } }
    Get-Problem $all
    AssertEqual 'Gap Unknown Gap Unknown Gap Unknown' "$($results.AuditState)"
    AssertEqual 3 $problems.Count
    # Mailboxes that are left out are asked about like the others.
    $audited = 1..3 | ForEach-Object { New-Mailbox @{ AuditBypassEnabled = 'False' } }
    $with = @{ Baseline = 'Default'; OrganizationConfig = [pscustomobject]@{ AuditDisabled = $false } }
    AssertEqual 'Audited Audited Audited' "$(($audited | Get-NonAuditedMailboxAction @with).AuditState)"
    AssertEqual 0 @($audited | Get-NonAuditedMailboxAction @with -OnlyGap).Count
}

It 'stops with -ErrorAction Stop' {
    $seen = [System.Collections.Generic.List[object]]::new()
    try {
        @((New-Mailbox), (Without 'AuditOwner'), (New-Mailbox)) | Get-NonAuditedMailboxAction -ErrorAction Stop | ForEach-Object { $seen.Add($_) }
        throw 'it went on'
    }
    catch { AssertEqual 'NonAuditedMailbox.MissingAuditProperty,Get-NonAuditedMailboxAction' $_.FullyQualifiedErrorId }
    AssertEqual 1 $seen.Count
}

It 'ends at a question that cannot be asked' {
    $wrong = @(
        @{ With = @{ Baseline = 'Nonesuch' }; Id = 'BadBaseline'; Text = '*All, Default, Cis7*' }
        @{ With = @{ Baseline = @{ Owner = 'HardDelet' } }; Id = 'BadBaseline'; Text = '*did you mean HardDelete*' }
        @{ With = @{ Baseline = @{ Owners = 'HardDelete' } }; Id = 'BadBaseline'; Text = '*' }
        @{ With = @{ Baseline = @{} }; Id = 'BadBaseline'; Text = '*names no action*' }
        @{ With = @{ Baseline = './nonesuch.json' }; Id = 'BadBaseline'; Text = '*cannot be read*' }
        @{ With = @{ Action = 'Nonesuch*' }; Id = 'NothingAsked'; Text = '*Get-MailboxAuditActionCatalog*' }
        @{ With = @{ Action = 'MailboxLogin'; LogonType = 'Admin' }; Id = 'NothingAsked'; Text = '*' }
    )
    foreach ($case in $wrong) {
        $with = $case.With
        try { $null = New-Mailbox | Get-NonAuditedMailboxAction @with; throw 'it was accepted' }
        catch {
            AssertEqual "NonAuditedMailbox.$($case.Id),Get-NonAuditedMailboxAction" $_.FullyQualifiedErrorId
            Assert ("$_" -like $case.Text) "$_"
        }
    }
}

It 'tells of saved exports that cannot be read' {
    Get-NonAuditedMailboxAction -Path "$Data/nonesuch.json", "$Data/bypass.json" -ErrorAction SilentlyContinue -ErrorVariable found
    AssertEqual 2 $found.Count
    foreach ($problem in $found) { AssertEqual 'NonAuditedMailbox.NoExport,Get-NonAuditedMailboxAction' $problem.FullyQualifiedErrorId }
    $cut = @(Get-NonAuditedMailboxAction -Path "$Data/raw-export-csv.csv" -ErrorAction SilentlyContinue -ErrorVariable found)
    Assert ($cut.Count -gt 0 -and $found.Count -eq $cut.Count)
    foreach ($result in $cut) { AssertEqual 'Unknown' $result.AuditState }
}

It 'does not mind the strict mode of its caller' {
    Set-StrictMode -Version Latest
    AssertEqual 'Gap' (New-Mailbox | Get-NonAuditedMailboxAction).AuditState
    Get-Problem (Without 'AuditOwner')
    AssertUnknown
}

It 'does not mind variables of its caller' {
    $OFS = ''
    $native = $functions = $judge = 'mine'
    AssertEqual 'Gap' (New-Mailbox @{ AuditOwner = [System.Collections.ArrayList]('HardDelete', 'Update') } | Get-NonAuditedMailboxAction).AuditState
}

It 'says of a file what else is wrong, however many mailboxes cannot be judged' {
    $many = foreach ($number in 1..120) { New-Mailbox @{ DisplayName = "user $number"; AuditOwner = 'Update...' } }
    $json = ConvertTo-Json @($many)
    [System.IO.File]::WriteAllText("$Scratch/many.json", $json)
    $found = @(Get-NonAuditedMailboxAction -Path "$Scratch/many.json" -ErrorAction SilentlyContinue -ErrorVariable problems)
    AssertEqual '120 120' "$($found.Count) $($problems.Count)"
    [System.IO.File]::WriteAllText("$Scratch/many.json", $json.Substring(0, $json.Length - 20))
    $found = @(Get-NonAuditedMailboxAction -Path "$Scratch/many.json" -ErrorAction SilentlyContinue -ErrorVariable problems)
    $last = $problems[-1]
    AssertEqual 'NonAuditedMailbox.IncompleteExport,Get-NonAuditedMailboxAction' $last.FullyQualifiedErrorId
    Assert ("$last" -like '*many.json*') "$last"
}

Complete-Test
