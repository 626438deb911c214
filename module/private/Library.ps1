# The native library: where it is, and whether it is the one that this module was made with. Import runs no more than this:
# PowerShell takes a millisecond and more for each place that calls .NET the first time.

# NAM_ABI_VERSION of the header that the scripts were written for.
$script:NativeAbiVersion = 1

function Get-NamLibraryPath {
    # Where the library can be, the likeliest place first.
    param([string] $ModuleRoot)
    if ($env:NAM_LIBRARY) { return $env:NAM_LIBRARY }
    # The process counts, not the machine: a 64-bit PowerShell runs on other processors too.
    $architecture = "$([System.Runtime.InteropServices.RuntimeInformation]::ProcessArchitecture)".ToLowerInvariant()
    # Windows PowerShell does not know $IsWindows, and knows one system only.
    $systems, $file = if ($PSVersionTable.PSEdition -ne 'Core' -or $IsWindows) { 'win', 'non_audited_mailbox.dll' }
    elseif ($IsMacOS) { 'osx', 'libnon_audited_mailbox.dylib' }
    else { ('linux', 'linux-musl'), 'libnon_audited_mailbox.so' }
    foreach ($system in $systems) { "$ModuleRoot/runtimes/$system-$architecture/native/$file" }
}

function Find-NamLibrary {
    param([string] $ModuleRoot)
    $paths = @(Get-NamLibraryPath $ModuleRoot)
    foreach ($path in $paths) { if ([System.IO.File]::Exists($path)) { return [System.IO.Path]::GetFullPath($path) } }
    throw [System.IO.FileNotFoundException]::new(
        "NonAuditedMailbox has no native library for this platform. Searched: $($paths -join ', '). " +
        'Build the module on this kind of machine (cargo run --release -- module), or set the environment ' +
        'variable NAM_LIBRARY to the path of the library.')
}

function Assert-NamLibrary {
    # Another interface would read our arguments wrongly, another version may give other answers than the scripts and their
    # help promise.
    param([string] $Library)
    try {
        # Looking for a symbol takes a fraction of what the first emitted method takes, but only PowerShell 7 can do it.
        if ($PSVersionTable.PSEdition -eq 'Core') {
            $loader = [type]'System.Runtime.InteropServices.NativeLibrary'
            # What it depends on is looked for as the methods look for it later: beside it, in the program's folder, in the
            # system's.
            $search = 'UseDllDirectoryForDependencies, SafeDirectories'
            $handle = $loader::Load($Library, [psobject].Assembly, $search)
            # The symbol's name says both versions.
            $symbol = "NAM_ABI_$($script:NativeAbiVersion)_VERSION_" + $script:ModuleVersion.Replace('.', '_')
            $null = $loader::GetExport($handle, $symbol)
            return
        }
        Import-NamPrivate
        $abi, $version = Get-NamLibraryVersion (Get-NamNative)
    }
    catch [System.EntryPointNotFoundException] {
        $abi = 'another'
        try {
            $version = [System.Runtime.InteropServices.Marshal]::PtrToStringAnsi($loader::GetExport($handle, 'NAM_VERSION'))
            $version = $version.Split('-')[0]
        }
        catch { $version = 'unknown' }
    }
    catch {
        throw [System.BadImageFormatException]::new(
            "NonAuditedMailbox cannot use its native library ${Library}: $($_.Exception.GetBaseException().Message) " +
            'Build the module on this kind of machine (cargo run --release -- module).')
    }
    if ($version -ne $script:ModuleVersion) { $found, $needed = "version $version", $script:ModuleVersion }
    elseif ($abi -ne $script:NativeAbiVersion) { $found, $needed = "interface version $abi", $script:NativeAbiVersion }
    else { return }
    throw [System.BadImageFormatException]::new(
        "The native library $Library has $found, but this module needs $needed. Install module and library together " +
        '(cargo run --release -- module), then start a new session.')
}

function Get-NamNative {
    # What all runspaces of the process share, made by whichever comes first.
    $key = "NonAuditedMailbox $script:NativeAbiVersion $script:ModuleVersion $script:Library"
    # An interned string is the one object that all runspaces of the process can name.
    $lock = [string]::Intern($key)
    [System.Threading.Monitor]::Enter($lock)
    try {
        $native = [System.AppDomain]::CurrentDomain.GetData($key)
        if ($null -eq $native) {
            $native = @{ Library = $script:Library; Lock = $lock }
            [System.AppDomain]::CurrentDomain.SetData($key, $native)
        }
        return $native
    }
    finally { [System.Threading.Monitor]::Exit($lock) }
}

function Import-NamPrivate {
    # Reads the scripts that no import needs. Staging made one file of them, whose functions belong to the module wherever it
    # is read.
    if ($script:HasPrivate) { return }
    . "$PSScriptRoot/private.ps1"
    $script:HasPrivate = $true
}

function Initialize-NamNative {
    # Every command begins with it: the other scripts, and the types that they need.
    if ($null -ne $script:Native) { return }
    Import-NamPrivate
    $native = Get-NamNative
    [System.Threading.Monitor]::Enter($native.Lock)
    try { Initialize-NamTypes $native }
    finally { [System.Threading.Monitor]::Exit($native.Lock) }
    $script:Native = $native
}
