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
