# Changes: planned by the core, confirmed, written down, made, and told. Enable- and Restore-MailboxAuditAction share them.
#
# An entry is one mailbox, account or organisation on its way: @{ Text; Plan; Before; Judge or Line; Target }. Text is the
# mailbox as the core takes it, see ConvertTo-NamMailboxText.

# Up to so many are read one by one; more of them in one call for all.
$script:ReadSingly = 50

function New-NamRun {
    # What a run keeps: the command's parameters, its record, its connection, and what it did so far.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [System.Collections.IDictionary] $Parameters, [bool] $WhatIf)
    if ($Parameters.ContainsKey('UserName') -ne $Parameters.ContainsKey('Password')) {
        $message = 'UserName and Password belong together.'
        $Cmdlet.ThrowTerminatingError((New-NamErrorRecord 'NoSignIn' $message 'InvalidArgument' $null))
    }
    @{
        Parameters = $Parameters; WhatIf = $WhatIf; Wish = $null; Record = $null; RecordPath = ''; Recorded = $false
        Connection = $null; Changed = [System.Collections.Generic.List[hashtable]]::new()
        Count = [ordered]@{
            Changed = 0; Unchanged = 0; Skipped = 0; Rejected = 0; Declined = 0; WhatIf = 0; Failed = 0
            ActionsAdded = 0; ActionsRejected = 0; NotTaken = 0; LeftManagedSet = 0
        }
    }
}

function Get-NamRunConnection {
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Run)
    if (-not $Run.Connection) { $Run.Connection = Connect-NamExchange $Cmdlet $Run.Parameters }
    $Run.Connection
}

function Complete-NamRun {
    # Whatever happened: the record is closed, and the connection if it was opened here.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Run)
    if ($Run.Record) { $Run.Record.Dispose() }
    if ($Run.Connection) { Disconnect-NamExchange $Cmdlet $Run.Connection }
}

# --- The record ---

function Open-NamRecord {
    # Tries the record's place before anything else begins. Without a change it leaves no file.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Run, [string] $Path)
    if (-not $Path) { $Path = "MailboxAuditChanges_$([DateTime]::Now.ToString('yyyy-MM-dd_HHmmss', [cultureinfo]::InvariantCulture)).jsonl" }
    $Run.RecordPath = $Cmdlet.GetUnresolvedProviderPathFromPSPath($Path)
    $pointer, $message = [System.IntPtr[]]::new(1), [System.IntPtr[]]::new(2)
    $status = $script:Native.Functions::nam_record_new($Run.RecordPath, $pointer, $message)
    Assert-NamStatus $Cmdlet $status $message $Run.RecordPath
    $Run.Record = $script:Native.Handles.record::new($pointer[0])
}

function Add-NamRecord {
    # Writes down what is before a change. Where that is not certain to be on the disk, the run ends before the change.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Run, [string] $Before, [string[]] $Changes)
    if (-not $Run.Record) { return }
    $message = [System.IntPtr[]]::new(2)
    $status = $script:Native.Functions::nam_record_add($Run.Record, $Before, ($Changes -join ','), $message)
    Assert-NamStatus $Cmdlet $status $message $Run.RecordPath
    $Run.Recorded = $true
}

# --- Mailboxes, as the core takes them ---

function ConvertTo-NamMailboxText {
    # Sixteen properties, each followed by a NUL; an absent one is U+0001 alone. Bypass is a property of the account.
    param([object] $Mailbox, [object] $Bypass)
    $functions = $script:Native.Functions
    $identity = $Mailbox.Identity
    if (-not $identity) { $identity = $Mailbox.Id }
    if (-not $identity) { $identity = $Mailbox.Name }
    $type = $Mailbox.RecipientTypeDetails
    if ($null -ne $type) { $type = [string]$type }
    $values = @(
        $Mailbox.DisplayName, $Mailbox.UserPrincipalName, $Mailbox.PrimarySmtpAddress, $identity, $Mailbox.DistinguishedName,
        $type, $Mailbox.Guid, $Mailbox.ExchangeObjectId, $Mailbox.AdminDisplayVersion, $Mailbox.AuditEnabled,
        $Mailbox.AuditAdmin, $Mailbox.AuditDelegate, $Mailbox.AuditOwner, $Mailbox.DefaultAuditSet,
        $Mailbox.AuditLogAgeLimit, $Bypass
    )
    $text = [System.Text.StringBuilder]::new()
    for ($at = 0; $at -lt $values.Count; $at++) {
        $value = $functions::Text($values[$at])
        if ($null -eq $value) { $value = [string][char]1 }
        $null = $text.Append($value.Replace([char]0, ' ')).Append([char]0)
    }
    $text.ToString()
}

function Get-NamField {
    # A property out of such a text, by its place; empty where it is absent.
    param([string] $Text, [int] $At)
    if (-not $Text) { return '' }
    $value = $Text.Split([char]0)[$At]
    if ($value -ceq "$([char]1)") { '' } else { $value }
}

function Set-NamBypassField {
    param([hashtable] $Entry, [object] $Bypass)
    $fields = $Entry.Text.Split([char]0)
    $fields[15] = if ($null -eq $Bypass) { "$([char]1)" } else { "$Bypass" }
    $Entry.Text = $fields -join [char]0
}

