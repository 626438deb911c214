# From the parameters of a command to what the core understands: the judge, and the bypass associations.

# The list that the next question shall have, if there is one.
$script:ProblemsInCommon = $null

function New-NamQuestion {
    # What is asked, of the parameters that Get- and Export-NonAuditedMailboxAction share. Results keep it, so that a
    # report of them asks the same; its handles free themselves when nobody knows it any more.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [System.Collections.IDictionary] $Parameters)
    $value = @{ Baseline = 'All'; Licence = 'Unknown'; Platform = 'Auto' }
    foreach ($name in $Parameters.Keys) { $value[$name] = $Parameters[$name] }
    $judge = New-NamJudge $Cmdlet $value.Baseline $value.LogonType $value.Action $value.Licence $value.Platform `
        $value.OrganizationConfig
    $hasBypass = $Parameters.ContainsKey('BypassAssociation')
    # .NET takes no null for a handle, but one of nothing.
    $bypass = if ($hasBypass) { New-NamBypass $Cmdlet $value.BypassAssociation }
    else { $script:Native.Handles.bypass::new([System.IntPtr]::Zero) }
    # What is missing among the results, for a report of them. The files of one -Path have a list in common.
    $problems = if ($script:ProblemsInCommon) { $script:ProblemsInCommon }
    else { @{ Texts = [System.Collections.Generic.List[string]]::new() } }
    $script:ProblemsInCommon = $null
    @{ Judge = $judge; Bypass = $bypass; HasBypass = $hasBypass; Problems = $problems }
}

function New-NamJudge {
    param(
        [System.Management.Automation.PSCmdlet] $Cmdlet,
        [object] $Baseline, [string[]] $LogonType, [string[]] $Action, [string] $Licence, [string] $Platform,
        [object] $OrganizationConfig
    )
    $name, $json = Get-NamBaseline $Cmdlet $Baseline
    $actions = Join-NamAction $Action
    $logonTypes = 0
    foreach ($type in $LogonType) { $logonTypes = $logonTypes -bor @{ Admin = 1; Delegate = 2; Owner = 4 }[$type] }
    $licence = @{ Unknown = 0; Standard = 1; Premium = 2 }[$Licence]
    $platform = @{ Auto = 0; Online = 1; Server = 2 }[$Platform]
    $disabled = Get-NamAuditDisabled $Cmdlet $OrganizationConfig

    $judge, $message = [System.IntPtr[]]::new(1), [System.IntPtr[]]::new(2)
    $status = $script:Native.Functions::nam_judge_new($name, $json, $logonTypes, $actions, $licence, $platform, $disabled, $judge, $message)
    Assert-NamStatus $Cmdlet $status $message $Baseline
    $script:Native.Handles.judge::new($judge[0])
}

function Join-NamAction {
    # The names and patterns as the core takes them. It knows * and ? alone: what PowerShell's other patterns match is named.
    param([string[]] $Action)
    $names = foreach ($pattern in $Action) {
        if (-not $pattern.Contains('[')) { $pattern; continue }
        $found = @(foreach ($row in Get-MailboxAuditActionCatalog $pattern) { $row.Action })
        if ($found) { $found } else { $pattern }
    }
    $names -join ','
}

function Get-NamBaseline {
    # A baseline's name, and its text if it is one of the caller's own.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [object] $Baseline)
    if ($Baseline -is [System.Management.Automation.PSObject]) {
        $custom = $Baseline
        $Baseline = $Baseline.PSObject.BaseObject
        # What ConvertFrom-Json makes of a baseline's file.
        if ($Baseline -is [System.Management.Automation.PSCustomObject]) {
            $Baseline = [ordered]@{}
            foreach ($property in $custom.PSObject.Properties) { $Baseline[$property.Name] = $property.Value }
        }
    }
    if ($Baseline -is [System.Collections.IDictionary]) { return 'custom', (ConvertTo-NamBaselineJson $Baseline) }
    $text = [string]$Baseline
    # A name has neither dots nor separators; a file has an extension or a folder.
    if ($text -notmatch '[./\\:~]') { return $text, [System.Management.Automation.Language.NullString]::Value }
    $path = Resolve-NamPath $Cmdlet $text
    try {
        $json = [System.IO.File]::ReadAllText($path)
    }
    catch {
        $message = "The baseline $text cannot be read: $($_.Exception.GetBaseException().Message) " +
            'Name All, Default, Cis7, or a JSON file.'
        $Cmdlet.ThrowTerminatingError((New-NamErrorRecord 'BadBaseline' $message 'ObjectNotFound' $Baseline))
    }
    return [System.IO.Path]::GetFileNameWithoutExtension($path), $json
}

function ConvertTo-NamBaselineJson {
    # A hashtable @{ Admin = ...; Delegate = ...; Owner = ... } as a baseline file. Other keys get the core's error.
    param([System.Collections.IDictionary] $Baseline)
    $members = foreach ($key in $Baseline.Keys) {
        $name = ([string]$key).ToLowerInvariant()
        $value = if ($name -eq 'name') { ConvertTo-NamJsonText $Baseline[$key] }
        else { '[' + (@(foreach ($item in $Baseline[$key]) { ConvertTo-NamJsonText $item }) -join ',') + ']' }
        (ConvertTo-NamJsonText $name) + ':' + $value
    }
    '{' + ($members -join ',') + '}'
}

function ConvertTo-NamJsonText {
    param([string] $Text)
    $escaped = [regex]::Replace($Text, '["\\\x00-\x1f]', { param($match) '\u{0:x4}' -f [int][char]$match.Value })
    '"' + $escaped + '"'
}

function Get-NamAuditDisabled {
    # The organisation's switch: 1 true, 0 false, -1 not known. What is not read stays unknown, and is told.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [object] $OrganizationConfig)
    if ($null -eq $OrganizationConfig) { return -1 }
    $values = @(foreach ($one in $OrganizationConfig) { ConvertTo-NamSwitch $one.AuditDisabled })
    if ($values.Count -eq 1 -and $values[0] -ge 0) { return $values[0] }
    $message = if ($values.Count -gt 1) { 'OrganizationConfig has more than one object; pass that of one organisation.' }
    else {
        'OrganizationConfig has no AuditDisabled that is True or False, so the switch counts as unknown; pass what ' +
        'Get-OrganizationConfig of Exchange Online gives. Exchange Server has no such switch.'
    }
    $Cmdlet.WriteError((New-NamErrorRecord 'BadOrganizationConfig' $message 'InvalidData' $OrganizationConfig))
    return -1
}

function ConvertTo-NamSwitch {
    # 1 true, 0 false, -1 anything else.
    param([object] $Value)
    switch (([string]$Value).Trim()) { 'True' { 1 } 'False' { 0 } default { -1 } }
}

function New-NamBypass {
    # The table of bypass associations. Rows that are not understood are told one by one.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [object] $BypassAssociation)
    $pointer, $message = [System.IntPtr[]]::new(1), [System.IntPtr[]]::new(2)
    Assert-NamStatus $Cmdlet $script:Native.Functions::nam_bypass_new($pointer, $message) $message
    $bypass = $script:Native.Handles.bypass::new($pointer[0])
    $functions = $script:Native.Functions
    foreach ($row in $BypassAssociation) {
        if ($null -eq $row) { continue }
        $name, $guid, $id = [string]$row.Name, [string]$row.Guid, [string]$row.ExchangeObjectId
        $distinguishedName, $enabled = [string]$row.DistinguishedName, [string]$row.AuditBypassEnabled
        $status = $functions::nam_bypass_add($bypass, $name, $guid, $id, $distinguishedName, $enabled, $message)
        if ($status -ne 0) { $Cmdlet.WriteError((New-NamStatusError $status $message $row)) }
    }
    $bypass
}
