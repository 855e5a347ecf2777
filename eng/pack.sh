#!/usr/bin/env bash
# Packs what a release publishes, with symbols, and writes a bill of materials beside each package:
# eng/pack.sh DIRECTORY [OPTION OF DOTNET PACK...]
set -euo pipefail

out=$(realpath -m "${1:?a directory for the packages}")
shift
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

dotnet tool restore --verbosity quiet
for project in client/Dinov2Cluster.Client client/Dinov2Cluster.Cli; do
  name=$(basename "$project")
  dotnet pack -c Release "$project" --output "$out" --verbosity quiet "$@"
  package=$(basename "$out/$name".*.nupkg .nupkg)
  dotnet tool run dotnet-CycloneDX "$project/$name.csproj" --disable-package-restore --output "$out" --filename "$name.cdx.json" --output-format Json \
    --set-name "$name" --set-version "${package#"$name".}"
done