function New-NamEntry {
    # An object of the pipeline: a result with its own question, a mailbox, an account, or something that names a mailbox.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [object] $Item, $Judge)
    if ($Item -is [psobject]) { $bare = $Item.PSObject.BaseObject } else { $bare = $Item }
    if ($bare -is [string] -or $bare -is [guid]) { return @{ Target = "$bare".Trim(); Text = ''; Judge = $Judge } }
    if ($bare -is $script:Native.Result) {
        $text = ConvertTo-NamMailboxText $bare.GetMailbox() $bare.AuditBypassEnabled
        return @{ Text = $text; Judge = $bare.GetQuestion().Judge; IsResult = $true; Reason = $bare.Reason }
    }
    if ($Item -is [psobject] -and $Item.PSObject.TypeNames[0] -like 'Deserialized.NonAuditedMailbox.*') {
        $message = 'Results that were saved and loaded again have lost what they were made of: pass the mailboxes, or ask again.'
        $Cmdlet.ThrowTerminatingError((New-NamErrorRecord 'SavedResult' $message 'InvalidArgument' $Item))
    }
    @{ Text = ConvertTo-NamMailboxText $Item $Item.AuditBypassEnabled; Judge = $Judge }
}

function Test-NamAccount {
    # A row of Get-MailboxAuditBypassAssociation: it has the account's switch, and nothing that a mailbox has.
    param([string] $Text)
    $fields = $Text.Split([char]0)
    foreach ($at in 1, 2, 5, 9, 10, 11, 12, 13) { if ($fields[$at] -cne "$([char]1)" -and $fields[$at]) { return $false } }
    $fields[15] -in 'True', 'False'
}

# --- Reading ---

function Read-NamRows {
    # The objects of one call of Exchange, and why there are no more.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Run, [string] $Command, [hashtable] $With)
    $rows = [System.Collections.Generic.List[object]]::new()
    $connection = Get-NamRunConnection $Cmdlet $Run
    $outcome = Invoke-NamRemote $Cmdlet $connection $Command $With { $rows.Add($args[0]) } { $rows.Clear() }
    @{ Rows = $rows; Problem = $outcome.Problems -join '; ' }
}

function Read-NamEntry {
    # A mailbox as it is now. A name that fits none or several changes nothing: the entry has a Problem.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Run, [hashtable] $Entry, [bool] $WithBypass)
    $Entry.Problem = ''
    $bypass = Get-NamField $Entry.Text 15
    if (-not $bypass) { $bypass = $null }
    if (-not $Entry.Target) {
        $Entry.Problem = 'an empty name would mean every mailbox'
        return
    }
    if (-not $Entry.IsAccount) {
        $connection = Get-NamRunConnection $Cmdlet $Run
        $with = @{ Identity = $Entry.Target }
        $command = 'Get-Mailbox'
        foreach ($switch in $Entry.Plan.Switches) { $with[$switch] = $true }
        if ($connection.Kind -ne 'Server' -and $with.Count -eq 1) {
            $command = 'Get-EXOMailbox'
            $with.PropertySets = 'Minimum', 'Audit'
        }
        $found = Read-NamRows $Cmdlet $Run $command $with
        if ($found.Rows.Count -ne 1 -or $found.Problem) {
            $Entry.Problem = if ($found.Problem) { $found.Problem } else { "$($found.Rows.Count) mailboxes have the name $($Entry.Target)" }
            return
        }
        $Entry.Text = ConvertTo-NamMailboxText $found.Rows[0] $bypass
    }
    if (-not $WithBypass) { return }
    $found = Read-NamRows $Cmdlet $Run 'Get-MailboxAuditBypassAssociation' @{ Identity = $Entry.Target }
    if ($found.Rows.Count -ne 1 -or $found.Problem) {
        $Entry.Problem = if ($found.Problem) { $found.Problem } else { "$($found.Rows.Count) accounts have the name $($Entry.Target)" }
        return
    }
    if ($Entry.IsAccount) { $Entry.Text = ConvertTo-NamMailboxText $found.Rows[0] $found.Rows[0].AuditBypassEnabled }
    else { Set-NamBypassField $Entry $found.Rows[0].AuditBypassEnabled }
}

function Read-NamEntries {
    # Mailboxes as they are now: a few one by one, many in one call. Whom that does not give is asked for by itself.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Run, [object[]] $Entries)
    if (@($Entries).Count -gt $ReadSingly) {
        $byTarget = @{}
        foreach ($entry in $Entries) { $byTarget[$entry.Target] = $entry }
        $connection = Get-NamRunConnection $Cmdlet $Run
        $with = @{ ResultSize = 'Unlimited' }
        $command = 'Get-Mailbox'
        if ($connection.Kind -ne 'Server') { $command = 'Get-EXOMailbox'; $with.PropertySets = 'Minimum', 'Audit' }
        # One after the other, not all at once: a tenant is large.
        $null = Invoke-NamRemote $Cmdlet $connection $command $with {
            param($mailbox)
            foreach ($key in "$($mailbox.Guid)", "$($mailbox.ExchangeObjectId)", $mailbox.DistinguishedName, $mailbox.PrimarySmtpAddress, $mailbox.UserPrincipalName) {
                if (-not $key -or -not $byTarget.ContainsKey($key)) { continue }
                $entry = $byTarget[$key]
                $bypass = Get-NamField $entry.Text 15
                $entry.Text = ConvertTo-NamMailboxText $mailbox $(if ($bypass) { $bypass })
                $entry.IsRead = $true
                break
            }
        }
    }
    foreach ($entry in $Entries) {
        if (-not $entry.IsRead) { Read-NamEntry $Cmdlet $Run $entry $false }
        $entry.Remove('IsRead')
    }
}

