#!/usr/bin/env bash
# The one test command. Builds and runs every test in Release, and ends with "N passed, N failed, N skipped",
# counted from the result files. Exits non-zero when anything failed, or when no test ran.
# Needs the .NET SDK. Everything else that the tests use comes as NuGet packages, or is put in place by tools.sh.
set -uo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
# The tests start some hundred short programs: code that is instrumented first, to be optimized better later, costs each of them half a second.
export DOTNET_TieredPGO=0

if ! command -v dotnet >/dev/null; then
  echo "tests/run.sh: the .NET SDK is missing; install version $(sed -n 's/.*"version": "\([^"]*\)".*/\1/p' global.json) or later" >&2
  exit 1
fi

results=$(mktemp -d)
source tests/tools.sh
trap 'stop_engine; rm -rf "$results"' EXIT

# Meanwhile, programs are installed and images made: that waits for the network, this for the processor.
dotnet build -c Release Dinov2Cluster.sln &
build=$!

need redis-server "the tests of a cluster over Redis" redis-server
need gcc "the tests of a native program and of GPUs" gcc libc6-dev zlib1g-dev
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

# Most of it is the download of ONNX Runtime for GPUs. The tests that need it call it again.
if command -v gcc >/dev/null; then
  tests/cuda.sh || echo "tests/run.sh: the hosts for GPUs could not be made" >&2
fi

wait "$build"
status=$?
if [[ $status -eq 0 ]]; then
  dotnet test -c Release --no-build --solution Dinov2Cluster.sln --results-directory "$results" --report-xunit-trx "$@"
  status=$?
fi

count() { # name of a counter, summed over the result files
  grep -oh '<Counters [^>]*>' "$results"/*.trx 2>/dev/null | grep -o " $1=\"[0-9]*\"" | tr -dc '0-9\n' | awk '{ sum += $1 } END { print sum + 0 }'
}

total=$(count total) passed=$(count passed) failed=$(count failed)
echo "$passed passed, $failed failed, $((total - passed - failed)) skipped"

if [[ $status -ne 0 ]]; then exit "$status"; fi
if [[ $images -ne 0 || $failed -ne 0 || $total -eq 0 ]]; then exit 1; fi
