#Requires -Version 5.1
<#
.SYNOPSIS
Exports the settings that decide who may send mail with SMTP AUTH, for smtpaudit.

.DESCRIPTION
Runs eight Get- cmdlets of Exchange Online and writes one CSV file for each. Where the module
Microsoft.Graph.Authentication is connected too, it also asks Microsoft Graph, by GET alone, for
security defaults, Conditional Access with the members of the groups that its policies name, MFA
registration and directory roles, and writes one JSON file for each. It changes nothing in the
tenant. Connect first:

    Connect-ExchangeOnline
    Connect-MgGraph -Scopes Policy.Read.All, RoleManagement.Read.Directory, AuditLog.Read.All,
        GroupMember.Read.All

The role Global Reader can read all of it. What is not allowed is named in a warning, its file is
not written, and the others go on: smtpaudit then shows what it would have told as unknown.

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

# Each page of an answer of Microsoft Graph, as the text that it is.
function Get-GraphPage($Uri) {
    while ($Uri) {
        $page = Invoke-MgGraphRequest -Method GET -Uri $Uri -OutputType Json -ErrorAction Stop
        $page
        $Uri = ($page | ConvertFrom-Json).'@odata.nextLink'
    }
}

# The rows of all pages, as objects.
function Get-GraphRow($Uri) {
    Get-GraphPage $Uri | ForEach-Object { ($_ | ConvertFrom-Json).value }
}

# Members of a group, nested ones expanded; a list for each page of the answer.
function Get-MemberPage($GroupId) {
    Get-GraphPage "/v1.0/groups/$GroupId/transitiveMembers?`$select=id&`$top=999" | ForEach-Object {
        $members = @(($_ | ConvertFrom-Json).value | ForEach-Object {
            @{ '@odata.type' = $_.'@odata.type'; id = $_.id }
        })
        @{ Members = $members }
    }
}

# A role assignment with the role's name and, where a group holds it, with the group's members.
function Get-RoleAssignmentJson {
    $definitions = @{}
    Get-GraphRow '/v1.0/roleManagement/directory/roleDefinitions?$select=id,displayName,templateId' |
        ForEach-Object { $definitions[$_.id] = $_ }
    $groups = @{}
    Get-GraphRow '/v1.0/roleManagement/directory/roleAssignments?$expand=principal' | ForEach-Object {
        $principal = @{}
        if ($_.principal) {
            $principal['@odata.type'] = $_.principal.'@odata.type'
            $principal['id'] = $_.principal.id
            $principal['userPrincipalName'] = $_.principal.userPrincipalName
        }
        if ($principal['@odata.type'] -eq '#microsoft.graph.group') {
            $group = $principal['id']
            if (-not $groups.ContainsKey($group)) {
                try {
                    $groups[$group] = @(Get-MemberPage $group | ForEach-Object { $_.Members })
                }
                catch {
                    $groups[$group] = $null
                    Write-Warning "Members of the group $group could not be read: $($_.Exception.Message)"
                }
            }
            if ($null -ne $groups[$group]) { $principal['transitiveMembers'] = $groups[$group] }
        }
        $assignment = @{
            id = $_.id
            principalId = $_.principalId
            roleDefinitionId = $_.roleDefinitionId
            directoryScopeId = $_.directoryScopeId
            principal = $principal
        }
        $definition = $definitions[$_.roleDefinitionId]
        if ($definition) {
            $assignment['roleDefinition'] = @{
                id = $definition.id
                templateId = $definition.templateId
                displayName = $definition.displayName
            }
        }
        $assignment | ConvertTo-Json -Depth 6 -Compress
    }
}

# The members of the groups that policies name, in records of one page each. A group that may not
# be read has no record: who is in it is then unknown.
function Get-PolicyGroupJson {
    $ids = @(Get-GraphRow '/v1.0/identity/conditionalAccess/policies' |
        Where-Object { $_.state -ne 'disabled' } |
        ForEach-Object { $_.conditions.users.includeGroups; $_.conditions.users.excludeGroups } |
        Where-Object { $_ } | Sort-Object -Unique)
    foreach ($id in $ids) {
        try {
            $pages = @(Get-MemberPage $id)
            for ($i = 0; $i -lt $pages.Count; $i++) {
                $record = @{ id = $id; transitiveMembers = $pages[$i].Members }
                if ($i + 1 -lt $pages.Count) {
                    $record['transitiveMembers@odata.nextLink'] = 'the next record'
                }
                $record | ConvertTo-Json -Depth 4 -Compress
            }
        }
        catch {
            Write-Warning "Members of the group $id could not be read: $($_.Exception.Message)"
        }
    }
}

