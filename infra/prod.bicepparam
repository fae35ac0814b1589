using 'main.bicep'

import { sizes } from 'environments.bicep'

param environment = 'prod'
param size = sizes.prod

// Hostnames have to point to Front Door before it can make their certificates: docs/azure.md.
param regions = [
  {
    code: 'weu'
    location: 'westeurope'
    addressSpace: '10.42.0.0/22'
    publicBaseUrl: readEnvironmentVariable('FLEETCHAT_URL_WEU', 'https://eu.example.com')
    hostnames: json(readEnvironmentVariable('FLEETCHAT_HOSTNAMES_WEU', '["eu.example.com"]'))
  }
  {
    code: 'eus2'
    location: 'eastus2'
    addressSpace: '10.42.4.0/22'
    publicBaseUrl: readEnvironmentVariable('FLEETCHAT_URL_EUS2', 'https://us.example.com')
    hostnames: json(readEnvironmentVariable('FLEETCHAT_HOSTNAMES_EUS2', '["us.example.com"]'))
  }
]
param hasFrontDoor = true
param usesStripe = true

param settings = {
  FleetChat__Mail__From: readEnvironmentVariable('FLEETCHAT_MAIL_FROM', 'FleetChat <no-reply@example.com>')
  FleetChat__Mail__Host: readEnvironmentVariable('FLEETCHAT_MAIL_HOST', 'smtp.example.com')
  FleetChat__Mail__User: readEnvironmentVariable('FLEETCHAT_MAIL_USER', 'fleetchat')
  FleetChat__Billing__SupplierName: readEnvironmentVariable('FLEETCHAT_SUPPLIER_NAME', 'FleetChat')
  FleetChat__Billing__SupplierAddress: readEnvironmentVariable('FLEETCHAT_SUPPLIER_ADDRESS', '')
  FleetChat__Billing__SupplierTaxId: readEnvironmentVariable('FLEETCHAT_SUPPLIER_TAX_ID', '')
  FleetChat__Billing__LegalFooter: readEnvironmentVariable('FLEETCHAT_LEGAL_FOOTER', '')
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
