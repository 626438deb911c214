. "$PSScriptRoot/common.ps1"
$env:PSModulePath = "$PSScriptRoot/stand-in$([System.IO.Path]::PathSeparator)$env:PSModulePath"
Import-Module ExchangeOnlineManagement
# Nobody waits in a test.
function global:Start-Sleep { param($Seconds) $script:slept += $Seconds }
$tenant = Get-StandInTenant
$logons = 'Admin', 'Delegate', 'Owner'
$quiet = @{ Confirm = $false; WarningAction = 'SilentlyContinue' }

# A tenant with all kinds: untouched, customised, a room that is off, a shared one, an empty list, a newer name.
function Reset-Tenant {
    Reset-StandInTenant
    Connect-ExchangeOnline -ShowBanner:$false
    $box = $tenant.Mailboxes
    $box[1].AuditOwner, $box[1].AuditAdmin = @('HardDelete', 'Move'), @('Copy', 'TotallyNew')
    $box[1].DefaultAuditSet = @('Delegate')
    $box[2].RecipientTypeDetails, $box[2].AuditEnabled = 'RoomMailbox', $false
    $box[3].RecipientTypeDetails, $box[3].AuditOwner, $box[3].DefaultAuditSet = 'SharedMailbox', @(), @('Admin', 'Delegate')
    $script:record = "$Scratch/record$((++$script:number)).jsonl"
}

# All that a mailbox and its account have, property by property. The order in a list means nothing.
function Get-State {
    foreach ($one in $tenant.Mailboxes) {
        $lists = foreach ($name in 'AuditAdmin', 'AuditDelegate', 'AuditOwner', 'DefaultAuditSet') { "$name=$(@($one.$name | Sort-Object) -join ',')" }
        "$($one.Name) $lists $($one.AuditEnabled) $($one.AuditLogAgeLimit) $($tenant.Bypass -contains $one.Name)"
    }
    "organisation $($tenant.Organization.AuditDisabled)"
}

function AssertState([string[]] $Expected) {
    $now = @(Get-State)
    for ($at = 0; $at -lt $Expected.Count; $at++) { AssertEqual $Expected[$at] $now[$at] }
}

function Get-Gap([hashtable] $Asked = @{}) {
    foreach ($result in Get-EXOMailbox -PropertySets Minimum, Audit -ResultSize Unlimited | Get-NonAuditedMailboxAction @Asked) {
        foreach ($logon in $logons) { foreach ($name in $result."NonAudited$logon") { "$($result.DisplayName) ${logon}:$name" } }
    }
}

function Assert-NothingLost([string[]] $Before) {
    $after = @(Get-State)
    for ($at = 0; $at -lt $tenant.Mailboxes.Count; $at++) {
        foreach ($logon in $logons) {
            $pattern = "Audit$logon=(\S*)"
            $was = @([regex]::Match($Before[$at], $pattern).Groups[1].Value -split ',')
            $is = @([regex]::Match($after[$at], $pattern).Groups[1].Value -split ',')
            foreach ($name in $was) { Assert (-not $name -or $name -in $is) "$at $logon lost $name" }
        }
    }
}

function Get-Sent([string] $Command = 'Set-Mailbox') { @(Get-StandInCall $Command) }
function Get-Changes($Results) { @($Results | Where-Object RecordType -NE 'Summary') }
function Get-Summary($Results) { @($Results | Where-Object RecordType -EQ 'Summary')[0] }

# --- All, a set, a logon type, a baseline of one's own; and back ---

