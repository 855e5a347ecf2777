#!/usr/bin/env bash
# The one test command. Builds and runs every test in Release, and ends with "N passed, N failed, N skipped",
# counted from the result files. Exits non-zero when anything failed, or when no test ran.
# Needs the .NET SDK. Everything else that the tests use comes as NuGet packages, except redis-server, gcc or clang that
# links a native program, and a Docker engine with Compose: as root on Debian or Ubuntu they are installed when missing;
# elsewhere the tests that need them are skipped.
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
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1
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

results=$(mktemp -d)
engine=
images=0
trap 'if [[ -n $engine ]]; then kill "$engine"; wait "$engine"; fi; rm -rf "$results"' EXIT

# The tests of containers: with the engine that runs, else with one of this run's own.
start_engine() {
  docker version >/dev/null 2>&1 && return
  command -v dockerd >/dev/null || need dockerd "the tests of containers" docker.io
  if [[ $EUID -ne 0 ]] || ! command -v dockerd >/dev/null; then return 1; fi
  dockerd >"$results/dockerd.log" 2>&1 &
  engine=$!
  until docker version >/dev/null 2>&1; do
    if ! kill -0 "$engine" 2>/dev/null; then
      engine=
      echo "tests/run.sh: dockerd ended; the tests of containers are skipped: $(tail -1 "$results/dockerd.log")" >&2
      return 1
    fi
    sleep 0.2
  done
}

if start_engine; then
  docker compose version >/dev/null 2>&1 || command -v docker-compose >/dev/null || need docker-compose "the tests of the Compose file's cluster" docker-compose
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
