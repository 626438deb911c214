# What the tests of the module share. NAM_TEST_MODULE is the staged module, NAM_TEST_DATA the folder of test data.
$ErrorActionPreference = 'Stop'
$Module = $env:NAM_TEST_MODULE
$Data = $env:NAM_TEST_DATA
$Scratch = $env:NAM_TEST_SCRATCH
$script:failures = 0

function It([string] $Name, [scriptblock] $Block) {
    try { . $Block }
    catch {
        $script:failures++
        [Console]::Out.WriteLine("FAILED $Name`n  $_`n  $($_.ScriptStackTrace)")
    }
}

function Assert([bool] $Condition, [string] $Message = 'it is not so') { if (-not $Condition) { throw $Message } }

function AssertEqual($Expected, $Actual) {
    if ("$Expected" -cne "$Actual" -or @($Expected).Count -ne @($Actual).Count) {
        throw "expected <$Expected>, got <$Actual>"
    }
}

# The last line of each test.
function Complete-Test { if ($script:failures) { exit 1 } else { 'all passed' } }

# A mailbox of Exchange Online as it comes, changed as the test wants.
function New-Mailbox([hashtable] $With = @{}) {
    $admin = 'ApplyRecord', 'Create', 'HardDelete', 'MailItemsAccessed', 'MoveToDeletedItems', 'Send', 'SendAs',
        'SendOnBehalf', 'SoftDelete', 'Update', 'UpdateCalendarDelegation', 'UpdateFolderPermissions', 'UpdateInboxRules'
    $mailbox = [ordered]@{
        DisplayName = 'Anna'; UserPrincipalName = 'anna@contoso.example'; PrimarySmtpAddress = 'anna@contoso.example'
        Guid = [guid]'11111111-2222-4333-8444-555555555555'; DistinguishedName = 'CN=anna,DC=contoso,DC=example'
        RecipientTypeDetails = 'UserMailbox'; AuditEnabled = $true
        AuditAdmin = $admin; AuditDelegate = $admin -notmatch '^(Send|UpdateCalendarDelegation)$'
        AuditOwner = $admin -notmatch '^(Create|SendAs|SendOnBehalf)$'
        DefaultAuditSet = 'Admin', 'Delegate', 'Owner'; AuditLogAgeLimit = '90.00:00:00'
    }
    foreach ($key in $With.Keys) { $mailbox[$key] = $With[$key] }
    [pscustomobject]$mailbox
}

function Without([string[]] $Properties, $Mailbox = (New-Mailbox)) {
    foreach ($property in $Properties) { $Mailbox.PSObject.Properties.Remove($property) }
    $Mailbox
}

Import-Module $Module