function Read-NamBypasses {
    # Whether the accounts bypass auditing: a few one by one, many in one call. Who is not found stays unknown.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Run, [object[]] $Entries)
    if (@($Entries).Count -eq 0) { return }
    if (@($Entries).Count -le $ReadSingly) {
        foreach ($entry in $Entries) {
            $found = Read-NamRows $Cmdlet $Run 'Get-MailboxAuditBypassAssociation' @{ Identity = $entry.Target }
            if ($found.Rows.Count -eq 1 -and -not $found.Problem) { Set-NamBypassField $entry $found.Rows[0].AuditBypassEnabled }
            else { $Cmdlet.WriteWarning("$($entry.Target): whether its account bypasses auditing could not be read: $($found.Problem)") }
        }
        return
    }
    $byTarget = @{}
    foreach ($entry in $Entries) { $byTarget[$entry.Target] = $entry }
    $outcome = Invoke-NamRemote $Cmdlet (Get-NamRunConnection $Cmdlet $Run) 'Get-MailboxAuditBypassAssociation' @{ ResultSize = 'Unlimited' } {
        param($row)
        foreach ($key in "$($row.Guid)", "$($row.ExchangeObjectId)", $row.DistinguishedName) {
            if ($key -and $byTarget.ContainsKey($key)) { Set-NamBypassField $byTarget[$key] $row.AuditBypassEnabled; break }
        }
    }
    foreach ($problem in $outcome.Problems) { $Cmdlet.WriteWarning("Not all could be read of who bypasses auditing: $problem") }
}

# --- Planning ---

function Update-NamPlan {
    # Plans for an entry as its text has it now.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Run, [hashtable] $Entry)
    $plan, $before, $message = [System.IntPtr[]]::new(2), [System.IntPtr[]]::new(2), [System.IntPtr[]]::new(2)
    $functions, $wish = $script:Native.Functions, $Run.Wish
    $status = if ($Entry.Line) { $functions::nam_plan_restore($Entry.Line, $Entry.Text, $plan, $before, $message) }
    else {
        $functions::nam_plan_enable($Entry.Judge, $Entry.Text, $wish.LogonTypes, $wish.Actions, $wish.Lists, $wish.AgeLimit,
            $wish.EndBypass, $plan, $before, $message)
    }
    Assert-NamStatus $Cmdlet $status $message $null
    $Entry.Plan = ConvertFrom-Json (Get-NamText $plan)
    $Entry.Before = Get-NamText $before
    if ($Entry.Plan.Target) { $Entry.Target = $Entry.Plan.Target }
}

function Get-NamPartName {
    # What the plan does: each part is confirmed by itself.
    param($Plan)
    foreach ($name in 'Lists', 'AgeLimit', 'Bypass') { if ($Plan.$name) { $name } }
}

function Confirm-NamCost {
    # Says once what a run costs that nobody gets back by itself, and asks whether to go on. Gives False if not.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Run, [object[]] $Entries)
    $leaving, $dropping, $logons = 0, 0, [ordered]@{ Admin = 0; Delegate = 0; Owner = 0 }
    foreach ($entry in $Entries) {
        $lists = $entry.Plan.Lists
        if (@($lists.Leaves).Count -gt 0 -and $lists.Leaves) { $leaving++; foreach ($logon in $lists.Leaves) { $logons[$logon]++ } }
        if ($lists.Returns -and "$($lists.Remove.Admin)$($lists.Remove.Delegate)$($lists.Remove.Owner)") { $dropping++ }
    }
    $texts = @()
    if ($leaving) {
        $which = @(foreach ($logon in $logons.Keys) { if ($logons[$logon]) { "$logon of $($logons[$logon])" } }) -join ', '
        $texts += "$leaving of $(@($Entries).Count) mailboxes leave the set of actions that Microsoft manages, for good " +
            "($which): Microsoft adds no new actions to a list that was changed. Only -DefaultAuditSet brings it back, without " +
            'what was added (Enable-MailboxAuditAction -RestoreDefault, or Restore-MailboxAuditAction).'
    }
    if ($dropping) {
        $texts += "$dropping of $(@($Entries).Count) mailboxes lose what somebody added to their lists: those become the ones " +
            'that Microsoft manages.'
    }
    if (-not $texts) { return $true }
    $text = $texts -join ' '
    # With -Confirm:$false nobody is asked, but it is said.
    if (-not $Run.WhatIf -and "$ConfirmPreference" -eq 'None') { $Cmdlet.WriteWarning($text) }
    # A preview goes on: each mailbox is shown.
    $Cmdlet.ShouldProcess($text, "$text`nGo on?", 'Mailbox auditing') -or $Run.WhatIf
}

# --- Making changes ---

