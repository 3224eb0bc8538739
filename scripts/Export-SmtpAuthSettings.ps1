#Requires -Version 5.1
<#
.SYNOPSIS
Exports the settings that decide who may send mail with SMTP AUTH, for smtpaudit.

.DESCRIPTION
Runs eight Get- cmdlets of Exchange Online and writes one CSV file for each. It changes nothing in
the tenant. Connect first: Connect-ExchangeOnline. The role Global Reader can run all of them; a
cmdlet that is not allowed is named in a warning, its file is not written, and the others go on:
smtpaudit then shows what it would have told as unknown.

Give the folder to smtpaudit together with the reports:
    smtpaudit rank SmtpCSReport.csv smtp-auth-settings

.PARAMETER OutputFolder
Where the files go; made if it is not there. Files of an earlier run are replaced.

.EXAMPLE
./Export-SmtpAuthSettings.ps1

.EXAMPLE
./Export-SmtpAuthSettings.ps1 -OutputFolder D:\audit\settings -WhatIf
Says which files it would write, and writes none.
#>
[CmdletBinding(SupportsShouldProcess = $true)]
param(
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty()]
    [string] $OutputFolder = 'smtp-auth-settings'
)

$ErrorActionPreference = 'Stop'

$allMailboxes = @{ ResultSize = 'Unlimited' }
$exports = @(
    @{
        Cmdlet = 'Get-TransportConfig'; File = 'transport-config.csv'; Parameters = @{}
        Properties = 'SmtpClientAuthenticationDisabled', 'AllowLegacyTLSClients'
    }
    @{
        Cmdlet = 'Get-OrganizationConfig'; File = 'organization-config.csv'; Parameters = @{}
        Properties = 'Name', 'DefaultAuthenticationPolicy', 'RejectDirectSend'
    }
    @{
        Cmdlet = 'Get-AuthenticationPolicy'; File = 'authentication-policies.csv'; Parameters = @{}
        Properties = 'Name', 'Identity', 'DistinguishedName', 'AllowBasicAuthSmtp'
    }
    @{
        Cmdlet = 'Get-AcceptedDomain'; File = 'accepted-domains.csv'; Parameters = @{}
        Properties = 'DomainName', 'DomainType', 'Default', 'InitialDomain'
    }
    @{
        Cmdlet = 'Get-InboundConnector'; File = 'inbound-connectors.csv'; Parameters = @{}
        Properties = 'Name', 'Enabled', 'ConnectorType', 'ConnectorSource', 'RequireTls',
            'SenderDomains', 'SenderIPAddresses', 'TlsSenderCertificateName'
    }
    @{
        Cmdlet = 'Get-CASMailbox'; File = 'cas-mailboxes.csv'; Parameters = $allMailboxes
        Properties = 'PrimarySmtpAddress', 'ExternalDirectoryObjectId',
            'SmtpClientAuthenticationDisabled'
    }
    @{
        Cmdlet = 'Get-Mailbox'; File = 'mailboxes.csv'; Parameters = $allMailboxes
        Properties = 'PrimarySmtpAddress', 'UserPrincipalName', 'ExternalDirectoryObjectId',
            'RecipientTypeDetails', 'AccountDisabled', 'EmailAddresses'
    }
    @{
        Cmdlet = 'Get-User'; File = 'users.csv'; Parameters = $allMailboxes
        Properties = 'UserPrincipalName', 'ExternalDirectoryObjectId', 'WindowsEmailAddress',
            'RecipientTypeDetails', 'AuthenticationPolicy'
    }
)

# Properties that hold a list; Export-Csv alone would write the name of their type.
$lists = 'EmailAddresses', 'SenderDomains', 'SenderIPAddresses'

# The wanted properties that this object has. One that it does not have must not become an empty
# column: empty means that the service says nothing there, and that is another thing than not read.
function Get-Column($Object, $Names) {
    foreach ($name in $Names) {
        if ($null -eq $Object.PSObject.Properties[$name]) {
            Write-Warning "there is no property $name; exported without it"
        }
        elseif ($lists -contains $name) {
            $expression = [scriptblock]::Create("@(`$_.$name | ForEach-Object { [string] `$_ }) -join ';'")
            @{ Name = $name; Expression = $expression }
        }
        else {
            $name
        }
    }
}

# Writes the file whole or not at all.
function Write-Export($Export, $Path) {
    $partial = "$Path.partial"
    if (Test-Path -LiteralPath $partial) { Remove-Item -LiteralPath $partial }
    $parameters = $Export.Parameters
    $columns = $null
    try {
        & $Export.Cmdlet @parameters -ErrorAction Stop | ForEach-Object {
            if ($null -eq $columns) { $columns = @(Get-Column $_ $Export.Properties) }
            $_ | Select-Object -Property $columns
        } | Export-Csv -LiteralPath $partial -NoTypeInformation -Encoding UTF8
        if ($null -eq $columns) {
            # None is an answer too: a header without rows.
            $header = '"' + ($Export.Properties -join '","') + '"'
            Set-Content -LiteralPath $partial -Value $header -Encoding UTF8
        }
        Move-Item -LiteralPath $partial -Destination $Path -Force
    }
    finally {
        if (Test-Path -LiteralPath $partial) { Remove-Item -LiteralPath $partial }
    }
}

$known = @($exports | Where-Object { Get-Command -Name $_.Cmdlet -ErrorAction SilentlyContinue })
if ($known.Count -eq 0) {
    throw 'No Exchange Online cmdlet is there. Connect first: Connect-ExchangeOnline'
}

if (-not (Test-Path -LiteralPath $OutputFolder)) {
    if ($PSCmdlet.ShouldProcess($OutputFolder, 'Make the folder')) {
        New-Item -ItemType Directory -Path $OutputFolder | Out-Null
    }
}

$notRead = @()
foreach ($export in $exports) {
    $path = Join-Path -Path $OutputFolder -ChildPath $export.File
    if (-not $PSCmdlet.ShouldProcess($path, "Write the output of $($export.Cmdlet)")) { continue }
    try {
        # Exchange leaves a cmdlet out of the session where the role does not allow it.
        if (-not (Get-Command -Name $export.Cmdlet -ErrorAction SilentlyContinue)) {
            throw 'not allowed with the roles of this session (Global Reader is enough)'
        }
        Write-Export $export $path
        Write-Output "$($export.Cmdlet): $path"
    }
    catch {
        # What an earlier run wrote must not pass for what was read today.
        if (Test-Path -LiteralPath $path) { Remove-Item -LiteralPath $path }
        $notRead += $export.Cmdlet
        Write-Warning "$($export.Cmdlet) could not be read: $($_.Exception.Message)"
    }
}

if ($notRead.Count -gt 0) {
    Write-Warning "Not read: $($notRead -join ', '). smtpaudit will show what they tell as unknown."
}
