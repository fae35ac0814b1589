// Brings the database to the new code's version before that code comes: from inside, as the owner, with the published package itself.
import { identityType } from 'identities.bicep'

param name string
param location string
param tags object
param owner identityType
param subnetId string
param workspaceId string

@description('Where the package lies.')
param packageUrl string

param settings { *: string }

resource environment 'Microsoft.App/managedEnvironments@2025-01-01' = {
  name: 'cae-${name}'
  location: location
  tags: tags
  properties: {
    // By diagnostic settings: the other way wants the workspace's key.
    appLogsConfiguration: { destination: 'azure-monitor' }
    vnetConfiguration: {
      infrastructureSubnetId: subnetId
      internal: true
    }
    workloadProfiles: [{ name: 'Consumption', workloadProfileType: 'Consumption' }]
  }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: environment
  name: 'logs'
  properties: {
    workspaceId: workspaceId
    logs: [
      { category: 'ContainerAppConsoleLogs', enabled: true }
      { category: 'ContainerAppSystemLogs', enabled: true }
    ]
  }
}

resource job 'Microsoft.App/jobs@2025-01-01' = {
  name: 'caj-${name}'
  location: location
  tags: tags
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${owner.id}': {} }
  }
  properties: {
    environmentId: environment.id
    workloadProfileName: 'Consumption'
    configuration: {
      triggerType: 'Manual'
      manualTriggerConfig: { parallelism: 1, replicaCompletionCount: 1 }
      // A migration may rewrite a large table: half an hour is the longest that it gives itself.
      replicaTimeout: 3600
      // A second try would hide the first one's reason; the scripts that took effect are in the journal.
      replicaRetryLimit: 0
    }
    template: {
      containers: [
        {
          name: 'migrate'
          // The SDK's image: unlike the runtime's it has curl.
          image: 'mcr.microsoft.com/dotnet/sdk:10.0'
          command: ['/bin/bash']
          args: ['-c', loadTextContent('../scripts/run-migrations.sh')]
          resources: {
            #disable-next-line BCP036 // the type says a whole number, the service takes halves
            cpu: json('0.5')
            memory: '1Gi'
          }
          env: concat(
            [
              { name: 'AZURE_CLIENT_ID', value: owner.clientId }
              { name: 'PACKAGE_URL', value: packageUrl }
            ],
            map(items(settings), setting => { name: setting.key, value: setting.value })
          )
        }
      ]
    }
  }
}

output name string = job.name
