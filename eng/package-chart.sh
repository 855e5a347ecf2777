#!/usr/bin/env bash
# Packages the chart for a registry: eng/package-chart.sh VERSION REGISTRY DIRECTORY, such as 0.1.0 ghcr.io/owner out
# The chart in the repository runs images that are on the nodes; the packaged one those of the release.
set -euo pipefail

version=${1:?a version} registry=${2:?a registry and folder} out=${3:?a directory for the package}
root=$(dirname "${BASH_SOURCE[0]}")/..
if [[ ! $registry =~ ^[a-z0-9.:/_-]+$ ]]; then
  echo "eng/package-chart.sh: '$registry' is no registry; their names have lower-case letters" >&2
  exit 1
fi

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp -R "$root/helm/dinov2-cluster" "$copy/"
values=$copy/dinov2-cluster/values.yaml
sed -i "/^image:/,/^[a-z]/ s|^  registry: \"\"\$|  registry: \"$registry\"|" "$values"
if ! grep -qxF "  registry: \"$registry\"" "$values"; then
  echo "eng/package-chart.sh: values.yaml has no empty image.registry to set" >&2
  exit 1
fi

helm package "$copy/dinov2-cluster" --version "$version" --app-version "$version" --destination "$out"
