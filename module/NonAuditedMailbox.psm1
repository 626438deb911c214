# NonAuditedMailbox: which mailbox actions are not audited, for whom, and why. See about_NonAuditedMailbox.

# The caller's strict mode would reach in here: a property that an object lacks must read as $null.
Set-StrictMode -Version 1

. "$PSScriptRoot/private/Native.ps1"
. "$PSScriptRoot/private/Question.ps1"
. "$PSScriptRoot/private/Verdict.ps1"
. "$PSScriptRoot/private/Report.ps1"
. "$PSScriptRoot/private/Connection.ps1"
. "$PSScriptRoot/private/Completion.ps1"
. "$PSScriptRoot/public/Export-NonAuditedMailboxAction.ps1"
. "$PSScriptRoot/public/Get-MailboxAuditActionCatalog.ps1"
. "$PSScriptRoot/public/Get-NonAuditedMailboxAction.ps1"

$script:Native = Get-NamNative $PSScriptRoot
