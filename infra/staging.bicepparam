using 'main.bicep'

import { sizes } from 'environments.bicep'

param environment = 'staging'
param size = sizes.staging

// Two regions, as production has: what has to be told apart is told apart here first.
param regions = [
  { code: 'weu', location: 'westeurope', addressSpace: '10.41.0.0/22', hostnames: [] }
  { code: 'eus2', location: 'eastus2', addressSpace: '10.41.4.0/22', hostnames: [] }
]
param hasFrontDoor = true
param usesStripe = true

param settings = {
  FleetChat__Mail__From: readEnvironmentVariable('FLEETCHAT_MAIL_FROM', 'FleetChat staging <no-reply@example.com>')
  FleetChat__Mail__Host: readEnvironmentVariable('FLEETCHAT_MAIL_HOST', 'smtp.example.com')
  FleetChat__Mail__User: readEnvironmentVariable('FLEETCHAT_MAIL_USER', 'fleetchat')
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
