// The shapes of the parameters, and what is shared of names and roles.

@export()
@description('A place that companies\' data stay in: a whole installation of its own.')
type regionType = {
  @description('Stands in names: weu, neu, eus.')
  @minLength(2)
  @maxLength(4)
  code: string

  @description('An Azure region with availability zones.')
  location: string

  @description('The address space of its network: a /22 that overlaps no other that it will be peered with.')
  addressSpace: string

  @description('Where the world reaches the functions, if not at their own name: https://api.example.com, without a path.')
  publicBaseUrl: string?

  @description('The database server, if it is not the one that this deployment makes under its own name: one that was restored.')
  databaseServer: string?

  @description('Where orchestrations live, if not in fleetchat: a restored database gets a new one.')
  taskHub: string?

  @description('No host runs, whatever else is deployed: while a restored database is not marked yet.')
  areHostsStopped: bool?

  @description('Hostnames of companies and of the platform at this region\'s Front Door, each with a certificate that Front Door keeps.')
  hostnames: string[]
}

@export()
@description('How large an environment is, and what it costs.')
type sizeType = {
  @description('2048 is what measuring was done with; 512 and 4096 exist.')
  instanceMemoryMB: 512 | 2048 | 4096
  @minValue(1)
  @maxValue(1000)
  maximumInstanceCount: int

  @description('Requests that one instance takes at once before another is started.')
  @minValue(1)
  @maxValue(1000)
  httpConcurrency: int
  alwaysReady: alwaysReadyType[]

  @description('Functions in two zones at least. Azure then keeps two always-ready instances for http, for durable and for each queue and timer, asked for or not, and bills them.')
  areFunctionsInZones: bool

  @description('General Purpose or above: Burstable has no PgBouncer and no standby.')
  databaseSku: string
  databaseTier: 'GeneralPurpose' | 'MemoryOptimized'
  @minValue(32)
  databaseStorageGB: int
  @minValue(7)
  @maxValue(35)
  databaseBackupDays: int
  @description('A second server in another zone, which takes over by itself.')
  databaseHasStandby: bool
  databaseHasGeoBackup: bool

  @description('Server sessions that PgBouncer keeps for each login.')
  databasePoolSize: int

  @description('Connections that one instance may have to PgBouncer for each login.')
  instancePoolSize: int

  @description('Standard_LRS, Standard_ZRS, Standard_GZRS.')
  storageSku: 'Standard_LRS' | 'Standard_ZRS' | 'Standard_GZRS'

  @description('Gigabytes a day that Log Analytics takes before it stops: a loop that logs must not cost a month\'s money.')
  @minValue(1)
  logDailyCapGB: int
  @minValue(30)
  @maxValue(730)
  logRetentionDays: int
}

@export()
@description('Instances that are kept warm, for all HTTP functions, for Durable\'s, or for one other function.')
type alwaysReadyType = {
  @description('http, durable, or function: and its name.')
  name: string
  @minValue(1)
  @maxValue(20)
  instanceCount: int
}

@export()
@description('Whose tokens say who somebody is.')
type issuerType = {
  issuer: string
  audience: string
  @description('One of the two.')
  jwksUri: string?
  metadataUri: string?
}

@export()
@description('One of FleetChat\'s own people.')
type platformPersonType = {
  issuer: string
  subject: string
  role: 'platform_operator' | 'support'
}

@export()
@description('Built-in roles that are given, by their ids.')
var roleIds = {
  storageBlobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  storageBlobDataContributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
  storageBlobDataReader: '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1'
  storageQueueDataContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  storageTableDataContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
  keyVaultSecretsOfficer: 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7'
  keyVaultSecretsUser: '4633458b-17de-408a-b874-0445c86b69e6'
  monitoringMetricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb'
  durableTaskDataContributor: '0ad04412-c4d5-4796-b79c-f76d14c8d402'
}
