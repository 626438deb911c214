# The steps of Invoke-NonAuditedMailboxReport. A job is what they share: the Files to write by path, each with its format,
# the Asked parameters of the question, the Inputs that were read, and the Summary.

# What belongs to the question, and to what of its answer is shown.
$script:QuestionParameters = 'Baseline', 'LogonType', 'Action', 'Licence', 'Platform', 'OnlyGap', 'Expand'

function Invoke-NamReportJob {
    [CmdletBinding(SupportsShouldProcess)]
    param([System.Collections.IDictionary] $Parameters)
    $job = New-NamReportJob $PSCmdlet $Parameters
    if (-not $PSCmdlet.ShouldProcess(($job.Files.Keys -join ', '), 'Write the report')) { return }
    try {
        Open-NamReportJob $PSCmdlet $job
        Read-NamReportJob $PSCmdlet $job
        Write-NamReportJob $PSCmdlet $job
        if ($Parameters['PassThru']) { Get-NamReportResult $job } else { $job.Summary }
        Assert-NamReportJob $PSCmdlet $job
    }
    finally { Close-NamReportJob $PSCmdlet $job }
}

function New-NamReportJob {
    # What is to be done. Nothing is opened yet.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [System.Collections.IDictionary] $Parameters)
    if ($Parameters.ContainsKey('InputPath')) { Assert-NamOffline $Cmdlet $Parameters }
    $request = if ($Parameters['Native']) { Get-NamNativeRequest $Cmdlet $Parameters }
    $asked = @{}
    foreach ($name in $QuestionParameters) { if ($Parameters.ContainsKey($name)) { $asked[$name] = $Parameters[$name] } }
    $job = @{
        Watch = [System.Diagnostics.Stopwatch]::StartNew(); Parameters = $Parameters; Asked = $asked
        Files = Get-NamReportFile $Cmdlet $Parameters['Path'] $Parameters['Format']
        Question = New-NamQuestion $Cmdlet $asked
        Reports = @(); Inputs = @(); Saved = $null; Keep = ''; Connection = $null; Request = $request; Unplaced = @(); Summary = $null
    }
    if ($Parameters['SaveInput']) { $job.Keep = Resolve-NamPath $Cmdlet $Parameters['SaveInput'] }
    if ($job.Keep -and $job.Files.Keys -contains $job.Keep) {
        $message = "-SaveInput and the report have the same file, $($job.Keep)."
        $Cmdlet.ThrowTerminatingError((New-NamErrorRecord 'NoReport' $message 'InvalidArgument' $job.Keep))
    }
    $job
}

function Assert-NamOffline {
    # What was read before cannot be read otherwise any more.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [System.Collections.IDictionary] $Parameters)
    $online = $SelectionParameters + 'IncludeGroupMailbox', 'SaveInput', 'InstallModule', 'DelegatedOrganization', 'ExchangeEnvironmentName'
    $given = @($online | Where-Object { $Parameters.ContainsKey($_) })
    if (-not $given) { return }
    $message = "-$($given -join ', -') cannot be used with -InputPath: no tenant is read."
    $Cmdlet.ThrowTerminatingError((New-NamErrorRecord 'OfflineInput' $message 'InvalidArgument' $given))
}

function Get-NamReportFile {
    # The files to write, each with its format; empty where the core shall tell it from the extension.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [string] $Path, [string[]] $Format)
    $files = [ordered]@{}
    $formats = @($Format | Where-Object { $_ } | Select-Object -Unique)
    $place = if ($Path) { $Path } else { '.' }
    $file = Resolve-NamPath $Cmdlet $place
    if (-not $Path -or [System.IO.Directory]::Exists($file)) {
        # As the script names its report that this one replaces.
        $file = [System.IO.Path]::Combine($file, 'NonAuditedMailboxActions_' + [DateTime]::Now.ToString('yyyy-MM-dd_HHmm',
                [System.Globalization.CultureInfo]::InvariantCulture))
        if (-not $formats) { $formats = @('Csv') }
    }
    elseif ($formats.Count -le 1) {
        $files[$file] = "$formats"
        return $files
    }
    elseif ([System.IO.Path]::GetExtension($file) -in @($ReportFormats.Values | ForEach-Object { $_.Extension })) {
        $file = [System.IO.Path]::ChangeExtension($file, $null).TrimEnd('.')
    }
    foreach ($one in $formats) { $files[$file + $ReportFormats[$one].Extension] = $one }
    $files
}

