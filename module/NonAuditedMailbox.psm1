# NonAuditedMailbox: which mailbox actions are not audited, for whom, and why. See about_NonAuditedMailbox.
#
# Staging puts the text of the scripts that are named here in the place of their lines, since one file is read several times
# faster than many, and the other scripts of private/ into private.ps1: src/stage.rs. Initialize-NamNative, with which every
# command begins, reads that.

# The caller's strict mode would reach in here: a property that an object lacks must read as $null.
Set-StrictMode -Version 1

# The library has to be of it. While a module is being imported it does not know its own version yet.
$script:ModuleVersion = '{version}'

. "$PSScriptRoot/private/Library.ps1"
. "$PSScriptRoot/private/Completion.ps1"
. "$PSScriptRoot/public/Compare-NonAuditedMailboxAction.ps1"
. "$PSScriptRoot/public/Enable-MailboxAuditAction.ps1"
. "$PSScriptRoot/public/Export-NonAuditedMailboxAction.ps1"
. "$PSScriptRoot/public/Get-MailboxAuditActionCatalog.ps1"
. "$PSScriptRoot/public/Get-NonAuditedMailboxAction.ps1"
. "$PSScriptRoot/public/Invoke-NonAuditedMailboxReport.ps1"
. "$PSScriptRoot/public/Restore-MailboxAuditAction.ps1"

$script:Native = $null
$script:HasPrivate = $false
$script:Library = Find-NamLibrary $PSScriptRoot
Assert-NamLibrary $script:Library