function ConvertTo-NamParameters {
    # A call of the plan as Set-Mailbox takes it.
    param([string] $Call)
    $with = @{}
    foreach ($property in (ConvertFrom-Json $Call).PSObject.Properties) {
        $value = $property.Value
        $with[$property.Name] = if ($property.Name -notlike 'Audit*' -or $property.Name -in 'AuditEnabled', 'AuditLogAgeLimit') {
            if ($property.Name -eq 'DefaultAuditSet') { , [string[]]@($value) } else { $value }
        }
        elseif ($value -is [System.Management.Automation.PSCustomObject]) {
            $edit = @{}
            foreach ($one in $value.PSObject.Properties) { $edit[$one.Name] = [string[]]@($one.Value) }
            $edit
        }
        # An empty list is set by null.
        elseif (@($value).Count -eq 0) { $null }
        else { , [string[]]@($value) }
    }
    $with
}

function Get-NamCall {
    # The calls for the parts that were agreed to: one, unless the core parted them. An age limit goes with the last.
    param($Plan, [string[]] $Parts)
    $calls = [System.Collections.Generic.List[string]]::new()
    foreach ($name in 'Lists', 'AgeLimit') {
        if ($name -notin $Parts) { continue }
        foreach ($call in $Plan.$name.Calls) {
            if ($name -eq 'AgeLimit' -and $calls.Count) {
                $last = $calls[$calls.Count - 1]
                $calls[$calls.Count - 1] = $last.Substring(0, $last.Length - 1) + ',' + $call.Substring(1)
            }
            else { $calls.Add($call) }
        }
    }
    , $calls
}

function Send-NamCall {
    # Calls Set-Mailbox. What the server rejects by name is left out, and the rest sent without it; where it does not say
    # which one it means, each is tried by itself. Gives what was sent, what was rejected, and why a call failed.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Run, $Plan, [System.Collections.Generic.List[string]] $Calls)
    $done = @{ Sent = @(); Rejected = @(); There = @(); Failure = '' }
    $queue = [System.Collections.Generic.Queue[string]]::new($Calls)
    $connection = Get-NamRunConnection $Cmdlet $Run
    while ($queue.Count) {
        $call = $queue.Dequeue()
        $with = ConvertTo-NamParameters $call
        $with.Identity, $with.Confirm = $Plan.Target, $false
        foreach ($switch in $Plan.Switches) { $with[$switch] = $true }
        $Cmdlet.WriteVerbose("Set-Mailbox $($Plan.Target): $call")
        $outcome = Invoke-NamRemote $Cmdlet $connection 'Set-Mailbox' $with
        if (-not $outcome.Failure) { $done.Sent += $call; continue }
        $text = $outcome.Failure.Exception.Message
        $answer = Get-NamAnswer $Cmdlet $call $text
        $names = @(foreach ($logon in 'Admin', 'Delegate', 'Owner') { foreach ($name in $answer.Actions.$logon) { "${logon}:$name" } })
        switch ($answer.Kind) {
            'Rejected' { $done.Rejected += $names }
            'AlreadyAudited' { $done.There += $names }
            'Other' { $done.Failure = $text }
        }
        # The calls that follow rely on this one.
        if ($answer.Kind -eq 'Other') { break }
        foreach ($rest in $answer.Rest) { $queue.Enqueue($rest) }
        foreach ($single in $answer.Single) { foreach ($one in $single.Call) { $queue.Enqueue($one) } }
    }
    $done
}

function Get-NamAnswer {
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [string] $Call, [string] $Text)
    $answer, $message = [System.IntPtr[]]::new(2), [System.IntPtr[]]::new(2)
    Assert-NamStatus $Cmdlet $script:Native.Functions::nam_plan_answer($Call, $Text, $answer, $message) $message
    ConvertFrom-Json (Get-NamText $answer)
}

function Invoke-NamChange {
    # Confirms, writes down, changes. Gives the result.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Run, [hashtable] $Entry)
    $label = $Entry.Plan.Mailbox
    $agreed = @(foreach ($name in Get-NamPartName $Entry.Plan) {
            if ($Cmdlet.ShouldProcess($label, $Entry.Plan.$name.Text)) { $name }
        })
    if (-not $agreed) {
        $texts = @(foreach ($name in Get-NamPartName $Entry.Plan) { $Entry.Plan.$name.Text }) -join '; '
        $outcome = if ($Run.WhatIf) { 'WhatIf' } else { 'Declined' }
        return New-NamChange $Run $Entry $outcome $outcome $texts
    }
    # What was read before may be old by now: the record must have the state that is really there.
    Read-NamEntry $Cmdlet $Run $Entry ('Bypass' -in $agreed)
    if ($Entry.Problem) { return Stop-NamChange $Cmdlet $Run $Entry "it could not be read again: $($Entry.Problem)" }
    Update-NamPlan $Cmdlet $Run $Entry
    $plan = $Entry.Plan
    $parts = @(Get-NamPartName $plan | Where-Object { $_ -in $agreed })
    if (-not $parts) { return New-NamSkipped $Run $Entry }
    Add-NamRecord $Cmdlet $Run $Entry.Before @(foreach ($name in $parts) { $plan.$name.Changes })

    $done = Send-NamCall $Cmdlet $Run $plan (Get-NamCall $plan $parts)
    $Entry.Done, $Entry.Parts, $Entry.BypassSet = $done, $parts, $null
    if ('Bypass' -in $parts -and -not $done.Failure) {
        $with = @{ Identity = $plan.Target; AuditBypassEnabled = [bool]$plan.Bypass.Bypass; Confirm = $false }
        $outcome = Invoke-NamRemote $Cmdlet (Get-NamRunConnection $Cmdlet $Run) 'Set-MailboxAuditBypassAssociation' $with
        if ($outcome.Failure) { $done.Failure = $outcome.Failure.Exception.Message } else { $Entry.BypassSet = $with.AuditBypassEnabled }
    }
    if ($done.Failure) { return Stop-NamChange $Cmdlet $Run $Entry $done.Failure }
    $texts = @(foreach ($name in $parts) { $plan.$name.Text }) -join '; '
    if ($done.Sent.Count -or $null -ne $Entry.BypassSet) {
        $Run.Changed.Add($Entry)
        $reason = if ($done.Rejected.Count) { 'ActionsRejected' } else { '' }
        return New-NamChange $Run $Entry 'Changed' $reason $texts
    }
    if ($done.Rejected.Count) { return New-NamChange $Run $Entry 'Rejected' 'ActionsRejected' 'the server takes none of them for this mailbox' }
    New-NamChange $Run $Entry 'Unchanged' 'NothingMissing' 'the server has all of them already'
}

