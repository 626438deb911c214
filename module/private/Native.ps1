# The native library, and the .NET types around it.
#
# Nothing is compiled: System.Reflection.Emit makes the types in a few milliseconds, where Add-Type takes hundreds.
# They live as long as the process, like the library itself, and all runspaces share them.

# The library's functions: name, what it returns, what it takes. A test holds this against the C header.
#   text     a string; the library gets its length too       value    the same, of whatever a property holds
#   message  a place for a text   out  a place for a handle  numbers  an array of 64-bit integers
#   number   an array with one integer                       texts    an array of pointers
$script:NativeFunctions = @(
    'nam_abi_version      int'
    'nam_package_version  int  message message'
    'nam_text_free        void pointer pointer'
    'nam_catalog          int  message message'
    'nam_bypass_new       int  out message'
    'nam_bypass_add       int  bypass text text text text text message'
    'nam_bypass_find      int  bypass value value value number message'
    'nam_bypass_free      void pointer'
    'nam_judge_new        int  text text int text int int int out message'
    'nam_judge_mailbox    int  judge value value value value value value value int int numbers texts message'
    'nam_judge_free       void pointer'
    'nam_report_new       int  text int int int int int out message'
    'nam_report_add       int  report judge bypass value value value value value value value value value value value value value value value value number message'
    'nam_report_finish    int  report judge bypass message numbers message'
    'nam_report_free      void pointer'
    'nam_reader_new       int  text out message'
    'nam_reader_next      int  reader number message message'
    'nam_reader_free      void pointer'
    'nam_test_panic       int  message'
)

# NAM_ABI_VERSION of the header that this script was written for.
$script:NativeAbiVersion = 1

# The fields of the result classes, by type. Private ones are no properties: reports and exports do not show them.
$script:ResultFields = [ordered]@{
    DisplayName = 'string'; UserPrincipalName = 'string'; PrimarySmtpAddress = 'string'; Guid = 'string'
    RecipientType = 'string'; AuditState = 'string'; Reason = 'string'; AuditEnabled = 'switch'
    AuditBypassEnabled = 'switch'; DefaultAuditSet = 'names'; NonAuditedAdmin = 'names'
    NonAuditedDelegate = 'names'; NonAuditedOwner = 'names'; Unrecognized = 'names'
    AuditLogAgeLimit = 'string'; Remarks = 'string'
    # What it was made of, for a report that shall say the same.
    Mailbox = 'private'; Question = 'private'
}
$script:ActionFields = [ordered]@{
    DisplayName = 'string'; UserPrincipalName = 'string'; PrimarySmtpAddress = 'string'; Guid = 'string'
    RecipientType = 'string'; LogonType = 'string'; Action = 'string'; AuditState = 'string'; Reason = 'string'
    AuditBypassEnabled = 'switch'
}

# What is each object's own, in the order in which Copy() takes it; the rest is shared.
$script:ResultOwn = 'DisplayName', 'UserPrincipalName', 'PrimarySmtpAddress', 'Guid', 'AuditLogAgeLimit', 'Mailbox', 'Question'
$script:ActionOwn = 'LogonType', 'Action'

