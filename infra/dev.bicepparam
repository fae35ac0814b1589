using 'main.bicep'

import { sizes } from 'environments.bicep'

param environment = 'dev'
param size = sizes.dev

param regions = [
  { code: 'weu', location: 'westeurope', addressSpace: '10.40.0.0/22', hostnames: [] }
]

// Letters of an environment that tries things go to a server that keeps them.
param settings = {
  FleetChat__Mail__From: readEnvironmentVariable('FLEETCHAT_MAIL_FROM', 'FleetChat dev <no-reply@example.com>')
  FleetChat__Mail__Host: readEnvironmentVariable('FLEETCHAT_MAIL_HOST', 'smtp.example.com')
}
param mailHasPassword = false

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