function Stop-NamChange {
    # A mailbox that failed: told, and the next one comes.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Run, [hashtable] $Entry, [string] $Message)
    $label = if ($Entry.Plan.Mailbox) { $Entry.Plan.Mailbox } else { $Entry.Target }
    $result = New-NamChange $Run $Entry 'Failed' 'Failed' $Message
    $Cmdlet.WriteError((New-NamErrorRecord 'ChangeFailed' "${label}: $Message" 'WriteError' $result))
    $result
}

function New-NamSkipped {
    # The result of an entry that nothing is to be done for.
    param([hashtable] $Run, [hashtable] $Entry)
    $skip = $Entry.Plan.Skip
    if (-not $skip -or $skip.Reason -eq 'NothingMissing') {
        return New-NamChange $Run $Entry 'Unchanged' 'NothingMissing' 'nothing that was asked for is missing'
    }
    New-NamChange $Run $Entry 'Skipped' $skip.Reason $skip.Text
}

function New-NamChange {
    # What became of one mailbox, account or organisation.
    param([hashtable] $Run, [hashtable] $Entry, [string] $Outcome, [string] $Reason, [string] $Message)
    $Run.Count[$Outcome]++
    $added, $removed, $touched = @{ Admin = @(); Delegate = @(); Owner = @() }, @{ Admin = @(); Delegate = @(); Owner = @() }, @()
    $returned, $enabled, $limit = @(), $null, ''
    foreach ($text in $Entry.Done.Sent) {
        $call = ConvertFrom-Json $text
        foreach ($logon in 'Admin', 'Delegate', 'Owner') {
            $edit = $call."Audit$logon"
            if ($null -eq $edit) { continue }
            $touched += $logon
            if ($edit -isnot [System.Management.Automation.PSCustomObject]) { continue }
            $added[$logon] += @($edit.Add | Where-Object { $_ })
            $removed[$logon] += @($edit.Remove | Where-Object { $_ })
        }
        if ($call.DefaultAuditSet) {
            $returned = @($Entry.Plan.Lists.Returns)
            foreach ($logon in $returned) { $removed[$logon] += @($Entry.Plan.Lists.Remove.$logon | Where-Object { $_ }) }
        }
        if ($null -ne $call.AuditEnabled) { $enabled = [bool]$call.AuditEnabled }
        if ($call.AuditLogAgeLimit) { $limit = $call.AuditLogAgeLimit }
    }
    $left = @($Entry.Plan.Lists.Leaves | Where-Object { $_ -in $touched })
    $Run.Count.ActionsAdded += $added.Admin.Count + $added.Delegate.Count + $added.Owner.Count
    $Run.Count.ActionsRejected += @($Entry.Done.Rejected | Where-Object { $_ }).Count
    if ($left) { $Run.Count.LeftManagedSet++ }
    $name = Get-NamField $Entry.Text 0
    if (-not $name) { $name = Get-NamField $Entry.Text 3 }
    if (-not $name -and $Entry.Plan) { $name = $Entry.Plan.Mailbox }
    if (-not $name) { $name = $Entry.Target }
    $type = if ($Entry.RecordType) { $Entry.RecordType } elseif ($Entry.IsAccount) { 'Account' } else { 'Mailbox' }
    $result = [pscustomobject]@{
        PSTypeName             = 'NonAuditedMailbox.Change'
        RecordType             = $type
        DisplayName            = $name
        UserPrincipalName      = Get-NamField $Entry.Text 1
        PrimarySmtpAddress     = Get-NamField $Entry.Text 2
        Guid                   = Get-NamField $Entry.Text 6
        RecipientType          = Get-NamField $Entry.Text 5
        Outcome                = $Outcome
        Reason                 = $Reason
        AddedAdmin             = Get-NamNameList ($added.Admin -join ',')
        AddedDelegate          = Get-NamNameList ($added.Delegate -join ',')
        AddedOwner             = Get-NamNameList ($added.Owner -join ',')
        RemovedAdmin           = Get-NamNameList ($removed.Admin -join ',')
        RemovedDelegate        = Get-NamNameList ($removed.Delegate -join ',')
        RemovedOwner           = Get-NamNameList ($removed.Owner -join ',')
        Rejected               = Get-NamNameList (@($Entry.Done.Rejected | Where-Object { $_ }) -join ',')
        LeftManagedSet         = Get-NamNameList ($left -join ',')
        ReturnedToManagedSet   = Get-NamNameList ($returned -join ',')
        AuditEnabled           = $enabled
        AuditLogAgeLimit       = $limit
        AuditBypassEnabled     = $Entry.BypassSet
        AuditDisabled          = $Entry.AuditDisabledSet
        Verified               = $null
        NotTaken               = Get-NamNameList ''
        Message                = $Message
    }
    $Entry.Result = $result
    $result
}

