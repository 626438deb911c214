# The native library, and the .NET types around it.
#
# Nothing is compiled: System.Reflection.Emit makes the types in a few milliseconds, where Add-Type takes hundreds.
# They live as long as the process, like the library itself, and all runspaces share them.

# The library's functions: name, what it returns, what it takes. A test holds this against the C header.
#   text     a string; the library gets its length too       value    the same, of whatever a property holds
#   message  a place for a text   out  a place for a handle  numbers  an array of 64-bit integers
#   number   an array with one integer                       texts    an array of pointers
#   mailbox  an array of the texts of MailboxProperties, which Read() fills
$script:NativeFunctions = @(
    'nam_abi_version      int'
    'nam_package_version  int  message message'
    'nam_text_free        void pointer pointer'
    'nam_catalog          int  message message'
    'nam_bypass_new       int  out message'
    'nam_bypass_add       int  bypass text text text text text message'
    'nam_bypass_free      void pointer'
    'nam_judge_new        int  text text int text int int int out message'
    'nam_judge_mailbox    int  judge bypass mailbox numbers texts message'
    'nam_judge_free       void pointer'
    'nam_report_new       int  text int int int int int out message'
    'nam_report_add       int  report judge bypass mailbox number message'
    'nam_report_read      int  report judge bypass text message'
    'nam_report_read_input int report judge bypass input message'
    'nam_report_problem   int  report judge bypass text message'
    'nam_report_finish    int  report judge bypass message numbers message message'
    'nam_report_free      void pointer'
    'nam_reader_new       int  text out message'
    'nam_reader_next      int  reader number message message'
    'nam_reader_free      void pointer'
    'nam_drift_new        int  text text text text int text int int out message'
    'nam_drift_next       int  drift number message message'
    'nam_drift_free       void pointer'
    'nam_collect_start    int  text text out message'
    'nam_collect_poll     int  collect int number numbers numbers message message'
    'nam_collect_stop     int  collect message'
    'nam_collect_finish   int  collect input message message'
    'nam_collect_free     void pointer'
    'nam_input_new        int  text text int out message'
    'nam_input_organization int input int message'
    'nam_input_bypass     int  input value value value value value message'
    'nam_input_mailbox    int  input value value value value value value value value value value value value value value value value message'
    'nam_input_mark       int  input int message'
    'nam_input_restart    int  input int message'
    'nam_input_end        int  input int text message'
    'nam_input_finish     int  input text message message'
    'nam_input_keep       int  input message message'
    'nam_input_free       void pointer'
    'nam_plan_enable      int  judge text int text int text int message message message'
    'nam_plan_restore     int  text text message message message'
    'nam_plan_answer      int  text text message message'
    'nam_record_new       int  text out message'
    'nam_record_add       int  record text text message'
    'nam_record_free      void pointer'
    'nam_undo_new         int  text out message'
    'nam_undo_next        int  undo number message message'
    'nam_undo_free        void pointer'
    'nam_test_panic       int  message'
)

# What is read of a mailbox, in the order of the library's arguments.
$script:MailboxProperties = 'DisplayName', 'UserPrincipalName', 'PrimarySmtpAddress', 'Identity', 'DistinguishedName',
    'RecipientTypeDetails', 'Guid', 'ExchangeObjectId', 'AdminDisplayVersion', 'AuditEnabled', 'AuditAdmin',
    'AuditDelegate', 'AuditOwner', 'DefaultAuditSet', 'AuditLogAgeLimit', 'AuditBypassEnabled'

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
    RecipientType = 'string'; LogonType = 'string'; Action = 'string'; Status = 'string'; AuditState = 'string'
    Reason = 'string'; AuditBypassEnabled = 'switch'
}

# What is each object's own, in the order in which Copy() takes it; the rest is shared. Properties of the mailbox come out of
# the array of its texts.
$script:ResultOwn = 'DisplayName', 'UserPrincipalName', 'PrimarySmtpAddress', 'Guid', 'AuditLogAgeLimit', 'Mailbox', 'Question'
$script:ActionOwn = 'LogonType', 'Action', 'Status'

