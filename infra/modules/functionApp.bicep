// The functions on Flex Consumption: always-ready instances, and how many requests one takes.
import { sizeType } from 'types.bicep'
import { identityType } from 'identities.bicep'

param name string
param planName string
param location string
param tags object
param size sizeType
param host identityType

@description('The identities of the database\'s roles that the app works in.')
param databaseIdentityIds string[]

param subnetId string

@description('The container that the code is deployed to.')
param packages string

param settings { *: string }

@description('Of the only Front Door whose requests are taken; empty: there is none, and the world comes directly.')
param frontDoorId string

@description('Takes the app out of service, and leaves everything of it there.')
param isStopped bool

param workspaceId string

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
    zoneRedundant: size.areFunctionsInZones
  }
}

resource app 'Microsoft.Web/sites@2024-11-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'fleetchat' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: toObject(concat([host.id], databaseIdentityIds), id => id, id => {})
  }
  properties: {
    serverFarmId: plan.id
    enabled: !isStopped
    httpsOnly: true
    virtualNetworkSubnetId: subnetId
    keyVaultReferenceIdentity: host.id
    // Nothing is said of siteUpdateStrategy: Flex then ends all instances of the old code at once and starts those of the new, for seconds without any. What was
    // under way is done again. The other way, one batch of instances after the other, is a preview, and old instances would take up orchestrations of a new version.
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packages
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: host.id
          }
        }
      }
      runtime: {
        name: 'dotnet-isolated'
        version: '10.0'
      }
      scaleAndConcurrency: {
        instanceMemoryMB: size.instanceMemoryMB
        maximumInstanceCount: size.maximumInstanceCount
        alwaysReady: size.alwaysReady
        triggers: { http: { perInstanceConcurrency: size.httpConcurrency } }
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
      http20Enabled: true
      // The header is Front Door's own: it overwrites what a caller wrote. So nothing else of what a proxy says is believed.
      ipSecurityRestrictionsDefaultAction: empty(frontDoorId) ? 'Allow' : 'Deny'
      ipSecurityRestrictions: empty(frontDoorId)
        ? []
        : [
            {
              name: 'OurFrontDoor'
              priority: 100
              action: 'Allow'
              tag: 'ServiceTag'
              ipAddress: 'AzureFrontDoor.Backend'
              headers: { 'x-azure-fdid': [frontDoorId] }
            }
          ]
      scmIpSecurityRestrictionsUseMain: false
    }
  }

  // All settings at once: what is not here is taken away, so that nothing that was set by hand lives on.
  resource appSettings 'config' = {
    name: 'appsettings'
    properties: settings
  }

  // Nobody deploys with a password.
  resource noPasswordsForFtp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource noPasswords 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }
}

resource metrics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: app
  name: 'metrics'
  properties: {
    workspaceId: workspaceId
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

output id string = app.id
output name string = app.name
output hostname string = app.properties.defaultHostName