$cases = [ordered]@{
    'all actions'    = @{}
    'a set'          = @{ Action = 'Move', 'MailboxLogin', 'Record*' }
    'one logon type' = @{ LogonType = 'Owner' }
    'own baseline'   = @{ Baseline = @{ Admin = 'Copy', 'HardDelete'; Owner = 'MailboxLogin', 'PreservedMailItemProactively' } }
    'the benchmark'  = @{ Baseline = 'Cis7' }
}
foreach ($case in $cases.Keys) {
    It "adds what is missing, loses nothing, and undoes it: $case" {
        Reset-Tenant
        $asked, $before = $cases[$case], @(Get-State)
        Assert (@(Get-Gap $asked).Count -gt 0)
        $results = @(Enable-MailboxAuditAction -All @asked @quiet -RecordPath $record)
        AssertEqual '' "$(Get-Gap $asked)"
        Assert-NothingLost $before
        AssertEqual 0 (Get-Summary $results).Failed
        # One call a mailbox at most.
        $sent = @(Get-Sent | ForEach-Object { $_.Parameters.Identity })
        AssertEqual $sent.Count @($sent | Sort-Object -Unique).Count
        foreach ($call in Get-Sent) {
            foreach ($logon in $logons) {
                $edit = $call.Parameters["Audit$logon"]
                Assert ($null -eq $edit -or ($edit -is [hashtable] -and "$($edit.Keys)" -eq 'Add')) "a list was sent: $edit"
            }
        }
        $calls = (Get-Sent).Count
        $back = @(Restore-MailboxAuditAction $record @quiet)
        AssertState $before
        AssertEqual 0 (Get-Summary $back).Failed
        # A second time is harmless.
        $calls = (Get-Sent).Count
        $again = @(Restore-MailboxAuditAction $record @quiet)
        AssertEqual $calls (Get-Sent).Count
        AssertEqual 'Unchanged' "$((Get-Changes $again).Outcome | Sort-Object -Unique)"
        AssertState $before
    }
}

It 'takes results, mailboxes and names from the pipeline' {
    $mailboxes = { Get-EXOMailbox -PropertySets Minimum, Audit -ResultSize Unlimited }
    foreach ($input in @(
            { & $mailboxes | Get-NonAuditedMailboxAction -Action Move | Enable-MailboxAuditAction @quiet -RecordPath $record }
            { & $mailboxes | Enable-MailboxAuditAction -Action Move @quiet -RecordPath $record }
            { 'user1', 'user2@contoso.example', 'user3', 'user4', 'user5' | Enable-MailboxAuditAction -Action Move @quiet -RecordPath $record }
            { Enable-MailboxAuditAction $tenant.Mailboxes -Action Move @quiet -RecordPath $record }
            { & $mailboxes | Get-NonAuditedMailboxAction | Enable-MailboxAuditAction -Action Move @quiet -RecordPath $record }
        )) {
        Reset-Tenant
        $results = @(. $input)
        AssertEqual 6 $results.Count "$input"
        AssertEqual '' "$(Get-Gap @{ Action = 'Move' })"
        AssertEqual 'Move Move' "$((Get-Changes $results)[0].AddedAdmin) $((Get-Changes $results)[0].AddedOwner)"
        AssertEqual '' "$(@($tenant.Mailboxes | Where-Object { $_.AuditOwner -contains 'MailboxLogin' }).Name)"
    }
}

It 'keeps the question of results' {
    Reset-Tenant
    $results = @(Get-EXOMailbox user1 -PropertySets Minimum, Audit | Get-NonAuditedMailboxAction -Baseline Cis7)
    $null = $results | Enable-MailboxAuditAction -LogonType Owner @quiet -RecordPath $record
    AssertEqual 'Create,MailboxLogin,Move' ((Get-Sent)[0].Parameters.AuditOwner.Add -join ',')
    Assert (-not (Get-Sent)[0].Parameters.ContainsKey('AuditAdmin'))
    try { $null = $results | Enable-MailboxAuditAction -Baseline All @quiet -RecordPath $record; throw 'it was taken' }
    catch { AssertEqual 'NonAuditedMailbox.OtherQuestion,Enable-MailboxAuditAction' $_.FullyQualifiedErrorId }
}

# --- The three harms of the old script ---

It 'naming Copy leaves Delegate and Owner alone' {
    Reset-Tenant
    $before = @(Get-State)
    $null = Enable-MailboxAuditAction -All -Action Copy @quiet -RecordPath $record
    Assert ((Get-Sent).Count -gt 0)
    foreach ($call in Get-Sent) { Assert (-not $call.Parameters.ContainsKey('AuditDelegate') -and -not $call.Parameters.ContainsKey('AuditOwner')) }
    for ($at = 0; $at -lt 5; $at++) {
        foreach ($name in 'AuditDelegate', 'AuditOwner') {
            AssertEqual ([regex]::Match($before[$at], "$name=\S*").Value) ([regex]::Match(@(Get-State)[$at], "$name=\S*").Value)
        }
    }
}