$graphExports = @(
    @{
        Name = 'security defaults'; File = 'security-defaults.json'
        Read = { Get-GraphPage '/v1.0/policies/identitySecurityDefaultsEnforcementPolicy' }
    }
    @{
        Name = 'Conditional Access'; File = 'conditional-access.json'
        Read = { Get-GraphPage '/v1.0/identity/conditionalAccess/policies' }
    }
    @{
        Name = 'groups of Conditional Access'; File = 'conditional-access-groups.json'
        Read = { Get-PolicyGroupJson }; MayBeEmpty = $true
    }
    @{
        Name = 'MFA registration'; File = 'mfa-registration.json'
        Read = { Get-GraphPage '/v1.0/reports/authenticationMethods/userRegistrationDetails' }
    }
    @{
        Name = 'directory roles'; File = 'directory-roles.json'
        Read = { Get-RoleAssignmentJson }
    }
)

# Writes the file whole or not at all. True: it was written.
function Write-GraphExport($Export, $Path) {
    $partial = "$Path.partial"
    if (Test-Path -LiteralPath $partial) { Remove-Item -LiteralPath $partial }
    try {
        & $Export.Read | Set-Content -LiteralPath $partial -Encoding UTF8
        $isEmpty = -not (Test-Path -LiteralPath $partial) -or (Get-Item -LiteralPath $partial).Length -lt 5
        if ($isEmpty -and $Export.MayBeEmpty) {
            # No group is named: there is nothing that smtpaudit would have to know.
            if (Test-Path -LiteralPath $Path) { Remove-Item -LiteralPath $Path }
            return $false
        }
        if ($isEmpty) { throw 'the answer is empty' }
        Move-Item -LiteralPath $partial -Destination $Path -Force
        return $true
    }
    finally {
        if (Test-Path -LiteralPath $partial) { Remove-Item -LiteralPath $partial }
    }
}

$hasGraph = $null -ne (Get-Command -Name Invoke-MgGraphRequest -ErrorAction SilentlyContinue)
$graphContext = $null
if ($hasGraph) { $graphContext = Get-MgContext }

$known = @($exports | Where-Object { Get-Command -Name $_.Cmdlet -ErrorAction SilentlyContinue })
if ($known.Count -eq 0 -and $null -eq $graphContext) {
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

if ($null -eq $graphContext) {
    $why = 'not connected (Connect-MgGraph)'
    if (-not $hasGraph) { $why = 'not here (Install-Module Microsoft.Graph.Authentication)' }
    Write-Warning "Microsoft Graph is $why, so these are not read: $(($graphExports | ForEach-Object { $_.Name }) -join ', ')."
    # What an earlier run wrote must not pass for what was read today.
    $left = @($graphExports | ForEach-Object { Join-Path -Path $OutputFolder -ChildPath $_.File } |
        Where-Object { Test-Path -LiteralPath $_ })
    foreach ($path in $left) {
        if ($PSCmdlet.ShouldProcess($path, 'Remove the file of an earlier run')) {
            Remove-Item -LiteralPath $path
        }
    }
}
else {
    foreach ($export in $graphExports) {
        $path = Join-Path -Path $OutputFolder -ChildPath $export.File
        if (-not $PSCmdlet.ShouldProcess($path, "Write what Microsoft Graph tells of $($export.Name)")) {
            continue
        }
        try {
            if (Write-GraphExport $export $path) { Write-Output "$($export.Name): $path" }
        }
        catch {
            if (Test-Path -LiteralPath $path) { Remove-Item -LiteralPath $path }
            $notRead += $export.Name
            Write-Warning "$($export.Name) could not be read: $($_.Exception.Message)"
        }
    }
}

if ($notRead.Count -gt 0) {
    Write-Warning "Not read: $($notRead -join ', '). smtpaudit will show what they tell as unknown."
}
