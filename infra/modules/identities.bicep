// One identity for each role of the database, and one for the host, which the database does not know.
param name string
param location string
param tags object

@description('The host: storage, vaults, telemetry.')
resource host 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-${name}-host'
  location: location
  tags: tags
}

@description('Rows of one company at a time: fleetchat_app.')
resource app 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-${name}-app'
  location: location
  tags: tags
}

@description('Routing and sweeps: fleetchat_system.')
resource system 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-${name}-system'
  location: location
  tags: tags
}

@description('Migrates, and no host has it: fleetchat_owner.')
resource owner 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-${name}-owner'
  location: location
  tags: tags
}

@export()
type identityType = {
  id: string
  name: string
  clientId: string
  principalId: string
}

output host identityType = {
  id: host.id
  name: host.name
  clientId: host.properties.clientId
  principalId: host.properties.principalId
}

output app identityType = {
  id: app.id
  name: app.name
  clientId: app.properties.clientId
  principalId: app.properties.principalId
}

output system identityType = {
  id: system.id
  name: system.name
  clientId: system.properties.clientId
  principalId: system.properties.principalId
}

output owner identityType = {
  id: owner.id
  name: owner.name
  clientId: owner.properties.clientId
  principalId: owner.properties.principalId
}