It 'Send does not touch SendAs or SendOnBehalf, nor goes to Delegate' {
    Reset-Tenant
    foreach ($one in $tenant.Mailboxes) { foreach ($logon in $logons) { $one."Audit$logon" = @('HardDelete') }; $one.DefaultAuditSet = @() }
    $null = Enable-MailboxAuditAction -All -Action Send @quiet -RecordPath $record
    AssertEqual 5 (Get-Sent).Count
    foreach ($call in Get-Sent) {
        AssertEqual 'Send Send' "$($call.Parameters.AuditAdmin.Add) $($call.Parameters.AuditOwner.Add)"
        Assert (-not $call.Parameters.ContainsKey('AuditDelegate'))
    }
    AssertEqual 'HardDelete' "$($tenant.Mailboxes[0].AuditDelegate)"
}

It 'sends nothing where nothing is missing' {
    Reset-Tenant
    $null = Enable-MailboxAuditAction -All @quiet -RecordPath $record
    $calls, $state = (Get-Sent).Count, @(Get-State)
    $again = @(Enable-MailboxAuditAction -All @quiet -RecordPath "$record.second")
    AssertEqual $calls (Get-Sent).Count
    AssertEqual 'Unchanged' "$((Get-Changes $again).Outcome | Sort-Object -Unique)"
    AssertState $state
    Assert (-not [System.IO.File]::Exists("$record.second")) 'a record without a change'
    AssertEqual '' (Get-Summary $again).RecordPath
}

# --- What is asked, and what is only shown ---

It '-WhatIf shows exactly what would be sent, and changes nothing' {
    Reset-Tenant
    $tenant.Bypass.Add('user5')
    $before = @(Get-State)
    Push-Location $Scratch
    try {
        $files = @([System.IO.Directory]::GetFiles($Scratch)).Count
        $shown = @(Enable-MailboxAuditAction -All -Action Copy, MailboxLogin -RemoveBypass -AuditLogAgeLimit 180 -WhatIf)
        AssertEqual $files @([System.IO.Directory]::GetFiles($Scratch)).Count
    }
    finally { Pop-Location }
    AssertEqual 0 @(Get-StandInCall | Where-Object { $_.Command -like 'Set-*' }).Count
    AssertState $before
    AssertEqual 'WhatIf' "$((Get-Changes $shown).Outcome | Sort-Object -Unique)"
    AssertEqual 5 (Get-Summary $shown).WhatIf
    AssertEqual ('Add Copy to AuditAdmin; add MailboxLogin to AuditOwner (takes Admin, Owner out of the set that Microsoft manages); ' +
        'Set AuditLogAgeLimit to 180.00:00:00 (now 90.00:00:00)') (Get-Changes $shown)[0].Message
    AssertEqual 'Add MailboxLogin to AuditOwner' (Get-Changes $shown)[1].Message.Split(';')[0]
    Assert ((Get-Changes $shown)[2].Message -like '*; set AuditEnabled to True (takes *') (Get-Changes $shown)[2].Message
    Assert ((Get-Changes $shown)[4].Message -like '*End the bypass of this account*')
}

It 'says once what is lost for good, and of how many' {
    Reset-Tenant
    $null = Enable-MailboxAuditAction -All -Action Move -Confirm:$false -RecordPath $record -WarningVariable said -WarningAction SilentlyContinue
    AssertEqual 1 @($said).Count
    Assert ("$said" -like '5 of 5 mailboxes leave the set of actions that Microsoft manages, for good (Admin of 4, Delegate of 5, Owner of 3)*-RestoreDefault*') "$said"
    # Nothing leaves it any more.
    $null = Enable-MailboxAuditAction -All -Action Create -LogonType Owner -Confirm:$false -RecordPath $record -WarningVariable said -WarningAction SilentlyContinue
    AssertEqual 0 @($said).Count
    AssertEqual 5 @($tenant.Mailboxes | Where-Object { $_.AuditOwner -contains 'Create' }).Count
}

It 'asks before it changes anything' {
    Reset-Tenant
    # Nobody can answer here, so the first question ends it.
    try { $null = Enable-MailboxAuditAction -All -Action Move -RecordPath $record; throw 'nobody was asked' }
    catch { Assert ("$_" -notlike 'nobody*') "$_" }
    AssertEqual 0 (Get-Sent).Count
    Assert (-not [System.IO.File]::Exists($record))
}

# --- Other settings ---

