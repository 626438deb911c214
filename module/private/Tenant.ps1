# What is read of a tenant, in one call each, into a saved input: of it every report is made, now or later.

# The sections of a saved input, by the core's number.
$script:InputSections = @{ Organization = 0; BypassAssociations = 1; Mailboxes = 2 }

# What narrows down the mailboxes that are read.
$script:SelectionParameters = 'Identity', 'Filter', 'RecipientTypeDetails'

function New-NamInput {
    # Begins a saved input. The file that keeps it, if there is to be one, is tried now.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [string] $Keep, [bool] $NoClobber, [bool] $Force)
    $nothing = [System.Management.Automation.Language.NullString]::Value
    $clobber = if ($NoClobber) { 1 } elseif ($Force) { 2 } else { 0 }
    $pointer, $message = [System.IntPtr[]]::new(1), [System.IntPtr[]]::new(2)
    $status = $script:Native.Functions::nam_input_new($nothing, $(if ($Keep) { $Keep } else { $nothing }), $clobber,
        $pointer, $message)
    Assert-NamStatus $Cmdlet $status $message $Keep
    $script:Native.Handles.input::new($pointer[0])
}

function Complete-NamInput {
    # Puts the sections together. Gives the file to read, which goes with the handle.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, $Saved, [string] $Tenant)
    $path, $message = [System.IntPtr[]]::new(2), [System.IntPtr[]]::new(2)
    $name = if ($Tenant) { $Tenant } else { [System.Management.Automation.Language.NullString]::Value }
    Assert-NamStatus $Cmdlet $script:Native.Functions::nam_input_finish($Saved, $name, $path, $message) $message
    Get-NamText $path
}

function Read-NamTenant {
    # Reads a tenant into a saved input: one call each for the organisation, the bypass associations and the mailboxes,
    # whatever their number. What could not be read is noted in the section that lacks it; without any mailbox, because
    # reading them failed, there is nothing to report. $Parameters are those of the command.
    param(
        [System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Connection, $Saved,
        [System.Collections.IDictionary] $Parameters
    )
    $attended = Test-NamInteractive $Parameters
    Read-NamOrganization $Cmdlet $Connection $Saved
    Read-NamBypass $Cmdlet $Connection $Saved $attended
    Read-NamMailboxes $Cmdlet $Connection $Saved $Parameters $attended
    if ($attended) { Write-NamProgress $Cmdlet 'Done' -Completed }
}

function Read-NamOrganization {
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Connection, $Saved)
    $functions, $message, $found = $script:Native.Functions, [System.IntPtr[]]::new(2), @{ Switch = -1 }
    $Cmdlet.WriteVerbose('Reading the organisation: Get-OrganizationConfig.')
    $outcome = Invoke-NamRemote $Cmdlet $Connection 'Get-OrganizationConfig' @{} {
        param($organization)
        $found.Switch = ConvertTo-NamSwitch $organization.AuditDisabled
        Assert-NamStatus $Cmdlet $functions::nam_input_organization($Saved, $found.Switch, $message) $message
    } { Restart-NamSection $Cmdlet $Saved 'Organization' }
    # Exchange Server has no such switch.
    if ($outcome.Complete -and $found.Switch -lt 0 -and $Connection.Kind -eq 'Online') {
        Add-NamProblem $outcome 'Get-OrganizationConfig gave no AuditDisabled that is True or False.'
    }
    if ($found.Switch -eq 1) {
        $Cmdlet.WriteWarning('Auditing is disabled for the whole organisation (AuditDisabled is True): no mailbox is audited.')
    }
    Complete-NamSection $Cmdlet $Saved 'Organization' $outcome.Problems
}

function Read-NamBypass {
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Connection, $Saved, [bool] $Attended)
    $functions, $message, $counter = $script:Native.Functions, [System.IntPtr[]]::new(2), @{ Count = 0 }
    $what = 'Reading who bypasses auditing'
    $Cmdlet.WriteVerbose("${what}: Get-MailboxAuditBypassAssociation.")
    $outcome = Invoke-NamRemote $Cmdlet $Connection 'Get-MailboxAuditBypassAssociation' @{ ResultSize = 'Unlimited' } {
        param($row)
        $status = $functions::nam_input_bypass($Saved, $row.Name, $row.Guid, $row.ExchangeObjectId,
            $row.DistinguishedName, $row.AuditBypassEnabled, $message)
        if ($status -ne 0) { Assert-NamStatus $Cmdlet $status $message $row }
        $counter.Count++
        if ($Attended -and $counter.Count % 100 -eq 0) { Write-NamProgress $Cmdlet "${what}: $($counter.Count)" }
    } {
        $counter.Count = 0
        Restart-NamSection $Cmdlet $Saved 'BypassAssociations'
    }
    $Cmdlet.WriteVerbose("$($outcome.Count) bypass associations.")
    Complete-NamSection $Cmdlet $Saved 'BypassAssociations' $outcome.Problems
}

