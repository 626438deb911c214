# The state of the tenant, and how Exchange's answers look.

function New-StandInTenant {
    @{
        # What the tenant holds, with all properties; answers are made of it anew each time.
        Mailboxes     = [System.Collections.Generic.List[object]]@(1..5 | ForEach-Object { New-StandInMailbox $_ })
        Groups        = [System.Collections.Generic.List[object]]@(1..2 | ForEach-Object { New-StandInMailbox $_ 'GroupMailbox' })
        Bypass        = [System.Collections.Generic.List[object]]::new()   # names, GUIDs or objects with a Guid that bypass auditing
        Organization  = [pscustomobject]@{
            Name = 'contoso.example'; Identity = 'contoso.example'; DisplayName = 'Contoso'; AuditDisabled = $false
            IsDehydrated = $false; Guid = [guid]'3750b40b-1111-4222-8333-5bb1aff66400'
        }
        TenantId      = '3750b40b-1111-4222-8333-3fb1aff66407'
        Administrator = 'admin@contoso.example'
        # How it behaves.
        Failures      = @{}                # by command; see Add-StandInFailure
        Forbidden     = @()                # commands that the account may not run
        ServerLimit   = [int]::MaxValue    # what the server cuts off, whatever was asked
        Warnings      = @()                # said by each command that lists
        Unlicensed    = @{}                # by the name of a mailbox: actions that it has no licence for
        Unnamed       = @{}                # the same, rejected without naming which
        Deaf          = @()                # mailboxes whose lists stay as they are, whatever the server says
        RefusesKnown  = $false             # adding what is there fails, as it did in 2019
        # What happened.
        Connections   = [System.Collections.Generic.List[object]]::new()
        Sessions      = 0
        Connects      = [System.Collections.Generic.List[hashtable]]::new()
        Banners       = 0
        Disconnects   = [System.Collections.Generic.List[hashtable]]::new()
        Calls         = [System.Collections.Generic.List[object]]::new()
    }
}

$script:DefaultActions = @{
    Admin    = 'Update', 'MoveToDeletedItems', 'SoftDelete', 'HardDelete', 'SendAs', 'SendOnBehalf', 'Create',
        'UpdateFolderPermissions', 'UpdateInboxRules', 'UpdateCalendarDelegation', 'ApplyRecord', 'MailItemsAccessed', 'Send'
    Delegate = 'Update', 'MoveToDeletedItems', 'SoftDelete', 'HardDelete', 'SendAs', 'SendOnBehalf', 'Create',
        'UpdateFolderPermissions', 'UpdateInboxRules', 'ApplyRecord', 'MailItemsAccessed'
    Owner    = 'Update', 'MoveToDeletedItems', 'SoftDelete', 'HardDelete', 'UpdateFolderPermissions', 'UpdateInboxRules',
        'UpdateCalendarDelegation', 'ApplyRecord', 'MailItemsAccessed', 'Send'
}

function New-StandInMailbox {
    # A mailbox that nobody customised. Each number gives another one, and always the same.
    param([int] $Number, [string] $Type = 'UserMailbox')
    $name = if ($Type -eq 'GroupMailbox') { "team$Number" } else { "user$Number" }
    $kind = if ($Type -eq 'GroupMailbox') { 2 } else { 1 }
    $guid = [guid]('{0:x8}-1111-4222-8333-{1:x12}' -f $kind, $Number)
    [pscustomobject]@{
        Alias = $name; DisplayName = "$Type $Number"
        DistinguishedName = "CN=$name,OU=contoso.example,OU=Microsoft Exchange Hosted Organizations,DC=EURPR04A001,DC=PROD,DC=OUTLOOK,DC=COM"
        EmailAddresses = @("SMTP:$name@contoso.example"); ExchangeVersion = '0.20 (15.0.0.0)'
        ExternalDirectoryObjectId = "$([guid]('{0:x8}-5555-4222-8333-{1:x12}' -f $kind, $Number))"; Guid = $guid
        ExchangeObjectId = $guid; Id = $name; Identity = $name; Name = $name
        OrganizationId = 'EURPR04A001.PROD.OUTLOOK.COM/Microsoft Exchange Hosted Organizations/contoso.example'
        PrimarySmtpAddress = "$name@contoso.example"; RecipientType = 'UserMailbox'; RecipientTypeDetails = $Type
        UserPrincipalName = "$name@contoso.example"; AuditEnabled = $true; AuditLogAgeLimit = '90.00:00:00'
        AuditAdmin = $DefaultActions.Admin; AuditDelegate = $DefaultActions.Delegate; AuditOwner = $DefaultActions.Owner
        DefaultAuditSet = 'Admin', 'Delegate', 'Owner'; AdminDisplayVersion = 'Version 15.20 (Build 7587.35)'
    }
}

# What the server gives for each property set; those that nobody here asks for are left out.
$script:PropertySets = @{
    Minimum = 'Alias', 'DisplayName', 'DistinguishedName', 'EmailAddresses', 'ExchangeVersion', 'ExternalDirectoryObjectId',
        'Guid', 'Id', 'Identity', 'Name', 'OrganizationId', 'PrimarySmtpAddress', 'RecipientType', 'RecipientTypeDetails',
        'UserPrincipalName'
    Audit   = 'AuditAdmin', 'AuditDelegate', 'AuditEnabled', 'AuditLogAgeLimit', 'AuditOwner', 'DefaultAuditSet',
        'ExternalDirectoryObjectId'
}
