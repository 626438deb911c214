# From the core's verdict to objects: what mailboxes with the same settings have in common is made once.

# What hinders a verdict, by the core's number: the error's id and category.
$script:ProblemErrors = @{
    1 = 'NotAMailbox', 'InvalidType'; 2 = 'MissingAuditProperty', 'InvalidData'
    3 = 'TruncatedAuditList', 'InvalidData'; 4 = 'AuditListIsTypeName', 'InvalidData'
    5 = 'AuditListHasNumbers', 'InvalidData'; 6 = 'UnreadableAuditProperty', 'InvalidData'
}

function Get-NamPropertyNames {
    # The properties that a verdict needs and a result has, in their places: the judge asks the table, where there is one, or
    # the mailbox itself who bypasses auditing. In the cloud, which DefaultAuditSet tells, the version does not matter; to look
    # for what is not there takes PowerShell longest.
    param([bool] $HasBypass, [switch] $Cloud)
    $others = if ($HasBypass) { 'Identity', 'AuditBypassEnabled' } else { 'Identity', 'DistinguishedName', 'ExchangeObjectId' }
    if ($Cloud) { $others += 'AdminDisplayVersion' }
    $names = [string[]]::new($MailboxProperties.Count)
    for ($at = 0; $at -lt $names.Count; $at++) {
        $name = $MailboxProperties[$at]
        if ($name -notin $others) { $names[$at] = $name }
    }
    return , $names
}

function Get-NamNameList {
    # The one list of that text. Lists are not changed by anybody, so all results share them.
    param([string] $Text, [bool] $Known = $true)
    $key = if ($Known) { $Text } else { '?' }
    # Nothing is ever taken out of it, so what is in it stays.
    if ($script:Native.Lists.ContainsKey($key)) { return , $script:Native.Lists[$key] }
    $names = [string[]]@(if ($Text -and $Known) { $Text.Split(',') })
    $list = $script:Native.NameList::new($names, $(if ($Known) { $Text } else { 'Unknown' }))
    return , $script:Native.Lists.GetOrAdd($key, $list)
}

