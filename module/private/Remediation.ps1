# Changes: planned by the core, confirmed, written down, made, and told. Enable- and Restore-MailboxAuditAction share them.
#
# An entry is one mailbox, account or organisation on its way: @{ Text; Plan; Before; Judge or Line; Target }. Text is the
# mailbox as the core takes it, see ConvertTo-NamMailboxText.

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
    if (-not $Path) {
        $now = [DateTime]::Now.ToString('yyyy-MM-dd_HHmmss', [System.Globalization.CultureInfo]::InvariantCulture)
        $Path = "MailboxAuditChanges_$now.jsonl"
    }
    $Run.RecordPath = Resolve-NamPath $Cmdlet $Path
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
        if ($lists.Leaves) { $leaving++ }
        foreach ($logon in $lists.Leaves) { $logons[$logon]++ }
        if ($lists.Returns -and "$($lists.Remove.Admin)$($lists.Remove.Delegate)$($lists.Remove.Owner)") { $dropping++ }
    }
    $texts = @()
    if ($leaving) {
        $which = @(foreach ($logon in $logons.Keys) { if ($logons[$logon]) { "$logon of $($logons[$logon])" } }) -join ', '
        $texts += "$leaving of $(@($Entries).Count) mailboxes leave the set of actions that Microsoft manages, for good " +
            "($which): Microsoft adds no new actions to a list that was changed. Only -DefaultAuditSet brings it back, " +
            'without what was added (Enable-MailboxAuditAction -RestoreDefault, or Restore-MailboxAuditAction).'
    }
    if ($dropping) {
        $texts += "$dropping of $(@($Entries).Count) mailboxes lose what somebody added to their lists: those become the " +
            'ones that Microsoft manages.'
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
        $with[$property.Name] = if ($property.Name -in 'AuditEnabled', 'AuditLogAgeLimit') { $value }
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
    param(
        [System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Run, $Plan,
        [System.Collections.Generic.List[string]] $Calls
    )
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
        $names = @(foreach ($logon in 'Admin', 'Delegate', 'Owner') {
                foreach ($name in $answer.Actions.$logon) { "${logon}:$name" }
            })
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
        if ($outcome.Failure) { $done.Failure = $outcome.Failure.Exception.Message }
        else { $Entry.BypassSet = $with.AuditBypassEnabled }
    }
    if ($done.Failure) { return Stop-NamChange $Cmdlet $Run $Entry $done.Failure }
    $texts = @(foreach ($name in $parts) { $plan.$name.Text }) -join '; '
    if ($done.Sent.Count -or $null -ne $Entry.BypassSet) {
        $Run.Changed.Add($Entry)
        $reason = if ($done.Rejected.Count) { 'ActionsRejected' } else { '' }
        return New-NamChange $Run $Entry 'Changed' $reason $texts
    }
    if ($done.Rejected.Count) {
        return New-NamChange $Run $Entry 'Rejected' 'ActionsRejected' 'the server takes none of them for this mailbox'
    }
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
    $added = @{ Admin = @(); Delegate = @(); Owner = @() }
    $removed = @{ Admin = @(); Delegate = @(); Owner = @() }
    $touched, $returned, $enabled, $limit = @(), @(), $null, ''
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
        PSTypeName             = 'NonAuditedMailbox.Remedy'
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
    if ([bool]$now -eq $AuditDisabled) {
        return New-NamChange $Run $entry 'Unchanged' 'NothingMissing' "AuditDisabled is $AuditDisabled already"
    }
    $text = if ($AuditDisabled) { 'Set AuditDisabled to True: nothing is audited in the whole organisation' }
    else { 'Set AuditDisabled to False: auditing is on by default in the whole organisation' }
    if (-not $Cmdlet.ShouldProcess($entry.Target, $text)) {
        $outcome = if ($Run.WhatIf) { 'WhatIf' } else { 'Declined' }
        return New-NamChange $Run $entry $outcome $outcome $text
    }
    $switch = if ($now) { 'true' } else { 'false' }
    $name = ConvertTo-NamJsonText $entry.Target
    $before = '{"RecordType":"Organization","Target":' + $name + ',"AuditDisabled":' + $switch + '}'
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
    $object.PSObject.TypeNames.Insert(0, 'NonAuditedMailbox.RemedySummary')
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
    $attended, $at = (Test-NamInteractive $Run.Parameters), 0
    foreach ($entry in $Entries) {
        $at++
        if ($attended -and $at % 10 -eq 0) { Write-NamProgress $Cmdlet "Mailbox $at of $(@($Entries).Count)" }
        $result = if ($entry.Problem) { Stop-NamChange $Cmdlet $Run $entry $entry.Problem }
        elseif (-not (Get-NamPartName $entry.Plan)) { New-NamSkipped $Run $entry }
        elseif (-not $goOn) { New-NamChange $Run $entry 'Declined' 'Declined' $entry.Plan.Lists.Text }
        else { Invoke-NamChange $Cmdlet $Run $entry }
        # What is to be verified waits for it.
        if ($Verify) { $held.Add($result) } else { $result }
    }
    if ($attended -and $at -ge 10) { Write-NamProgress $Cmdlet 'Done' -Completed }
    if ($Run.Changed.Count -and $Verify) { Confirm-NamChange $Cmdlet $Run }
    $held
}
