// A whole installation in one region: what its companies tell us stays here.
import { regionType, sizeType, issuerType, platformPersonType, roleIds } from 'types.bicep'
import { common, secretSettings, vaultReference } from 'settings.bicep'

param environment string
param region regionType
param size sizeType
param tags object

@description('Makes the names that the whole world shares this subscription\'s own.')
param suffix string

param durableBackend 'AzureStorage' | 'DurableTaskScheduler'

@description('Of the Front Door that stands before the functions; empty: none does.')
param frontDoorId string

@description('The region\'s own name at that Front Door.')
param frontDoorHost string

param issuers issuerType[]
param platformPeople platformPersonType[]
param settings { *: string }
param usesStripe bool
param rotatesStripe bool
param mailHasPassword bool
param operatorAddresses string[]
param alertMailboxes string[]

@description('Where docs/runbooks is read, without a slash at the end.')
param runbooks string

@description('Who deploys: brings packages.')
param deployerPrincipalId string

@secure()
param secrets object

var location = region.location
var name = 'fleetchat-${environment}-${region.code}'
var globalName = 'fc-${environment}-${region.code}-${suffix}'
var flatName = 'fc${environment}${region.code}'
var functionAppName = 'func-${globalName}'
var ownHost = empty(frontDoorHost) ? '${functionAppName}.azurewebsites.net' : frontDoorHost
var publicBaseUrl = empty(region.?publicBaseUrl) ? 'https://${ownHost}' : region.?publicBaseUrl ?? ''
var taskHub = region.?taskHub ?? 'fleetchat'
var packageName = 'next.tar.gz'
var database = 'fleetchat'

module network 'network.bicep' = {
  params: {
    name: name
    location: location
    tags: tags
    addressSpace: region.addressSpace
  }
}

module identities 'identities.bicep' = {
  params: {
    name: name
    location: location
    tags: tags
  }
}

module monitoring 'monitoring.bicep' = {
  params: {
    name: name
    location: location
    tags: tags
    dailyCapGB: size.logDailyCapGB
    retentionDays: size.logRetentionDays
    writerPrincipalId: identities.outputs.host.principalId
    alertMailboxes: alertMailboxes
  }
}

// The host's own: its queues, timers' leases and Durable's task hub. Nothing in it is people's.
module hostStorage 'storage.bicep' = {
  params: {
    name: 'st${flatName}h${suffix}'
    location: location
    tags: tags
    sku: size.storageSku
    isPublic: false
    containers: []
    grants: [
      { principalId: identities.outputs.host.principalId, role: roleIds.storageBlobDataOwner }
      { principalId: identities.outputs.host.principalId, role: roleIds.storageQueueDataContributor }
      { principalId: identities.outputs.host.principalId, role: roleIds.storageTableDataContributor }
    ]
    endpoints: {
      blob: network.outputs.blobZoneId
      queue: network.outputs.queueZoneId
      table: network.outputs.tableZoneId
    }
    endpointsSubnetId: network.outputs.endpointsSubnetId
  }
}

// Companies' own: media, encrypted, and the ends of the audit trails.
module dataStorage 'storage.bicep' = {
  params: {
    name: 'st${flatName}d${suffix}'
    location: location
    tags: tags
    sku: size.storageSku
    isPublic: false
    containers: [
      { name: 'media' }
      // As long as an invoice's month can still be asked about, and a year more.
      { name: 'audit-anchors', appendOnlyDays: 730 }
    ]
    coolAfterDays: 30
    grants: [
      { principalId: identities.outputs.host.principalId, role: roleIds.storageBlobDataContributor, container: 'media' }
      { principalId: identities.outputs.host.principalId, role: roleIds.storageBlobDataContributor, container: 'audit-anchors' }
    ]
    endpoints: { blob: network.outputs.blobZoneId }
    endpointsSubnetId: network.outputs.endpointsSubnetId
  }
}

// Packages of code, which hold nothing secret: hosted runners bring them, so this one account can be reached from outside, with a token.
module packageStorage 'storage.bicep' = {
  params: {
    name: 'st${flatName}p${suffix}'
    location: location
    tags: tags
    sku: size.storageSku == 'Standard_GZRS' ? 'Standard_ZRS' : size.storageSku
    isPublic: true
    containers: [
      { name: 'deployments' }
      { name: 'migrations' }
    ]
    grants: concat(
      [
        { principalId: identities.outputs.host.principalId, role: roleIds.storageBlobDataContributor, container: 'deployments' }
        { principalId: identities.outputs.owner.principalId, role: roleIds.storageBlobDataReader, container: 'migrations' }
        // For the job that marks a restored database.
        { principalId: identities.outputs.host.principalId, role: roleIds.storageBlobDataReader, container: 'migrations' }
      ],
      empty(deployerPrincipalId)
        ? []
        : [
            { principalId: deployerPrincipalId, role: roleIds.storageBlobDataContributor, isDeployer: true }
          ]
    )
  }
}