function Confirm-NamChange {
    # Reads what was changed again, in bulk, and tells what did not take.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Run)
    $mailboxes = @($Run.Changed | Where-Object { -not $_.IsAccount -and $_.Done.Sent.Count })
    if ($mailboxes) { Read-NamEntries $Cmdlet $Run $mailboxes }
    foreach ($entry in $mailboxes) {
        $result = $entry.Result
        if ($entry.Problem) {
            $Cmdlet.WriteWarning("$($result.DisplayName): it could not be read again: $($entry.Problem)")
            continue
        }
        Update-NamPlan $Cmdlet $Run $entry
        $missing = @()
        if ('Lists' -in $entry.Parts) {
            foreach ($logon in 'Admin', 'Delegate', 'Owner') {
                foreach ($name in $entry.Plan.Lists.Add.$logon) { if ($name) { $missing += "${logon}:$name" } }
                foreach ($name in $entry.Plan.Lists.Remove.$logon) { if ($name) { $missing += "${logon}:-$name" } }
            }
            foreach ($logon in $entry.Plan.Lists.Returns) { if ($logon) { $missing += "DefaultAuditSet:$logon" } }
            if ('AuditEnabled' -in $entry.Plan.Lists.Changes) { $missing += 'AuditEnabled' }
        }
        if ('AgeLimit' -in $entry.Parts -and $entry.Plan.AgeLimit) { $missing += 'AuditLogAgeLimit' }
        $missing = @($missing | Where-Object { $_ -notin $entry.Done.Rejected })
        $result.Verified = $missing.Count -eq 0
        if ($result.Verified) { continue }
        $result.NotTaken = Get-NamNameList ($missing -join ',')
        $Run.Count.NotTaken++
        $message = "$($result.DisplayName): the server took the change, but it is not there yet: $($missing -join ', ')"
        $Cmdlet.WriteError((New-NamErrorRecord 'NotTaken' $message 'InvalidResult' $result))
    }
}

function Set-NamOrganization {
    # Sets the organisation's switch, after a confirmation of its own. Gives the result.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Run, [bool] $AuditDisabled)
    $entry = @{ RecordType = 'Organization'; Text = ''; Target = 'the organisation' }
    $found = Read-NamRows $Cmdlet $Run 'Get-OrganizationConfig' @{}
    $now = if ($found.Rows.Count -eq 1) { ConvertTo-NamSwitch $found.Rows[0].AuditDisabled } else { -1 }
    if ($found.Rows.Count -eq 1 -and "$($found.Rows[0].Name)") { $entry.Target = "$($found.Rows[0].Name)" }
    if ($now -lt 0) {
        $problem = if ($found.Problem) { $found.Problem } else { 'it has no AuditDisabled; Exchange Server has no such switch' }
        return Stop-NamChange $Cmdlet $Run $entry $problem
    }
    if ([bool]$now -eq $AuditDisabled) { return New-NamChange $Run $entry 'Unchanged' 'NothingMissing' "AuditDisabled is $AuditDisabled already" }
    $text = if ($AuditDisabled) { 'Set AuditDisabled to True: nothing is audited in the whole organisation' }
    else { 'Set AuditDisabled to False: auditing is on by default in the whole organisation' }
    if (-not $Cmdlet.ShouldProcess($entry.Target, $text)) {
        $outcome = if ($Run.WhatIf) { 'WhatIf' } else { 'Declined' }
        return New-NamChange $Run $entry $outcome $outcome $text
    }
    $switch = if ($now) { 'true' } else { 'false' }
    $before = '{"RecordType":"Organization","Target":' + (ConvertTo-NamJsonText $entry.Target) + ',"AuditDisabled":' + $switch + '}'
    Add-NamRecord $Cmdlet $Run $before 'AuditDisabled'
    $with = @{ AuditDisabled = $AuditDisabled; Confirm = $false }
    $outcome = Invoke-NamRemote $Cmdlet (Get-NamRunConnection $Cmdlet $Run) 'Set-OrganizationConfig' $with
    if ($outcome.Failure) { return Stop-NamChange $Cmdlet $Run $entry $outcome.Failure.Exception.Message }
    $entry.AuditDisabledSet = $AuditDisabled
    New-NamChange $Run $entry 'Changed' '' $text
}

function New-NamChangeSummary {
    # The last object of a run.
    param([hashtable] $Run)
    $summary = [ordered]@{ RecordType = 'Summary' }
    foreach ($name in $Run.Count.Keys) { $summary[$name] = $Run.Count[$name] }
    $summary.RecordPath = if ($Run.Recorded) { $Run.RecordPath } else { '' }
    $object = [pscustomobject]$summary
    $object.PSObject.TypeNames.Insert(0, 'NonAuditedMailbox.ChangeSummary')
    $object
}

