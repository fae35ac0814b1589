// One Key Vault, whose secrets nobody can end before their time.
param name string
param location string
param tags object

@description('Who may do what with its secrets.')
param grants grantType[]

@description('Addresses of operators who enter secrets by hand; none: it is reached from inside the network alone.')
param operatorAddresses string[]

param subnetId string
param zoneId string
param workspaceId string

@export()
type grantType = {
  principalId: string
  role: string
}

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enablePurgeProtection: true
    enableSoftDelete: true
    // As long as Azure lets: a key that goes by mistake takes a company's messages along.
    softDeleteRetentionInDays: 90
    publicNetworkAccess: empty(operatorAddresses) ? 'Disabled' : 'Enabled'
    networkAcls: {
      // Lets a deployment write secrets that it was given.
      bypass: 'AzureServices'
      defaultAction: 'Deny'
      ipRules: [for address in operatorAddresses: { value: address }]
    }
  }
}

resource rights 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for grant in grants: {
    scope: vault
    name: guid(vault.id, grant.principalId, grant.role)
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', grant.role)
      principalId: grant.principalId
      principalType: 'ServicePrincipal'
    }
  }
]

resource audit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: vault
  name: 'audit'
  properties: {
    workspaceId: workspaceId
    logs: [{ categoryGroup: 'audit', enabled: true }]
  }
}

module inside 'privateEndpoint.bicep' = {
  params: {
    name: name
    location: location
    tags: tags
    subnetId: subnetId
    zoneId: zoneId
    serviceId: vault.id
    part: 'vault'
  }
}

output name string = vault.name
output uri string = vault.properties.vaultUri