function Get-NamLibraryPath {
    # Where the library can be, the likeliest place first.
    param([string] $ModuleRoot)
    if ($env:NAM_LIBRARY) { return $env:NAM_LIBRARY }
    $runtime = [System.Runtime.InteropServices.RuntimeInformation]
    # The process counts, not the machine: a 64-bit PowerShell runs on other processors too.
    $architecture = ([string]$runtime::ProcessArchitecture).ToLowerInvariant()
    $platform = [System.Runtime.InteropServices.OSPlatform]
    $system, $file = if ($runtime::IsOSPlatform($platform::Windows)) { 'win', 'non_audited_mailbox.dll' }
    elseif ($runtime::IsOSPlatform($platform::OSX)) { 'osx', 'libnon_audited_mailbox.dylib' }
    else { 'linux', 'libnon_audited_mailbox.so' }
    $systems = if ($system -eq 'linux') { 'linux', 'linux-musl' } else { $system }
    foreach ($name in $systems) {
        [System.IO.Path]::Combine($ModuleRoot, 'runtimes', "$name-$architecture", 'native', $file)
    }
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

function Get-NamNative {
    # The types, made by whichever runspace comes first.
    param([string] $ModuleRoot)
    $library = Find-NamLibrary $ModuleRoot
    $key = "NonAuditedMailbox $script:NativeAbiVersion $library"
    # An interned string is the one object that all runspaces of the process can name.
    $lock = [string]::Intern($key)
    [System.Threading.Monitor]::Enter($lock)
    try {
        $native = [System.AppDomain]::CurrentDomain.GetData($key)
        if ($null -eq $native) {
            $native = New-NamNative $library
            Assert-NamLibrary $native
            [System.AppDomain]::CurrentDomain.SetData($key, $native)
        }
        # Each time: an update replaces the files of a session that goes on with the library it has.
        Assert-NamVersion $native $ModuleRoot
        return $native
    }
    finally { [System.Threading.Monitor]::Exit($lock) }
}

function New-NamNative {
    param([string] $Library)
    $name = [System.Reflection.AssemblyName]::new('NonAuditedMailbox.Dynamic')
    $module = [System.Reflection.Emit.AssemblyBuilder]::DefineDynamicAssembly($name, 'Run').DefineDynamicModule('Main')

    # The frees come first: the handle classes call them, and the other functions take handles.
    $frees = New-NamImports $module 'NonAuditedMailbox.NativeFree' $Library @{} ($NativeFunctions -match '^\w+_free ')
    $handles = @{}
    foreach ($kind in 'bypass', 'judge', 'report', 'reader') {
        $handles[$kind] = New-NamHandle $module $kind $frees.GetMethod("nam_${kind}_free")
    }
    $imports = New-NamImports $module 'NonAuditedMailbox.Native' $Library $handles $NativeFunctions
    $functions = New-NamCalls $module $imports
    $nameList = New-NamNameList $module
    @{
        Library   = $Library
        Functions = $functions
        Handles   = $handles
        NameList  = $nameList
        Result    = New-NamRecord $module 'NonAuditedMailbox.Result' $ResultFields $ResultOwn $nameList $functions.GetMethod('Text')
        Action    = New-NamRecord $module 'NonAuditedMailbox.Action' $ActionFields $ActionOwn $nameList $functions.GetMethod('Text')
        # One list for each distinct text, whoever made it first.
        Lists     = [System.Collections.Concurrent.ConcurrentDictionary[string, object]]::new()
    }
}

function New-NamImports {
    # A static class of P/Invoke methods, bound to the library by its full path.
    param($Module, [string] $TypeName, [string] $Library, [hashtable] $Handles, [string[]] $Functions)
    $types = @{
        void = [void]; int = [int]; pointer = [System.IntPtr]; text = [string], [int]; value = [string], [int]
        number = [int[]]; numbers = [long[]]; texts = [System.IntPtr[]]; message = [System.IntPtr[]]
        out = [System.IntPtr[]]
    } + $Handles
    $class = $Module.DefineType($TypeName, 'Public, Abstract, Sealed')
    foreach ($function in $Functions) {
        $name, $returns, $takes = $function -split ' +'
        $parameters = [type[]]@(foreach ($kind in $takes) { $types[$kind] })
        $method = $class.DefinePInvokeMethod($name, $Library, 'Public, Static, PinvokeImpl', 'Standard',
            $types[$returns], $parameters, 'Cdecl', 'Unicode')
        # Else .NET takes the returned status for an HRESULT.
        $method.SetImplementationFlags('PreserveSig')
    }
    $class.CreateType()
}

function New-NamCalls {
    # The functions as scripts call them: a text is one argument, a value becomes a text on the way. In a script each of
    # them would take as long as the call itself.
    param($Module, [type] $Imports)
    $op = [System.Reflection.Emit.OpCodes]
    $class = $Module.DefineType('NonAuditedMailbox.Calls', 'Public, Abstract, Sealed')
    $text = Add-NamTextMethod $class
    $length = Add-NamLengthMethod $class
    foreach ($function in $NativeFunctions) {
        $name, $null, $takes = $function -split ' +'
        $import = $Imports.GetMethod($name)
        $native = $import.GetParameters()
        $parameters, $at = [System.Collections.Generic.List[type]]::new(), 0
        foreach ($kind in $takes) {
            $parameters.Add($(if ($kind -eq 'value') { [object] } else { $native[$at].ParameterType }))
            $at += if ($kind -in 'text', 'value') { 2 } else { 1 }
        }
        $il = $class.DefineMethod($name, 'Public, Static', $import.ReturnType, $parameters.ToArray()).GetILGenerator()
        for ($at = 0; $at -lt $parameters.Count; $at++) {
            $il.Emit($op::Ldarg_S, [byte]$at)
            if ($takes[$at] -eq 'value') {
                $il.Emit($op::Call, $text)
                $il.Emit($op::Dup)
            }
            elseif ($takes[$at] -eq 'text') { $il.Emit($op::Dup) }
            if ($takes[$at] -in 'text', 'value') { $il.Emit($op::Call, $length) }
        }
        $il.Emit($op::Call, $import)
        $il.Emit($op::Ret)
    }
    $class.CreateType()
}

function Add-NamTextMethod {
    # Text(value): null of null, a string itself, the joined names of a list, and the text of anything else.
    param($Class)
    $op = [System.Reflection.Emit.OpCodes]
    $enumerable = [System.Collections.IEnumerable]
    $cast = [System.Linq.Enumerable].GetMethod('Cast').MakeGenericMethod([object])
    $join = [string].GetMethods() | Where-Object { $_.Name -eq 'Join' -and $_.IsGenericMethodDefinition } |
        Where-Object { $_.GetParameters()[0].ParameterType -eq [string] }
    $join = @($join)[0].MakeGenericMethod([object])
    $method = $Class.DefineMethod('Text', 'Public, Static', [string], [type[]]@([object]))
    $il = $method.GetILGenerator()
    $null = $il.DeclareLocal([object])
    $null = $il.DeclareLocal([System.Collections.Generic.IEnumerable[object]])
    $other, $bare, $list, $absent = $il.DefineLabel(), $il.DefineLabel(), $il.DefineLabel(), $il.DefineLabel()

    $il.Emit($op::Ldarg_0); $il.Emit($op::Brfalse, $absent)
    # What PowerShell wrapped is looked at without the wrapping.
    $il.Emit($op::Ldarg_0); $il.Emit($op::Stloc_0)
    $il.Emit($op::Ldarg_0); $il.Emit($op::Isinst, [psobject]); $il.Emit($op::Brfalse, $bare)
    $il.Emit($op::Ldarg_0); $il.Emit($op::Castclass, [psobject])
    $il.Emit($op::Call, [psobject].GetProperty('BaseObject').GetGetMethod()); $il.Emit($op::Stloc_0)

    $il.MarkLabel($bare)
    $il.Emit($op::Ldloc_0); $il.Emit($op::Isinst, [string]); $il.Emit($op::Brtrue, $other)
    $il.Emit($op::Ldloc_0); $il.Emit($op::Isinst, $enumerable); $il.Emit($op::Brtrue, $list)

    $il.MarkLabel($other)
    $il.Emit($op::Ldarg_0); $il.Emit($op::Callvirt, [object].GetMethod('ToString')); $il.Emit($op::Ret)

    $il.MarkLabel($list)
    $il.Emit($op::Ldloc_0); $il.Emit($op::Castclass, $enumerable); $il.Emit($op::Call, $cast); $il.Emit($op::Stloc_1)
    $il.Emit($op::Ldstr, ','); $il.Emit($op::Ldloc_1); $il.Emit($op::Call, $join); $il.Emit($op::Ret)

    $il.MarkLabel($absent)
    $il.Emit($op::Ldnull); $il.Emit($op::Ret)
    $method
}

function Add-NamLengthMethod {
    # Length(text): -1 of null, which is what the library takes for absent.
    param($Class)
    $op = [System.Reflection.Emit.OpCodes]
    $method = $Class.DefineMethod('Length', 'Public, Static', [int], [type[]]@([string]))
    $il = $method.GetILGenerator()
    $absent = $il.DefineLabel()
    $il.Emit($op::Ldarg_0); $il.Emit($op::Brfalse, $absent)
    $il.Emit($op::Ldarg_0); $il.Emit($op::Callvirt, [string].GetProperty('Length').GetGetMethod()); $il.Emit($op::Ret)
    $il.MarkLabel($absent)
    $il.Emit($op::Ldc_I4_M1); $il.Emit($op::Ret)
    $method
}

function New-NamHandle {
    # A handle that frees itself when it is forgotten: a pipeline may stop before our end block.
    param($Module, [string] $Kind, $Free)
    $op = [System.Reflection.Emit.OpCodes]
    $base = [object].Assembly.GetType('Microsoft.Win32.SafeHandles.SafeHandleZeroOrMinusOneIsInvalid')
    $flags = [System.Reflection.BindingFlags]'Instance, NonPublic, Public'
    $class = $Module.DefineType("NonAuditedMailbox.$Kind.Handle", 'Public, Sealed', $base)

    $il = $class.DefineConstructor('Public', 'Standard', [type[]]@([System.IntPtr])).GetILGenerator()
    $il.Emit($op::Ldarg_0); $il.Emit($op::Ldc_I4_1)
    $il.Emit($op::Call, $base.GetConstructor($flags, $null, [type[]]@([bool]), $null))
    $il.Emit($op::Ldarg_0); $il.Emit($op::Ldarg_1)
    $il.Emit($op::Call, $base.GetMethod('SetHandle', $flags)); $il.Emit($op::Ret)

    $il = $class.DefineMethod('ReleaseHandle', 'Family, Virtual, HideBySig', [bool], [type]::EmptyTypes).GetILGenerator()
    $il.Emit($op::Ldarg_0); $il.Emit($op::Ldfld, $base.GetField('handle', $flags))
    $il.Emit($op::Call, $Free); $il.Emit($op::Ldc_I4_1); $il.Emit($op::Ret)
    $class.CreateType()
}

function New-NamNameList {
    # A read-only list of names that prints as its text, so that Export-Csv and "$list" give names.
    param($Module)
    $op = [System.Reflection.Emit.OpCodes]
    $base = [System.Collections.ObjectModel.ReadOnlyCollection[string]]
    $class = $Module.DefineType('NonAuditedMailbox.NameList', 'Public, Sealed', $base)
    $text = $class.DefineField('text', [string], 'Private')

    $takes = [type[]]@([System.Collections.Generic.IList[string]], [string])
    $il = $class.DefineConstructor('Public', 'Standard', $takes).GetILGenerator()
    $il.Emit($op::Ldarg_0); $il.Emit($op::Ldarg_1)
    $il.Emit($op::Call, $base.GetConstructor([type[]]@([System.Collections.Generic.IList[string]])))
    $il.Emit($op::Ldarg_0); $il.Emit($op::Ldarg_2); $il.Emit($op::Stfld, $text); $il.Emit($op::Ret)

    $il = $class.DefineMethod('ToString', 'Public, Virtual, HideBySig', [string], [type]::EmptyTypes).GetILGenerator()
    $il.Emit($op::Ldarg_0); $il.Emit($op::Ldfld, $text); $il.Emit($op::Ret)
    $class.CreateType()
}

function New-NamRecord {
    # A class of public fields. Copy() makes the next object of one that has all but the object's own fields set.
    # What it takes for a text may be of any type.
    param($Module, [string] $TypeName, $Fields, [string[]] $Own, [type] $NameList, [System.Reflection.MethodInfo] $Text)
    $op = [System.Reflection.Emit.OpCodes]
    $types = @{ string = [string]; switch = [System.Nullable[bool]]; names = $NameList; private = [object] }
    $class = $Module.DefineType($TypeName, 'Public, Sealed')
    $null = $class.DefineDefaultConstructor('Public')
    $made = @{}
    foreach ($field in $Fields.Keys) {
        $kind = $Fields[$field]
        $access = if ($kind -eq 'private') { 'Private' } else { 'Public' }
        $made[$field] = $class.DefineField($field, $types[$kind], $access)
        if ($kind -ne 'private') { continue }
        $il = $class.DefineMethod("Get$field", 'Public, HideBySig', [object], [type]::EmptyTypes).GetILGenerator()
        $il.Emit($op::Ldarg_0); $il.Emit($op::Ldfld, $made[$field]); $il.Emit($op::Ret)
    }
    $takes = [type[]]@(foreach ($field in $Own) { [object] })
    $il = $class.DefineMethod('Copy', 'Public, HideBySig', $class, $takes).GetILGenerator()
    $il.Emit($op::Ldarg_0)
    $il.Emit($op::Call, [object].GetMethod('MemberwiseClone', [System.Reflection.BindingFlags]'Instance, NonPublic'))
    $il.Emit($op::Castclass, $class)
    for ($at = 0; $at -lt $Own.Count; $at++) {
        $il.Emit($op::Dup); $il.Emit($op::Ldarg_S, [byte]($at + 1))
        if ($Fields[$Own[$at]] -eq 'string') {
            $il.Emit($op::Call, $Text)
            $il.Emit($op::Ldstr, ''); $il.Emit($op::Call, [string].GetMethod('Concat', [type[]]@([string], [string])))
        }
        $il.Emit($op::Stfld, $made[$Own[$at]])
    }
    $il.Emit($op::Ret)
    $class.CreateType()
}

function Assert-NamLibrary {
    # Another library at that path would read our arguments wrongly: better not to go on.
    param($Native)
    try { $abi = $Native.Functions::nam_abi_version() }
    catch {
        throw [System.BadImageFormatException]::new(
            "NonAuditedMailbox cannot use its native library $($Native.Library): " +
            "$($_.Exception.GetBaseException().Message) Build the module on this kind of machine " +
            '(cargo run --release -- module).')
    }
    if ($abi -ne $script:NativeAbiVersion) {
        throw [System.BadImageFormatException]::new(
            "The native library $($Native.Library) has interface version $abi, but this module needs version " +
            "$script:NativeAbiVersion. Install module and library together (cargo run --release -- module), then " +
            'start a new session.')
    }
}

function Assert-NamVersion {
    # A library of another version may give other answers than the scripts and their help promise.
    param($Native, [string] $ModuleRoot)
    $text, $message = [System.IntPtr[]]::new(2), [System.IntPtr[]]::new(2)
    $null = $Native.Functions::nam_package_version($text, $message)
    $version = [System.Runtime.InteropServices.Marshal]::PtrToStringUni($text[0], $text[1].ToInt64())
    $Native.Functions::nam_text_free($text[0], $text[1])
    # While a module is being imported it does not know its own version yet.
    $manifest = [System.IO.File]::ReadAllText([System.IO.Path]::Combine($ModuleRoot, 'NonAuditedMailbox.psd1'))
    $expected = [regex]::Match($manifest, "(?m)^ *ModuleVersion *= *'([^']*)'").Groups[1].Value
    if ($version.Split('-')[0] -ne $expected) {
        throw [System.BadImageFormatException]::new(
            "The native library $($Native.Library) is of version $version, but this module of version $expected. " +
            'Install module and library together (cargo run --release -- module), then start a new session.')
    }
}

function Get-NamText {
    # Takes a text that the library made: copied, then freed. $At is the place of its pointer; the length follows.
    param([System.IntPtr[]] $From, [int] $At = 0)
    $length = $From[$At + 1].ToInt64()
    if ($length -eq 0) { return '' }
    try { [System.Runtime.InteropServices.Marshal]::PtrToStringUni($From[$At], $length) }
    finally { $script:Native.Functions::nam_text_free($From[$At], $From[$At + 1]) }
}

function New-NamErrorRecord {
    param([string] $Id, [string] $Message, [System.Management.Automation.ErrorCategory] $Category, $Target)
    [System.Management.Automation.ErrorRecord]::new(
        [System.InvalidOperationException]::new($Message), "NonAuditedMailbox.$Id", $Category, $Target)
}

# What a status of the library means here. The numbers are those of the C header.
$script:StatusErrors = @{
    1 = 'BadCall', 'InvalidArgument'; 2 = 'BadCall', 'InvalidArgument'; 3 = 'BadCall', 'InvalidArgument'
    4 = 'InternalError', 'NotSpecified'; 100 = 'BadBaseline', 'InvalidArgument'
    101 = 'NothingAsked', 'InvalidArgument'; 200 = 'BadBypassAssociation', 'InvalidData'
    300 = 'NoReport', 'WriteError'; 301 = 'OtherQuestion', 'InvalidArgument'; 302 = 'NoExport', 'ReadError'
}

function New-NamStatusError {
    # The error of a failed call, with the library's message.
    param([int] $Status, [System.IntPtr[]] $Message, $Target)
    $id, $category = $StatusErrors[$Status]
    if ($null -eq $id) { $id, $category = 'Failed', 'NotSpecified' }
    New-NamErrorRecord $id (Get-NamText $Message) $category $Target
}

function Assert-NamStatus {
    # Ends the command where a call failed.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [int] $Status, [System.IntPtr[]] $Message, $Target)
    if ($Status -ne 0) { $Cmdlet.ThrowTerminatingError((New-NamStatusError $Status $Message $Target)) }
}