It 'hands lists back to the managed set, and says what goes' {
    Reset-Tenant
    # Customised, though it equals what Microsoft audits.
    $tenant.Mailboxes[4].DefaultAuditSet = @('Admin', 'Delegate')
    $before = @(Get-State)
    $results = @(Enable-MailboxAuditAction -All -RestoreDefault -RecordPath $record -Confirm:$false -WarningVariable said -WarningAction SilentlyContinue)
    Assert ("$said" -like '*1 of 4 mailboxes lose what somebody added*') "$said"
    $two = (Get-Changes $results)[1]
    AssertEqual 'Admin,Owner' $two.ReturnedToManagedSet.ToString()
    AssertEqual 'Copy,TotallyNew Move' "$($two.RemovedAdmin.ToString()) $($two.RemovedOwner.ToString())"
    foreach ($one in $tenant.Mailboxes) { AssertEqual 'Admin Delegate Owner' "$($one.DefaultAuditSet)" }
    AssertEqual 'True' "$($tenant.Mailboxes[2].AuditEnabled)"
    AssertEqual 4 (Get-Sent).Count
    AssertEqual '' "$(Get-Gap @{ Baseline = 'Default' })"
    $null = Restore-MailboxAuditAction $record @quiet
    AssertState $before
    try { $null = Enable-MailboxAuditAction -All -RestoreDefault -Action Copy; throw 'it was taken' }
    catch { AssertEqual 'NonAuditedMailbox.OtherQuestion,Enable-MailboxAuditAction' $_.FullyQualifiedErrorId }
}

It 'ends the bypass of accounts, and nothing else' {
    Reset-Tenant
    foreach ($name in 'user1', 'user4') { $tenant.Bypass.Add($name) }
    $before = @(Get-State)
    $rows = @(Get-MailboxAuditBypassAssociation -ResultSize Unlimited | Where-Object AuditBypassEnabled)
    $results = @($rows | Enable-MailboxAuditAction -RemoveBypass @quiet -RecordPath $record)
    AssertEqual 'Account Account False False' "$((Get-Changes $results).RecordType) $((Get-Changes $results).AuditBypassEnabled)"
    AssertEqual 0 $tenant.Bypass.Count
    AssertEqual 0 (Get-Sent).Count
    $null = Restore-MailboxAuditAction $record @quiet
    AssertState $before
    # Of mailboxes too, known or not; None adds nothing.
    $results = @(Get-EXOMailbox -PropertySets Minimum, Audit -ResultSize Unlimited | Enable-MailboxAuditAction -Baseline None -RemoveBypass @quiet -RecordPath "$record.2")
    AssertEqual 'Changed Unchanged Unchanged Changed Unchanged' "$((Get-Changes $results).Outcome | ForEach-Object { $_ })"
    AssertEqual '0 0' "$($tenant.Bypass.Count) $((Get-Sent).Count)"
    $null = Restore-MailboxAuditAction "$record.2" @quiet
    AssertState $before
    # With everything else in one run.
    $null = Enable-MailboxAuditAction -All -RemoveBypass @quiet -RecordPath "$record.3"
    AssertEqual '0 5' "$($tenant.Bypass.Count) $((Get-Sent).Count)"
    $null = Restore-MailboxAuditAction "$record.3" @quiet
    AssertState $before
}

It 'switches the organisation on' {
    Reset-Tenant
    $tenant.Organization.AuditDisabled = $true
    $before = @(Get-State)
    $results = @(Enable-MailboxAuditAction -EnableOrganizationAuditing @quiet -RecordPath $record)
    AssertEqual 'Organization Changed False' "$($results[0].RecordType) $($results[0].Outcome) $($results[0].AuditDisabled)"
    AssertEqual $false $tenant.Organization.AuditDisabled
    AssertEqual 0 (Get-Sent).Count
    $again = @(Enable-MailboxAuditAction -EnableOrganizationAuditing @quiet -RecordPath "$record.2")
    AssertEqual 'Unchanged 1' "$($again[0].Outcome) $((Get-Sent 'Set-OrganizationConfig').Count)"
    $null = Restore-MailboxAuditAction $record @quiet
    AssertState $before
    # Without it the lists have no effect: that is said.
    $null = Get-EXOMailbox user1 -PropertySets Minimum, Audit | Get-NonAuditedMailboxAction -OrganizationConfig (Get-OrganizationConfig) |
        Enable-MailboxAuditAction -Action Move -Confirm:$false -RecordPath "$record.3" -WarningVariable said -WarningAction SilentlyContinue
    Assert ("$said" -like '*disabled for the whole organisation*-EnableOrganizationAuditing*') "$said"
}

