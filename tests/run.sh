#!/usr/bin/env bash
# The one test command. Builds and runs every test in Release, and ends with "N passed, N failed, N skipped",
# counted from the result files. Exits non-zero when anything failed, or when no test ran.
# Needs the .NET SDK. Everything else that the tests use comes as NuGet packages, or is put in place by tools.sh.
set -uo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
# The tests start some hundred short programs: code that is instrumented first, to be optimized better later, costs each of them half a second.
export DOTNET_TieredPGO=0
# One compiler that stays warm for all projects, ended with this run.
export UseSharedCompilation=true

if ! command -v dotnet >/dev/null; then
  echo "tests/run.sh: the .NET SDK is missing; install version $(sed -n 's/.*"version": "\([^"]*\)".*/\1/p' global.json) or later" >&2
  exit 1
fi

results=$(mktemp -d)
source tests/tools.sh
trap 'stop_engine; dotnet build-server shutdown --vbcscompiler >/dev/null; rm -rf "$results"' EXIT

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

# Most of it is the download of ONNX Runtime for GPUs. Without it, the tests that need it call it themselves.
if command -v gcc >/dev/null; then
  if tests/cuda.sh; then export CUDA_IS_BUILT=1; else echo "tests/run.sh: the hosts for GPUs could not be made" >&2; fi
fi

# The longest first, and as many programs at once as there are cores, so that tests with real time keep their machine.
programs() {
  local first="Cluster Containers Cuda Standalone Deploy Client" name
  { for name in $first; do echo "tests/Dinov2Cluster.$name.Tests"; done; ls -d tests/*.Tests; } | awk '!seen[$0]++'
}

run() { # folder of a test program, arguments: its output in one piece. 8: the arguments select no test of it.
  local name=${1##*/}
  dotnet "$1/bin/Release/net10.0/$name.dll" --results-directory "$results" --report-xunit-trx --report-xunit-trx-filename "$name.trx" \
    --progress off --ignore-exit-code 8 --timeout 15m "${@:2}" >"$results/$name.log" 2>&1
  local status=$?
  printf '%s: %d s\n' "$name" "$SECONDS" && cat "$results/$name.log"
  return "$status"
}

wait "$build"
status=$?
if [[ $status -eq 0 ]]; then
  export results && export -f run
  programs | xargs -P "$(nproc)" -I{} bash -c 'run "$@"' run {} "$@"
  status=$?
fi

count() { # name of a counter, summed over the result files
  grep -oh '<Counters [^>]*>' "$results"/*.trx 2>/dev/null | grep -o " $1=\"[0-9]*\"" | tr -dc '0-9\n' | awk '{ sum += $1 } END { print sum + 0 }'
}

total=$(count total) passed=$(count passed) failed=$(count failed)
echo "$passed passed, $failed failed, $((total - passed - failed)) skipped"

if [[ $status -ne 0 ]]; then exit "$status"; fi
if [[ $images -ne 0 || $failed -ne 0 || $total -eq 0 ]]; then exit 1; fi
