#!/usr/bin/env bash
# Makes the kit that check.sh runs on a machine without .NET and without a network: the standalone host, the command line and the benchmarks, self-contained,
# in parts that are small enough to be sent one by one. Needs the .NET SDK, python3 and xz.
#   tests/gpu/pack.sh            writes artifacts/gpu/parts/0, 1, ...
# PART_MIB=40          size of a part
# ACCELERATOR=Cuda     Cpu packs a kit for a dry run
# ARCHITECTURE=90      keeps the machine code of this compute capability only (90: H100 and H200), which halves the kit; "all" keeps everything
# PACK=0               publishes to artifacts/gpu/kit and packs nothing
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

accelerator=${ACCELERATOR:-Cuda} architecture=${ARCHITECTURE:-90}
gpu=$PWD/artifacts/gpu
kit=$gpu/kit parts=$gpu/parts
rm -rf "$kit" "$parts"
mkdir -p "$kit" "$parts"

# A build folder of its own: the checkout's has the other accelerator's libraries.
for project in tests/Dinov2Cluster.Benchmarks client/Dinov2Cluster.Cli deploy/standalone; do
  dotnet publish "$project" -c Release -r linux-x64 --self-contained -o "$kit" --artifacts-path "$gpu/build" -v quiet -nologo \
    -p:Accelerator="$accelerator" -p:DebugType=none -p:GenerateDocumentationFile=false -p:RunAnalyzers=false
done

provider=$kit/libonnxruntime_providers_cuda.so
if [[ -e $provider && $architecture != all ]]; then
  python3 tests/gpu/thin.py "$provider" "$architecture"
fi

git rev-parse HEAD >"$kit/commit" 2>/dev/null || true
if [[ ${PACK:-1} == 0 ]]; then exit; fi

tar -C "$gpu" --sort=name --owner=0 --group=0 --mtime=@0 -cf - kit | xz -6e -T0 | split -b "$((${PART_MIB:-40} * 1048576))" -d -a 2 - "$parts/part."
(cd "$parts" && sha256sum part.* >"$gpu/manifest")
number=0
for part in "$parts"/part.*; do
  mkdir "$parts/$number"
  mv "$part" "$parts/$number/"
  cp "$gpu/manifest" "$parts/$number/"
  number=$((number + 1))
done
echo "$number parts of at most ${PART_MIB:-40} MiB in ${parts#"$PWD"/}"