function Open-NamReportJob {
    # Tries all places before anything slow begins.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Job)
    $with = $Job.Parameters
    $columns = if ($with['Columns']) { $with['Columns'] } else { 'All' }
    foreach ($file in $Job.Files.Keys) {
        $Cmdlet.WriteVerbose("The report will be written to $file.")
        $handle = New-NamReport $Cmdlet $file $Job.Files[$file] $columns ([bool]$with['OnlyGap']) ([bool]$with['Expand']) `
            ([bool]$with['NoClobber']) ([bool]$with['Force'])
        $Job.Reports += @{ File = $file; Handle = $handle }
    }
    if ($with.ContainsKey('InputPath')) { return }
    $Job.Saved = New-NamInput $Cmdlet $Job.Keep ([bool]$with['NoClobber']) ([bool]$with['Force'])
}

function Read-NamReportJob {
    # Reads the tenant, or finds what was read before.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Job)
    if ($Job.Parameters.ContainsKey('InputPath')) {
        $Job.Inputs = @(foreach ($path in $Job.Parameters['InputPath']) { Resolve-NamPath $Cmdlet $path })
        return
    }
    if ($Job.Request) {
        $Job.Connection = @{ Tenant = $Job.Parameters['Organization']; Opened = $null; Calls = 3 }
        $Job.Inputs = @(Read-NamNativeTenant $Cmdlet $Job.Request $Job.Saved $Job.Parameters)
        return
    }
    $Job.Connection = Connect-NamExchange $Cmdlet $Job.Parameters
    Read-NamTenant $Cmdlet $Job.Connection $Job.Saved $Job.Parameters
    # Nothing more is asked of the server.
    Disconnect-NamExchange $Cmdlet $Job.Connection
    $Job.Inputs = @(Complete-NamInput $Cmdlet $Job.Saved $Job.Connection.Tenant)
}

function Write-NamReportJob {
    # Makes all reports of the one input, and the summary. A report that may not replace an older one is noted.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Job)
    $functions = $script:Native.Functions
    $judge, $bypass = $Job.Question.Judge, $Job.Question.Bypass
    $message, $written, $problems = [System.IntPtr[]]::new(2), [System.IntPtr[]]::new(2), [long[]]::new(1)
    $files = @()
    foreach ($report in $Job.Reports) {
        if ($Job.Saved) {
            $status = $functions::nam_report_read_input($report.Handle, $judge, $bypass, $Job.Saved, $message)
            Assert-NamStatus $Cmdlet $status $message
        }
        else {
            foreach ($file in $Job.Inputs) {
                $status = $functions::nam_report_read($report.Handle, $judge, $bypass, $file, $message)
                Assert-NamStatus $Cmdlet $status $message $file
            }
        }
        $totals = [System.IntPtr[]]::new(2)
        $status = $functions::nam_report_finish($report.Handle, $judge, $bypass, $written, $problems, $totals, $message)
        if ($status -ne 0 -and $problems[0] -eq 0) { Assert-NamStatus $Cmdlet $status $message $report.File }
        $Job.Totals = ConvertFrom-Json (Get-NamText $totals)
        if ($status -ne 0) {
            $Job.Unplaced += Get-NamText $message
            continue
        }
        $files += [System.IO.FileInfo]::new((Get-NamText $written))
        $Cmdlet.WriteVerbose("Written: $($files[-1].FullName)")
    }
    $Job.Summary = New-NamSummary $Job $files (Save-NamReportInput $Cmdlet $Job)
}

function Save-NamReportInput {
    # Keeps what was read, if that was asked for. An older file that was read to its end is not given away for less.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Job)
    if (-not $Job.Keep) { return }
    $written, $message = [System.IntPtr[]]::new(2), [System.IntPtr[]]::new(2)
    $status = $script:Native.Functions::nam_input_keep($Job.Saved, $written, $message)
    if ($status -ne 0 -and $Job.Totals.Complete) { Assert-NamStatus $Cmdlet $status $message $Job.Keep }
    if ($status -ne 0) { $Job.Unplaced += Get-NamText $message }
    else { [System.IO.FileInfo]::new((Get-NamText $written)) }
}

function New-NamSummary {
    param([hashtable] $Job, [System.IO.FileInfo[]] $Files, [System.IO.FileInfo] $SavedInput)
    $totals, $connection = $Job.Totals, $Job.Connection
    [pscustomobject]@{
        PSTypeName    = 'NonAuditedMailbox.ReportSummary'
        Tenant        = if ($connection) { $connection.Tenant }
        AuditDisabled = $totals.AuditDisabled
        Complete      = $totals.Complete
        Mailboxes     = [long]$totals.Mailboxes
        Audited       = [long]$totals.States.Audited
        Gap           = [long]$totals.States.Gap
        NotAudited    = [long]$totals.States.NotAudited
        Unknown       = [long]$totals.States.Unknown
        Bypassed      = [long]$totals.Bypassed
        BypassUnknown = [long]$totals.BypassUnknown
        Customized    = [long]$totals.Customized
        Problems      = [string[]]@($totals.Problems)
        Files         = $Files
        SavedInput    = $SavedInput
        RemoteCalls   = if ($connection) { $connection.Calls } else { 0 }
        Duration      = $Job.Watch.Elapsed
    }
}

function Get-NamReportResult {
    # The results themselves. What is wrong with single mailboxes stands in them, and among the problems of the summary.
    param([hashtable] $Job)
    $asked = $Job.Asked
    Get-NonAuditedMailboxAction -Path $Job.Inputs @asked -ErrorAction SilentlyContinue
}

function Assert-NamReportJob {
    # Ends with an error where the outcome is not what a scheduler may take for success.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Job)
    $summary, $with = $Job.Summary, $Job.Parameters
    if (-not $summary.Complete) {
        $text = (@("The report is incomplete: $($summary.Problems[0])") + $Job.Unplaced) -join '; '
        if ($summary.Problems.Count -gt 1) { $text += "; and more, see Problems of the summary" }
        if (-not $with['AllowIncomplete']) {
            $Cmdlet.ThrowTerminatingError((New-NamErrorRecord 'IncompleteReport' $text 'InvalidResult' $summary))
        }
        $Cmdlet.WriteWarning($text)
    }
    if ($Job.Unplaced) {
        $Cmdlet.ThrowTerminatingError((New-NamErrorRecord 'NoReport' ($Job.Unplaced -join ' ') 'WriteError' $summary))
    }
    $gaps = $summary.Mailboxes - $summary.Audited
    if ($with['FailOnGap'] -and $gaps) {
        $text = "$gaps of $($summary.Mailboxes) mailboxes are not audited as asked."
        $Cmdlet.ThrowTerminatingError((New-NamErrorRecord 'Gap' $text 'InvalidResult' $summary))
    }
}

function Close-NamReportJob {
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Job)
    if ($Job.Connection) { Disconnect-NamExchange $Cmdlet $Job.Connection }
    foreach ($report in $Job.Reports) { $report.Handle.Dispose() }
    if ($Job.Saved) { $Job.Saved.Dispose() }
}
