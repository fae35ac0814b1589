// How large each environment is. The parameter files say which one; docs/azure.md says what the warm instances cost.
import { sizeType } from 'modules/types.bicep'

@export()
var sizes = {
  dev: dev
  staging: staging
  prod: prod
}

// As small as goes: one warm instance, so that Meta's first webhook is answered in time, and no standby.
@export()
var dev sizeType = {
  instanceMemoryMB: 2048
  maximumInstanceCount: 40
  httpConcurrency: 16
  alwaysReady: [
    { name: 'http', instanceCount: 1 }
  ]
  areFunctionsInZones: false
  databaseSku: 'Standard_D2ds_v5'
  databaseTier: 'GeneralPurpose'
  databaseStorageGB: 32
  databaseBackupDays: 7
  databaseHasStandby: false
  databaseHasGeoBackup: false
  databasePoolSize: 20
  instancePoolSize: 10
  storageSku: 'Standard_LRS'
  logDailyCapGB: 1
  logRetentionDays: 30
}

// Built as production is, and smaller: what fails over there is tried here. But for the functions' zones, which cost two instances for each queue and timer.
@export()
var staging sizeType = {
  instanceMemoryMB: 2048
  maximumInstanceCount: 40
  httpConcurrency: 16
  alwaysReady: [
    { name: 'http', instanceCount: 2 }
  ]
  areFunctionsInZones: false
  databaseSku: 'Standard_D2ds_v5'
  databaseTier: 'GeneralPurpose'
  databaseStorageGB: 64
  databaseBackupDays: 14
  databaseHasStandby: true
  databaseHasGeoBackup: false
  databasePoolSize: 20
  instancePoolSize: 10
  storageSku: 'Standard_ZRS'
  logDailyCapGB: 2
  logRetentionDays: 30
}

// In two zones: one may die while a webhook, an event and a message are on their way. Azure then keeps two instances of every function group (docs/azure.md has the
// sum); these four are named so that they stay if the zones are given up.
@export()
var prod sizeType = {
  instanceMemoryMB: 2048
  maximumInstanceCount: 200
  httpConcurrency: 16
  alwaysReady: [
    { name: 'http', instanceCount: 2 }
    { name: 'durable', instanceCount: 2 }
    { name: 'function:ProcessLane', instanceCount: 2 }
    { name: 'function:SendLane', instanceCount: 2 }
  ]
  areFunctionsInZones: true
  databaseSku: 'Standard_D4ds_v5'
  databaseTier: 'GeneralPurpose'
  databaseStorageGB: 256
  databaseBackupDays: 35
  databaseHasStandby: true
  databaseHasGeoBackup: true
  databasePoolSize: 60
  instancePoolSize: 10
  storageSku: 'Standard_GZRS'
  logDailyCapGB: 10
  logRetentionDays: 90
}