It 'sets the age limit together with the lists' {
    Reset-Tenant
    $before = @(Get-State)
    $results = @('user1', 'user2' | Enable-MailboxAuditAction -Action Move -LogonType Delegate -AuditLogAgeLimit 365 @quiet -RecordPath $record)
    AssertEqual '365.00:00:00 365.00:00:00' "$((Get-Changes $results).AuditLogAgeLimit)"
    AssertEqual 2 (Get-Sent).Count
    AssertEqual '365.00:00:00' $tenant.Mailboxes[1].AuditLogAgeLimit
    $null = Restore-MailboxAuditAction $record @quiet
    AssertState $before
    foreach ($wrong in 'soon', '0', '-5', '99999') {
        try { $null = 'user1' | Enable-MailboxAuditAction -AuditLogAgeLimit $wrong @quiet; throw 'it was taken' }
        catch { AssertEqual 'NonAuditedMailbox.BadCall,Enable-MailboxAuditAction' $_.FullyQualifiedErrorId }
    }
}

# --- What goes wrong ---

It 'leaves out what the server rejects, adds the rest, and tells' {
    Reset-Tenant
    foreach ($one in $tenant.Mailboxes) { $one.AuditOwner, $one.AuditAdmin, $one.DefaultAuditSet = @('HardDelete'), @('HardDelete'), @() }
    $before = @(Get-State)
    # By name; without a name; each of them.
    $tenant.Unlicensed = @{ user1 = @('MailItemsAccessed', 'Send'); user5 = @('MailItemsAccessed', 'Move', 'HardDelete') }
    $tenant.Unnamed = @{ user2 = @('MailItemsAccessed', 'SearchQueryInitiated') }
    $results = Get-Changes (Enable-MailboxAuditAction -All -Action MailItemsAccessed, Send, Move, SearchQueryInitiated @quiet -RecordPath $record)
    AssertEqual 'Admin:MailItemsAccessed,Owner:MailItemsAccessed,Admin:Send,Owner:Send' $results[0].Rejected.ToString()
    AssertEqual 'Changed ActionsRejected Move Move,SearchQueryInitiated' "$($results[0].Outcome) $($results[0].Reason) $($results[0].AddedAdmin.ToString()) $(@($results[0].AddedOwner | Sort-Object) -join ',')"
    AssertEqual 'Admin:MailItemsAccessed,Owner:MailItemsAccessed,Owner:SearchQueryInitiated' (@($results[1].Rejected | Sort-Object) -join ',')
    AssertEqual 'Move,Send' (@($results[1].AddedAdmin | Sort-Object) -join ',')
    Assert ($tenant.Mailboxes[1].AuditOwner -contains 'Send' -and $tenant.Mailboxes[1].AuditAdmin -contains 'Send')
    AssertEqual 'Changed' "$($results[2].Outcome)"
    $null = Restore-MailboxAuditAction $record @quiet
    AssertState $before
    # All rejected: nothing is changed, nothing failed.
    $five = Get-Changes ('user5' | Enable-MailboxAuditAction -Action MailItemsAccessed -LogonType Owner @quiet -RecordPath "$record.2")
    AssertEqual 'Rejected Owner:MailItemsAccessed' "$($five.Outcome) $($five.Rejected.ToString())"
    # An action that the enumeration does not have.
    Reset-Tenant
    & (Get-Module ExchangeOnlineManagement) { $script:AuditOperations = @($script:AuditOperations -ne 'PreservedMailItemProactively') }
    $one = Get-Changes ('user1' | Enable-MailboxAuditAction -Baseline @{ Owner = 'Move', 'PreservedMailItemProactively' } @quiet -RecordPath "$record.3")
    AssertEqual 'Move Owner:PreservedMailItemProactively' "$($one.AddedOwner.ToString()) $($one.Rejected.ToString())"
    & (Get-Module ExchangeOnlineManagement) { $script:AuditOperations += 'PreservedMailItemProactively' }
}

