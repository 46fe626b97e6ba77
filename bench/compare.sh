#!/usr/bin/env bash
# Compares ZLayer with today's builders on the same files, in one go, and writes medians and ratios as a Markdown table.
#
#   bench/compare.sh [ROW...]        rows: build push-gzip push-zstd steps pull memory module containers registries (default: all but the last two)
#
# As root, with npm and GNU time (package "time"). Settings, all optional:
#   BENCH_RUNS          how often each cold run is repeated (default 3)
#   BENCH_DIR           working directory, outside the repository (default: a new one under /var/tmp, removed at the end)
#   BENCH_CONTEXT       a prepared context (default: bench/context with its npm packages, copied to BENCH_DIR)
#   BENCH_RESULT        where the table goes (default: standard output only)
#   BENCH_BUILDKITD, BENCH_BUILDCTL     BuildKit (default: from PATH)
#   BENCH_BUILDAH, BENCH_SKOPEO         (default: from PATH; "none" leaves it out)
#   BENCH_PEER_PREFIX   a command that runs buildah and skopeo in another root, e.g. one made by bench/make-peers.sh
# A peer that is not there is left out, and its column says so.
set -euo pipefail
repository=$(cd "$(dirname "$0")/.." && pwd)
zlayer=$repository/out/cli/zlayer
runs=${BENCH_RUNS:-3}
rows=${*:-build push-gzip push-zstd steps pull memory module}

die() { echo "error: $*" >&2; exit 1; }
say() { echo "-- $*" >&2; }

[ "$(id -u)" = 0 ] || die "run as root: the builders compared run as root"
[ -x "$zlayer" ] || die "build first: dotnet build ZLayer.sln"
[ -x /usr/bin/time ] || die "GNU time is missing: apt-get install time"
command -v curl >/dev/null || die "curl is missing: apt-get install curl"
command -v docker-registry >/dev/null || die "docker-registry is missing: apt-get install docker-registry"

