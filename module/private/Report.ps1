# Reports, which the core writes.

function New-NamReport {
    param(
        [System.Management.Automation.PSCmdlet] $Cmdlet, [string] $File, [string] $Format, [string] $Columns,
        [bool] $OnlyGap, [bool] $Expand, [bool] $NoClobber, [bool] $Force
    )
    if ($NoClobber -and $Force) {
        $message = 'NoClobber leaves an existing file alone, Force replaces it: give one of them.'
        $Cmdlet.ThrowTerminatingError((New-NamErrorRecord 'NoReport' $message 'InvalidArgument' $File))
    }
    $formatNumber = if ($Format) { @{ Csv = 0; Json = 1; Ndjson = 2 }[$Format] } else { -1 }
    $columnsNumber = @{ All = 0; Classic = 1 }[$Columns]
    $clobber = if ($NoClobber) { 1 } elseif ($Force) { 2 } else { 0 }
    $pointer, $message = [System.IntPtr[]]::new(1), [System.IntPtr[]]::new(2)
    $status = $script:Native.Functions::nam_report_new($File, $File.Length, $formatNumber, $columnsNumber,
        [int]$OnlyGap, [int]$Expand, $clobber, $pointer, $message)
    Assert-NamStatus $Cmdlet $status $message $File
    $script:Native.Handles.report::new($pointer[0])
}

function Stop-NamQuestion {
    # Results were asked about when they were made.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [string[]] $Asked, [object] $Result)
    $message = "-$($Asked -join ', -') cannot be used on results: they were made with an own question. Give it to " +
        'Get-NonAuditedMailboxAction, or pass the mailboxes to Export-NonAuditedMailboxAction.'
    $Cmdlet.ThrowTerminatingError((New-NamErrorRecord 'OtherQuestion' $message 'InvalidArgument' $Result))
}
