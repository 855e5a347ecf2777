#!/usr/bin/env bash
# Makes the images that the tests run as containers, from the Dockerfiles of deploy/docker: dinov2-{gateway,silo,cli}:test, and dinov2-redis:test.
# Needs a Docker engine that runs, and no registry: the bases are made of this machine's own .NET and Redis, with the libraries that they are
# linked with and nothing else. With a registry, name others instead:
#   SDK_IMAGE=mcr.microsoft.com/dotnet/sdk:10.0 BASE_IMAGE=mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled tests/images.sh
# What is unchanged since the last time comes from the engine's cache.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The Dockerfiles need BuildKit: a newer client has it in its plugin buildx, Debian's has it built in.
export DOCKER_BUILDKIT=1
docker=docker
if ! docker buildx version >/dev/null 2>&1 && [[ -x /usr/bin/docker ]]; then docker=/usr/bin/docker; fi

dotnet=$(dirname "$(readlink -f "$(command -v dotnet)")")
version=$(dotnet --list-runtimes | sed -n 's/^Microsoft.AspNetCore.App \(10\.[^ ]*\) .*/\1/p' | tail -1)
libraries=$(ldconfig -p | awk '/x86-64/ && $1 ~ /^lib(ssl|crypto|resolv)\.so\.[23]$/ { print $NF }')
bases=$({ cat tests/images.sh; dotnet --list-sdks; echo "$version"; sha256sum $libraries "$(command -v redis-server)" /etc/ssl/certs/ca-certificates.crt; } | sha256sum | cut -c-64)

is_made() { # image: from what this machine has now
  [[ $(docker image inspect -f '{{index .Config.Labels "bases"}}' "$1" 2>/dev/null) == "$bases" ]]
}

base() { # root: a file system with the user of Microsoft's images, and certificates
  mkdir -p "$1"/{etc/ssl,home/app,tmp,usr/bin,usr/lib,usr/lib64,usr/share}
  ln -s usr/bin usr/lib usr/lib64 "$1"
  printf '%s\n' root:x:0:0::/root: app:x:1654:1654::/home/app: >"$1/etc/passwd"
  printf '%s\n' root:x:0: app:x:1654: >"$1/etc/group"
  cp -rL /etc/ssl/certs "$1/etc/ssl"
  chown 1654:1654 "$1/home/app"
  chmod 1777 "$1/tmp"
}

put() { # root, files: at their place, with the libraries that they are linked with
  local root=$1 file
  shift
  for file in "$@" $(ldd "$@" | awk '$2 == "=>" { print $3 } $1 ~ "^/.*ld-linux" { print $1 }' | sort -u); do
    mkdir -p "$root$(dirname "$file")"
    cp -L "$file" "$root$file"
  done
}

import() { # root, image, what else it says of itself
  local root=$1 image=$2
  shift 2
  tar -C "$root" -c . | docker import --change "LABEL bases=$bases" "$@" - "$image" >/dev/null
}

if [[ -z ${BASE_IMAGE:-} ]]; then
  BASE_IMAGE=dinov2-test-base
  if ! is_made $BASE_IMAGE; then
    root=$work/base
    base "$root"
    mkdir -p "$root"/usr/share/dotnet/shared/Microsoft.{NETCore,AspNetCore}.App
    cp -r "$dotnet/dotnet" "$dotnet/host" "$root/usr/share/dotnet"
    for framework in NETCore AspNetCore; do
      cp -r "$dotnet/shared/Microsoft.$framework.App/$version" "$root/usr/share/dotnet/shared/Microsoft.$framework.App"
    done
    ln -s ../share/dotnet/dotnet "$root/usr/bin/dotnet"
    # libvips and ONNX Runtime are linked with what these are linked with. .NET finds OpenSSL when it needs it.
    put "$root" $libraries "$dotnet/shared/Microsoft.NETCore.App/$version/libcoreclr.so"
    import "$root" $BASE_IMAGE --change 'ENV APP_UID=1654 ASPNETCORE_HTTP_PORTS=8080 DOTNET_RUNNING_IN_CONTAINER=true'
    rm -rf "$root"
  fi
fi

if [[ -z ${SDK_IMAGE:-} ]]; then
  SDK_IMAGE=dinov2-test-sdk
  if ! is_made $SDK_IMAGE; then
    root=$work/sdk
    base "$root"
    cp -r "$dotnet" "$root/usr/share/dotnet"
    ln -s ../share/dotnet/dotnet "$root/usr/bin/dotnet"
    # What the build stages run.
    put "$root" $libraries "$dotnet/shared/Microsoft.NETCore.App/$version/libcoreclr.so" /bin/sh /bin/mkdir
    import "$root" $SDK_IMAGE --change 'ENV DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false'
    rm -rf "$root"
  fi
fi

if [[ -z ${REDIS_IMAGE:-} ]]; then
  REDIS_IMAGE=dinov2-test-redis
  if ! is_made $REDIS_IMAGE; then
    root=$work/redis
    base "$root"
    put "$root" "$(command -v redis-server)" "$(command -v redis-cli)"
    import "$root" $REDIS_IMAGE --change 'USER 1654:1654' --change 'CMD ["redis-server", "--protected-mode", "no", "--save", ""]'
  fi
fi
docker tag "$REDIS_IMAGE" dinov2-redis:test

for name in gateway silo cli; do
  $docker build --quiet -f "deploy/docker/$name.Dockerfile" -t "dinov2-$name:test" \
    --build-arg SDK_IMAGE="$SDK_IMAGE" --build-arg BASE_IMAGE="$BASE_IMAGE" . >/dev/null
done