It 'is not stopped by one mailbox, and waits where it is throttled' {
    Reset-Tenant
    $before = @(Get-State)
    Add-StandInFailure Set-Mailbox TooManyRequests -Times 2
    $script:slept = 0
    $results = @(Enable-MailboxAuditAction -All -Action Move @quiet -RecordPath $record)
    AssertEqual 'Changed' "$((Get-Changes $results).Outcome | Sort-Object -Unique)"
    Assert ($script:slept -ge 60) "$script:slept"
    $null = Restore-MailboxAuditAction $record @quiet
    AssertState $before
    Reset-Tenant
    Add-StandInFailure Set-Mailbox NotFound -Times 1
    $results = @(Enable-MailboxAuditAction -All -Action Move @quiet -RecordPath "$record.2" -ErrorAction SilentlyContinue -ErrorVariable failed)
    AssertEqual 'Failed Changed Changed Changed Changed' "$((Get-Changes $results).Outcome | ForEach-Object { $_ })"
    AssertEqual 'NonAuditedMailbox.ChangeFailed,Enable-MailboxAuditAction' $failed[0].FullyQualifiedErrorId
    Assert ((Get-Changes $results)[0].Message -like "*couldn't be found*")
    AssertEqual 'True 1' "$((Get-Changes $results)[0].AddedOwner.Count -eq 0) $((Get-Summary $results).Failed)"
    # Started again it does what is left.
    $calls = (Get-Sent).Count
    $results = @(Enable-MailboxAuditAction -All -Action Move @quiet -RecordPath "$record.2")
    AssertEqual ($calls + 1) (Get-Sent).Count
    AssertEqual 'Changed Unchanged Unchanged Unchanged Unchanged' "$((Get-Changes $results).Outcome | ForEach-Object { $_ })"
    $null = Restore-MailboxAuditAction "$record.2" @quiet
    AssertState $before
}

It 'undoes a run that ended in the middle, with a record that was cut off' {
    Reset-Tenant
    $before = @(Get-State)
    # The run is stopped while a result is looked at.
    try { Enable-MailboxAuditAction -All @quiet -RecordPath $record | ForEach-Object { if ($_.DisplayName -like '* 3') { throw 'stopped' } } }
    catch { AssertEqual 'stopped' "$_" }
    AssertEqual 3 (Get-Sent).Count
    # The machine went down while the next line was written.
    [System.IO.File]::AppendAllText($record, '{"RecordType":"Mailbox","Changes":["AuditOw')
    $back = @(Restore-MailboxAuditAction $record -Confirm:$false -WarningVariable said -WarningAction SilentlyContinue)
    Assert ("$said" -like '*line 5: cut off or damaged*') "$said"
    AssertEqual 3 @(Get-Changes $back).Count
    AssertState $before
    # Cut in the line before: what it holds is put back.
    Reset-Tenant
    $null = Enable-MailboxAuditAction -All -Action Move @quiet -RecordPath "$record.2"
    $lines = [System.IO.File]::ReadAllLines("$record.2")
    [System.IO.File]::WriteAllText("$record.2", ($lines[0..2] -join "`n") + "`n" + $lines[3].Substring(0, 40))
    $null = Restore-MailboxAuditAction "$record.2" @quiet
    AssertState $before[0..1]
    Assert ($tenant.Mailboxes[2].AuditOwner -contains 'Move')
}

It 'undoes two runs that were written to one record' {
    Reset-Tenant
    $before = @(Get-State)
    $null = 'user1' | Enable-MailboxAuditAction -Action Move -LogonType Owner @quiet -RecordPath $record
    $null = Enable-MailboxAuditAction -All @quiet -RecordPath $record
    $null = Restore-MailboxAuditAction $record @quiet
    AssertState $before
    # Or to two, undone together.
    $null = 'user1' | Enable-MailboxAuditAction -Action Move @quiet -RecordPath "$record.a"
    $null = Enable-MailboxAuditAction -All @quiet -RecordPath "$record.b"
    $null = "$record.b", "$record.a" | Restore-MailboxAuditAction @quiet
    AssertState $before
}

It 'restores what a restore did, with a record of its own' {
    Reset-Tenant
    $null = Enable-MailboxAuditAction -All @quiet -RecordPath $record
    $after = @(Get-State)
    $null = Restore-MailboxAuditAction $record -RecordPath "$record.back" @quiet
    $null = Restore-MailboxAuditAction "$record.back" @quiet
    AssertState $after
}