function Invoke-NamChanges {
    # Carries the plans out, one mailbox after the other, in the order in which they came. Gives the results.
    param(
        [System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Run, [object[]] $Entries, [bool] $Verify,
        [switch] $AskOnce
    )
    $planned = @($Entries | Where-Object { $_ -and -not $_.Problem -and (Get-NamPartName $_.Plan) })
    $goOn = -not $AskOnce -or -not $planned -or (Confirm-NamCost $Cmdlet $Run $planned)
    $Run.Changed.Clear()
    $held = [System.Collections.Generic.List[object]]::new()
    foreach ($entry in $Entries) {
        $result = if ($entry.Problem) { Stop-NamChange $Cmdlet $Run $entry $entry.Problem }
        elseif (-not (Get-NamPartName $entry.Plan)) { New-NamSkipped $Run $entry }
        elseif (-not $goOn) { New-NamChange $Run $entry 'Declined' 'Declined' $entry.Plan.Lists.Text }
        else { Invoke-NamChange $Cmdlet $Run $entry }
        # What is to be verified waits for it.
        if ($Verify) { $held.Add($result) } else { $result }
    }
    if ($Run.Changed.Count -and $Verify) { Confirm-NamChange $Cmdlet $Run }
    $held
}

# --- What Enable-MailboxAuditAction is told ---

function New-NamWish {
    # What is wanted besides the judge's question, as numbers and texts of the core. Tried before anything else begins.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [System.Collections.IDictionary] $Parameters)
    $alone = @('Action', 'Baseline', 'Licence' | Where-Object { $Parameters.ContainsKey($_) })
    if ($Parameters['RestoreDefault'] -and $alone) {
        $message = "-RestoreDefault hands whole lists back to Microsoft's set; -$($alone -join ', -') belong to adding. Give one of them."
        $Cmdlet.ThrowTerminatingError((New-NamErrorRecord 'OtherQuestion' $message 'InvalidArgument' $null))
    }
    $lists = if ($Parameters['RestoreDefault']) { 2 } elseif (Test-NamNoBaseline $Parameters) { 0 } else { 1 }
    $logonTypes = 0
    foreach ($type in $Parameters['LogonType']) { $logonTypes = $logonTypes -bor @{ Admin = 1; Delegate = 2; Owner = 4 }[$type] }
    $wish = @{
        LogonTypes = $logonTypes; Actions = @($Parameters['Action']) -join ','; Lists = $lists
        AgeLimit = [string]$Parameters['AuditLogAgeLimit']; EndBypass = [int][bool]$Parameters['RemoveBypass']
    }
    if (-not $lists -and -not $wish.EndBypass -and -not $wish.AgeLimit -and -not $Parameters['EnableOrganizationAuditing']) {
        $message = '-Baseline None adds nothing: give -RemoveBypass, -AuditLogAgeLimit or -EnableOrganizationAuditing with it.'
        $Cmdlet.ThrowTerminatingError((New-NamErrorRecord 'NothingAsked' $message 'InvalidArgument' $null))
    }
    if ($Parameters.ContainsKey('AuditLogAgeLimit')) { Assert-NamAgeLimit $Cmdlet $wish }
    $wish
}

function Assert-NamSubject {
    # Without a word on whose auditing it is about, nothing would happen, and somebody would think that it did.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [System.Collections.IDictionary] $Parameters)
    if ($Cmdlet.MyInvocation.ExpectingInput -or $Parameters.ContainsKey('InputObject')) { return }
    if ($Parameters['All'] -or $Parameters['EnableOrganizationAuditing']) { return }
    $message = 'Pipe mailboxes or results in, name a mailbox, or give -All for the whole tenant.'
    $Cmdlet.ThrowTerminatingError((New-NamErrorRecord 'NothingAsked' $message 'InvalidArgument' $null))
}

function Test-NamNoBaseline {
    param([System.Collections.IDictionary] $Parameters)
    $Parameters['Baseline'] -is [string] -and $Parameters['Baseline'] -eq 'None'
}

function New-NamWishJudge {
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [System.Collections.IDictionary] $Parameters)
    $value = @{ Baseline = 'All'; Licence = 'Unknown'; Platform = 'Auto' }
    foreach ($name in $Parameters.Keys) { $value[$name] = $Parameters[$name] }
    if (Test-NamNoBaseline $Parameters) { $value.Baseline = 'All' }
    New-NamJudge $Cmdlet $value.Baseline $value.LogonType $value.Action $value.Licence $value.Platform $null
}

function Assert-NamAgeLimit {
    # The core reads the limit: an object that is no mailbox serves to ask.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Wish)
    $judge = New-NamJudge $Cmdlet 'All' $null $null 'Unknown' 'Auto' $null
    $entry = @{ Text = ConvertTo-NamMailboxText $null $null; Judge = $judge }
    if (-not $Wish.AgeLimit.Trim()) { $Wish.AgeLimit = '0' }
    Update-NamPlan $Cmdlet @{ Wish = $Wish } $entry
}