// Two vaults, because whoever writes companies' keys must not be able to write the secret that proves Meta's webhooks.
module keyVault 'vault.bicep' = {
  params: {
    name: 'kv-fc-${environment}-${region.code}k${suffix}'
    location: location
    tags: tags
    grants: [{ principalId: identities.outputs.host.principalId, role: roleIds.keyVaultSecretsOfficer }]
    // Nobody has anything to look for among companies' keys.
    operatorAddresses: []
    subnetId: network.outputs.endpointsSubnetId
    zoneId: network.outputs.vaultZoneId
    workspaceId: monitoring.outputs.workspaceId
  }
}

module settingsVault 'vault.bicep' = {
  params: {
    name: 'kv-fc-${environment}-${region.code}s${suffix}'
    location: location
    tags: tags
    grants: [{ principalId: identities.outputs.host.principalId, role: roleIds.keyVaultSecretsUser }]
    operatorAddresses: operatorAddresses
    subnetId: network.outputs.endpointsSubnetId
    zoneId: network.outputs.vaultZoneId
    workspaceId: monitoring.outputs.workspaceId
  }
}

var secretNames = secretSettings(usesStripe, rotatesStripe, mailHasPassword)

module secretValues 'secrets.bicep' = {
  params: {
    vault: settingsVault.outputs.name
    settings: secretNames
    values: secrets
  }
}

module server 'database.bicep' = {
  params: {
    // A restored server has a name of its own, and is this one from then on.
    name: region.?databaseServer ?? 'psql-${globalName}'
    location: location
    tags: tags
    size: size
    owner: identities.outputs.owner
    subnetId: network.outputs.endpointsSubnetId
    zoneId: network.outputs.postgresZoneId
    workspaceId: monitoring.outputs.workspaceId
  }
}

// What is tried out wakes nobody, and has its rules all the same.
module alerts 'alerts.bicep' = {
  params: {
    name: name
    location: location
    tags: tags
    insightsId: monitoring.outputs.insightsId
    workspaceId: monitoring.outputs.workspaceId
    databaseId: server.outputs.id
    actionGroupId: monitoring.outputs.actionGroupId
    runbooks: runbooks
    areEnabled: environment != 'dev'
  }
}

module workbook 'workbook.bicep' = {
  params: {
    name: name
    location: location
    tags: tags
    insightsId: monitoring.outputs.insightsId
  }
}

module scheduler 'durableTaskScheduler.bicep' = if (durableBackend == 'DurableTaskScheduler') {
  params: {
    name: 'dts-${globalName}'
    location: location
    tags: tags
    taskHub: taskHub
    principalId: identities.outputs.host.principalId
  }
}

// 6432 is PgBouncer. Nothing of ours outlives a transaction, so a connection that goes back to the pool needs no reset.
var pooled = 'Host=${server.outputs.host};Port=6432;Database=${database};SSL Mode=VerifyFull;Maximum Pool Size=${size.instancePoolSize};No Reset On Close=true'

var hostSettings = {
  AzureWebJobsStorage__accountName: hostStorage.outputs.name
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identities.outputs.host.clientId
  APPLICATIONINSIGHTS_CONNECTION_STRING: monitoring.outputs.insightsConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identities.outputs.host.clientId};Authorization=AAD'
  // Which of its identities the app is where it does not say: the host's.
  AZURE_CLIENT_ID: identities.outputs.host.clientId
  // As in host.json, unless the region has another hub: then infra/scripts/deploy.sh writes it there, where the scale controller looks.
  AzureFunctionsJobHost__extensions__durableTask__hubName: taskHub
}

var durableSettings = durableBackend == 'DurableTaskScheduler'
  ? {
      AzureFunctionsJobHost__extensions__durableTask__storageProvider__type: 'azureManaged'
      AzureFunctionsJobHost__extensions__durableTask__storageProvider__connectionStringName: 'DURABLE_TASK_SCHEDULER_CONNECTION_STRING'
      DURABLE_TASK_SCHEDULER_CONNECTION_STRING: 'Endpoint=${scheduler!.outputs.endpoint};Authentication=ManagedIdentity;ClientID=${identities.outputs.host.clientId}'
    }
  : {}

var ownSettings = {
  // A key of one region's API is refused by another.
  FleetChat__Environment: '${environment}${region.code}'
  FleetChat__PublicBaseUrl: publicBaseUrl
  FleetChat__Postgres__App: '${pooled};Username=${identities.outputs.app.name}'
  FleetChat__Postgres__AppIdentity: identities.outputs.app.clientId
  FleetChat__Postgres__System: '${pooled};Username=${identities.outputs.system.name}'
  FleetChat__Postgres__SystemIdentity: identities.outputs.system.clientId
  FleetChat__Secrets__Vault: keyVault.outputs.uri
  FleetChat__Media__Blobs: '${dataStorage.outputs.blobEndpoint}media'
  FleetChat__Audit__Blobs: '${dataStorage.outputs.blobEndpoint}audit-anchors'
  // Functions' own front end is the last to write X-Forwarded-For; Front Door stands before it.
  FleetChat__Audit__Proxies: empty(frontDoorId) ? '0' : '1'
}