It 'shows what a restore would do, and changes nothing' {
    Reset-Tenant
    $null = Enable-MailboxAuditAction -All -Action Copy @quiet -RecordPath $record
    $calls, $state = (Get-Sent).Count, @(Get-State)
    $shown = @(Restore-MailboxAuditAction $record -WhatIf)
    AssertEqual 'Hand AuditAdmin back to the set that Microsoft manages, which drops Copy' (Get-Changes $shown)[0].Message
    AssertEqual $calls (Get-Sent).Count
    AssertState $state
}

It 'writes the state that is really there, not the one that was piped in' {
    Reset-Tenant
    $stale = @(Get-EXOMailbox -PropertySets Minimum, Audit -ResultSize Unlimited)
    $tenant.Mailboxes[0].AuditOwner, $tenant.Mailboxes[0].DefaultAuditSet = @('HardDelete', 'Move'), @('Admin', 'Delegate')
    $before = @(Get-State)
    $tenant.RefusesKnown = $true
    $results = Get-Changes ($stale | Enable-MailboxAuditAction -LogonType Owner -Action Move, Create @quiet -RecordPath $record)
    AssertEqual 'Create' $results[0].AddedOwner.ToString()
    $tenant.RefusesKnown = $false
    $null = Restore-MailboxAuditAction $record @quiet
    AssertState $before
}

It 'skips what cannot be changed, with the reason' {
    Reset-Tenant
    $group = Get-Mailbox -GroupMailbox
    $minimum = Get-EXOMailbox user1
    $recipient = [pscustomobject]@{ DisplayName = 'x'; RecipientTypeDetails = 'MailContact'; PrimarySmtpAddress = 'x@contoso.example' }
    $results = Get-Changes (@($group) + $minimum + $recipient | Enable-MailboxAuditAction @quiet -RecordPath $record)
    AssertEqual 'GroupMailbox GroupMailbox NotReadable NotAMailbox' "$($results.Reason | ForEach-Object { $_ })"
    AssertEqual 'Skipped' "$($results.Outcome | Sort-Object -Unique)"
    Assert ($results[0].Message -like 'group mailbox*' -and $results[2].Message -like '*-PropertySets Minimum,Audit*')
    AssertEqual 0 (Get-Sent).Count
    Assert (-not [System.IO.File]::Exists($record))
}

It 'tells of names that fit no mailbox, and never takes an empty one for all' {
    Reset-Tenant
    $results = Get-Changes ('nobody', '', 'user1' | Enable-MailboxAuditAction -Action Move @quiet -RecordPath $record -ErrorAction SilentlyContinue -ErrorVariable failed)
    AssertEqual 'Failed Failed Changed' "$($results.Outcome | ForEach-Object { $_ })"
    AssertEqual 2 @($failed | Where-Object { $_.FullyQualifiedErrorId -like 'NonAuditedMailbox.ChangeFailed*' }).Count
    AssertEqual 1 (Get-Sent).Count
}

It 'verifies in one read what was changed' {
    Reset-Tenant
    $tenant.Deaf = @('user4')
    $results = @(Enable-MailboxAuditAction -All -Action Move -Verify @quiet -RecordPath $record -ErrorAction SilentlyContinue -ErrorVariable failed)
    AssertEqual 'True True True False True' "$((Get-Changes $results).Verified)"
    AssertEqual 'Admin:Move,Delegate:Move,Owner:Move' (Get-Changes $results)[3].NotTaken.ToString()
    AssertEqual 'NonAuditedMailbox.NotTaken,Enable-MailboxAuditAction 1' "$($failed[0].FullyQualifiedErrorId) $((Get-Summary $results).NotTaken)"
    # What was rejected is not missing.
    Reset-Tenant
    $tenant.Unlicensed = @{ user1 = @('SearchQueryInitiated') }
    $one = Get-Changes ('user1' | Enable-MailboxAuditAction -LogonType Owner -Verify @quiet -RecordPath "$record.2")
    AssertEqual 'True Owner:SearchQueryInitiated' "$($one.Verified) $($one.Rejected.ToString())"
    # Many in one call, not one by one.
    Reset-Tenant
    & (Get-Module ExchangeOnlineManagement) { foreach ($number in 6..60) { $script:Tenant.Mailboxes.Add((New-StandInMailbox $number)) } }
    $before = @(Get-State)
    $null = Enable-MailboxAuditAction -All -Action Move -Verify @quiet -RecordPath "$record.3"
    AssertEqual 2 @(Get-StandInCall Get-EXOMailbox | Where-Object { $_.Parameters.ResultSize -eq 'Unlimited' }).Count
    $singly = @(Get-StandInCall Get-EXOMailbox | Where-Object { $_.Parameters.Identity }).Count
    AssertEqual 60 $singly
    $null = Restore-MailboxAuditAction "$record.3" @quiet
    AssertState $before
}

