. "$PSScriptRoot/common.ps1"

$common = [System.Management.Automation.Internal.CommonParameters].GetProperties().Name + 'WhatIf', 'Confirm'
foreach ($command in Get-Command -Module NonAuditedMailbox) {
    It "has help: $($command.Name)" {
        $help = Get-Help $command.Name -Full
        Assert ($help.Synopsis -and $help.Synopsis -notlike "*$($command.Name)*") "synopsis: $($help.Synopsis)"
        Assert ("$($help.Description.Text)".Length -gt 100) 'description'
        Assert (@($help.examples.example).Count -ge 3) 'three examples'
        foreach ($parameter in $command.Parameters.Values) {
            if ($parameter.Name -in $common) { continue }
            $described = @($help.parameters.parameter | Where-Object { $_.Name -eq $parameter.Name })
            Assert ($described.Count -eq 1 -and "$($described[0].description.Text)".Length -gt 10) "parameter $($parameter.Name)"
        }
        Assert ($command.OutputType.Count -ge 1) 'OutputType'
    }
}

# Script functions cannot share a block of parameters, so commands repeat some with their help.
It 'takes and says the same wherever a parameter is repeated' {
    $repeated = @{
        'Get-NonAuditedMailboxAction, Export-NonAuditedMailboxAction, Invoke-NonAuditedMailboxReport' =
            'Baseline', 'LogonType', 'Action', 'Licence', 'Platform'
        'Get-NonAuditedMailboxAction, Export-NonAuditedMailboxAction' = 'BypassAssociation', 'OrganizationConfig'
        'Export-NonAuditedMailboxAction, Invoke-NonAuditedMailboxReport' = 'Columns', 'Force'
        'Invoke-NonAuditedMailboxReport, Enable-MailboxAuditAction, Restore-MailboxAuditAction' = 'AccessToken', 'Certificate',
            'CertificateFilePath', 'CertificatePassword', 'CertificateThumbprint', 'Credential', 'DelegatedOrganization',
            'Device', 'ExchangeEnvironmentName', 'InstallModule', 'ManagedIdentity', 'ManagedIdentityAccountId',
            'Organization', 'Password', 'UserName'
        'Enable-MailboxAuditAction, Restore-MailboxAuditAction' = 'AppId', 'UserPrincipalName', 'Verify'
    }
    foreach ($commands in $repeated.Keys) {
        $known = @{}
        foreach ($command in $commands -split ', ') {
            $help = Get-Help $command -Full
            foreach ($name in $repeated[$commands]) {
                $parameter = (Get-Command $command).Parameters[$name]
                $text = @($help.parameters.parameter | Where-Object { $_.Name -eq $name })[0].description.Text -replace '\s+', ' '
                $choices = ($parameter.Attributes | Where-Object { $_ -is [ValidateSet] }).ValidValues -join ','
                $says = "$name $($parameter.ParameterType) $choices $text"
                if (-not $known[$name]) { $known[$name] = $says }
                AssertEqual $known[$name] $says
            }
        }
    }
}

It 'has a topic' {
    $text = [System.IO.File]::ReadAllText("$Module/en-US/about_NonAuditedMailbox.help.txt")
    foreach ($command in (Get-Command -Module NonAuditedMailbox).Name) { Assert ($text.Contains($command)) $command }
    foreach ($state in 'Audited', 'Gap', 'NotAudited', 'Unknown') { Assert ($text -cmatch "(?m)^    $state ") $state }
}

It 'completes actions, baselines, logon types and licences' {
    $cases = @{
        'Get-NonAuditedMailboxAction -Action Mailb'         = 'MailboxLogin'
        'Export-NonAuditedMailboxAction -Action HardD'      = 'HardDelete'
        'Get-NonAuditedMailboxAction -Baseline C'           = 'Cis7'
        'Get-NonAuditedMailboxAction -LogonType D'          = 'Delegate'
        'Get-NonAuditedMailboxAction -Licence S'            = 'Standard'
        'Get-MailboxAuditActionCatalog -Platform Gr'        = 'GroupMailbox'
        'Invoke-NonAuditedMailboxReport -Action HardD'      = 'HardDelete'
        'Invoke-NonAuditedMailboxReport -Baseline C'        = 'Cis7'
        'Invoke-NonAuditedMailboxReport -Recipient'         = '-RecipientTypeDetails'
        'Invoke-NonAuditedMailboxReport -RecipientTypeDetails Sh' = 'SharedMailbox'
        'Invoke-NonAuditedMailboxReport -ExchangeEnvironmentName O365C' = 'O365China'
        'Enable-MailboxAuditAction -Action Mailb'           = 'MailboxLogin'
        'Enable-MailboxAuditAction -Baseline N'             = 'None'
        'Get-NonAuditedMailboxAction -Baseline Def'         = 'Default'
    }
    foreach ($line in $cases.Keys) {
        $found = [System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null)
        AssertEqual $cases[$line] "$($found.CompletionMatches.CompletionText)"
    }
}

Complete-Test
