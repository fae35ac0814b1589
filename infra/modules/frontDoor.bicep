// The one way in from outside, where an environment wants one: certificates for companies' own hostnames, and a place to stop a flood.
param name string
param tags object

@description('One name for each region, as in its other names.')
param sites string[]

resource profile 'Microsoft.Cdn/profiles@2025-04-15' = {
  name: name
  location: 'global'
  tags: tags
  sku: { name: 'Standard_AzureFrontDoor' }
  properties: {
    // Webhooks are answered in a second; what takes longer than a minute is not coming.
    originResponseTimeoutSeconds: 60
  }
}

resource endpoints 'Microsoft.Cdn/profiles/afdEndpoints@2025-04-15' = [
  for site in sites: {
    parent: profile
    name: 'fde-${site}'
    location: 'global'
    tags: tags
    properties: { enabledState: 'Enabled' }
  }
]

@description('The sites\' own names there, in their order.')
output hosts string[] = [for (site, i) in sites: endpoints[i].properties.hostName]

@description('What stands in X-Azure-FDID of every request of this profile.')
output frontDoorId string = profile.properties.frontDoorId
