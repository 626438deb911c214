# NonAuditedMailbox: which mailbox actions are not audited, for whom, and why. See about_NonAuditedMailbox.
#
# Staging puts the text of the scripts that are named here in the place of their lines, since one file is read several times
# faster than many, and the other scripts of private/ into private.ps1: src/stage.rs. Initialize-NamNative, with which every
# command begins, reads that.

# The caller's strict mode would reach in here: a property that an object lacks must read as $null.
Set-StrictMode -Version 1

# The library has to be of it. While a module is being imported it does not know its own version yet.
$script:ModuleVersion = '{version}'
# NAM_ABI_VERSION of the header that the scripts were written for.
$script:NativeAbiVersion = 1
# What only a library of both these versions has.
$script:LibrarySymbol = "NAM_ABI_${script:NativeAbiVersion}_VERSION_{version_}"

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

# The native library. The process counts, not the machine: a 64-bit PowerShell runs on other processors too. Windows PowerShell
# knows one system only, and no variables for others.
#
# Not in a function, and with few kinds of steps: PowerShell takes milliseconds for each that a process takes the first time.
# What is not as usual is left to Resolve-NamLibrary: Windows PowerShell, musl, and all that goes wrong.
$architecture = "$([System.Runtime.InteropServices.RuntimeInformation]::ProcessArchitecture)".ToLowerInvariant()
$script:Library = "$PSScriptRoot\runtimes\win-$architecture\native\non_audited_mailbox.dll"
$isCore = $PSEdition -eq 'Core'
if ($isCore) {
    if ($IsLinux) { $script:Library = "$PSScriptRoot/runtimes/linux-$architecture/native/libnon_audited_mailbox.so" }
    elseif ($IsMacOS) { $script:Library = "$PSScriptRoot/runtimes/osx-$architecture/native/libnon_audited_mailbox.dylib" }
}
if ($env:NAM_LIBRARY) { $script:Library = [System.IO.Path]::GetFullPath($env:NAM_LIBRARY) }
$isUsual = $false
if ($isCore) {
    try {
        # Windows PowerShell has no such type.
        $loader = [type]'System.Runtime.InteropServices.NativeLibrary'
        $null = $loader::GetExport($loader::Load($script:Library), $script:LibrarySymbol)
        $isUsual = $true
    }
    catch { }
}
if (-not $isUsual) { $script:Library = Resolve-NamLibrary $script:Library }