function Initialize-NamTypes {
    # Makes the types that the commands need.
    param([hashtable] $Native)
    if ($Native.ContainsKey('Functions')) { return }
    Initialize-NamPlain $Native
    $module = $Native.Module
    $Native.Handles = @{}
    foreach ($kind in 'bypass', 'judge', 'report', 'reader', 'drift', 'collect', 'input', 'record', 'undo') {
        $Native.Handles[$kind] = New-NamHandle $module $kind $Native.Plain.GetMethod("nam_${kind}_free")
    }
    $imports = New-NamImports $module 'NonAuditedMailbox.Native' $Native.Library $Native.Handles $NativeFunctions
    $functions = New-NamCalls $module $imports
    $text = $functions.GetMethod('Text')
    $Native.NameList = New-NamNameList $module
    $Native.Result = New-NamRecord $module 'NonAuditedMailbox.Result' $ResultFields $ResultOwn $Native.NameList $text
    $Native.Asking = New-NamAsking $module $functions $Native.Result
    $Native.Action = New-NamRecord $module 'NonAuditedMailbox.Action' $ActionFields $ActionOwn $Native.NameList $text
    # One list for each distinct text, whoever made it first.
    $Native.Lists = [System.Collections.Concurrent.ConcurrentDictionary[string, object]]::new()
    # Last: it says that all is there.
    $Native.Functions = $functions
}