function Resolve-NamMailbox {
    # The first mailbox with its settings, or one that cannot be read: all that is known of those like it. Fills the texts, and
    # the number of the verdict, which is below zero where there will be none like it.
    param(
        [System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Question, [object] $Mailbox,
        [string[]] $Names, [string[]] $Texts, [long[]] $Verdict
    )
    $functions = $script:Native.Functions
    $failure = $functions::Read($Mailbox, $Names, $Texts)
    if ($failure) {
        [array]::Clear($Texts, 0, $Texts.Length)
        $Verdict[0] = -1
        return New-NamUnreadablePrototype $failure
    }
    $words, $message = [System.IntPtr[]]::new(18), [System.IntPtr[]]::new(2)
    $status = $functions::nam_judge_mailbox($Question.Judge, $Question.Bypass, $Texts, $Verdict, $words, $message)
    Assert-NamStatus $Cmdlet $status $message $Mailbox
    New-NamPrototype $Verdict $words $Texts[[array]::IndexOf($Names, 'RecipientTypeDetails')]
}

function New-NamPrototype {
    # The record that all mailboxes of one verdict are copied of, with its error if there is no verdict.
    param([long[]] $Verdict, [System.IntPtr[]] $Texts, [string] $RecipientType)
    $text = @(for ($at = 0; $at -lt $Texts.Length; $at += 2) { Get-NamText $Texts $at })
    $state, $reason, $remarks, $problem, $admin, $delegate, $owner, $defaultAuditSet, $unrecognized = $text
    $known = $Verdict[4] -eq 1
    $record = $script:Native.Result::new()
    $record.RecipientType = $RecipientType
    $record.AuditState = $state
    $record.Reason = $reason
    if ($Verdict[8] -ge 0) { $record.AuditEnabled = $Verdict[8] -eq 1 }
    if ($Verdict[9] -ge 0) { $record.AuditBypassEnabled = $Verdict[9] -eq 1 }
    $record.DefaultAuditSet = Get-NamNameList $defaultAuditSet
    $record.NonAuditedAdmin = Get-NamNameList $admin $known
    $record.NonAuditedDelegate = Get-NamNameList $delegate $known
    $record.NonAuditedOwner = Get-NamNameList $owner $known
    $record.Unrecognized = Get-NamNameList $unrecognized
    $record.Remarks = $remarks
    $id, $category = $ProblemErrors[[int]$Verdict[10]]
    @{
        Record = $record
        # 'Audited' alone is left out of a list of mailboxes to look at.
        IsGap = $state -ne 'Audited'
        IsMailbox = $Verdict[10] -ne 1
        ErrorId = $id
        ErrorCategory = $category
        Problem = $problem
    }
}

function New-NamUnreadablePrototype {
    # Of a mailbox that throws when it is read: unknown, never what another one has.
    param([System.Exception] $Failure)
    $verdict = [long[]]::new(11)
    $verdict[8] = $verdict[9] = -1
    $prototype = New-NamPrototype $verdict ([System.IntPtr[]]::new(18)) ''
    $prototype.Problem = "it cannot be read: $($Failure.GetBaseException().Message)"
    $prototype.ErrorId, $prototype.ErrorCategory = 'UnreadableMailbox', 'ReadError'
    $prototype.IsGap = $true
    $prototype.Record.AuditState, $prototype.Record.Reason = 'Unknown', 'NotReadable'
    $prototype.Record.Remarks = $prototype.Problem
    $prototype
}

function Get-NamMailboxLabel {
    # What to call a mailbox in messages: whatever names it best.
    param([object] $Mailbox)
    foreach ($property in 'UserPrincipalName', 'PrimarySmtpAddress', 'DisplayName', 'Identity', 'Name',
        'DistinguishedName') {
        $name = [string]$Mailbox.$property
        if ($name) { return $name }
    }
    $type = if ($null -eq $Mailbox) { 'null' } else { $Mailbox.GetType().Name }
    "(object without a name, $type)"
}

function New-NamMailboxError {
    param([hashtable] $Prototype, [object] $Mailbox)
    $message = "$(Get-NamMailboxLabel $Mailbox): $($Prototype.Problem)"
    New-NamErrorRecord $Prototype.ErrorId $message $Prototype.ErrorCategory $Mailbox
}

function ConvertTo-NamAction {
    # One object for each missing action, with what the catalogue says of it. A mailbox that is not audited in another way has
    # one without an action.
    param([object] $Result, [long] $Platform)
    $action = $script:Native.Action::new()
    foreach ($field in 'DisplayName', 'UserPrincipalName', 'PrimarySmtpAddress', 'Guid', 'RecipientType', 'AuditState',
        'Reason', 'AuditBypassEnabled') {
        $action.$field = $Result.$field
    }
    $statuses, $found = (Get-NamActionStatus $Platform), $false
    foreach ($logonType in 'Admin', 'Delegate', 'Owner') {
        foreach ($name in $Result."NonAudited$logonType") {
            $found = $true
            $action.Copy($logonType, $name, $statuses["$logonType $name"])
        }
    }
    if (-not $found -and $Result.AuditState -ne 'Audited') { $action }
}

# The statuses of the catalogue by platform, then by logon type and action.
$script:ActionStatuses = @{}

function Get-NamActionStatus {
    # By the core's number of the platform; one that is not known counts as Exchange Online.
    param([long] $Platform)
    $name = @{ 1 = 'GroupMailbox'; 2 = 'ExchangeServer' }[[int]$Platform]
    if (-not $name) { $name = 'ExchangeOnline' }
    if (-not $ActionStatuses[$name]) {
        $statuses = @{}
        foreach ($row in Get-MailboxAuditActionCatalog -Platform $name) {
            $statuses["$($row.LogonType) $($row.Action)"] = $row.Status
        }
        $ActionStatuses[$name] = $statuses
    }
    $ActionStatuses[$name]
}
