// One region's functions behind the Front Door, with their hostnames.
param profileName string

@description('The region\'s, as in its other names.')
param name string

param originHost string
param hostnames string[]

resource profile 'Microsoft.Cdn/profiles@2025-04-15' existing = {
  name: profileName
}

resource endpoint 'Microsoft.Cdn/profiles/afdEndpoints@2025-04-15' existing = {
  parent: profile
  name: 'fde-${name}'
}

resource origins 'Microsoft.Cdn/profiles/originGroups@2025-04-15' = {
  parent: profile
  name: 'functions-${name}'
  properties: {
    loadBalancingSettings: {
      sampleSize: 4
      successfulSamplesRequired: 3
      additionalLatencyInMilliseconds: 50
    }
    healthProbeSettings: {
      probePath: '/health/live'
      probeRequestType: 'GET'
      probeProtocol: 'Https'
      probeIntervalInSeconds: 60
    }
    sessionAffinityState: 'Disabled'
  }

  resource functions 'origins' = {
    name: 'functions'
    properties: {
      hostName: originHost
      // The app answers to its own name; who was called stands in X-Forwarded-Host.
      originHostHeader: originHost
      httpsPort: 443
      priority: 1
      weight: 1000
      enforceCertificateNameCheck: true
      enabledState: 'Enabled'
    }
  }
}

resource domains 'Microsoft.Cdn/profiles/customDomains@2025-04-15' = [
  for hostname in hostnames: {
    parent: profile
    name: replace(hostname, '.', '-')
    properties: {
      hostName: hostname
      tlsSettings: {
        certificateType: 'ManagedCertificate'
        minimumTlsVersion: 'TLS12'
      }
    }
  }
]

resource route 'Microsoft.Cdn/profiles/afdEndpoints/routes@2025-04-15' = {
  parent: endpoint
  name: 'all'
  properties: {
    originGroup: { id: origins.id }
    supportedProtocols: ['Https']
    patternsToMatch: ['/*']
    forwardingProtocol: 'HttpsOnly'
    httpsRedirect: 'Disabled'
    linkToDefaultDomain: 'Enabled'
    customDomains: [for (hostname, i) in hostnames: { id: domains[i].id }]
    enabledState: 'Enabled'
  }
  dependsOn: [origins::functions]
}
