// PostgreSQL, reached from inside the network alone, by identities alone, through PgBouncer in transaction mode.
import { sizeType } from 'types.bicep'
import { identityType } from 'identities.bicep'

param name string
param location string
param tags object
param size sizeType

@description('Who migrates: the server\'s only administrator.')
param owner identityType

param subnetId string
param zoneId string
param workspaceId string

var configuration = [
  { name: 'pgbouncer.enabled', value: 'true' }
  // Sessions belong to transactions: nothing of ours outlives one.
  { name: 'pgbouncer.pool_mode', value: 'transaction' }
  { name: 'pgbouncer.default_pool_size', value: string(size.databasePoolSize) }
  { name: 'pgbouncer.max_client_conn', value: '5000' }
  // A query that found no server session for so long is an error that its caller tries again, and no request that hangs.
  { name: 'pgbouncer.query_wait_timeout', value: '30' }
  { name: 'require_secure_transport', value: 'on' }
  { name: 'ssl_min_protocol_version', value: 'TLSv1.2' }
  // A transaction that its process left holds locks and keeps vacuum from its work.
  { name: 'idle_in_transaction_session_timeout', value: '60000' }
  { name: 'log_lock_waits', value: 'on' }
  // Statements carry parameters apart from their text; parameters are people's data and are not logged.
  { name: 'log_parameter_max_length', value: '0' }
  { name: 'log_parameter_max_length_on_error', value: '0' }
]

resource server 'Microsoft.DBforPostgreSQL/flexibleServers@2024-08-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: size.databaseSku
    tier: size.databaseTier
  }
  properties: {
    version: '17'
    createMode: 'Default'
    authConfig: {
      activeDirectoryAuth: 'Enabled'
      passwordAuth: 'Disabled'
      tenantId: tenant().tenantId
    }
    network: { publicNetworkAccess: 'Disabled' }
    storage: {
      storageSizeGB: size.databaseStorageGB
      autoGrow: 'Enabled'
    }
    highAvailability: { mode: size.databaseHasStandby ? 'ZoneRedundant' : 'Disabled' }
    backup: {
      backupRetentionDays: size.databaseBackupDays
      geoRedundantBackup: size.databaseHasGeoBackup ? 'Enabled' : 'Disabled'
    }
    // Sunday night in Europe and America: the fewest trucks are on the road.
    maintenanceWindow: {
      customWindow: 'Enabled'
      dayOfWeek: 0
      startHour: 3
      startMinute: 0
    }
  }
}

resource administrator 'Microsoft.DBforPostgreSQL/flexibleServers/administrators@2024-08-01' = {
  parent: server
  name: owner.principalId
  properties: {
    principalName: owner.name
    principalType: 'ServicePrincipal'
    tenantId: tenant().tenantId
  }
}

// One after the other: the server takes one change at a time.
@batchSize(1)
resource parameters 'Microsoft.DBforPostgreSQL/flexibleServers/configurations@2024-08-01' = [
  for parameter in configuration: {
    parent: server
    name: parameter.name
    properties: {
      value: parameter.value
      source: 'user-override'
    }
    dependsOn: [administrator]
  }
]

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: server
  name: 'logs'
  properties: {
    workspaceId: workspaceId
    logs: [
      { category: 'PostgreSQLLogs', enabled: true }
      { category: 'PostgreSQLFlexSessions', enabled: true }
    ]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

module inside 'privateEndpoint.bicep' = {
  params: {
    name: name
    location: location
    tags: tags
    subnetId: subnetId
    zoneId: zoneId
    serviceId: server.id
    part: 'postgresqlServer'
  }
  dependsOn: [parameters]
}

output id string = server.id
output host string = server.properties.fullyQualifiedDomainName
