# Two states that are compared: the core reads and compares them, and gives change by change.

function Compare-NamState {
    # Gives the changes, and ends with an error where the command shall fail: its own, since after an error of the public
    # command's $PSCmdlet nothing can end the script any more.
    [CmdletBinding()]
    param([System.Collections.IDictionary] $Parameters)
    $regressions, $problems = 0, 0
    $drift = New-NamDrift $PSCmdlet $Parameters
    try {
        for ($item = Read-NamDrift $PSCmdlet $drift; $item.Kind -ne 0; $item = Read-NamDrift $PSCmdlet $drift) {
            switch ($item.Kind) {
                1 {
                    $change = ConvertTo-NamChange $item.Text
                    if ($change.Regression) { $regressions++ }
                    $change
                }
                2 {
                    $problems++
                    $record = New-NamErrorRecord 'IncompleteComparison' $item.Text 'InvalidData' $null
                    # Who says it.
                    $record.CategoryInfo.Activity = 'Compare-NonAuditedMailboxAction'
                    $PSCmdlet.WriteError($record)
                }
                3 { $PSCmdlet.WriteWarning($item.Text) }
            }
        }
    }
    finally { $drift.Dispose() }
    if (-not $Parameters['FailOnRegression']) { return }
    if ($problems) {
        $message = 'The comparison is incomplete, so nobody can say that nothing got worse: see the errors before.'
        $PSCmdlet.ThrowTerminatingError((New-NamErrorRecord 'IncompleteComparison' $message 'InvalidData' $Parameters['Difference']))
    }
    if ($regressions) {
        $message = "$regressions of the changes are regressions: less is known to be audited than before."
        $PSCmdlet.ThrowTerminatingError((New-NamErrorRecord 'Regression' $message 'InvalidResult' $Parameters['Difference']))
    }
}

function New-NamDrift {
    # Begins to compare, by the parameters of Compare-NonAuditedMailboxAction. What is not said there is left to the files.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [System.Collections.IDictionary] $Parameters)
    $name = $json = [System.Management.Automation.Language.NullString]::Value
    if ($null -ne $Parameters['Baseline']) { $name, $json = Get-NamBaseline $Cmdlet $Parameters['Baseline'] }
    $old = Resolve-NamPath $Cmdlet $Parameters['Reference']
    $new = Resolve-NamPath $Cmdlet $Parameters['Difference']
    $logonTypes = 0
    foreach ($type in $Parameters['LogonType']) {
        $logonTypes = $logonTypes -bor @{ Admin = 1; Delegate = 2; Owner = 4 }[$type]
    }
    $licence = if ($Parameters['Licence']) { @{ Unknown = 0; Standard = 1; Premium = 2 }[$Parameters['Licence']] } else { -1 }
    $platform = if ($Parameters['Platform']) { @{ Auto = 0; Online = 1; Server = 2 }[$Parameters['Platform']] } else { 0 }
    $pointer, $message = [System.IntPtr[]]::new(1), [System.IntPtr[]]::new(2)
    $status = $script:Native.Functions::nam_drift_new($old, $new, $name, $json, $logonTypes,
        (Join-NamAction $Parameters['Action']), $licence, $platform, $pointer, $message)
    Assert-NamStatus $Cmdlet $status $message $Parameters['Difference']
    $script:Native.Handles.drift::new($pointer[0])
}

function Read-NamDrift {
    # What comes next: 0 nothing, 1 a change, 2 a problem, 3 a note.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, $Drift)
    $kind, $item, $message = [int[]]::new(1), [System.IntPtr[]]::new(2), [System.IntPtr[]]::new(2)
    $status = $script:Native.Functions::nam_drift_next($Drift, $kind, $item, $message)
    Assert-NamStatus $Cmdlet $status $message
    @{ Kind = $kind[0]; Text = Get-NamText $item }
}

function ConvertTo-NamChange {
    # A change as an object. Its actions are a list that prints as their names.
    param([string] $Text)
    $values = @(foreach ($value in $Text.Split([char]0)) { if ($value -ceq "$([char]1)") { $null } else { $value } })
    [pscustomobject]@{
        PSTypeName         = 'NonAuditedMailbox.Change'
        Kind               = $values[0]
        Regression         = $values[1] -eq 'True'
        Subject            = $values[2]
        DisplayName        = $values[3]
        UserPrincipalName  = $values[4]
        PrimarySmtpAddress = $values[5]
        Guid               = $values[6]
        RecipientType      = $values[7]
        LogonType          = $values[8]
        Actions            = Get-NamNameList $values[9]
        Property           = $values[10]
        Old                = $values[11]
        New                = $values[12]
        Text               = $values[13]
    }
}
