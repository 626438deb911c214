function Enable-MailboxAuditAction {
    <#
    .SYNOPSIS
        Adds the audit actions that mailboxes lack, and touches nothing else. Everything can be undone.

    .DESCRIPTION
        Adds to the audit lists of mailboxes what is missing in them, for Admin, Delegate and Owner: never replaces a list, so
        that what is in it stays, and sends nothing to a mailbox that lacks nothing. Each action goes only to the logon types
        for which Exchange has it. One call of Set-Mailbox changes a mailbox; AuditEnabled is set where nothing is audited
        without it (rooms, equipment, discovery and public-folder mailboxes, Exchange Server).

        A list that was changed leaves the set that Microsoft manages, for good: Microsoft adds no new actions to it any more.
        The confirmation says so once, with the number of mailboxes. Where Microsoft's own set will do, leave it alone, or
        hand lists back to it with -RestoreDefault.

        Every mailbox is confirmed; -WhatIf shows for each exactly what would be added and changes nothing, -Confirm:$false asks
        nothing, for schedulers. Right before a change the mailbox is read again and its state written to a record, of which
        Restore-MailboxAuditAction undoes the run. A run that was stopped can be started again and does what is left.

        Group mailboxes and what else cannot be changed are skipped with the reason. An action that the server rejects, for
        lack of a licence for instance, is left out and named in the result; the rest is added. A mailbox that fails does
        not stop the others.

    .PARAMETER InputObject
        Mailboxes, results of Get-NonAuditedMailboxAction, names that identify mailboxes, or, with -RemoveBypass, objects of
        Get-MailboxAuditBypassAssociation. Results bring the question that they were made with: what they found missing is
        added; -Action and -LogonType narrow it.

    .PARAMETER All
        All mailboxes of the tenant, read in one call. Signs in where there is no connection.

    .PARAMETER Action
        Only these actions, by name or pattern (*, ?, [ab]).

    .PARAMETER LogonType
        Only these logon types: Admin, Delegate, Owner.

    .PARAMETER Baseline
        What ought to be audited: All (everything that the catalogue says can be audited; the default), Default (what
        Microsoft audits by itself), Cis7 (CIS Microsoft 365 Foundations 7.0, 6.1.2), the path of a JSON file, or a
        hashtable such as @{ Admin = 'HardDelete'; Delegate = 'SendAs'; Owner = 'MailboxLogin', 'Move' }. None adds nothing,
        where only -RemoveBypass, -AuditLogAgeLimit or -EnableOrganizationAuditing is wanted.

    .PARAMETER RestoreDefault
        Hands lists back to the set that Microsoft manages (-DefaultAuditSet), instead of adding. What somebody added to them
        goes: the confirmation names it.

    .PARAMETER RemoveBypass
        Ends the bypass of the accounts: what they do, in any mailbox, is logged from then on. With -All those of all
        mailboxes; accounts without a mailbox are piped in as Get-MailboxAuditBypassAssociation gives them.

    .PARAMETER EnableOrganizationAuditing
        Sets the organisation's AuditDisabled to False. Without it nothing that is added has effect there.

    .PARAMETER AuditLogAgeLimit
        How long entries are kept: days, such as 180, or a time span, such as 180.00:00:00. A shorter time than before deletes
        older entries for good.

    .PARAMETER Licence
        What the tenant is licensed for. Standard does not try MailItemsAccessed, Send and SearchQueryInitiated, which may need
        Audit (Premium); Unknown and Premium do, and a rejected one is left out.

    .PARAMETER Platform
        Whose rules hold: Auto tells it from each mailbox; Online and Server say it for mailboxes that lack
        DefaultAuditSet and AdminDisplayVersion.

    .PARAMETER RecordPath
        The file for the states before the changes (JSON lines). It is added to, never written over. Without it a file in the
        current folder, named MailboxAuditChanges with date and time. A run without changes leaves none.

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
        Mailboxes, results of Get-NonAuditedMailboxAction, names, or bypass associations.

    .OUTPUTS
        NonAuditedMailbox.Remedy for each, and last a NonAuditedMailbox.RemedySummary.

    .EXAMPLE
        Enable-MailboxAuditAction -All -WhatIf

        Shows for each mailbox of the tenant what would be added, and changes nothing.

    .EXAMPLE
        Get-EXOMailbox -PropertySets Minimum,Audit -ResultSize Unlimited |
            Get-NonAuditedMailboxAction -Baseline Cis7 |
            Enable-MailboxAuditAction -RecordPath cis7.jsonl
        Restore-MailboxAuditAction -Path cis7.jsonl

        Adds what the CIS benchmark asks for, and undoes it.

    .EXAMPLE
        Enable-MailboxAuditAction -All -Action MailboxLogin, Move -LogonType Owner -Verify -Confirm:$false `
            -AppId 36ee4c6c-0812-40a2-b820-b22ebd02bce3 -Organization contoso.onmicrosoft.com `
            -CertificateThumbprint 83213AEAC56D61C97AEE5C1528F4AC5EBA7321C1 |
            Where-Object { $_.Outcome -in 'Failed', 'Rejected' -or $_.RecordType -eq 'Summary' }

        Unattended, from a scheduler: two actions for owners in the whole tenant, and what did not go well.

    .EXAMPLE
        Enable-MailboxAuditAction anna@contoso.example -RestoreDefault -LogonType Admin

        Hands one list of one mailbox back to Microsoft's managed set.

    .EXAMPLE
        Get-MailboxAuditBypassAssociation -ResultSize Unlimited | Where-Object AuditBypassEnabled |
            Enable-MailboxAuditAction -RemoveBypass

        Ends all bypassing, also of accounts without a mailbox.

    .LINK
        Restore-MailboxAuditAction

    .LINK
        Get-NonAuditedMailboxAction

    .LINK
        about_NonAuditedMailbox
    #>
    [CmdletBinding(DefaultParameterSetName = 'Mailbox', SupportsShouldProcess, ConfirmImpact = 'High')]
    [OutputType('NonAuditedMailbox.Remedy', 'NonAuditedMailbox.RemedySummary')]
    param(
        [Parameter(ParameterSetName = 'Mailbox', Position = 0, ValueFromPipeline)]
        [Alias('Mailbox', 'Identity')]
        [object] $InputObject,

        [Parameter(ParameterSetName = 'All', Mandatory)]
        [switch] $All,

        [SupportsWildcards()]
        [string[]] $Action,

        [ValidateSet('Admin', 'Delegate', 'Owner')]
        [string[]] $LogonType,

        [object] $Baseline = 'All',

        [switch] $RestoreDefault,

        [switch] $RemoveBypass,

        [switch] $EnableOrganizationAuditing,

        [string] $AuditLogAgeLimit,

        [ValidateSet('Unknown', 'Standard', 'Premium')]
        [string] $Licence = 'Unknown',

        [ValidateSet('Auto', 'Online', 'Server')]
        [string] $Platform = 'Auto',

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
        $run.Wish = New-NamWish $PSCmdlet $PSBoundParameters
        Assert-NamSubject $PSCmdlet $PSBoundParameters
        $judge = New-NamWishJudge $PSCmdlet $PSBoundParameters
        $entries = [System.Collections.Generic.List[hashtable]]::new()
        # The place of the record is tried before the commands before this one begin.
        if (-not $run.WhatIf) { Open-NamRecord $PSCmdlet $run $RecordPath }
    }

    process {
        if ($PSCmdlet.ParameterSetName -ne 'Mailbox') { return }
        foreach ($item in $InputObject) {
            $entry = New-NamEntry $PSCmdlet $item $judge
            if ($entry.IsResult) { Assert-NamOwnQuestion $PSCmdlet $PSBoundParameters $item }
            $entries.Add($entry)
        }
    }

    end {
        $saved = $null
        try {
            if ($EnableOrganizationAuditing) { Set-NamOrganization $PSCmdlet $run $false }
            if ($All) { $saved = Add-NamTenantEntries $PSCmdlet $run $entries $judge }
            # Nothing is changed before everything is planned.
            $planned = @(Complete-NamEntries $PSCmdlet $run $entries)
            Invoke-NamChanges $PSCmdlet $run $planned ([bool]$Verify) -AskOnce
            New-NamChangeSummary $run
        }
        finally {
            if ($saved) { $saved.Dispose() }
            Complete-NamRun $PSCmdlet $run
        }
    }
}