function Read-NamMailboxes {
    param(
        [System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Connection, $Saved,
        [System.Collections.IDictionary] $Parameters, [bool] $Attended
    )
    $functions, $message, $counter = $script:Native.Functions, [System.IntPtr[]]::new(2), @{ Count = 0; Before = 0 }
    $problems = @()
    foreach ($read in Get-NamMailboxRead $Connection $Parameters) {
        $Cmdlet.WriteVerbose("Reading mailboxes: $($read.Line).")
        $outcome = Invoke-NamRemote $Cmdlet $Connection $read.Command $read.Parameters {
            param($mailbox)
            $identity = $mailbox.Identity
            if (-not $identity) { $identity = $mailbox.Id }
            if (-not $identity) { $identity = $mailbox.Name }
            # No mailbox has AuditBypassEnabled: that belongs to the associations.
            $status = $functions::nam_input_mailbox($Saved, $mailbox.DisplayName, $mailbox.UserPrincipalName,
                $mailbox.PrimarySmtpAddress, $identity, $mailbox.DistinguishedName, [string]$mailbox.RecipientTypeDetails,
                $mailbox.Guid, $mailbox.ExchangeObjectId, $mailbox.AdminDisplayVersion, $mailbox.AuditEnabled,
                $mailbox.AuditAdmin, $mailbox.AuditDelegate, $mailbox.AuditOwner, $mailbox.DefaultAuditSet,
                $mailbox.AuditLogAgeLimit, $null, $message)
            if ($status -ne 0) { Assert-NamStatus $Cmdlet $status $message $mailbox }
            $counter.Count++
            if ($Attended -and $counter.Count % 100 -eq 0) {
                Write-NamProgress $Cmdlet "Reading mailboxes: $($counter.Count)"
            }
        } {
            $counter.Count = $counter.Before
            Restart-NamSection $Cmdlet $Saved 'Mailboxes'
        }
        $Cmdlet.WriteVerbose("$($outcome.Count) mailboxes.")
        foreach ($problem in $outcome.Problems) { $problems += "$($read.Line): $problem" }
        # What this one gave stays if the next one begins again.
        $counter.Before = $counter.Count
        Assert-NamStatus $Cmdlet $functions::nam_input_mark($Saved, $InputSections.Mailboxes, $message) $message
    }
    if ($problems -and $counter.Count -eq 0) {
        $text = "The mailboxes could not be read. $($problems -join '; ')"
        $Cmdlet.ThrowTerminatingError((New-NamErrorRecord 'NoMailboxes' $text 'ReadError' $null))
    }
    Complete-NamSection $Cmdlet $Saved 'Mailboxes' $problems
}

function Get-NamMailboxRead {
    # The calls that give the mailboxes. Their properties come in sets online, and all at once on Exchange Server.
    # https://learn.microsoft.com/powershell/exchange/cmdlet-property-sets
    param([hashtable] $Connection, [System.Collections.IDictionary] $Parameters)
    $with = @{ ResultSize = 'Unlimited' }
    foreach ($name in $SelectionParameters) { if ($Parameters.ContainsKey($name)) { $with[$name] = $Parameters[$name] } }
    if ($Connection.Kind -eq 'Server') { return @{ Command = 'Get-Mailbox'; Line = 'Get-Mailbox'; Parameters = $with } }
    @{ Command = 'Get-EXOMailbox'; Line = 'Get-EXOMailbox'; Parameters = $with + @{ PropertySets = 'Minimum', 'Audit' } }
    if (-not $Parameters['IncludeGroupMailbox']) { return }
    # Other types than groups are no group's.
    $with.Remove('RecipientTypeDetails')
    $with.GroupMailbox = $true
    @{ Command = 'Get-Mailbox'; Line = 'Get-Mailbox -GroupMailbox'; Parameters = $with }
}

function Restart-NamSection {
    param([System.Management.Automation.PSCmdlet] $Cmdlet, $Saved, [string] $Section)
    $message = [System.IntPtr[]]::new(2)
    $status = $script:Native.Functions::nam_input_restart($Saved, $InputSections[$Section], $message)
    Assert-NamStatus $Cmdlet $status $message
}

function Complete-NamSection {
    # Ends a section; with problems it is incomplete.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, $Saved, [string] $Section, [string[]] $Problems)
    $text = [System.Management.Automation.Language.NullString]::Value
    if ($Problems) {
        $text = $Problems -join '; '
        $Cmdlet.WriteVerbose("$Section is incomplete: $text")
    }
    $message = [System.IntPtr[]]::new(2)
    $status = $script:Native.Functions::nam_input_end($Saved, $InputSections[$Section], $text, $message)
    Assert-NamStatus $Cmdlet $status $message
}

function Write-NamProgress {
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [string] $Status, [switch] $Completed)
    $record = [System.Management.Automation.ProgressRecord]::new(1, 'Mailbox auditing', $Status)
    if ($Completed) { $record.RecordType = 'Completed' }
    $Cmdlet.WriteProgress($record)
}
