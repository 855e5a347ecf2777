#!/usr/bin/env bash
# Checks and measures the product on a machine with an NVIDIA GPU, CUDA 13 and cuDNN 9. Needs the kit of pack.sh, unpacked, and python3; no .NET and no network.
# Prints lines of JSON, also into artifacts/gpu/results.jsonl; everything else goes to artifacts/gpu/check.log. A step that fails doesn't stop the others.
#   tests/gpu/check.sh [STEP...]     environment golden mid big serve variants graphs nodes torch compile; all by default
# LIMIT=480                    seconds for everything
# DEVICE=cuda                  cpu for a dry run
# BIG=giant MID=base           sizes of the random models
# BATCHES=1,2,4,8,16,32,64,128 batch sizes of one lane
# SECONDS_EACH=1 BENCH=8       length of one measurement, and of one load on the host
# KIT=artifacts/gpu/kit OUT=artifacts/gpu WORK=/dev/shm/dinov2-gpu    programs, results, models
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
here=tests/gpu

LIMIT=${LIMIT:-480} DEVICE=${DEVICE:-cuda} BIG=${BIG:-giant} MID=${MID:-base} BATCHES=${BATCHES:-1,2,4,8,16,32,64,128}
EACH=${SECONDS_EACH:-1} BENCH=${BENCH:-8} CONCURRENCY=${CONCURRENCY:-512}
KIT=$(readlink -f "${KIT:-artifacts/gpu/kit}") OUT=${OUT:-artifacts/gpu} WORK=${WORK:-/dev/shm/dinov2-gpu}
benchmarks=$KIT/Dinov2Cluster.Benchmarks
mkdir -p "$OUT" "$WORK/models"
RESULTS=$OUT/results.jsonl LOG=$OUT/check.log
: >"$RESULTS" >"$LOG"
steps=" ${*:-environment golden mid big serve variants graphs nodes torch compile} "
export DOTNET_CLI_TELEMETRY_OPTOUT=1

# PyTorch brings CUDA 13 and cuDNN 9 in packages whose folders the linker doesn't know.
libraries=$(python3 - <<'P'
import glob, site, sys
folders = dict.fromkeys(site.getsitepackages() + [path for path in sys.path if path.endswith("-packages")])
print(":".join(found for folder in folders for found in sorted(glob.glob(folder + "/nvidia/*/lib")) + glob.glob(folder + "/torch/lib")))
P
)
export LD_LIBRARY_PATH=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$libraries

left() { echo $((LIMIT - SECONDS)); }
wants() { [[ $steps == *" $1 "* ]]; }
say() { echo "$1" | tee -a "$RESULTS"; }
quoted() { python3 -c 'import json, sys; print(json.dumps(sys.stdin.read().strip()[-1000:]))'; }

