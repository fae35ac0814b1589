// For azd, which looks for this name: the environment is FLEETCHAT_ENVIRONMENT, one region, no Front Door. Production is deployed with its own
// parameter file, by the workflow.
using 'main.bicep'

import { sizes } from 'environments.bicep'

param environment = readEnvironmentVariable('FLEETCHAT_ENVIRONMENT', 'dev')
param size = sizes[readEnvironmentVariable('FLEETCHAT_ENVIRONMENT', 'dev')]

// A restored server, and orchestrations that begin anew on it: docs/restore.md.
var databaseServer = readEnvironmentVariable('FLEETCHAT_DATABASE_SERVER', '')

param regions = [
  {
    code: readEnvironmentVariable('FLEETCHAT_REGION', 'weu')
    location: readEnvironmentVariable('AZURE_LOCATION', 'westeurope')
    addressSpace: '10.40.0.0/22'
    databaseServer: empty(databaseServer) ? null : databaseServer
    taskHub: readEnvironmentVariable('FLEETCHAT_TASK_HUB', 'fleetchat')
    areHostsStopped: bool(readEnvironmentVariable('FLEETCHAT_HOSTS_STOPPED', 'false'))
    hostnames: []
  }
]

param usesStripe = bool(readEnvironmentVariable('FLEETCHAT_USES_STRIPE', 'false'))
param mailHasPassword = bool(readEnvironmentVariable('FLEETCHAT_MAIL_HAS_PASSWORD', 'false'))

param settings = {
  FleetChat__Mail__From: readEnvironmentVariable('FLEETCHAT_MAIL_FROM', 'FleetChat <no-reply@example.com>')
  FleetChat__Mail__Host: readEnvironmentVariable('FLEETCHAT_MAIL_HOST', 'smtp.example.com')
  FleetChat__Mail__User: readEnvironmentVariable('FLEETCHAT_MAIL_USER', '')
}

// The same in every environment, from the environment of whoever deploys.
param durableBackend = readEnvironmentVariable('FLEETCHAT_DURABLE_BACKEND', 'AzureStorage')
param issuers = json(readEnvironmentVariable('FLEETCHAT_ISSUERS', '[]'))
param platformPeople = json(readEnvironmentVariable('FLEETCHAT_PLATFORM_PEOPLE', '[]'))
param rotatesStripe = bool(readEnvironmentVariable('FLEETCHAT_ROTATES_STRIPE', 'false'))
param secrets = json(readEnvironmentVariable('FLEETCHAT_SECRETS', '{}'))
param operatorAddresses = json(readEnvironmentVariable('FLEETCHAT_OPERATOR_ADDRESSES', '[]'))
param alertMailboxes = json(readEnvironmentVariable('FLEETCHAT_ALERT_MAILBOXES', '[]'))
param runbooks = readEnvironmentVariable('FLEETCHAT_RUNBOOKS', 'docs/runbooks')
param deployerPrincipalId = readEnvironmentVariable('AZURE_PRINCIPAL_ID', '')
param azdEnvironment = readEnvironmentVariable('AZURE_ENV_NAME', environment)
