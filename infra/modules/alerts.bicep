// Who is woken, and for what: alerts.json holds the promises of docs/slo.md and the rules beside them, each with its runbook.

@description('Stands in names, as elsewhere: fleetchat-prod-weu.')
param name string
param location string
param tags object

@description('The Application Insights component.')
param insightsId string

@description('Its Log Analytics workspace.')
param workspaceId string

@description('The PostgreSQL server.')
param databaseId string

param actionGroupId string

@description('Where docs/runbooks is read, without a slash at the end: https://github.com/OWNER/REPOSITORY/blob/main/docs/runbooks')
param runbooks string

@description('An environment that nobody is woken for has its rules all the same, to be tried.')
param areEnabled bool = true

var data = loadJsonContent('alerts.json')

// An alert fires while a promise's budget of a month is used up at so many times its pace, over a long window and still in a short one.
var burnRules = flatten(map(
  data.promises,
  promise =>
    map(data.burns, burn => {
      name: '${promise.name}-${burn.name}'
      title: '${promise.title} (${burn.name})'
      severity: burn.severity
      scope: 'insights'
      window: burn.window
      every: burn.every
      runbook: promise.runbook
      query: join(
        [
          'customMetrics'
          '| where timestamp > ago(${burn.long}) and name == \'${promise.metric}\' and ${promise.where}'
          '| extend isBad = tostring(customDimensions.result) != \'${promise.good}\', isRecent = timestamp > ago(${burn.short})'
          '| summarize total = sum(valueSum), bad = sumif(valueSum, isBad), lately = sumif(valueSum, isRecent), badLately = sumif(valueSum, isBad and isRecent)'
          '| where total >= ${promise.least} and lately > 0'
          '| extend burn = min_of(bad / total, badLately / lately) / ${promise.budget}'
          '| where burn >= ${burn.factor}'
        ],
        '\n'
      )
    })
))

var otherRules = map(data.rules, rule => {
  name: rule.name
  title: rule.title
  severity: rule.severity
  scope: rule.scope
  window: rule.window
  every: rule.every
  runbook: rule.runbook
  query: join(rule.query, '\n')
})

resource logAlerts 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for rule in concat(burnRules, otherRules): {
    name: 'alert-${name}-${rule.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: '${rule.title} (${name})'
      description: 'Runbook: ${runbooks}/${rule.runbook}'
      severity: rule.severity
      enabled: areEnabled
      scopes: [rule.scope == 'workspace' ? workspaceId : insightsId]
      evaluationFrequency: rule.every
      windowSize: rule.window
      criteria: {
        allOf: [
          {
            query: rule.query
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: 0
            failingPeriods: {
              numberOfEvaluationPeriods: 1
              minFailingPeriodsToAlert: 1
            }
          }
        ]
      }
      autoMitigate: true
      // A component that has had no telemetry yet knows no such columns.
      skipQueryValidation: true
      actions: {
        actionGroups: [actionGroupId]
        customProperties: {
          runbook: '${runbooks}/${rule.runbook}'
        }
      }
    }
  }
]

resource databaseAlerts 'Microsoft.Insights/metricAlerts@2018-03-01' = [
  for rule in data.database: {
    name: 'alert-${name}-${rule.name}'
    location: 'global'
    tags: tags
    properties: {
      description: '${rule.title}. Runbook: ${runbooks}/${rule.runbook}'
      severity: rule.severity
      enabled: areEnabled
      scopes: [databaseId]
      evaluationFrequency: rule.every
      windowSize: rule.window
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
        allOf: [
          {
            criterionType: 'StaticThresholdCriterion'
            name: rule.name
            metricNamespace: 'Microsoft.DBforPostgreSQL/flexibleServers'
            metricName: rule.metric
            operator: 'GreaterThan'
            threshold: rule.threshold
            timeAggregation: 'Average'
          }
        ]
      }
      autoMitigate: true
      actions: [
        {
          actionGroupId: actionGroupId
          webHookProperties: {
            runbook: '${runbooks}/${rule.runbook}'
          }
        }
      ]
    }
  }
]
