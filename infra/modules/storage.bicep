// One storage account. Nobody has a key to it: who comes shows a token.
param name string
param location string
param tags object
param sku string

@description('Whether the world may knock: for packages, which hosted runners bring. Everything else is reached from inside the network.')
param isPublic bool

param containers containerType[]

@description('Days after which blobs that nobody changed move to the cool tier; 0: never. Erasing is the product\'s own, company by company.')
param coolAfterDays int = 0

@description('Who may do what, over the account or in one container.')
param grants grantType[]

@description('Parts that get a private endpoint: blob, queue, table, with their zones.')
param endpoints { *: string } = {}

param endpointsSubnetId string = ''

@export()
type containerType = {
  name: string
  @description('Days in which nobody takes back what was written; appending goes on.')
  appendOnlyDays: int?
}

@export()
type grantType = {
  principalId: string
  role: string
  container: string?
  @description('A person at a desk or a workflow\'s identity: Azure looks up which.')
  isDeployer: bool?
}

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: sku }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    allowCrossTenantReplication: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: isPublic ? 'Enabled' : 'Disabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: isPublic ? 'Allow' : 'Deny'
    }
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      // A container that somebody deletes comes back whole within a week. Blobs themselves don't: what a company had erased is gone.
      containerDeleteRetentionPolicy: { enabled: true, days: 7 }
      deleteRetentionPolicy: { enabled: false }
    }

    resource made 'containers' = [
      for container in containers: {
        name: container.name
        properties: { publicAccess: 'None' }
      }
    ]
  }
}

resource immutability 'Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies@2024-01-01' = [
  for (container, i) in containers: if (container.?appendOnlyDays != null) {
    parent: account::blobs::made[i]
    name: 'default'
    properties: {
      immutabilityPeriodSinceCreationInDays: container.?appendOnlyDays ?? 1
      allowProtectedAppendWrites: true
    }
  }
]

resource lifecycle 'Microsoft.Storage/storageAccounts/managementPolicies@2024-01-01' = if (coolAfterDays > 0) {
  parent: account
  name: 'default'
  properties: {
    policy: {
      rules: [
        {
          name: 'cool'
          type: 'Lifecycle'
          enabled: true
          definition: {
            filters: { blobTypes: ['blockBlob'] }
            actions: { baseBlob: { tierToCool: { daysAfterModificationGreaterThan: coolAfterDays } } }
          }
        }
      ]
    }
  }
}

resource overAccount 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for grant in grants: if (grant.?container == null) {
    scope: account
    name: guid(account.id, grant.principalId, grant.role)
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', grant.role)
      principalId: grant.principalId
      // Said of identities that were made a moment ago, which Azure may not find yet. Who deploys has been there for longer, and azd does not tell what he is.
      principalType: (grant.?isDeployer ?? false) ? null : 'ServicePrincipal'
    }
  }
]

module inContainer 'containerGrant.bicep' = [
  for grant in grants: if (grant.?container != null) {
    params: {
      account: account.name
      container: grant.?container ?? ''
      principalId: grant.principalId
      role: grant.role
    }
    dependsOn: [account::blobs::made]
  }
]

module inside 'privateEndpoint.bicep' = [
  for endpoint in items(endpoints): {
    params: {
      name: '${name}-${endpoint.key}'
      location: location
      tags: tags
      subnetId: endpointsSubnetId
      zoneId: endpoint.value
      serviceId: account.id
      part: endpoint.key
    }
  }
]

output id string = account.id
output name string = account.name
output blobEndpoint string = account.properties.primaryEndpoints.blob
