function Invoke-NonAuditedMailboxReport {
    <#
    .SYNOPSIS
        Connects to Exchange, reads the whole tenant once, and writes which mailbox actions are not audited.

    .DESCRIPTION
        The whole job in one command, at a prompt or unattended: it uses the connection that is open, or signs in and
        disconnects again; reads the organisation, who bypasses auditing, and all mailboxes with one call each; writes one
        or several reports of what it read; and gives one summary object.

        Unattended it asks nothing and opens no window: what would need an answer is an error. Every failure is a
        terminating error, so that a scheduler sees an exit code other than zero. So is a report that is incomplete, because
        something could not be read or judged, unless -AllowIncomplete is given; it is still written, and says so, but never
        replaces an older file without -Force. What was not read is unknown in the report, never audited.

        Throttling and failures that pass are waited for, as long as the server asks, and the read is begun again.

    .PARAMETER Path
        The file to write, or an existing folder. Without it the report goes to the current folder, under a name with date
        and time such as NonAuditedMailboxActions_2026-11-23_0915.csv. With several formats each gets its extension.

    .PARAMETER Format
        One or several of Csv, Json, Ndjson and Html, all from one read. Without it the extension of -Path tells, or it is Csv.

    .PARAMETER SaveInput
        A file that keeps what was read (JSON lines), of which -InputPath, Get-NonAuditedMailboxAction -Path and the program
        nam make the same report later, on any machine.

    .PARAMETER InputPath
        Files that were read before, with -SaveInput or as exports of mailboxes (CLIXML, JSON, CSV). Nothing is connected.

    .PARAMETER UserPrincipalName
        The account to sign in with, in a window of the browser, with multi-factor authentication where it is asked for.

    .PARAMETER Device
        Signs in with a code on another device. PowerShell 7 only.

    .PARAMETER AppId
        The application to sign in as, with a certificate: it needs the application permission Exchange.ManageAsApp and a
        role such as Global Reader.

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

    .PARAMETER Native
        Reads the tenant without the ExchangeOnlineManagement module: faster, and where that module is not at hand. It uses the
        endpoint behind the Exchange cmdlets, which Microsoft does not document for others and may change. Needs -Organization,
        and -CertificateFilePath (PEM or PFX) with -AppId, -AccessToken, or -ManagedIdentity. Group mailboxes are not read.

    .PARAMETER DelegatedOrganization
        The tenant of a customer, for partners.

    .PARAMETER ExchangeEnvironmentName
        The cloud, where it is not the worldwide one.

    .PARAMETER InstallModule
        Installs ExchangeOnlineManagement for the current user if it is missing, without asking.

    .PARAMETER IncludeGroupMailbox
        Reads the mailboxes of Microsoft 365 groups too, with one call more.

    .PARAMETER RecipientTypeDetails
        Reads mailboxes of these types only, such as UserMailbox and SharedMailbox.

    .PARAMETER Filter
        Reads the mailboxes that match this filter of Exchange (OPATH) only.

    .PARAMETER Identity
        Reads this mailbox only.

    .PARAMETER Baseline
        What ought to be audited: All (everything that the catalogue says can be audited; the default), Default (what
        Microsoft audits by itself), Cis7 (CIS Microsoft 365 Foundations 7.0, 6.1.2), the path of a JSON file, or a
        hashtable such as @{ Admin = 'HardDelete'; Delegate = 'SendAs'; Owner = 'MailboxLogin', 'Move' }.

    .PARAMETER LogonType
        Asks about these logon types only: Admin, Delegate, Owner.

    .PARAMETER Action
        Asks about these actions only, by name or pattern (*, ?, [ab]).

    .PARAMETER Licence
        What the tenant is licensed for. The sources disagree on whether MailItemsAccessed, Send and
        SearchQueryInitiated still need Audit (Premium). Unknown shows them as gaps with a remark, Standard not as gaps
        but in a remark, Premium as gaps like others.

    .PARAMETER Platform
        Whose rules hold: Auto tells it from each mailbox; Online and Server say it for mailboxes that lack
        DefaultAuditSet and AdminDisplayVersion.

    .PARAMETER Columns
        The columns of a CSV: All, or Classic, the first six alone.

    .PARAMETER OnlyGap
        Leaves out the mailboxes whose state is Audited. Unknown ones stay.

    .PARAMETER Expand
        Writes a row for each missing action.

    .PARAMETER NoClobber
        Leaves existing files alone.

    .PARAMETER Force
        Lets an incomplete report replace an existing file too.

    .PARAMETER AllowIncomplete
        Makes an incomplete report a warning instead of an error.

    .PARAMETER FailOnGap
        Makes it an error when a mailbox is not audited as the baseline asks. The report is written before.

    .PARAMETER PassThru
        Gives the results, as Get-NonAuditedMailboxAction does, in place of the summary.

    .INPUTS
        None.

    .OUTPUTS
        NonAuditedMailbox.ReportSummary, or with -PassThru NonAuditedMailbox.Result or NonAuditedMailbox.Action.

    .EXAMPLE
        Invoke-NonAuditedMailboxReport

        Signs in, unless there is a connection, and writes the report of the tenant into the current folder.

    .EXAMPLE
        Invoke-NonAuditedMailboxReport -Path C:\Reports -Format Csv, Json -IncludeGroupMailbox -Baseline Cis7 `
            -AppId 36ee4c6c-0812-40a2-b820-b22ebd02bce3 -Organization contoso.onmicrosoft.com `
            -CertificateThumbprint 83213AEAC56D61C97AEE5C1528F4AC5EBA7321C1

        Unattended on Windows: two files in a folder, from one read. The certificate with its private key is in the store of
        the account that the task runs as, or of the computer.

    .EXAMPLE
        $credential = Import-Clixml C:\Tasks\report.credential
        Invoke-NonAuditedMailboxReport -Path report.csv -Credential $credential -FailOnGap

        A credential that the same account saved before, on the same machine, with Get-Credential | Export-Clixml: Windows
        encrypts it for that account; other systems do not. The command ends with an error where something is not audited.

    .EXAMPLE
        Invoke-NonAuditedMailboxReport -Path report.csv -SaveInput input.jsonl
        Invoke-NonAuditedMailboxReport -InputPath input.jsonl -Path owners.csv -LogonType Owner -OnlyGap

        Reads the tenant once, and asks again later without connecting.

    .EXAMPLE
        Invoke-NonAuditedMailboxReport -ManagedIdentity -Organization contoso.onmicrosoft.com -PassThru |
            Where-Object AuditState -ne 'Audited'

        In an Azure Automation runbook, with the results.

    .EXAMPLE
        Invoke-NonAuditedMailboxReport -Native -Path report.csv -Organization contoso.onmicrosoft.com `
            -AppId 36ee4c6c-0812-40a2-b820-b22ebd02bce3 -CertificateFilePath app.pfx -CertificatePassword $password

        Reads the tenant over the endpoint behind the cmdlets, in a container that has no ExchangeOnlineManagement module.

    .LINK
        Get-NonAuditedMailboxAction

    .LINK
        Export-NonAuditedMailboxAction

    .LINK
        about_NonAuditedMailbox
    #>
    [CmdletBinding(DefaultParameterSetName = 'Interactive', SupportsShouldProcess)]
    [OutputType('NonAuditedMailbox.ReportSummary', 'NonAuditedMailbox.Result', 'NonAuditedMailbox.Action')]
    param(
        # What a way to sign in needs is not mandatory, but checked by the command: PowerShell asks for mandatory parameters
        # that are missing, and unattended nobody would answer.
        [Parameter(Position = 0)]
        [string] $Path,

        [ValidateSet('Csv', 'Json', 'Ndjson', 'Html')]
        [string[]] $Format,

        [string] $SaveInput,

        [Parameter(ParameterSetName = 'Input', Mandatory)]
        [string[]] $InputPath,

        [Parameter(ParameterSetName = 'Interactive')]
        [Parameter(ParameterSetName = 'AccessToken')]
        [string] $UserPrincipalName,

        [Parameter(ParameterSetName = 'Interactive')]
        [switch] $Device,

        [Parameter(ParameterSetName = 'Thumbprint')]
        [Parameter(ParameterSetName = 'CertificateFile')]
        [Parameter(ParameterSetName = 'Certificate')]
        [string] $AppId,

        [Parameter(ParameterSetName = 'Thumbprint')]
        [Parameter(ParameterSetName = 'CertificateFile')]
        [Parameter(ParameterSetName = 'Certificate')]
        [Parameter(ParameterSetName = 'ManagedIdentity')]
        [Parameter(ParameterSetName = 'AccessToken')]
        [string] $Organization,

        [Parameter(ParameterSetName = 'Thumbprint')]
        [string] $CertificateThumbprint,

        [Parameter(ParameterSetName = 'CertificateFile', Mandatory)]
        [string] $CertificateFilePath,

        [Parameter(ParameterSetName = 'CertificateFile')]
        [securestring] $CertificatePassword,

        [Parameter(ParameterSetName = 'Certificate', Mandatory)]
        [System.Security.Cryptography.X509Certificates.X509Certificate2] $Certificate,

        [Parameter(ParameterSetName = 'Credential', Mandatory)]
        [pscredential] $Credential,

        [Parameter(ParameterSetName = 'Password', Mandatory)]
        [string] $UserName,

        [Parameter(ParameterSetName = 'Password')]
        [securestring] $Password,

        [Parameter(ParameterSetName = 'ManagedIdentity', Mandatory)]
        [switch] $ManagedIdentity,

        [Parameter(ParameterSetName = 'ManagedIdentity')]
        [string] $ManagedIdentityAccountId,

        [Parameter(ParameterSetName = 'AccessToken', Mandatory)]
        [securestring] $AccessToken,

        [Parameter(ParameterSetName = 'CertificateFile')]
        [Parameter(ParameterSetName = 'ManagedIdentity')]
        [Parameter(ParameterSetName = 'AccessToken')]
        [switch] $Native,

        [string] $DelegatedOrganization,

        [ValidateSet('O365Default', 'O365China', 'O365USGovGCCHigh', 'O365USGovDoD', 'O365GermanyCloud')]
        [string] $ExchangeEnvironmentName,

        [switch] $InstallModule,

        [switch] $IncludeGroupMailbox,

        [string[]] $RecipientTypeDetails,

        [string] $Filter,

        [string] $Identity,

        [object] $Baseline = 'All',

        [ValidateSet('Admin', 'Delegate', 'Owner')]
        [string[]] $LogonType,

        [SupportsWildcards()]
        [string[]] $Action,

        [ValidateSet('Unknown', 'Standard', 'Premium')]
        [string] $Licence = 'Unknown',

        [ValidateSet('Auto', 'Online', 'Server')]
        [string] $Platform = 'Auto',

        [ValidateSet('All', 'Classic')]
        [string] $Columns = 'All',

        [switch] $OnlyGap,

        [switch] $Expand,

        [switch] $NoClobber,

        [switch] $Force,

        [switch] $AllowIncomplete,

        [switch] $FailOnGap,

        [switch] $PassThru
    )
    Initialize-NamNative
    try { Invoke-NamReportJob $PSBoundParameters }
    catch {
        # An error of this command's own $PSCmdlet would end one statement of a script: the script would go on, and its exit
        # code be that of success. What is thrown ends the script too, whatever the caller's preference.
        $ErrorActionPreference = 'Stop'
        throw (Copy-NamError $_ 'Invoke-NonAuditedMailboxReport')
    }
}
