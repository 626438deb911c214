# Files: reports, which the core writes, and saved exports, which it reads.

# The formats of reports: the core's number, and the extension of files. The commands name them once more where they take
# -Format, and a test compares.
$script:ReportFormats = [ordered]@{
    Csv    = @{ Number = 0; Extension = '.csv' }
    Json   = @{ Number = 1; Extension = '.json' }
    Ndjson = @{ Number = 2; Extension = '.ndjson' }
    Html   = @{ Number = 3; Extension = '.html' }
}

function Resolve-NamPath {
    # A path as the system knows it. What is no place in the file system (Env:, Cert:, AD:) has no files.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [string] $Path)
    $provider, $drive = [System.Management.Automation.PSReference]::new($null), [System.Management.Automation.PSReference]::new($null)
    $file = $Cmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Path, $provider, $drive)
    if ($provider.Value.Name -eq 'FileSystem') { return $file }
    $message = "$Path is no file, but of the provider $($provider.Value.Name): go to a folder of the file system (Set-Location), " +
        'or give a full path.'
    $Cmdlet.ThrowTerminatingError((New-NamErrorRecord 'NoFile' $message 'InvalidArgument' $Path))
}

function New-NamReport {
    param(
        [System.Management.Automation.PSCmdlet] $Cmdlet, [string] $File, [string] $Format, [string] $Columns,
        [bool] $OnlyGap, [bool] $Expand, [bool] $NoClobber, [bool] $Force
    )
    if ($NoClobber -and $Force) {
        $message = 'NoClobber leaves an existing file alone, Force replaces it: give one of them.'
        $Cmdlet.ThrowTerminatingError((New-NamErrorRecord 'NoReport' $message 'InvalidArgument' $File))
    }
    $formatNumber = if ($Format) { $ReportFormats[$Format].Number } else { -1 }
    $columnsNumber = @{ All = 0; Classic = 1 }[$Columns]
    $clobber = if ($NoClobber) { 1 } elseif ($Force) { 2 } else { 0 }
    $pointer, $message = [System.IntPtr[]]::new(1), [System.IntPtr[]]::new(2)
    $status = $script:Native.Functions::nam_report_new($File, $formatNumber, $columnsNumber,
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

function Test-NamOtherObject {
    # Whether it was made by this module and is neither a mailbox nor a whole result: of -Expand, of Select-Object, saved and
    # loaded again.
    param([object] $Item)
    $Item -is [psobject] -and $Item.PSObject.TypeNames[0] -like '*NonAuditedMailbox.*'
}

function New-NamOtherObjectError {
    # It has lost the mailbox that it was made of.
    param([object] $Item)
    $message = 'Objects of -Expand, selected results, and results that were saved and loaded again have no mailbox any more: ' +
        'pass the mailboxes, or whole results as Get-NonAuditedMailboxAction gives them; or save mailboxes with ' +
        'Export-Clixml and ask again with Get-NonAuditedMailboxAction -Path.'
    New-NamErrorRecord 'SavedResult' $message 'InvalidArgument' $Item
}

function Open-NamExport {
    # Begins to read a saved export, up to its first mailbox: the organisation's switch, where the file has it, stands
    # before. What cannot be read is told.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [string] $Path)
    $file = Resolve-NamPath $Cmdlet $Path
    $pointer, $message = [System.IntPtr[]]::new(1), [System.IntPtr[]]::new(2)
    $status = $script:Native.Functions::nam_reader_new($file, $pointer, $message)
    if ($status -ne 0) {
        $Cmdlet.WriteError((New-NamStatusError $status $message $Path))
        return
    }
    $export = @{ Path = $Path; Reader = $script:Native.Handles.reader::new($pointer[0]) }
    $export.Item = Read-NamItem $export.Reader
    if ($export.Item.Kind -eq 3) {
        $export.AuditDisabled = $export.Item.Text
        $export.Item = Read-NamItem $export.Reader
    }
    $export
}

function Read-NamMailbox {
    # The mailboxes of a saved export that was opened. What cannot be read comes as the error that tells it.
    param([hashtable] $Export)
    for ($item = $Export.Item; $item.Kind -ne 0; $item = Read-NamItem $Export.Reader) {
        if ($item.Status -ne 0) {
            New-NamErrorRecord 'NoExport' $item.Text 'ReadError' $Export.Path
            break
        }
        if ($item.Kind -eq 2) {
            New-NamErrorRecord 'IncompleteExport' $item.Text 'InvalidData' $Export.Path
            continue
        }
        $values = $item.Text.Split([char]0)
        $mailbox = [ordered]@{}
        for ($at = 0; $at -lt $MailboxProperties.Count; $at++) {
            $mailbox[$MailboxProperties[$at]] = if ($values[$at] -ceq "$([char]1)") { $null } else { $values[$at] }
        }
        [pscustomobject]$mailbox
    }
    $Export.Reader.Dispose()
}

function Read-NamItem {
    # What stands next in an export. A failure has the kind -1.
    param($Reader)
    $kind, $item, $message = [int[]]::new(1), [System.IntPtr[]]::new(2), [System.IntPtr[]]::new(2)
    $status = $script:Native.Functions::nam_reader_next($Reader, $kind, $item, $message)
    if ($status -ne 0) { return @{ Status = $status; Kind = -1; Text = Get-NamText $message } }
    @{ Status = 0; Kind = $kind[0]; Text = Get-NamText $item }
}