function New-NamImports {
    # A static class of P/Invoke methods, bound to the library by its full path.
    param($Module, [string] $TypeName, [string] $Library, [hashtable] $Handles, [string[]] $Functions)
    $types = @{
        void = [void]; int = [int]; pointer = [System.IntPtr]; text = [string], [int]; value = [string], [int]
        number = [int[]]; numbers = [long[]]; texts = [System.IntPtr[]]; message = [System.IntPtr[]]
        out = [System.IntPtr[]]; mailbox = @(foreach ($property in $MailboxProperties) { [string], [int] })
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
    # The functions as scripts call them: a text is one argument, a value becomes a text on the way, and a mailbox is the
    # array of its texts. In a script each of these steps would take as long as the call itself.
    param($Module, [type] $Imports)
    $class = $Module.DefineType('NonAuditedMailbox.Calls', 'Public, Abstract, Sealed')
    $text, $length = (Add-NamTextMethod $class), (Add-NamLengthMethod $class)
    Add-NamReadMethod $class $text
    $types = @{ value = [object]; text = [string]; mailbox = [string[]] }
    $mailbox = for ($at = 0; $at -lt $MailboxProperties.Count; $at++) {
        "ldarg_s {0}; ldc_i4_s $at; ldelem_ref; dup; call length; "
    }
    $load = @{
        value = 'ldarg_s {0}; call text; dup; call length; '; text = 'ldarg_s {0}; dup; call length; '; mailbox = -join $mailbox
    }
    foreach ($function in $NativeFunctions) {
        $name, $null, $takes = $function -split ' +'
        $import = $Imports.GetMethod($name)
        $native = $import.GetParameters()
        $parameters, $body, $at = [System.Collections.Generic.List[type]]::new(), '', 0
        foreach ($kind in $takes) {
            $steps = if ($load[$kind]) { $load[$kind] } else { 'ldarg_s {0}; ' }
            $body += $steps -f $parameters.Count
            $parameters.Add($(if ($types[$kind]) { $types[$kind] } else { $native[$at].ParameterType }))
            $at += switch ($kind) { 'mailbox' { 2 * $MailboxProperties.Count } 'value' { 2 } 'text' { 2 } default { 1 } }
        }
        $method = $class.DefineMethod($name, 'Public, Static', $import.ReturnType, $parameters.ToArray())
        Write-NamBody $method ($body + 'call import; ret') @{ text = $text; length = $length; import = $import }
    }
    $class.CreateType()
}

function Write-NamBody {
    # Writes the body of a method, from text: "opcode", "opcode operand", "opcode @label", "@label", and try, catch, end. All of
    # it goes through this one place, since PowerShell takes its time for each place that calls a method the first time.
    param($Method, [string] $Body, [hashtable] $Operands = @{})
    $il = $Method.GetILGenerator()
    $labels = @{}
    foreach ($word in $Body -split '[ ;]+' -like '@*') {
        if (-not $labels.ContainsKey($word)) { $labels[$word] = $il.DefineLabel() }
    }
    if ($Operands.ContainsKey('locals')) { foreach ($type in $Operands['locals']) { $null = $il.DeclareLocal($type) } }
    foreach ($step in $Body -split '; *') {
        $name, $operand = $step -split ' '
        if ($labels.ContainsKey($name)) { $il.MarkLabel($labels[$name]); continue }
        if ($name -eq 'try') { $null = $il.BeginExceptionBlock(); continue }
        if ($name -eq 'catch') { $il.BeginCatchBlock([System.Exception]); continue }
        if ($name -eq 'end') { $il.EndExceptionBlock(); continue }
        if (-not $OpCodes.ContainsKey($name)) {
            $OpCodes[$name] = [System.Reflection.Emit.OpCodes].GetField($name, 'IgnoreCase, Public, Static').GetValue($null)
        }
        if ($null -eq $operand) { $il.Emit($OpCodes[$name]); continue }
        $value = if ($labels.ContainsKey($operand)) { $labels[$operand] }
        elseif ($name -in 'ldarg_s', 'ldloca_s', 'ldc_i4_s') { [byte]$operand }
        else { $Operands[$operand] }
        $il.Emit($OpCodes[$name], $value)
    }
}

# The operations of .NET's machine that were looked up, by name.
$script:OpCodes = @{}

function Add-NamTextMethod {
    # Text(value): null of null, a string itself, the joined names of a list, and the text of anything else. What
    # PowerShell wrapped is looked at without the wrapping. Names are joined by what no name has, so that the library sees nulls
    # between them; a list of one null, whose text would be that of an empty list, is marked as the library marks what it
    # refuses. A record with Ticks is what JSON makes of a time span.
    param($Class)
    # Join<object>(string, IEnumerable<object>): the only generic one that takes a string first.
    $join = foreach ($method in [string].GetMember('Join')) {
        if ($method.IsGenericMethodDefinition -and $method.GetParameters()[0].ParameterType -eq [string]) { $method }
    }
    $properties = [psobject].GetMethod('get_Properties')
    $operands = @{
        locals     = [object], [System.Collections.Generic.IEnumerable[object]], [System.Collections.ICollection], [System.TimeSpan]
        psobject   = [psobject]
        bare       = [psobject].GetMethod('get_BaseObject')
        string     = [string]
        enumerable = [System.Collections.IEnumerable]
        tostring   = [object].GetMethod('ToString')
        cast       = [System.Linq.Enumerable].GetMethod('Cast').MakeGenericMethod([object])
        join       = @($join)[0].MakeGenericMethod([object])
        separator  = [string][char]31
        none       = [System.DBNull]
        collection = [System.Collections.ICollection]
        count      = [System.Collections.ICollection].GetMethod('get_Count')
        length     = [string].GetMethod('get_Length')
        refused    = [char]2 + 'a list with null in it'
        custom     = [System.Management.Automation.PSCustomObject]
        properties = $properties
        property   = $properties.ReturnType.GetMethod('get_Item')
        value      = [System.Management.Automation.PSMemberInfo].GetMethod('get_Value')
        ticks      = 'Ticks'
        number     = [System.Convert].GetMethod('ToInt64', [type[]]@([object]))
        span       = [System.TimeSpan].GetMethod('FromTicks', [type[]]@([long]))
        spantext   = [System.TimeSpan].GetMethod('ToString', [type]::EmptyTypes)
    }
    $body = 'ldarg_0; brfalse @absent; ldarg_0; stloc_0; ' +
        'ldarg_0; isinst psobject; brfalse @bare; ldarg_0; castclass psobject; call bare; stloc_0; ' +
        '@bare; ldloc_0; isinst string; brtrue @other; ldloc_0; isinst enumerable; brtrue @list; ' +
        'ldloc_0; isinst none; brtrue @absent; ldloc_0; isinst custom; brtrue @record; ' +
        '@other; ldarg_0; callvirt tostring; ret; ' +
        '@record; ldarg_0; isinst psobject; brfalse @other; ldarg_0; castclass psobject; callvirt properties; ' +
        'ldstr ticks; callvirt property; dup; brfalse @plain; callvirt value; call number; call span; stloc_3; ' +
        'ldloca_s 3; call spantext; ret; @plain; pop; br @other; ' +
        '@list; ldloc_0; castclass enumerable; call cast; stloc_1; ldstr separator; ldloc_1; call join; ' +
        'dup; callvirt length; brtrue @joined; ldloc_0; isinst collection; stloc_2; ldloc_2; brfalse @joined; ' +
        'ldloc_2; callvirt count; brfalse @joined; pop; ldstr refused; @joined; ret; ' +
        '@absent; ldnull; ret'
    $method = $Class.DefineMethod('Text', 'Public, Static', [string], [type[]]@([object]))
    Write-NamBody $method $body $operands
    $method
}

function Add-NamReadMethod {
    # Read(mailbox, names, texts): the texts of the properties of these names; null where the mailbox lacks one, and where there
    # is no name. One call for all of them, since a script takes as long for each. Gives what a property threw: PowerShell would
    # tell the caller of it, even if it is caught.
    param($Class, $Text)
    $properties = [psobject].GetMethod('get_Properties')
    $operands = @{
        locals     = $properties.ReturnType, [System.Collections.IDictionary], [int], [System.Exception]
        properties = $properties
        property   = $properties.ReturnType.GetMethod('get_Item')
        value      = [System.Management.Automation.PSMemberInfo].GetMethod('get_Value')
        bare       = [psobject].GetMethod('get_BaseObject')
        dictionary = [System.Collections.IDictionary]
        entry      = [System.Collections.IDictionary].GetMethod('get_Item')
        text       = $Text
    }
    $body = 'try; ldarg_0; brfalse @test; ldarg_0; callvirt properties; stloc_0; ' +
        'ldarg_0; callvirt bare; isinst dictionary; stloc_1; br @test; ' +
        '@next; ldarg_2; ldloc_2; ldarg_1; ldloc_2; ldelem_ref; brfalse @absent; ldloc_0; brfalse @absent; ' +
        'ldloc_0; ldarg_1; ldloc_2; ldelem_ref; callvirt property; dup; brfalse @key; callvirt value; br @put; ' +
        '@key; pop; ldloc_1; brfalse @absent; ldloc_1; ldarg_1; ldloc_2; ldelem_ref; callvirt entry; br @put; ' +
        '@absent; ldnull; ' +
        '@put; call text; stelem_ref; ldloc_2; ldc_i4_1; add; stloc_2; ' +
        '@test; ldloc_2; ldarg_1; ldlen; conv_i4; blt @next; ' +
        'catch; stloc_3; end; ldloc_3; ret'
    $parameters = [type[]]@([psobject], [string[]], [string[]])
    Write-NamBody ($Class.DefineMethod('Read', 'Public, Static', [System.Exception], $parameters)) $body $operands
}

function Add-NamLengthMethod {
    # Length(text): -1 of null, which is what the library takes for absent.
    param($Class)
    $method = $Class.DefineMethod('Length', 'Public, Static', [int], [type[]]@([string]))
    $body = 'ldarg_0; brfalse @absent; ldarg_0; callvirt length; ret; @absent; ldc_i4_m1; ret'
    Write-NamBody $method $body @{ length = [string].GetMethod('get_Length') }
    $method
}

function New-NamHandle {
    # A handle that frees itself when it is forgotten: a pipeline may stop before our end block.
    param($Module, [string] $Kind, $Free)
    $base = [object].Assembly.GetType('Microsoft.Win32.SafeHandles.SafeHandleZeroOrMinusOneIsInvalid')
    $flags = [System.Reflection.BindingFlags]'Instance, NonPublic, Public'
    $class = $Module.DefineType("NonAuditedMailbox.$Kind.Handle", 'Public, Sealed', $base)
    $operands = @{
        parent = $base.GetConstructors($flags)[0]; set = $base.GetMethod('SetHandle', $flags)
        handle = $base.GetField('handle', $flags); free = $Free
    }
    $new = $class.DefineConstructor('Public', 'Standard', [type[]]@([System.IntPtr]))
    Write-NamBody $new 'ldarg_0; ldc_i4_1; call parent; ldarg_0; ldarg_1; call set; ret' $operands
    $release = $class.DefineMethod('ReleaseHandle', 'Family, Virtual, HideBySig', [bool], [type]::EmptyTypes)
    Write-NamBody $release 'ldarg_0; ldfld handle; call free; ldc_i4_1; ret' $operands
    $class.CreateType()
}

function New-NamNameList {
    # A read-only list of names that prints as its text, so that Export-Csv and "$list" give names.
    param($Module)
    $base = [System.Collections.ObjectModel.ReadOnlyCollection[string]]
    $names = [System.Collections.Generic.IList[string]]
    $class = $Module.DefineType('NonAuditedMailbox.NameList', 'Public, Sealed', $base)
    $operands = @{ parent = $base.GetConstructors()[0]; text = $class.DefineField('text', [string], 'Private') }
    $new = $class.DefineConstructor('Public', 'Standard', [type[]]@($names, [string]))
    Write-NamBody $new 'ldarg_0; ldarg_1; call parent; ldarg_0; ldarg_2; stfld text; ret' $operands
    $print = $class.DefineMethod('ToString', 'Public, Virtual, HideBySig', [string], [type]::EmptyTypes)
    Write-NamBody $print 'ldarg_0; ldfld text; ret' $operands
    $class.CreateType()
}

function New-NamRecord {
    # A class of public fields. Copy() makes the next object of one that has all but the object's own fields set.
    # What it takes for a text may be of any type.
    param($Module, [string] $TypeName, $Fields, [string[]] $Own, [type] $NameList, [System.Reflection.MethodInfo] $Text)
    $types = @{ string = [string]; switch = [System.Nullable[bool]]; names = $NameList; private = [object] }
    $class = $Module.DefineType($TypeName, 'Public, Sealed')
    $null = $class.DefineDefaultConstructor('Public')
    $operands = @{
        clone = [object].GetMethod('MemberwiseClone', [System.Reflection.BindingFlags]'Instance, NonPublic')
        class = $class; asText = $Text; empty = ''
        concat = [string].GetMethod('Concat', [type[]]@([string], [string]))
    }
    foreach ($field in $Fields.Keys) {
        $kind = $Fields[$field]
        $access = if ($kind -eq 'private') { 'Private' } else { 'Public' }
        $operands[$field] = $class.DefineField($field, $types[$kind], $access)
        if ($kind -ne 'private') { continue }
        $method = $class.DefineMethod("Get$field", 'Public, HideBySig', [object], [type]::EmptyTypes)
        Write-NamBody $method "ldarg_0; ldfld $field; ret" $operands
    }
    # The array is the first argument.
    $takes = [System.Collections.Generic.List[type]]::new()
    foreach ($field in $Own) { if ($field -in $MailboxProperties) { $takes.Add([string[]]); break } }
    $body = 'ldarg_0; call clone; castclass class'
    foreach ($field in $Own) {
        $at = [array]::IndexOf($MailboxProperties, $field)
        if ($at -ge 0) { $body += "; dup; ldarg_1; ldc_i4_s $at; ldelem_ref" }
        else { $takes.Add([object]); $body += "; dup; ldarg_s $($takes.Count)" }
        if ($Fields[$field] -eq 'string') {
            if ($at -lt 0) { $body += '; call asText' }
            # Null becomes the empty text.
            $body += '; ldstr empty; call concat'
        }
        $body += "; stfld $field"
    }
    Write-NamBody ($class.DefineMethod('Copy', 'Public, HideBySig', $class, $takes.ToArray())) "$body; ret" $operands
    $class.CreateType()
}

function New-NamAsking {
    # Answer(mailbox, names, texts, judge, bypass, verdict, message, records, question, cloudNames): what a script does with
    # nearly every mailbox, in one call: reads it, asks the judge, and copies the record of its verdict. Gives null where
    # anything else is to be done, for the script to do it; the number of the verdict is -1 if there is none yet. Where
    # DefaultAuditSet has a value, the cloud's names are all that is read.
    param($Module, [type] $Functions, [type] $Result)
    $records = [System.Collections.Generic.Dictionary[long, object]]
    $operands = @{
        locals = , [object]; result = $Result
        read = $Functions.GetMethod('Read'); judge = $Functions.GetMethod('nam_judge_mailbox')
        find = $records.GetMethod('TryGetValue'); copy = $Result.GetMethod('Copy')
        empty = [string].GetMethod('IsNullOrEmpty')
    }
    $judge, $bypass = $operands.judge.GetParameters()[0, 1].ParameterType
    $takes = [psobject], [string[]], [string[]], $judge, $bypass, [long[]], [System.IntPtr[]], $records, [object], [string[]]
    $managed = [array]::IndexOf($MailboxProperties, 'DefaultAuditSet')
    $class = $Module.DefineType('NonAuditedMailbox.Asking', 'Public, Abstract, Sealed')
    $body = 'ldarg_s 5; ldc_i4_0; ldc_i4_m1; conv_i8; stelem_i8; ' +
        'ldarg_0; ldarg_s 9; ldarg_2; call read; brtrue @other; ' +
        "ldarg_2; ldc_i4_s $managed; ldelem_ref; call empty; brfalse @judge; " +
        'ldarg_0; ldarg_1; ldarg_2; call read; brtrue @other; ' +
        '@judge; ldarg_3; ldarg_s 4; ldarg_2; ldarg_s 5; ldnull; ldarg_s 6; call judge; brtrue @other; ' +
        'ldarg_s 7; ldarg_s 5; ldc_i4_0; ldelem_i8; ldloca_s 0; callvirt find; brfalse @other; ' +
        'ldloc_0; castclass result; ldarg_2; ldarg_0; ldarg_s 8; callvirt copy; ret; @other; ldnull; ret'
    Write-NamBody ($class.DefineMethod('Answer', 'Public, Static', $Result, [type[]]$takes)) $body $operands
    $class.CreateType()
}

function Initialize-NamPlain {
    # The functions that take no handle, as the handle classes call the frees among them; in an assembly of its own each time,
    # since a run that was stopped may have left half of the types.
    param([hashtable] $Native)
    $name = [System.Reflection.AssemblyName]::new('NonAuditedMailbox.Dynamic')
    $assembly = [System.Reflection.Emit.AssemblyBuilder]::DefineDynamicAssembly($name, 'Run')
    $Native.Module = $assembly.DefineDynamicModule('Main')
    $plain = $NativeFunctions -match '^\w+(_free|_abi_version|_package_version) '
    $Native.Plain = New-NamImports $Native.Module 'NonAuditedMailbox.Plain' $Native.Library @{} $plain
}

function Get-NamLibraryVersion {
    # The versions of the library's interface and of the library itself, asked of it.
    param([hashtable] $Native)
    [System.Threading.Monitor]::Enter($Native.Lock)
    try { if (-not $Native.ContainsKey('Plain')) { Initialize-NamPlain $Native } }
    finally { [System.Threading.Monitor]::Exit($Native.Lock) }
    $text, $message = [System.IntPtr[]]::new(2), [System.IntPtr[]]::new(2)
    $null = $Native.Plain::nam_package_version($text, $message)
    $version = [System.Runtime.InteropServices.Marshal]::PtrToStringUni($text[0], $text[1].ToInt64())
    $Native.Plain::nam_text_free($text[0], $text[1])
    $Native.Plain::nam_abi_version()
    $version.Split('-')[0]
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

function Copy-NamError {
    # An error that a private function threw, as one of the command that called it.
    param([System.Management.Automation.ErrorRecord] $From, [string] $Command)
    $id = "$($From.FullyQualifiedErrorId.Split(',')[0]),$Command"
    [System.Management.Automation.ErrorRecord]::new($From.Exception, $id, $From.CategoryInfo.Category, $From.TargetObject)
}

# What a status of the library means here. The numbers are those of the C header.
$script:StatusErrors = @{
    1 = 'BadCall', 'InvalidArgument'; 2 = 'BadCall', 'InvalidArgument'; 3 = 'BadCall', 'InvalidArgument'
    4 = 'InternalError', 'NotSpecified'; 100 = 'BadBaseline', 'InvalidArgument'
    101 = 'NothingAsked', 'InvalidArgument'; 200 = 'BadBypassAssociation', 'InvalidData'
    300 = 'NoReport', 'WriteError'; 301 = 'OtherQuestion', 'InvalidArgument'; 302 = 'NoExport', 'ReadError'
    303 = 'NoInput', 'WriteError'; 304 = 'NoSignIn', 'AuthenticationError'; 305 = 'NoTenant', 'ReadError'
    306 = 'Stopped', 'OperationStopped'; 310 = 'NoRecord', 'WriteError'
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
