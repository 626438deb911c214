# What the tab key offers.

function Get-NamActionName {
    # The names of actions, each once.
    $seen = @{}
    foreach ($row in Get-MailboxAuditActionCatalog) {
        if (-not $seen.ContainsKey($row.Action)) { $seen[$row.Action] = $true; $row.Action }
    }
}

function Get-NamCompletion {
    param([string[]] $Names, [string] $Word)
    $pattern = $Word.Trim([char[]]('"', "'")) + '*'
    foreach ($name in $Names) {
        if ($name -like $pattern) {
            [System.Management.Automation.CompletionResult]::new($name, $name, 'ParameterValue', $name)
        }
    }
}

function Register-NamCompletion {
    # The blocks run outside of the module; this brings them back in.
    $commands = 'Get-NonAuditedMailboxAction', 'Export-NonAuditedMailboxAction', 'Get-MailboxAuditActionCatalog'
    $action = {
        param($commandName, $parameterName, $wordToComplete)
        & (Get-Module NonAuditedMailbox) { param($word) Get-NamCompletion (Get-NamActionName) $word } $wordToComplete
    }
    $baseline = {
        param($commandName, $parameterName, $wordToComplete)
        & (Get-Module NonAuditedMailbox) { param($word) Get-NamCompletion 'All', 'Default', 'Cis7' $word } $wordToComplete
    }
    Register-ArgumentCompleter -CommandName $commands -ParameterName Action -ScriptBlock $action
    Register-ArgumentCompleter -CommandName $commands[0, 1] -ParameterName Baseline -ScriptBlock $baseline
}
