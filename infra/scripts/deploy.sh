#!/usr/bin/env bash
# Deploys the published package to every region, one after the other, and waits until each says that the new code is there and ready.
# SITES is the template's output. Exit code 1 if one does not: the regions after it keep what they have.
set -euo pipefail
cd "$(dirname "$0")/../.."

part() { jq --raw-output ".$1" <<<"$site"; }

version=$(cat artifacts/version)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The package with the region's task hub in its host.json: Azure's scale controller reads that text, and no setting. The text is taken out of the package, so that one
# that another run has published will do (docs/deploying.md, the way back).
package_of_region() {
  cp artifacts/fleetchat.zip "$work/fleetchat.zip"
  unzip -p artifacts/fleetchat.zip host.json | sed "s/\"hubName\": *\"[^\"]*\"/\"hubName\": \"$(part taskHub)\"/" >"$work/host.json"
  (cd "$work" && zip --quiet fleetchat.zip host.json)
}

# An instance of the old code may answer for a while, and is ready too.
is_ready() { curl --fail --silent --show-error --max-time 20 "$(part readyUrl)" </dev/null | grep --quiet --fixed-strings "\"version\":\"$version\""; }

jq --compact-output '.[]' <<<"$SITES" | while read -r site; do
  if [ "$(part areHostsStopped)" = true ]; then
    echo "$(part code) keeps its code: its hosts are stopped."
    continue
  fi
  echo "Deploying $version to $(part code)"
  package_of_region
  az functionapp deployment source config-zip --only-show-errors --output none --subscription "$(part subscription)" \
    --resource-group "$(part resourceGroup)" --name "$(part functionApp)" --src "$work/fleetchat.zip" </dev/null
  for attempt in {1..60}; do
    is_ready && break
    if [ "$attempt" -eq 60 ]; then
      echo "$(part code) is not ready, or not with $version: see $(part readyUrl) and docs/azure.md." >&2
      exit 1
    fi
    sleep 10
  done
done