It 'never writes over a file' {
    Reset-Tenant
    [System.IO.File]::WriteAllText($record, 'notes')
    try { $null = 'user1' | Enable-MailboxAuditAction @quiet -RecordPath $record; throw 'it was taken' }
    catch { AssertEqual 'NonAuditedMailbox.NoRecord,Enable-MailboxAuditAction' $_.FullyQualifiedErrorId }
    AssertEqual 'notes' ([System.IO.File]::ReadAllText($record))
    AssertEqual 0 (Get-Sent).Count
    try { $null = Restore-MailboxAuditAction $record @quiet; throw 'it was taken' }
    catch { AssertEqual 'NonAuditedMailbox.NoRecord,Restore-MailboxAuditAction' $_.FullyQualifiedErrorId }
    try { $null = Enable-MailboxAuditAction -All @quiet -RecordPath "$Scratch/none/x.jsonl"; throw 'it was taken' }
    catch { AssertEqual 'NonAuditedMailbox.NoRecord,Enable-MailboxAuditAction' $_.FullyQualifiedErrorId }
    AssertEqual 0 (Get-StandInCall Get-EXOMailbox | Measure-Object).Count
}

It 'names its record by date, in the current folder' {
    Reset-Tenant
    Push-Location $Scratch
    try { $results = @('user1' | Enable-MailboxAuditAction -Action Move @quiet) }
    finally { Pop-Location }
    Assert ((Get-Summary $results).RecordPath -match 'MailboxAuditChanges_\d{4}-\d\d-\d\d_\d{6}\.jsonl$') (Get-Summary $results).RecordPath
    Assert ([System.IO.File]::Exists((Get-Summary $results).RecordPath))
}

It 'works in the shell of Exchange Server' {
    Reset-StandInTenant
    foreach ($one in $tenant.Mailboxes) {
        $one.AuditEnabled = $false
        $one | Add-Member -MemberType NoteProperty -Name AdminDisplayVersion -Value 'Version 15.2 (Build 1748.10)'
        $one.AuditAdmin = 'Update', 'Move', 'MoveToDeletedItems', 'SoftDelete', 'HardDelete', 'FolderBind', 'SendAs', 'SendOnBehalf', 'Create'
        $one.AuditDelegate, $one.AuditOwner = @('Update', 'SoftDelete', 'HardDelete', 'SendAs', 'Create'), @()
    }
    Enter-StandInServerShell
    try {
        $before = @(Get-State)
        $results = @(Enable-MailboxAuditAction -All -Action Move, MailItemsAccessed @quiet -RecordPath "$Scratch/server.jsonl")
        AssertEqual '' "$((Get-Changes $results)[0].AddedAdmin.ToString())"
        AssertEqual 'Move Move True' "$((Get-Changes $results)[0].AddedDelegate.ToString()) $((Get-Changes $results)[0].AddedOwner.ToString()) $((Get-Changes $results)[0].AuditEnabled)"
        $only = Get-Changes (Get-Mailbox user1 | Enable-MailboxAuditAction -Action MailItemsAccessed @quiet)
        AssertEqual 'Skipped NotAvailable' "$($only.Outcome) $($only.Reason)"
        $null = Restore-MailboxAuditAction "$Scratch/server.jsonl" @quiet
        AssertState $before
    }
    finally { Remove-Item function:Get-ExchangeServer }
}

It 'shows a table of 120 columns' {
    Reset-Tenant
    $results = @(Enable-MailboxAuditAction -All @quiet -RecordPath $record)
    $text = "$(Get-Changes $results | Out-String -Width 120)$(Get-Summary $results | Out-String -Width 120)"
    foreach ($line in $text.Split("`n")) { Assert ($line.TrimEnd().Length -le 120) $line }
    Assert ($text -match 'DisplayName +Outcome +AddedOwner +AddedAdmin +AddedDelegate') $text
    Assert ($text -match 'Changed +Unchanged +Skipped +Rejected +Failed +ActionsAdded') $text
}

Complete-Test
