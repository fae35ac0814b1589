// All of FleetChat in a subscription: a whole installation for each region of the list, and what stands before them.
targetScope = 'subscription'

import { regionType, sizeType, issuerType, platformPersonType } from 'modules/types.bicep'

@description('dev, staging or prod: stands in names, tags and API keys.')
@allowed(['dev', 'staging', 'prod'])
param environment string

@description('Where the resources that belong to no region are entered.')
param location string = deployment().location

@description('Where data may stay. The first region is the one that azd deploys to; a region that is taken out of the list is not deleted.')
@minLength(1)
param regions regionType[]

param size sizeType

@description('Where orchestrations live: queues and tables of the host\'s storage, or the managed scheduler.')
param durableBackend 'AzureStorage' | 'DurableTaskScheduler' = 'AzureStorage'

@description('Puts a Front Door before the functions, and takes requests of no other.')
param hasFrontDoor bool = false

@description('Whose tokens say who somebody is; none: there are API keys only.')
param issuers issuerType[] = []

@description('FleetChat\'s own people.')
param platformPeople platformPersonType[] = []

@description('Settings that differ from modules/settings.bicep, as the app spells them: FleetChat__Billing__SupplierName.')
param settings { *: string } = {}

@description('Whether companies pay by Stripe: then its key and its webhooks\' secret lie in the vault.')
param usesStripe bool = false

@description('While Stripe signs with two secrets.')
param rotatesStripe bool = false

@description('Whether the mail server wants a password.')
param mailHasPassword bool = true

@description('Values of secret settings by name; what is not here stays as it is in the vault.')
@secure()
param secrets object = {}

@description('Addresses from which operators may enter secrets by hand.')
param operatorAddresses string[] = []

@description('Mailboxes of who is on call. Production has some.')
param alertMailboxes string[] = []

@description('Where docs/runbooks is read, without a slash at the end: alerts lead there. As it stands, a path in the repository.')
param runbooks string = 'docs/runbooks'

@description('Object id of who deploys, a person or a workflow\'s identity: azd sets it.')
param deployerPrincipalId string = ''

@description('azd finds what is its own by this.')
param azdEnvironment string = environment

var tags = {
  workload: 'fleetchat'
  environment: environment
  'azd-env-name': azdEnvironment
}

// One subscription's names are not another's, and stay what they are.
var suffixes = [for region in regions: take(uniqueString(subscription().subscriptionId, environment, region.code), 5)]

var frontDoorName = 'afd-fleetchat-${environment}'
var siteNames = [for region in regions: '${environment}-${region.code}']

resource groups 'Microsoft.Resources/resourceGroups@2024-03-01' = [
  for region in regions: {
    name: 'rg-fleetchat-${environment}-${region.code}'
    location: region.location
    tags: union(tags, { dataRegion: region.code })
  }
]

resource sharedGroup 'Microsoft.Resources/resourceGroups@2024-03-01' = if (hasFrontDoor) {
  name: 'rg-fleetchat-${environment}-shared'
  location: location
  tags: tags
}

module frontDoor 'modules/frontDoor.bicep' = if (hasFrontDoor) {
  scope: sharedGroup
  params: {
    name: frontDoorName
    tags: tags
    sites: siteNames
  }
}

module installations 'modules/region.bicep' = [
  for (region, i) in regions: {
    name: 'region-${region.code}'
    scope: groups[i]
    params: {
      environment: environment
      region: region
      size: size
      tags: union(tags, { dataRegion: region.code })
      suffix: suffixes[i]
      durableBackend: durableBackend
      frontDoorId: hasFrontDoor ? frontDoor!.outputs.frontDoorId : ''
      frontDoorHost: hasFrontDoor ? frontDoor!.outputs.hosts[i] : ''
      issuers: issuers
      platformPeople: platformPeople
      settings: settings
      usesStripe: usesStripe
      rotatesStripe: rotatesStripe
      mailHasPassword: mailHasPassword
      operatorAddresses: operatorAddresses
      alertMailboxes: environment == 'prod' && empty(alertMailboxes) ? fail('Name who is on call in FLEETCHAT_ALERT_MAILBOXES') : alertMailboxes
      runbooks: runbooks
      deployerPrincipalId: deployerPrincipalId
      secrets: secrets
    }
  }
]

module sites 'modules/frontDoorSite.bicep' = [
  for (region, i) in regions: if (hasFrontDoor) {
    name: 'front-door-${region.code}'
    scope: sharedGroup
    params: {
      profileName: frontDoorName
      name: siteNames[i]
      originHost: installations[i].outputs.hostname
      hostnames: region.hostnames
    }
  }
]

@description('For infra/scripts: every region\'s job, account and app.')
output SITES array = [for (region, i) in regions: installations[i].outputs.site]

@description('Where azd looks for the app that it deploys to.')
output AZURE_RESOURCE_GROUP string = groups[0].name