var issuerSettings = [
  for (issuer, i) in issuers: union(
    {
      'FleetChat__Identity__Issuers__${i}__Issuer': issuer.issuer
      'FleetChat__Identity__Issuers__${i}__Audience': issuer.audience
    },
    issuer.?jwksUri == null ? {} : { 'FleetChat__Identity__Issuers__${i}__JwksUri': issuer.?jwksUri ?? '' },
    issuer.?metadataUri == null ? {} : { 'FleetChat__Identity__Issuers__${i}__MetadataUri': issuer.?metadataUri ?? '' }
  )
]

var personSettings = [
  for (person, i) in platformPeople: {
    'FleetChat__Identity__PlatformPeople__${i}__Issuer': person.issuer
    'FleetChat__Identity__PlatformPeople__${i}__Subject': person.subject
    'FleetChat__Identity__PlatformPeople__${i}__Role': person.role
  }
]

module functions 'functionApp.bicep' = {
  params: {
    name: functionAppName
    planName: 'plan-${name}'
    location: location
    tags: tags
    size: size
    host: identities.outputs.host
    databaseIdentityIds: [identities.outputs.app.id, identities.outputs.system.id]
    subnetId: network.outputs.functionsSubnetId
    packages: '${packageStorage.outputs.blobEndpoint}deployments'
    settings: union(
      common,
      settings,
      toObject(secretNames, setting => setting, setting => vaultReference(settingsVault.outputs.uri, setting)),
      reduce(concat(issuerSettings, personSettings), {}, (all, some) => union(all, some)),
      ownSettings,
      durableSettings,
      hostSettings
    )
    frontDoorId: frontDoorId
    isStopped: region.?areHostsStopped ?? false
    workspaceId: monitoring.outputs.workspaceId
  }
  dependsOn: [secretValues]
}

module jobs 'jobEnvironment.bicep' = {
  params: {
    name: name
    location: location
    tags: tags
    subnetId: network.outputs.jobsSubnetId
    workspaceId: monitoring.outputs.workspaceId
  }
}

var packageUrl = '${packageStorage.outputs.blobEndpoint}migrations/${packageName}'

// Brings the database to the new code's version before that code comes, as the owner.
module migrations 'packageJob.bicep' = {
  params: {
    name: 'caj-${name}'
    location: location
    tags: tags
    environmentId: jobs.outputs.id
    identityIds: [identities.outputs.owner.id]
    clientId: identities.outputs.owner.clientId
    packageUrl: packageUrl
    arguments: 'migrate'
    settings: {
      // 5432 is the server itself: who migrates holds locks of his session.
      FleetChat__Migration__Administrator: 'Host=${server.outputs.host};Port=5432;Database=postgres;SSL Mode=VerifyFull;Username=${identities.outputs.owner.name}'
      FleetChat__Migration__Identity: identities.outputs.owner.clientId
      FleetChat__Migration__Database: database
      FleetChat__Migration__App: identities.outputs.app.name
      FleetChat__Migration__AppPrincipal: identities.outputs.app.principalId
      FleetChat__Migration__System: identities.outputs.system.name
      FleetChat__Migration__SystemPrincipal: identities.outputs.system.principalId
    }
  }
}

// Marks a restored database before any host works on it, shows how the restore stands, and ends it: docs/restore.md. It is the app, without the app's secrets,
// for a job gets no values of a vault's; a restore needs none of them.
module restores 'packageJob.bicep' = {
  params: {
    name: 'caj-restore-${environment}-${region.code}'
    location: location
    tags: tags
    environmentId: jobs.outputs.id
    identityIds: [identities.outputs.host.id, identities.outputs.app.id, identities.outputs.system.id]
    clientId: identities.outputs.host.clientId
    packageUrl: packageUrl
    arguments: 'restore status'
    settings: union(toObject(filter(items(union(common, settings)), setting => !empty(setting.value)), setting => setting.key, setting => setting.value), ownSettings)
  }
}

@description('What a deployment has to know of a region.')
output site object = {
  code: region.code
  subscription: subscription().subscriptionId
  resourceGroup: resourceGroup().name
  functionApp: functions.outputs.name
  job: migrations.outputs.name
  restoreJob: restores.outputs.name
  packageAccount: packageStorage.outputs.name
  packageContainer: 'migrations'
  packageName: packageName
  // At a name that is there from the first deployment on; a hostname's CNAME may not be.
  readyUrl: 'https://${ownHost}/health/ready'
  taskHub: taskHub
  areHostsStopped: region.?areHostsStopped ?? false
}
output hostname string = functions.outputs.hostname
output workspaceId string = monitoring.outputs.workspaceId
output insightsId string = monitoring.outputs.insightsId
output actionGroupId string = monitoring.outputs.actionGroupId
output databaseId string = server.outputs.id
output functionAppId string = functions.outputs.id
output hostStorageId string = hostStorage.outputs.id
