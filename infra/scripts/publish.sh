#!/usr/bin/env bash
# Publishes the functions once, as both packages: for the app, and for the job that migrates with the same code.
set -euo pipefail
cd "$(dirname "$0")/../.."

rm -rf artifacts
# What /health/ready says of itself: the moment too, so that the same commit with another package is told from it.
version=$(date -u +%Y%m%d-%H%M%S)-$(git rev-parse --short HEAD)
dotnet publish FleetChat.Functions --configuration Release --output artifacts/app \
  -p:InformationalVersion="$version" -p:IncludeSourceRevisionInInformationalVersion=false
echo "$version" >artifacts/version
tar --create --gzip --file artifacts/fleetchat.tar.gz --directory artifacts/app .
(cd artifacts/app && zip --quiet --recurse-paths ../fleetchat.zip .)
