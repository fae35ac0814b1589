# Runs inside a job: fetches the published package as the job's identity, and lets it do what PACKAGE_ARGUMENTS says: "migrate", "restore status".
# Its exit code is the job's, and one that is not 0 stops a deployment.
set -euo pipefail

token=$(curl --fail --silent --show-error --retry 5 --header "X-IDENTITY-HEADER: $IDENTITY_HEADER" \
  "$IDENTITY_ENDPOINT?api-version=2019-08-01&resource=https%3A%2F%2Fstorage.azure.com%2F&client_id=$AZURE_CLIENT_ID" \
  | sed --regexp-extended 's/.*"access_token" *: *"([^"]+)".*/\1/')

mkdir --parents /tmp/package
curl --fail --silent --show-error --retry 5 --location \
  --header "Authorization: Bearer $token" --header "x-ms-version: 2023-11-03" "$PACKAGE_URL" \
  | tar --extract --gzip --directory /tmp/package

# Words, none of which has a space in it.
exec dotnet /tmp/package/FleetChat.Functions.dll $PACKAGE_ARGUMENTS
