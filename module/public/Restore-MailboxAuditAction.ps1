function Restore-MailboxAuditAction {
    <#
    .SYNOPSIS
        Undoes a run of changes, from its record: puts every value back as it was.

    .DESCRIPTION
        Reads a record that Enable-MailboxAuditAction wrote, reads the mailboxes as they are now, and puts back what was
        changed: the three lists, whether Microsoft manages them, AuditEnabled, the age limit, the bypass of accounts and the
        organisation's switch. Only what the run changed is put back; other people's later work stays. A record to which several
        runs were written is undone as a whole.

        What is as it was needs no call, so that a second run does nothing. A record that was cut off, because the run was
        stopped or the machine went down, gives what it holds. A mailbox that fails does not stop the others.

        Every mailbox is confirmed; -WhatIf shows for each exactly what would be put back, -Confirm:$false asks nothing.

    .PARAMETER Path
        The record, as Enable-MailboxAuditAction wrote it.

    .PARAMETER RecordPath
        A file for the states before this run, to undo it in turn. Without it none is written.

    .PARAMETER Verify
        Reads the changed mailboxes again at the end, many of them in one call, and tells what did not take.

    .PARAMETER UserPrincipalName
        The account to sign in with, where there is no connection: a window of the browser asks for the rest.

    .PARAMETER Device
        Signs in with a code on another device. PowerShell 7 only.

    .PARAMETER AppId
        The application to sign in as, with a certificate: it needs the application permission Exchange.ManageAsApp and a
        role that may change mailboxes, such as Exchange Administrator.

    .PARAMETER Organization
        The tenant's primary domain, such as contoso.onmicrosoft.com.

    .PARAMETER CertificateThumbprint
        The certificate of the application, out of the store of the user or computer. Windows only.

    .PARAMETER CertificateFilePath
        The certificate of the application, as a file.

    .PARAMETER CertificatePassword
        The password of that file.

    .PARAMETER Certificate
        The certificate of the application, as an object, such as one fetched from a key vault.

    .PARAMETER Credential
        Name and password, for accounts without multi-factor authentication.

    .PARAMETER UserName
        The name alone; the password comes with -Password.

    .PARAMETER Password
        The password, as a SecureString. Plain text is not accepted.

    .PARAMETER ManagedIdentity
        Signs in as the managed identity of the Azure resource that this runs on, such as an Automation account.

    .PARAMETER ManagedIdentityAccountId
        The application of a user-assigned managed identity.

    .PARAMETER AccessToken
        A token for https://outlook.office365.com, as a SecureString, as Get-AzAccessToken gives it.

    .PARAMETER DelegatedOrganization
        The tenant of a customer, for partners.

    .PARAMETER ExchangeEnvironmentName
        The cloud, where it is not the worldwide one.

    .PARAMETER InstallModule
        Installs ExchangeOnlineManagement for the current user if it is missing, without asking.
    .INPUTS
        Files, by their path.

    .OUTPUTS
        NonAuditedMailbox.Remedy for each, and last a NonAuditedMailbox.RemedySummary.

    .EXAMPLE
        Restore-MailboxAuditAction -Path MailboxAuditChanges_2026-11-24_221500.jsonl -WhatIf

        Shows what would be put back, and changes nothing.

    .EXAMPLE
        Restore-MailboxAuditAction MailboxAuditChanges_2026-11-24_221500.jsonl -Confirm:$false -Verify

        Puts all back without asking, and reads it again.

    .EXAMPLE
        Get-ChildItem MailboxAuditChanges_2026-11-24_*.jsonl | Sort-Object Name -Descending | Restore-MailboxAuditAction

        Undoes all runs of a day, the last one first.

    .LINK
        Enable-MailboxAuditAction

    .LINK
        about_NonAuditedMailbox
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
    [OutputType('NonAuditedMailbox.Remedy', 'NonAuditedMailbox.RemedySummary')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('FullName', 'PSPath')]
        [string] $Path,

        [string] $RecordPath,

        [switch] $Verify,

        [string] $UserPrincipalName,

        [switch] $Device,

        [string] $AppId,

        [string] $Organization,

        [string] $CertificateThumbprint,

        [string] $CertificateFilePath,

        [securestring] $CertificatePassword,

        [System.Security.Cryptography.X509Certificates.X509Certificate2] $Certificate,

        [pscredential] $Credential,

        [string] $UserName,

        [securestring] $Password,

        [switch] $ManagedIdentity,

        [string] $ManagedIdentityAccountId,

        [securestring] $AccessToken,

        [string] $DelegatedOrganization,

        [ValidateSet('O365Default', 'O365China', 'O365USGovGCCHigh', 'O365USGovDoD', 'O365GermanyCloud')]
        [string] $ExchangeEnvironmentName,

        [switch] $InstallModule
    )

    begin {
        Initialize-NamNative
        $run = New-NamRun $PSCmdlet $PSBoundParameters ([bool]$WhatIfPreference)
        $records = [System.Collections.Generic.List[string]]::new()
        if ($RecordPath -and -not $run.WhatIf) { Open-NamRecord $PSCmdlet $run $RecordPath }
    }

    process { $records.Add((Resolve-NamPath $PSCmdlet $Path)) }

    end {
        try {
            # One record after the other: a later one tells what was before, an earlier one what was before that.
            foreach ($record in $records) {
                $entries = @(Read-NamUndo $PSCmdlet $record)
                $mailboxes = @($entries | Where-Object { $_.Subject -eq 'Mailbox' })
                if ($mailboxes) { Read-NamEntries $PSCmdlet $run $mailboxes }
                Read-NamBypasses $PSCmdlet $run @($entries | Where-Object { $_.HasBypass -and -not $_.Problem })
                $others = @($entries | Where-Object { $_.Subject -ne 'Organization' })
                foreach ($entry in $others) { if (-not $entry.Problem) { Update-NamPlan $PSCmdlet $run $entry } }
                Invoke-NamChanges $PSCmdlet $run $others ([bool]$Verify)
                # Last, so that what came before it is audited.
                foreach ($entry in $entries) {
                    if ($entry.Subject -eq 'Organization') { Set-NamOrganization $PSCmdlet $run $entry.AuditDisabled }
                }
            }
            New-NamChangeSummary $run
        }
        finally { Complete-NamRun $PSCmdlet $run }
    }
}
