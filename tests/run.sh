#!/usr/bin/env bash
# The one test command. Builds and runs every test in Release, and ends with "N passed, N failed, N skipped",
# counted from the result files. Exits non-zero when anything failed, or when no test ran.
# Needs the .NET SDK. Everything else that the tests use comes as NuGet packages, or is put in place by tools.sh.
set -uo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

if ! command -v dotnet >/dev/null; then
  echo "tests/run.sh: the .NET SDK is missing; install version $(sed -n 's/.*"version": "\([^"]*\)".*/\1/p' global.json) or later" >&2
  exit 1
fi

results=$(mktemp -d)
source tests/tools.sh
trap 'stop_engine; rm -rf "$results"' EXIT

need redis-server "the tests of a cluster over Redis" redis-server
command -v clang >/dev/null || need gcc "the tests of a native program" gcc libc6-dev zlib1g-dev
need promtool "the tests of dashboards and alerts" prometheus
need npm "the tests of the load scenarios" nodejs npm
need_helm

images=0
if start_engine; then
  docker compose version >/dev/null 2>&1 || need docker-compose "the tests of the Compose file's cluster" docker-compose
  # Testcontainers doesn't ask an older engine for its version.
  DOCKER_API_VERSION=${DOCKER_API_VERSION:-$(docker version -f '{{.Server.APIVersion}}')} && export DOCKER_API_VERSION
  tests/images.sh || { images=1 && echo "tests/run.sh: the images could not be made" >&2; }
fi

dotnet test -c Release --solution Dinov2Cluster.sln --results-directory "$results" --report-xunit-trx "$@"
status=$?

count() { # name of a counter, summed over the result files
  grep -oh '<Counters [^>]*>' "$results"/*.trx 2>/dev/null | grep -o " $1=\"[0-9]*\"" | tr -dc '0-9\n' | awk '{ sum += $1 } END { print sum + 0 }'
}

total=$(count total) passed=$(count passed) failed=$(count failed)
echo "$passed passed, $failed failed, $((total - passed - failed)) skipped"

if [[ $status -ne 0 ]]; then exit "$status"; fi
if [[ $images -ne 0 || $failed -ne 0 || $total -eq 0 ]]; then exit 1; fi
