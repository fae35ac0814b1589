#!/usr/bin/env bash
# Migrates every region's database: gives the job there the published package, starts it, and waits for its end.
# SITES is the template's output. Exit code 1 if a job fails: then no code may be deployed.
set -euo pipefail
cd "$(dirname "$0")/../.."

part() { jq --raw-output ".$1" <<<"$site"; }

jq --compact-output '.[]' <<<"$SITES" | while read -r site; do
  subscription=$(part subscription)
  group=$(part resourceGroup)
  job=$(part job)
  echo "Migrating $(part code)"
  # A right that was given a moment ago takes minutes to hold everywhere.
  for attempt in {1..30}; do
    az storage blob upload --auth-mode login --overwrite --only-show-errors --output none --subscription "$subscription" \
      --account-name "$(part packageAccount)" --container-name "$(part packageContainer)" --name "$(part packageName)" \
      --file artifacts/fleetchat.tar.gz </dev/null && break
    [ "$attempt" -lt 30 ] || exit 1
    sleep 20
  done
  execution=$(az containerapp job start --subscription "$subscription" --resource-group "$group" --name "$job" --query name --output tsv </dev/null)

  state=Running
  while [ "$state" = Running ] || [ "$state" = Processing ]; do
    sleep 10
    state=$(az containerapp job execution show --subscription "$subscription" --resource-group "$group" --name "$job" --job-execution-name "$execution" \
      --query properties.status --output tsv </dev/null)
  done
  if [ "$state" != Succeeded ]; then
    echo "The migration of $(part code) ended as $state, and no code was deployed. Its words: the table ContainerAppConsoleLogs of the region's workspace, execution $execution." >&2
    exit 1
  fi
done