function Assert-NamOwnQuestion {
    # Results were asked about when they were made: a baseline that is given here would not be theirs.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [System.Collections.IDictionary] $Parameters, $Result)
    $asked = @('Baseline', 'Licence', 'Platform' | Where-Object { $Parameters.ContainsKey($_) -and -not ($_ -eq 'Baseline' -and (Test-NamNoBaseline $Parameters)) })
    if (-not $asked) { return }
    $message = "-$($asked -join ', -') cannot be used on results: they were made with an own question. Give it to " +
        'Get-NonAuditedMailboxAction, or pass the mailboxes to Enable-MailboxAuditAction.'
    $Cmdlet.ThrowTerminatingError((New-NamErrorRecord 'OtherQuestion' $message 'InvalidArgument' $Result))
}

function Add-NamTenantEntries {
    # All mailboxes of the tenant, with the organisation's switch and who bypasses auditing. Gives what holds the file.
    param(
        [System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Run,
        [System.Collections.Generic.List[hashtable]] $Entries, $Judge
    )
    $connection = Get-NamRunConnection $Cmdlet $Run
    $saved = New-NamInput $Cmdlet '' $false $false $connection.Tenant
    Read-NamTenant $Cmdlet $connection $saved @{}
    $export = Open-NamExport $Cmdlet (Complete-NamInput $Cmdlet $saved)
    for ($item = $export.Item; $item.Kind -ne 0; $item = Read-NamItem $export.Reader) {
        if ($item.Kind -eq 1) { $Entries.Add(@{ Text = $item.Text; Judge = $Judge }); continue }
        $Cmdlet.WriteError((New-NamErrorRecord 'IncompleteExport' $item.Text 'ReadError' $null))
        if ($item.Status -ne 0) { break }
    }
    $export.Reader.Dispose()
    $saved
}

function Complete-NamEntries {
    # Reads what entries lack, and plans for each.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Run, [System.Collections.Generic.List[hashtable]] $Entries)
    $seen, $unknown = @{}, [System.Collections.Generic.List[hashtable]]::new()
    $all = foreach ($entry in $Entries) {
        if (-not $entry.Text) {
            Read-NamEntry $Cmdlet $Run $entry $false
            if ($entry.Problem) { $entry; continue }
        }
        $entry.IsAccount = [bool]$Run.Wish.EndBypass -and (Test-NamAccount $entry.Text)
        Update-NamPlan $Cmdlet $Run $entry
        # Twice in the pipeline is once to do.
        if ($entry.Target -and $seen.ContainsKey($entry.Target)) { continue }
        if ($entry.Target) { $seen[$entry.Target] = $true }
        $isBypassUnknown = $Run.Wish.EndBypass -and -not $entry.IsAccount -and -not (Get-NamField $entry.Text 15)
        if ($isBypassUnknown -and $entry.Plan.Skip.Reason -notin 'GroupMailbox', 'NotAMailbox', 'NotReadable', 'NoIdentity') { $unknown.Add($entry) }
        $entry
    }
    Read-NamBypasses $Cmdlet $Run $unknown
    foreach ($entry in $unknown) { Update-NamPlan $Cmdlet $Run $entry }
    if (@($all | Where-Object { $_.Reason -eq 'OrganizationAuditDisabled' }) -and -not $Run.Parameters['EnableOrganizationAuditing']) {
        $Cmdlet.WriteWarning('Auditing is disabled for the whole organisation (AuditDisabled is True): what is added has no ' +
            'effect before -EnableOrganizationAuditing.')
    }
    $all
}

# --- What Restore-MailboxAuditAction reads ---

function Read-NamUndo {
    # The entries of a record. Lines that cannot be read are told.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [string] $Path)
    $pointer, $message = [System.IntPtr[]]::new(1), [System.IntPtr[]]::new(2)
    $functions = $script:Native.Functions
    Assert-NamStatus $Cmdlet $functions::nam_undo_new($Path, $pointer, $message) $message $Path
    $undo = $script:Native.Handles.undo::new($pointer[0])
    $kind, $text = [int[]]::new(1), [System.IntPtr[]]::new(2)
    do {
        Assert-NamStatus $Cmdlet $functions::nam_undo_next($undo, $kind, $text, $message) $message $Path
        $item = Get-NamText $text
        if ($kind[0] -eq 2) { $Cmdlet.WriteWarning($item) }
        if ($kind[0] -ne 1) { continue }
        $line = ConvertFrom-Json $item
        $entry = @{
            Line = $item; Subject = $line.RecordType; Target = $line.Target; AuditDisabled = [bool]$line.AuditDisabled
            IsAccount = $line.RecordType -eq 'BypassAssociation'; HasBypass = $line.Changes -contains 'AuditBypassEnabled'
        }
        # What the core needs to plan for an account; a mailbox is read.
        $entry.Text = ConvertTo-NamMailboxText ([pscustomobject]@{ Name = $line.DisplayName; Guid = $line.Guid }) $null
        $entry.Plan = [pscustomobject]@{ Mailbox = ''; Switches = @(Get-NamSwitch $line.RecipientTypeDetails) }
        $entry
    } while ($kind[0] -ne 0)
    $undo.Dispose()
}

function Get-NamSwitch {
    # The switch that commands need to find mailboxes of this type.
    param([string] $RecipientType)
    switch ($RecipientType) {
        'PublicFolderMailbox' { 'PublicFolder' } 'ArbitrationMailbox' { 'Arbitration' }
        'AuditLogMailbox' { 'AuditLog' } 'AuxAuditLogMailbox' { 'AuxAuditLog' }
    }
}
