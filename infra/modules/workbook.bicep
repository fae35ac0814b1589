// The dashboard: what workbook.json asks of Application Insights, beside the promises of docs/slo.md.

@description('Stands in names, as elsewhere: fleetchat-prod-weu.')
param name string
param location string
param tags object

@description('The Application Insights component.')
param insightsId string

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  // The same installation keeps its workbook: names of workbooks are ids.
  name: guid(resourceGroup().id, name, 'workbook')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'FleetChat ${name}'
    category: 'workbook'
    sourceId: insightsId
    version: 'Notebook/1.0'
    serializedData: loadTextContent('workbook.json')
  }
}

output workbookId string = workbook.id
