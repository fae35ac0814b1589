// Secrets that this deployment brings. One that it does not bring stays as it is.
param vault string

@description('Settings that are secrets, as the app spells them.')
param settings string[]

@description('Values by setting.')
@secure()
param values object

resource held 'Microsoft.KeyVault/vaults@2024-11-01' existing = {
  name: vault
}

resource brought 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = [
  for setting in settings: if (!empty(values[?setting])) {
    parent: held
    name: replace(setting, '__', '-')
    properties: {
      value: values[setting]
      contentType: setting
    }
  }
]
