# What changes are planned of: mailboxes, names and accounts of the pipeline, the whole tenant, or a record.

# Up to so many are read one by one; more of them in one call for all.
$script:ReadSingly = 50

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
    if (Test-NamOtherObject $Item) { $Cmdlet.ThrowTerminatingError((New-NamOtherObjectError $Item)) }
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
            $Entry.Problem = "$($found.Rows.Count) mailboxes have the name $($Entry.Target)"
            if ($found.Problem) { $Entry.Problem = $found.Problem }
            return
        }
        $Entry.Text = ConvertTo-NamMailboxText $found.Rows[0] $bypass
    }
    if (-not $WithBypass) { return }
    $found = Read-NamRows $Cmdlet $Run 'Get-MailboxAuditBypassAssociation' @{ Identity = $Entry.Target }
    if ($found.Rows.Count -ne 1 -or $found.Problem) {
        $Entry.Problem = "$($found.Rows.Count) accounts have the name $($Entry.Target)"
        if ($found.Problem) { $Entry.Problem = $found.Problem }
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
            $keys = "$($mailbox.Guid)", "$($mailbox.ExchangeObjectId)", $mailbox.DistinguishedName,
                $mailbox.PrimarySmtpAddress, $mailbox.UserPrincipalName
            foreach ($key in $keys) {
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
            if ($found.Rows.Count -eq 1 -and -not $found.Problem) {
                Set-NamBypassField $entry $found.Rows[0].AuditBypassEnabled
                continue
            }
            $Cmdlet.WriteWarning("$($entry.Target): whether its account bypasses auditing could not be read: " +
                "$($found.Problem)")
        }
        return
    }
    $byTarget = @{}
    foreach ($entry in $Entries) { $byTarget[$entry.Target] = $entry }
    $connection = Get-NamRunConnection $Cmdlet $Run
    $with = @{ ResultSize = 'Unlimited' }
    $outcome = Invoke-NamRemote $Cmdlet $connection 'Get-MailboxAuditBypassAssociation' $with {
        param($row)
        foreach ($key in "$($row.Guid)", "$($row.ExchangeObjectId)", $row.DistinguishedName) {
            if ($key -and $byTarget.ContainsKey($key)) { Set-NamBypassField $byTarget[$key] $row.AuditBypassEnabled; break }
        }
    }
    foreach ($problem in $outcome.Problems) { $Cmdlet.WriteWarning("Not all could be read of who bypasses auditing: $problem") }
}

# --- What Enable-MailboxAuditAction is told ---

function New-NamWish {
    # What is wanted besides the judge's question, as numbers and texts of the core. Tried before anything else begins.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [System.Collections.IDictionary] $Parameters)
    $alone = @('Action', 'Baseline', 'Licence' | Where-Object { $Parameters.ContainsKey($_) })
    if ($Parameters['RestoreDefault'] -and $alone) {
        $message = "-RestoreDefault hands whole lists back to Microsoft's set; -$($alone -join ', -') belong to adding. " +
            'Give one of them.'
        $Cmdlet.ThrowTerminatingError((New-NamErrorRecord 'OtherQuestion' $message 'InvalidArgument' $null))
    }
    $lists = if ($Parameters['RestoreDefault']) { 2 } elseif (Test-NamNoBaseline $Parameters) { 0 } else { 1 }
    $logonTypes = 0
    foreach ($type in $Parameters['LogonType']) {
        $logonTypes = $logonTypes -bor @{ Admin = 1; Delegate = 2; Owner = 4 }[$type]
    }
    $wish = @{
        LogonTypes = $logonTypes; Actions = Join-NamAction $Parameters['Action']; Lists = $lists
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
    $asked = @('Baseline', 'Licence', 'Platform' | Where-Object { $Parameters.ContainsKey($_) })
    if (Test-NamNoBaseline $Parameters) { $asked = @($asked -ne 'Baseline') }
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
    $saved = New-NamInput $Cmdlet '' $false $false
    Read-NamTenant $Cmdlet $connection $saved $Run.Parameters
    $export = Open-NamExport $Cmdlet (Complete-NamInput $Cmdlet $saved $connection.Tenant)
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
    param(
        [System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Run,
        [System.Collections.Generic.List[hashtable]] $Entries
    )
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
        $canBypass = $entry.Plan.Skip.Reason -notin 'GroupMailbox', 'NotAMailbox', 'NotReadable', 'NoIdentity'
        if ($Run.Wish.EndBypass -and $canBypass -and -not (Get-NamField $entry.Text 15)) { $unknown.Add($entry) }
        $entry
    }
    Read-NamBypasses $Cmdlet $Run $unknown
    foreach ($entry in $unknown) { Update-NamPlan $Cmdlet $Run $entry }
    $isDisabled = @($all | Where-Object { $_.Reason -eq 'OrganizationAuditDisabled' }).Count -gt 0
    if ($isDisabled -and -not $Run.Parameters['EnableOrganizationAuditing']) {
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
