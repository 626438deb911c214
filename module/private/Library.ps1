# The native library, where the root module does not find it at once, and what every command begins with.

function Resolve-NamLibrary {
    # The library's place, or one error that says why there is none.
    param([string] $Usual)
    $paths = @($Usual)
    # A Linux with another C library, such as Alpine.
    if ($Usual -like '*/runtimes/linux-*' -and -not $env:NAM_LIBRARY) {
        $paths += $Usual.Replace('/runtimes/linux-', '/runtimes/linux-musl-')
    }
    $failure = [System.IO.FileNotFoundException]::new(
        "NonAuditedMailbox has no native library for this platform. Searched: $($paths -join ', '). " +
        'Build the module on this kind of machine (cargo run --release -- module), or set the environment ' +
        'variable NAM_LIBRARY to the path of the library.')
    foreach ($path in $paths) {
        if (-not [System.IO.File]::Exists($path)) { continue }
        try {
            Assert-NamLibrary $path
            return $path
        }
        catch { $failure = $_ }
    }
    throw $failure
}

function Assert-NamLibrary {
    # Another interface would read our arguments wrongly, another version may give other answers than the scripts and their
    # help promise.
    param([string] $Library)
    try {
        Import-NamPrivate
        $abi, $version = Get-NamLibraryVersion (Get-NamNative $Library)
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
    param([string] $Library)
    $key = "NonAuditedMailbox $script:NativeAbiVersion $script:ModuleVersion $Library"
    # An interned string is the one object that all runspaces of the process can name.
    $lock = [string]::Intern($key)
    [System.Threading.Monitor]::Enter($lock)
    try {
        $native = [System.AppDomain]::CurrentDomain.GetData($key)
        if ($null -eq $native) {
            $native = @{ Library = $Library; Lock = $lock }
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
    $native = Get-NamNative $script:Library
    [System.Threading.Monitor]::Enter($native.Lock)
    try { Initialize-NamTypes $native }
    finally { [System.Threading.Monitor]::Exit($native.Lock) }
    $script:Native = $native
}
