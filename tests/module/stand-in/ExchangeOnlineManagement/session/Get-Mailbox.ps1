function Get-Mailbox {
    [CmdletBinding()]
    param(
        [Parameter(Position = 0)] [string] $Identity, [string[]] $RecipientTypeDetails, [string] $Filter,
        [switch] $GroupMailbox, [string] $ResultSize
    )
    $failure = Get-StandInFailure $script:Tenant 'Get-Mailbox' $PSBoundParameters
    $mailboxes = if ($GroupMailbox) { $script:Tenant.Groups } else { $script:Tenant.Mailboxes }
    $found = Select-StandInMailbox $mailboxes $Identity $RecipientTypeDetails $Filter
    Send-StandIn $script:Tenant $found $ResultSize $failure { ConvertTo-StandInShape $args[0] }
}