work=${BENCH_DIR:-$(mktemp -d /var/tmp/zlayer-bench.XXXXXX)}
mkdir -p "$work"
prefix=(${BENCH_PEER_PREFIX:-})
in_peer_root() { [ ${#prefix[@]} -gt 0 ] && "${prefix[@]}" sh -c "command -v $1" 2>/dev/null || true; }
buildkitd=${BENCH_BUILDKITD:-$(command -v buildkitd || true)}
buildctl=${BENCH_BUILDCTL:-$(command -v buildctl || true)}
buildah=${BENCH_BUILDAH:-$(in_peer_root buildah)}; buildah=${buildah:-$(command -v buildah || true)}
skopeo=${BENCH_SKOPEO:-$(in_peer_root skopeo)}; skopeo=${skopeo:-$(command -v skopeo || true)}
[ -n "$buildkitd" ] && [ -n "$buildctl" ] || { buildkitd=; buildctl=; say "BuildKit is not there: left out"; }
[ "$buildah" != none ] || buildah=
[ "$skopeo" != none ] || skopeo=
[ -n "$buildah" ] || say "buildah is not there: left out"
[ -n "$skopeo" ] || say "skopeo is not there: left out"

buildkitd_pid= registry_pid= results=$work/results.tsv
: > "$results"
stop() { [ -z "$1" ] || { kill "$1" 2>/dev/null && wait "$1" 2>/dev/null; } || true; }
finish() {
  stop "$buildkitd_pid"; stop "$registry_pid"
  [ -n "${BENCH_DIR:-}" ] || rm -rf "$work"
}
trap finish EXIT

wants() { [[ " $rows " == *" $1 "* ]]; }

# --- what is built ------------------------------------------------------------------------------------------------

context=$work/context
prepare_context() {
  if [ ! -d "$context/node_modules" ]; then
    say "preparing the context"
    mkdir -p "$context"
    if [ -n "${BENCH_CONTEXT:-}" ]; then
      cp -a "$BENCH_CONTEXT/." "$context/"
    else
      command -v npm >/dev/null || die "npm is missing: apt-get install npm"
      cp "$repository"/bench/context/package*.json "$context/"
      (cd "$context" && npm install --no-audit --no-fund --ignore-scripts --loglevel=error >&2)
    fi
    cp "$repository/bench/context/Dockerfile" "$context/"
  fi
  find "$context" -type f -print0 | xargs -0 cat > /dev/null
}
describe_context() {
  echo "$(find "$1" -type f | wc -l) files, $(find "$1" -type f -printf '%s\n' | awk '{ s += $1 } END { printf "%.0f", s / 1e6 }') MB"
}
change_one_line() { echo "// changed $(date +%s%N)" >> "$context/node_modules/three/build/three.module.js"; }

# --- measuring ----------------------------------------------------------------------------------------------------

# measure ROW TOOL COMMAND...: runs it, notes wall seconds and the peak resident memory in kB.
# measure_peer measures a command of the peers' root, inside: entering it is not the peer's time.
around=()
measure_peer() { local around=("${prefix[@]}"); measure "$@"; }
measure() {
  local row=$1 tool=$2
  shift 2
  sync
  if ! "${around[@]}" /usr/bin/time -q -f '%e %M' -o "$work/time" "$@" > "$work/log" 2>&1; then
    tail -20 "$work/log" >&2
    die "$tool failed at: $row"
  fi
  printf '%s\t%s\t%s\n' "$row" "$tool" "$(tr ' ' '\t' < "$work/time")" >> "$results"
  say "$row, $tool: $(cut -d' ' -f1 "$work/time") s, $(( $(cut -d' ' -f2 "$work/time") / 1024 )) MB"
}
note() { printf '%s\t%s\t%s\t0\n' "$1" "$2" "$3" >> "$results"; }

port=5871
fresh_registry() {
  stop "$registry_pid"
  rm -rf "$work/registry"
  while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
  printf 'version: 0.1\nlog: { level: error, accesslog: { disabled: true } }\nstorage: { filesystem: { rootdirectory: %s } }\nhttp: { addr: "127.0.0.1:%s" }\n' \
    "$work/registry" "$port" > "$work/registry.yml"
  docker-registry serve "$work/registry.yml" > "$work/registry.log" 2>&1 &
  registry_pid=$!
  for _ in $(seq 100); do (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return; sleep 0.05; done
  die "the registry does not start: $(cat "$work/registry.log")"
}
# layer_mb REPOSITORY: the size of the layers of its image in the registry.
layer_mb() {
  curl -fsS -H 'Accept: application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json' \
    "http://127.0.0.1:$port/v2/$1/manifests/1" | tr -d ' \n\t' | sed 's/.*"layers"://' | grep -o '"size":[0-9]*' | awk -F: '{ s += $2 } END { printf "%.1f", s / 1e6 }'
}

fresh_buildkit() {
  [ -n "$buildctl" ] || return 0
  stop "$buildkitd_pid"
  rm -rf "$work/buildkit"
  printf '[registry."127.0.0.1:%s"]\n  http = true\n' "$port" > "$work/buildkitd.toml"
  "$buildkitd" --config "$work/buildkitd.toml" --addr "unix://$work/buildkitd.sock" --root "$work/buildkit" --oci-worker=true \
    --containerd-worker=false --oci-worker-net host > "$work/buildkitd.log" 2>&1 &
  buildkitd_pid=$!
  for _ in $(seq 200); do "$buildctl" --addr "unix://$work/buildkitd.sock" debug workers >/dev/null 2>&1 && return; sleep 0.05; done
  die "buildkitd does not start: $(tail -5 "$work/buildkitd.log")"
}
bk() { # bk ROW DIRECTORY ARGUMENTS...
  local row=$1 directory=$2
  shift 2
  [ -z "$buildctl" ] || measure "$row" BuildKit "$buildctl" --addr "unix://$work/buildkitd.sock" build --progress=plain \
    --frontend dockerfile.v0 --local "context=$directory" --local "dockerfile=$directory" "$@"
}
bk_image() { echo "type=image,name=127.0.0.1:$port/$1:1,push=true,registry.insecure=true,oci-mediatypes=true,compression=$2,force-compression=true"; }

fresh_zlayer() { rm -rf "$work/zlayer"; }
zl() { # zl ROW COMMAND...
  local row=$1
  shift
  measure "$row" ZLayer "$zlayer" --root "$work/zlayer" "$@"
}

bah=()
fresh_buildah() {
  [ -n "$buildah" ] || return 0
  [ ${#bah[@]} -eq 0 ] || "${prefix[@]}" "$buildah" "${bah[@]}" rmi -a -f >/dev/null 2>&1 || true
  rm -rf "$work/buildah"
  bah=(--root "$work/buildah/root" --runroot "$work/buildah/run" --storage-driver overlay)
}
buildah_build_and_push() { # ROW DIRECTORY NAME FORMAT
  [ -n "$buildah" ] || return 0
  cat > "$work/buildah.sh" <<SH
set -e
$buildah ${bah[*]} build --layers --isolation chroot -f $2/Dockerfile -t $3:1 $2
$buildah ${bah[*]} push --tls-verify=false --compression-format $4 --force-compression $3:1 docker://127.0.0.1:$port/$3:1
SH
  measure_peer "$1" buildah sh "$work/buildah.sh"
}
bah_measure() { # ROW ARGUMENTS...
  local row=$1
  shift
  [ -z "$buildah" ] || measure_peer "$row" buildah "$buildah" "${bah[@]}" "$@"
}

# --- the rows -----------------------------------------------------------------------------------------------------

row_build() {
  local i
  for i in $(seq "$runs"); do
    fresh_zlayer; fresh_buildkit; fresh_buildah
    zl "cold build" build "$context" -t bench:1 --progress plain
    bk "cold build" "$context"
    bah_measure "cold build" build --layers --isolation chroot -f "$context/Dockerfile" -t bench:1 "$context"
    zl "nothing changed" build "$context" -t bench:1 --progress plain
    bk "nothing changed" "$context"
    bah_measure "nothing changed" build --layers --isolation chroot -f "$context/Dockerfile" -t bench:1 "$context"
    change_one_line
    zl "one line changed" build "$context" -t bench:1 --progress plain
    bk "one line changed" "$context"
    bah_measure "one line changed" build --layers --isolation chroot -f "$context/Dockerfile" -t bench:1 "$context"
  done
}

row_push() { # FORMAT
  local i
  for i in $(seq "$runs"); do
    fresh_registry; fresh_zlayer; fresh_buildkit; fresh_buildah
    zl "cold build and push, $1" build "$context" --progress plain --output "type=image,name=127.0.0.1:$port/zlayer:1,push=true,compression=$1"
    bk "cold build and push, $1" "$context" --output "$(bk_image buildkit "$1")"
    buildah_build_and_push "cold build and push, $1" "$context" buildah "$1"
    if [ "$i" = 1 ]; then
      note "layer MB, $1" ZLayer "$(layer_mb zlayer)"
      [ -z "$buildctl" ] || note "layer MB, $1" BuildKit "$(layer_mb buildkit)"
      [ -z "$buildah" ] || note "layer MB, $1" buildah "$(layer_mb buildah)"
    fi
    change_one_line
    zl "one line changed, build and push, $1" build "$context" --progress plain --output "type=image,name=127.0.0.1:$port/zlayer:1,push=true,compression=$1"
    bk "one line changed, build and push, $1" "$context" --output "$(bk_image buildkit "$1")"
    buildah_build_and_push "one line changed, build and push, $1" "$context" buildah "$1"
  done
}

make_base() {
  [ ! -e "$work/rootfs.tar" ] || return 0
  [ -x /bin/busybox ] || die "busybox-static is missing: apt-get install busybox-static"
  mkdir -p "$work"/rootfs/{bin,dev,etc,proc,sys,tmp}
  cp /bin/busybox "$work/rootfs/bin/busybox"
  ln -sf busybox "$work/rootfs/bin/sh"
  printf 'root:x:0:0:root:/:/bin/sh\n' > "$work/rootfs/etc/passwd"
  tar --numeric-owner --owner=0 --group=0 -cf "$work/rootfs.tar" -C "$work/rootfs" .
}

row_steps() {
  local i directory=$work/steps
  make_base
  mkdir -p "$directory"
  cp "$repository/bench/steps/Dockerfile" "$directory/"
  for i in $(seq "$runs"); do
    fresh_registry; fresh_zlayer; fresh_buildkit; fresh_buildah
    "$zlayer" --root "$work/zlayer" import "$work/rootfs.tar" bench/base:1 >/dev/null
    "$zlayer" --root "$work/zlayer" save bench/base:1 -o "$work/base.oci.tar" >/dev/null 2>&1
    rm -rf "$work/base.oci" && mkdir "$work/base.oci" && tar -xf "$work/base.oci.tar" -C "$work/base.oci"
    local digest
    digest=$(grep -o 'sha256:[0-9a-f]*' "$work/base.oci/index.json" | head -1)
    zl "20 RUN steps, cold" build "$directory" --network host --progress plain
    bk "20 RUN steps, cold" "$directory" --oci-layout "base=$work/base.oci" --opt "context:bench/base:1=oci-layout://base@$digest"
    zl "20 RUN steps, cached" build "$directory" --network host --progress plain
    bk "20 RUN steps, cached" "$directory" --oci-layout "base=$work/base.oci" --opt "context:bench/base:1=oci-layout://base@$digest"
    if [ -n "$buildah" ]; then
      "${prefix[@]}" "$buildah" "${bah[@]}" pull "oci-archive:$work/base.oci.tar" > "$work/log" 2>&1
      "${prefix[@]}" "$buildah" "${bah[@]}" tag "$(tail -1 "$work/log")" bench/base:1
      bah_measure "20 RUN steps, cold" build --layers --isolation oci --runtime "${BENCH_RUNTIME:-runc}" --network host --pull=never -f "$directory/Dockerfile" -t steps:1 "$directory"
      bah_measure "20 RUN steps, cached" build --layers --isolation oci --runtime "${BENCH_RUNTIME:-runc}" --network host --pull=never -f "$directory/Dockerfile" -t steps:1 "$directory"
    fi
  done
}

row_pull() {
  local i
  fresh_registry; fresh_zlayer
  "$zlayer" --root "$work/zlayer" build "$context" -t "127.0.0.1:$port/pull:1" --push --progress plain >/dev/null 2>&1
  for i in $(seq "$runs"); do
    fresh_zlayer
    rm -rf "$work/skopeo.oci"
    zl "pull into an empty root" pull "127.0.0.1:$port/pull:1"
    [ -z "$skopeo" ] || measure_peer "pull into an empty root" skopeo "$skopeo" copy --src-tls-verify=false "docker://127.0.0.1:$port/pull:1" "oci:$work/skopeo.oci:1"
  done
}

row_memory() {
  local twice=$work/twice
  mkdir -p "$twice"
  [ -d "$twice/b" ] || { cp -a "$context" "$twice/a"; cp -a "$context" "$twice/b"; cp "$context/Dockerfile" "$twice/"; }
  fresh_registry; fresh_zlayer
  zl "twice the size: cold build" build "$twice" -t twice:1 --progress plain
  fresh_zlayer
  zl "twice the size: cold build and push, gzip" build "$twice" -t "127.0.0.1:$port/twice:1" --push --progress plain
  fresh_zlayer
  zl "twice the size: pull" pull "127.0.0.1:$port/twice:1"
  rm -rf "$twice"
}

row_module() {
  command -v pwsh >/dev/null || { say "pwsh is not there: left out"; return 0; }
  local i
  for i in $(seq $((runs * 3))); do
    measure "start pwsh" ZLayer pwsh -NoProfile -NonInteractive -Command 'exit 0'
    measure "start pwsh, Import-Module ZLayer" ZLayer pwsh -NoProfile -NonInteractive -Command "Import-Module $repository/out/ZLayer; exit 0"
  done
}

# --- the table ----------------------------------------------------------------------------------------------------

write_table() {
  echo "| work | ZLayer | peak memory | BuildKit | buildah | skopeo | ZLayer takes |"
  echo "|---|---|---|---|---|---|---|"
  awk -F'\t' '
    function median(list, n,   i, j, t, v) {
      split(list, v, " ")
      for (i = 2; i <= n; i++) { t = v[i] + 0; for (j = i - 1; j > 0 && v[j] + 0 > t; j--) v[j + 1] = v[j]; v[j + 1] = t }
      return n % 2 ? v[(n + 1) / 2] + 0 : (v[n / 2] + v[n / 2 + 1]) / 2
    }
    { if (!($1 in seen)) { seen[$1] = 1; order[++rows] = $1 }
      key = $1 SUBSEP $2; times[key] = times[key] " " $3; count[key]++; if ($4 + 0 > memory[key]) memory[key] = $4 + 0 }
    END {
      split("BuildKit buildah skopeo", peers, " ")
      for (r = 1; r <= rows; r++) {
        key = order[r] SUBSEP "ZLayer"; ours = median(times[key], count[key])
        unit = order[r] ~ /^layer MB/ ? "" : " s"
        line = "| " order[r] " | " ours unit " | " (memory[key] ? sprintf("%d MB", memory[key] / 1024) : "") " |"
        ratio = ""
        for (p = 1; p <= 3; p++) {
          key = order[r] SUBSEP peers[p]
          if (key in count) {
            theirs = median(times[key], count[key]); line = line " " theirs unit " |"
            if (theirs > 0) ratio = ratio (ratio == "" ? "" : ", ") sprintf("%.2f of %s", ours / theirs, peers[p])
          } else line = line " |"
        }
        print line " " ratio " |"
      }
    }' "$results"
}

describe_machine() {
  local version
  echo "Machine: $(nproc) cores of $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $(awk '/MemTotal/ { printf "%.0f", $2 / 1e6 }' /proc/meminfo) GB, $(. /etc/os-release; echo "$PRETTY_NAME"), kernel $(uname -r), $(df --output=fstype "$work" | tail -1) on $work."
  echo "Context: $(describe_context "$context"). Runs: $runs; medians; memory is the highest seen."
  version="ZLayer $("$zlayer" --version)"
  [ -z "$buildctl" ] || version+=", BuildKit $("$buildctl" --version | awk '{ print $3 }')"
  [ -z "$buildah" ] || version+=", $("${prefix[@]}" "$buildah" --version | awk '{ print $1, $3 }')"
  [ -z "$skopeo" ] || version+=", $("${prefix[@]}" "$skopeo" --version | awk '{ print $1, $3 }')"
  echo "Versions: $version."
}

prepare_context
fresh_registry
if wants build; then row_build; fi
if wants push-gzip; then row_push gzip; fi
if wants push-zstd; then row_push zstd; fi
if wants steps; then row_steps; fi
if wants pull; then row_pull; fi
if wants memory; then row_memory; fi
if wants module; then row_module; fi
if wants containers; then BENCH_DIR=$work/containers "$repository/bench/containers.sh"; fi
if wants registries; then BENCH_DIR=$work/registries "$repository/bench/registries.sh"; fi
{ describe_machine; echo; write_table; } | tee ${BENCH_RESULT:+"$BENCH_RESULT"}
