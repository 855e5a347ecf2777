#!/usr/bin/env bash
# The one test command. Builds and runs every test in Release, and ends with "N passed, N failed, N skipped",
# counted from the result files. Exits non-zero when anything failed, or when no test ran.
# Needs the .NET SDK; everything else that the tests use comes as NuGet packages.
set -uo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

if ! command -v dotnet >/dev/null; then
  echo "tests/run.sh: the .NET SDK is missing; install version $(sed -n 's/.*"version": "\([^"]*\)".*/\1/p' global.json) or later" >&2
  exit 1
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
