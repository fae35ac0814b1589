// Runs the published package from inside the network, without the Functions host, when somebody starts it: to migrate, or to mark a restored database.
param name string
param location string
param tags object
param environmentId string

@description('Whom it may be.')
param identityIds string[]

@description('Whose tokens it shows where nothing else is said: he reads the package.')
param clientId string

@description('Where the package lies.')
param packageUrl string

@description('What the package is told to do.')
param arguments string

param settings { *: string }

resource job 'Microsoft.App/jobs@2025-01-01' = {
  name: name
  location: location
  tags: tags
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: toObject(identityIds, id => id, id => {})
  }
  properties: {
    environmentId: environmentId
    workloadProfileName: 'Consumption'
    configuration: {
      triggerType: 'Manual'
      manualTriggerConfig: { parallelism: 1, replicaCompletionCount: 1 }
      // A migration may rewrite a large table: half an hour is the longest that it gives itself.
      replicaTimeout: 3600
      // A second try would hide the first one's reason; what took effect is done, and is not done twice.
      replicaRetryLimit: 0
    }
    template: {
      containers: [
        {
          name: 'package'
          // The SDK's image: unlike the runtime's it has curl.
          image: 'mcr.microsoft.com/dotnet/sdk:10.0'
          command: ['/bin/bash']
          args: ['-c', loadTextContent('../scripts/run-package.sh')]
          resources: {
            #disable-next-line BCP036 // the type says a whole number, the service takes halves
            cpu: json('0.5')
            memory: '1Gi'
          }
          env: concat(
            [
              { name: 'AZURE_CLIENT_ID', value: clientId }
              { name: 'PACKAGE_URL', value: packageUrl }
              { name: 'PACKAGE_ARGUMENTS', value: arguments }
            ],
            map(items(settings), setting => { name: setting.key, value: setting.value })
          )
        }
      ]
    }
  }
}

output name string = job.name
