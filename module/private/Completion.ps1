# What the tab key offers. The blocks run outside of the module, where its private functions are not known.

$script:ActionCompleter = {
    param($commandName, $parameterName, $wordToComplete)
    $pattern = $wordToComplete.Trim([char[]]('"', "'")) + '*'
    $seen = @{}
    foreach ($row in Get-MailboxAuditActionCatalog $pattern) {
        if ($seen.ContainsKey($row.Action)) { continue }
        $seen[$row.Action] = $true
        [System.Management.Automation.CompletionResult]::new($row.Action, $row.Action, 'ParameterValue', $row.Summary)
    }
}

$script:BaselineCompleter = {
    param($commandName, $parameterName, $wordToComplete)
    $pattern = $wordToComplete.Trim([char[]]('"', "'")) + '*'
    $names = 'All', 'Default', 'Cis7'
    # What changes something can also be told to add nothing.
    if ($commandName -eq 'Enable-MailboxAuditAction') { $names += 'None' }
    $names -like $pattern
}

$script:RecipientTypeCompleter = {
    param($commandName, $parameterName, $wordToComplete)
    $pattern = $wordToComplete.Trim([char[]]('"', "'")) + '*'
    $types = 'DiscoveryMailbox', 'EquipmentMailbox', 'LegacyMailbox', 'LinkedMailbox', 'LinkedRoomMailbox', 'RoomMailbox',
        'SchedulingMailbox', 'SharedMailbox', 'TeamMailbox', 'UserMailbox'
    foreach ($type in $types) { if ($type -like $pattern) { $type } }
}

# As a block of its own: an attribute of the parameters would have to repeat them at every command.
Register-ArgumentCompleter -CommandName Get-NonAuditedMailboxAction, Export-NonAuditedMailboxAction,
    Compare-NonAuditedMailboxAction, Get-MailboxAuditActionCatalog, Invoke-NonAuditedMailboxReport,
    Enable-MailboxAuditAction -ParameterName Action -ScriptBlock $ActionCompleter
Register-ArgumentCompleter -CommandName Get-NonAuditedMailboxAction, Export-NonAuditedMailboxAction,
    Compare-NonAuditedMailboxAction, Invoke-NonAuditedMailboxReport, Enable-MailboxAuditAction `
    -ParameterName Baseline -ScriptBlock $BaselineCompleter
Register-ArgumentCompleter -CommandName Invoke-NonAuditedMailboxReport -ParameterName RecipientTypeDetails `
    -ScriptBlock $RecipientTypeCompleter
