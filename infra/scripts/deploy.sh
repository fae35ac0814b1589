#!/usr/bin/env bash
# Deploys the published package to every region, one after the other, and waits until each says that it is ready.
# SITES is the template's output. Exit code 1 if one does not: the regions after it keep what they have.
set -euo pipefail
cd "$(dirname "$0")/../.."

part() { jq --raw-output ".$1" <<<"$site"; }

jq --compact-output '.[]' <<<"$SITES" | while read -r site; do
  echo "Deploying to $(part code)"
  az functionapp deployment source config-zip --only-show-errors --output none \
    --resource-group "$(part resourceGroup)" --name "$(part functionApp)" --src artifacts/fleetchat.zip </dev/null
  if ! curl --fail --silent --show-error --output /dev/null --retry 30 --retry-delay 10 --retry-all-errors "$(part url)/health/ready" </dev/null; then
    echo "$(part code) is not ready: see $(part url)/health/ready and docs/azure.md." >&2
    exit 1
  fi
done
