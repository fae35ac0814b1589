// What every installation has the same unless its parameters say otherwise: local.settings.sample.json tells what each is.

@export()
var common = {
  FleetChat__Postgres__Prepare: 'false'
  FleetChat__WhatsApp__GraphBaseUrl: 'https://graph.facebook.com'
  FleetChat__WhatsApp__GraphVersion: 'v25.0'
  FleetChat__WhatsApp__MostAccounts: '20'
  FleetChat__Samsara__BaseUrl: ''
  FleetChat__Mail__From: ''
  FleetChat__Mail__Host: ''
  FleetChat__Mail__Port: '587'
  FleetChat__Mail__AlwaysTls: 'true'
  FleetChat__Mail__User: ''
  FleetChat__Mail__Password: ''
  FleetChat__Billing__SupplierName: 'FleetChat'
  FleetChat__Billing__SupplierAddress: ''
  FleetChat__Billing__SupplierTaxId: ''
  FleetChat__Billing__LegalFooter: ''
  FleetChat__Billing__InvoiceSeries: 'INV'
  FleetChat__Billing__CreditNoteSeries: 'CN'
  FleetChat__Billing__GraceHours: '24'
  FleetChat__Billing__PaymentDays: '14'
  FleetChat__Stripe__ApiKey: ''
  FleetChat__Stripe__WebhookSecret: ''
  FleetChat__Stripe__PreviousWebhookSecret: ''
  FleetChat__Stripe__BaseUrl: 'https://api.stripe.com'
  FleetChat__Stripe__WebhookToleranceSeconds: '300'
  FleetChat__Dunning__ReminderDays: '3,10,20'
  FleetChat__Dunning__SuspendAfterDays: '30'
  FleetChat__Dunning__RetryDays: '3,5,7'
  FleetChat__Webhooks__AllowLoopback: 'false'
  FleetChat__Inbox__PayloadDays: '30'
  FleetChat__Polling__Routes: '00:01:00'
  FleetChat__Polling__Drivers: '00:05:00'
  FleetChat__Polling__Assignments: '00:01:00'
  FleetChat__Polling__RoutesBack: '1.00:00:00'
  FleetChat__Polling__RoutesAhead: '2.00:00:00'
  FleetChat__RequestRate__PerSecond: '50'
  FleetChat__RequestRate__Burst: '100'
  FleetChat__RequestRate__KeyPerSecond: '40'
  FleetChat__RequestRate__KeyBurst: '80'
}

@export()
@description('Settings whose values lie in the vault; the app is given where. Those of Stripe and of the mail server only where they are used.')
func secretSettings(usesStripe bool, rotatesStripe bool, mailHasPassword bool) string[] =>
  concat(
    ['FleetChat__WhatsApp__AppSecret', 'FleetChat__WhatsApp__VerifyToken'],
    usesStripe ? ['FleetChat__Stripe__ApiKey', 'FleetChat__Stripe__WebhookSecret'] : [],
    usesStripe && rotatesStripe ? ['FleetChat__Stripe__PreviousWebhookSecret'] : [],
    mailHasPassword ? ['FleetChat__Mail__Password'] : []
  )

@export()
@description('A setting as the app gets it: Azure puts the secret\'s present value in its place.')
func vaultReference(vaultUri string, setting string) string =>
  '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/${replace(setting, '__', '-')})'
