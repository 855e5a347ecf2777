#!/usr/bin/env bash
# On the machine with the GPU, in the checkout: unpacks the kit once all of its parts are in artifacts/gpu/parts. Prints a line of JSON. Needs python3.
# Exit codes: 0 unpacked, 3 parts are missing.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../artifacts/gpu" || exit 1

manifest=$(ls parts/*/manifest 2>/dev/null | tail -1)
missing=() paths=()
while read -r sum part; do
  path=$(ls parts/*/"$part" 2>/dev/null | tail -1)
  if [[ -n $path && $(sha256sum "$path" | cut -c-64) == "$sum" ]]; then paths+=("$path"); else missing+=("\"$part\""); fi
done < <(cat "${manifest:-/dev/null}")

if [[ ${#missing[@]} -gt 0 || ${#paths[@]} -eq 0 ]]; then
  printf '{"step":"unpack","ok":false,"missing":[%s]}\n' "$(IFS=,; echo "${missing[*]}")"
  exit 3
fi

# Python has LZMA built in; xz may not be installed.
if ! cat "${paths[@]}" | python3 -c 'import lzma, shutil, sys; shutil.copyfileobj(lzma.open(sys.stdin.buffer), sys.stdout.buffer, 1 << 20)' | tar -xf -; then
  echo '{"step":"unpack","ok":false,"error":"the parts could not be unpacked"}'
  exit 1
fi

printf '{"step":"unpack","ok":true,"bytes":%d}\n' "$(du -sb kit | cut -f1)"
