// One right in one container.
param account string
param container string
param principalId string
param role string

resource held 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' existing = {
  name: '${account}/default/${container}'
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: held
  name: guid(held.id, principalId, role)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}