step() { # name, seconds, command: the lines of JSON that it prints, with the step's name, then how it ended
  local name=$1 limit=$2 started=$SECONDS status lines
  shift 2
  limit=$((limit < $(left) - 5 ? limit : $(left) - 5))
  if ((limit < 3)); then
    say "{\"step\":\"$name\",\"ok\":false,\"error\":\"no time left\"}"
    return 1
  fi
  echo "=== $name: $*" >>"$LOG"
  lines=$(timeout -k 5 "$limit" "$@" 2>"$OUT/step.log")
  status=$?
  { echo "$lines"; cat "$OUT/step.log"; } >>"$LOG"
  while IFS= read -r line; do
    if [[ $line == {* ]]; then say "{\"step\":\"$name\",${line#\{}"; fi
  done <<<"$lines"
  if ((status == 0)); then
    say "{\"step\":\"$name\",\"ok\":true,\"seconds\":$((SECONDS - started)),\"secondsLeft\":$(left)}"
  else
    say "{\"step\":\"$name\",\"ok\":false,\"code\":$status,\"seconds\":$((SECONDS - started)),\"secondsLeft\":$(left),\"error\":$({ grep -v '^{' <<<"$lines"; cat "$OUT/step.log"; } | quoted)}"
  fi
  return "$status"
}

dinov2() { "$KIT/dinov2" "$@"; }
model() { echo "$WORK/models/$1/$1"; } # name: a repository of its own, for the host

environment() {
  nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.max.sm,power.limit --format=csv,noheader 2>/dev/null |
    python3 -c 'import json, sys; print(json.dumps({"gpu": sys.stdin.read().strip()}))'
  python3 - <<'P'
import json, os
memory = next(int(line.split()[1]) >> 10 for line in open("/proc/meminfo") if line.startswith("MemTotal"))
print(json.dumps({"cores": len(os.sched_getaffinity(0)), "memoryMiB": memory}))
P
  echo "{\"commit\":\"$(cat "$KIT/commit" 2>/dev/null)\"}"
  if [[ $DEVICE == cuda ]]; then
    ldd "$KIT/libonnxruntime_providers_cuda.so" | awk '/not found/ { print $1 }' |
      python3 -c 'import json, sys; missing = sys.stdin.read().split(); print(json.dumps({"missingLibraries": missing})); sys.exit(len(missing) > 0)'
  fi
}

make_model() { # size, precision
  local target
  target=$(model "$1-$2")
  if [[ ! -d $WORK/checkpoints/$1 ]]; then dinov2 model random "$1" --output "$WORK/checkpoints/$1" --seed 1 || return 1; fi
  if [[ ! -d $target ]]; then dinov2 model compile "$WORK/checkpoints/$1" --output "$target" --precision "$2" --position-embedding size; fi
}

get() { python3 -c 'import sys, urllib.request; sys.stdout.write(urllib.request.urlopen(sys.argv[1], timeout=5).read().decode())' "http://127.0.0.1:$http$1" 2>/dev/null; }

bench() { # label without a bar, arguments: a line of JSON of "dinov2 bench"
  dinov2 bench --json --duration "${BENCH}s" "${@:2}" | sed "s|^{|{\"load\":\"$1\",|"
}

free_ports() { # number
  python3 - "$1" <<'P'
import socket, sys
listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
print(*(listener.getsockname()[1] for listener in listeners))
P
}

serve() { # model: the standalone host, and what its clients see
  local grpc silo orleans started=$SECONDS stream
  read -r http grpc silo orleans < <(free_ports 4)
  "$KIT/Dinov2Cluster.Standalone" --urls "http://127.0.0.1:$http" --Gateway:GrpcUrl "http://127.0.0.1:$grpc" \
    --Cluster:SiloPort "$silo" --Cluster:PrimaryPort "$silo" --Cluster:GatewayPort "$orleans" \
    --Models:Repository "$WORK/models/$1" --Devices:0:Kind "$DEVICE" --Admission:MaxImages 4096 >>"$LOG" 2>&1 &
  host=$! # Not local: the trap runs after the function.
  trap 'kill $host 2>/dev/null; wait $host' EXIT
  until get /health/ready >/dev/null; do
    if ! kill -0 $host 2>/dev/null; then tail -5 "$LOG" >&2; return 1; fi
    sleep 0.25
  done
  echo "{\"model\":\"$1\",\"readySeconds\":$((SECONDS - started))}"
  # First: nobody has called this host yet, so it shows what is built under traffic.
  bench "fresh" --url "http://127.0.0.1:$grpc" --protocol grpc --rate "${LIGHT:-60}"
  stream=$(bench "EmbedStream, saturated" --url "http://127.0.0.1:$grpc" --protocol grpc-stream --concurrency "$CONCURRENCY") && echo "$stream"
  bench "/score, saturated" --url "http://127.0.0.1:$http" --protocol http --concurrency "$((CONCURRENCY / 8))" --images-per-request 8
  bench "/score, one at a time" --url "http://127.0.0.1:$http" --protocol http --concurrency 1
  bench "70 % of EmbedStream's rate" --url "http://127.0.0.1:$grpc" --protocol grpc \
    --rate "$(python3 -c 'import json, sys; print(max(1, round(0.7 * json.loads(sys.stdin.read())["images_per_second"])))' <<<"$stream")"
  nvidia-smi --query-compute-apps=pid,used_memory --format=csv,noheader 2>/dev/null | python3 -c 'import json, sys; print(json.dumps({"gpuMemory": sys.stdin.read().strip()}))'
  awk '/VmHWM/ { printf "{\"hostPeakMiB\":%d}\n", $2 / 1024 }' "/proc/$host/status"
}

# Functions run in a shell of their own, so that a step can be stopped.
export -f environment make_model model dinov2 serve get bench free_ports
export KIT DEVICE WORK LOG BENCH CONCURRENCY

# The big model is made while the small checks run.
making=
if { [[ $BIG != "$MID" ]] || ! wants mid; } && { wants big || wants serve || wants variants || wants graphs || wants nodes || wants torch || wants compile; }; then
  bash -c "make_model $BIG fp16" >>"$LOG" 2>&1 &
  making=$!
fi

if wants environment; then step environment 30 bash -c environment; fi
if wants golden; then step golden 90 "$benchmarks" golden --device "$DEVICE"; fi
if wants mid && step mid-model 90 bash -c "make_model $MID fp16 && make_model $MID fp32"; then
  step mid 60 "$benchmarks" lanes --model "$(model "$MID-fp16")" --device "$DEVICE" --batches "$BATCHES" --seconds "$EACH"
  step mid-fp32 40 "$benchmarks" lanes --model "$(model "$MID-fp32")" --device "$DEVICE" --batches "${BATCHES#*,}" --seconds "$EACH"
  step mid-serve 100 bash -c "serve $MID-fp16"
fi

while [[ -n $making ]] && kill -0 "$making" 2>/dev/null && (($(left) > 60)); do sleep 1; done
big=$(model "$BIG-fp16")
if [[ -d $big ]]; then
  if wants big; then step big 60 "$benchmarks" lanes --model "$big" --device "$DEVICE" --batches "$BATCHES" --seconds "$EACH"; fi
  if wants serve; then step serve 100 bash -c "serve $BIG-fp16"; fi
  if wants torch; then step torch 90 python3 "$here/torch_reference.py" "$WORK/checkpoints/$BIG" --device "$DEVICE" --batches "${TORCH_BATCHES:-1,8,32,64}" --seconds "$EACH"; fi
  if wants variants; then step variants 90 "$benchmarks" variants --checkpoint "$WORK/checkpoints/$BIG" --device "$DEVICE" --batches "${VARIANT_BATCHES:-1,32}" --rounds 3 --seconds "$EACH"; fi
  if wants graphs && [[ $DEVICE == cuda ]]; then step graphs 60 "$benchmarks" graphs --model "$big" --batches "${GRAPH_BATCHES:-1,2,4}" --rounds 3 --seconds "$EACH"; fi
  if wants nodes; then step nodes 60 env CUDA_LAUNCH_BLOCKING=1 "$benchmarks" nodes --model "$big" --device "$DEVICE" --batch "${NODES_BATCH:-32}"; fi
  if wants compile; then step compile 120 python3 "$here/torch_reference.py" "$WORK/checkpoints/$BIG" --device "$DEVICE" --batches 32 --seconds "$EACH" --compile; fi
elif [[ -n $making ]]; then
  say '{"step":"big-model","ok":false,"error":"could not be made; see check.log"}'
fi

say "{\"step\":\"end\",\"seconds\":$SECONDS,\"secondsLeft\":$(left),\"failed\":$(grep -c '"ok":false' "$RESULTS")}"
