#!/usr/bin/env bash
# Builds the stand-in for CUDA 13 and cuDNN 9 with gcc, in about a second: build.sh FOLDER. README.md says how to use it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
mkdir -p "$1"
out=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Functions that the provider is linked with and no graph of ours needs.
{
  echo '#include "fake.h"'
  while read -r name; do
    printf 'int %s(void) { record("unused name=%s"); return SUCCESS; }\n' "$name" "$name"
  done <unused.txt
} >"$work/unused.c"

# One object, so that all has one state; each of its names has the versions that the real libraries have.
cat >"$work/versions" <<'END'
libcudart.so.13 { global: cuda[A-Z]*; __cuda*; local: *; };
libcublas.so.13 { global: cublas[A-KM-Z]*; };
libcublasLt.so.13 { global: cublasLt*; };
libcudnn.so.9 { global: cudnn*; };
libcuda.so.1 { global: cu[A-Z]*; };
END
gcc -std=gnu11 -O1 -Wall -Wextra -Wno-missing-field-initializers -fPIC -shared -I. "-Wl,--version-script,$work/versions" -Wl,-soname,libfakecuda.so \
  -o "$out/libfakecuda.so" ./*.c "$work/unused.c" -lpthread -ldl -lm
for name in libcuda.so.1 libcudart.so.13 libcublas.so.13 libcublasLt.so.13 libcufft.so.12 libcurand.so.10 libcudnn.so.9; do
  ln -sf libfakecuda.so "$out/$name"
done
