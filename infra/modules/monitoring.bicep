// Logs, metrics and traces, with a daily cap, and whom alerts reach.
import { roleIds } from 'types.bicep'

param name string
param location string
param tags object
param dailyCapGB int
param retentionDays int

@description('The host\'s identity writes telemetry.')
param writerPrincipalId string

@description('Mailboxes of who is on call.')
param alertMailboxes string[]

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: 'log-${name}'
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: retentionDays
    workspaceCapping: { dailyQuotaGb: dailyCapGB }
    features: {
      disableLocalAuth: true
      enableLogAccessUsingOnlyResourcePermissions: true
    }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-${name}'
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    // The connection string names the component and opens nothing: who writes shows a token.
    DisableLocalAuth: true
    DisableIpMasking: false
  }
}

resource writes 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: insights
  name: guid(insights.id, writerPrincipalId, roleIds.monitoringMetricsPublisher)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.monitoringMetricsPublisher)
    principalId: writerPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource onCall 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-${name}'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'fleetchat'
    emailReceivers: [
      for (mailbox, i) in alertMailboxes: {
        name: 'on-call-${i}'
        emailAddress: mailbox
        useCommonAlertSchema: true
      }
    ]
  }
}

output workspaceId string = workspace.id
output insightsId string = insights.id
output insightsConnectionString string = insights.properties.ConnectionString
output actionGroupId string = onCall.id
