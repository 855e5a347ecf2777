#!/usr/bin/env bash
# Makes what tests/Dinov2Cluster.Cuda.Tests runs, in artifacts/cuda: libraries/ is the stand-in for CUDA (tests/fakecuda), standalone/ and silo/ are the hosts,
# published for GPUs, benchmarks/ are the programs of tests/gpu/check.sh. What is unchanged since the last time is kept. Needs gcc and the .NET SDK.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
out=$PWD/artifacts/cuda
mkdir -p "$out"
# One run at a time.
exec 9>"$out/lock"
flock 9

# run.sh has a compiler server and ends it. Otherwise none may outlive this.
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 UseSharedCompilation=${UseSharedCompilation:-false}
# Settings of a test run don't apply.
unset MSBuildSDKsPath MSBUILD_EXE_PATH

publish() { # project, folder, settings: as the Dockerfiles do; all output goes elsewhere than that of other builds
  dotnet publish "$1" -c Release -r linux-x64 --no-self-contained -o "$out/$2" --artifacts-path "$out/build" -p:Accelerator=Cuda \
    -p:RunAnalyzers=false -p:GenerateDocumentationFile=false -v quiet -nologo "${@:3}" 9>&- # A build server would keep the lock.
}

tests/fakecuda/build.sh "$out/libraries"
publish deploy/standalone standalone -p:UseAppHost=false
publish silo/Dinov2Cluster.Silo silo -p:UseAppHost=false
publish tests/Dinov2Cluster.Benchmarks benchmarks
# A program's list of assemblies doesn't come along with a reference to it.
cp "$out"/standalone/*.deps.json "$out/benchmarks"
