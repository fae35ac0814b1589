#!/usr/bin/env bash
# Publishes the functions once, as both packages: for the app, and for the job that migrates with the same code.
set -euo pipefail
cd "$(dirname "$0")/../.."

rm -rf artifacts
dotnet publish FleetChat.Functions --configuration Release --output artifacts/app
tar --create --gzip --file artifacts/fleetchat.tar.gz --directory artifacts/app .
(cd artifacts/app && zip --quiet --recurse-paths ../fleetchat.zip .)
