#!/usr/bin/env bash
# Checks that a release's tag says the version that is in the sources: eng/check-version.sh v0.1.0 [REPOSITORY_ROOT]
# Prints "version=0.1.0"; exits with 1 and a line for each place that says otherwise.
set -euo pipefail

tag=${1:?a tag, such as v0.1.0}
root=${2:-$(dirname "${BASH_SOURCE[0]}")/..}
wrong=0

complain() {
  echo "eng/check-version.sh: $1" >&2
  wrong=1
}

compare() { # file, what it says
  [[ $2 == "$version" ]] || complain "$1 says '$2', and the tag '$tag'"
}

if [[ ! $tag =~ ^v(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)$ ]]; then
  complain "'$tag' is no tag of a release, such as v0.1.0"
  exit 1
fi
version=${tag#v}

compare Directory.Build.props "$(sed -n 's|.*<VersionPrefix>\(.*\)</VersionPrefix>.*|\1|p' "$root/Directory.Build.props")"
chart=$root/helm/dinov2-cluster/Chart.yaml
if [[ -e $chart ]]; then
  for key in version appVersion; do
    compare "Chart.yaml's $key" "$(sed -n "s|^$key: *[\"']\{0,1\}\([^\"' ]*\).*|\1|p" "$chart")"
  done
fi
for dockerfile in "$root"/deploy/docker/*.Dockerfile; do
  [[ -e $dockerfile ]] || continue
  compare "$(basename "$dockerfile")" "$(sed -n 's|^ARG VERSION=||p' "$dockerfile")"
done

[[ $wrong -eq 0 ]] || exit 1
echo "version=$version"
