#!/usr/bin/env bash
# Makes what tests/Dinov2Cluster.Cuda.Tests runs, in artifacts/cuda: libraries/ is the stand-in for CUDA (tests/fakecuda), standalone/ and silo/ are the hosts,
# published for GPUs. What is unchanged since the last time is kept. Needs gcc and the .NET SDK.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
out=$PWD/artifacts/cuda
mkdir -p "$out"
# One run at a time.
exec 9>"$out/lock"
flock 9

# No build server may outlive this, or keep its files open.
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 UseSharedCompilation=false
# Settings of a test run don't apply.
unset MSBuildSDKsPath MSBUILD_EXE_PATH

publish() { # project, folder: as the Dockerfiles do; all output goes elsewhere than that of other builds
  dotnet publish "$1" -c Release -r linux-x64 --no-self-contained -o "$out/$2" --artifacts-path "$out/build" -p:Accelerator=Cuda \
    -p:UseAppHost=false -p:RunAnalyzers=false -p:GenerateDocumentationFile=false -v quiet -nologo
}

tests/fakecuda/build.sh "$out/libraries"
publish deploy/standalone standalone
publish silo/Dinov2Cluster.Silo silo
