#!/usr/bin/env bash
# Measures ZLayer beside skopeo and docker on one registry, in one go: push, pull, copy, a thousand tags; then the same through a proxy that adds
# 50 ms to each request and counts them. Prints a Markdown table.
#
# usage: bench/registries.sh [push|first|pull|copy|tags|latency]...     (default: all)
#   BENCH_RUNS      how often each row is run (default 3); the table shows medians
#   BENCH_DIR       a directory for everything, kept afterwards (default: a temporary one)
#   BENCH_ZLAYER    the zlayer to measure (default: out/cli/zlayer)
#   BENCH_SKOPEO, BENCH_PEER_PREFIX   as for compare.sh
#   BENCH_REGISTRY  the command of the registry, which is distribution's (default: docker-registry)
#   BENCH_REGISTRY_DIR   where the registry keeps its blobs (default: in memory, below /dev/shm, as it stands for another machine)
#   DOCKER_HOST     a docker engine that reaches this machine's loopback; without it docker is left out
set -euo pipefail
repository=$(cd "$(dirname "$0")/.." && pwd)
zlayer=${BENCH_ZLAYER:-$repository/out/cli/zlayer}
runs=${BENCH_RUNS:-3}
rows=${*:-push first pull copy tags latency}
megabytes=${BENCH_LAYER_MB:-50}

die() { echo "error: $*" >&2; exit 1; }
say() { echo "-- $*" >&2; }
[ -x "$zlayer" ] || die "build first: dotnet build ZLayer.sln -p:ZLayerNative=true"
registry=(${BENCH_REGISTRY:-docker-registry})
for program in "${registry[0]}" curl python3; do command -v $program >/dev/null || die "$program is missing"; done
[ -x /usr/bin/time ] || die "GNU time is missing: apt-get install time"

work=${BENCH_DIR:-$(mktemp -d /var/tmp/zlayer-registries.XXXXXX)}
storage=${BENCH_REGISTRY_DIR:-$(mktemp -d /dev/shm/zlayer-registries.XXXXXX)}
mkdir -p "$work" "$storage"
prefix=(${BENCH_PEER_PREFIX:-})
skopeo=${BENCH_SKOPEO:-$(command -v skopeo || true)}
docker=; [ -z "${DOCKER_HOST:-}" ] || docker=$(command -v docker || true)
[ -n "$skopeo" ] || say "skopeo is not there: left out"
[ -n "$docker" ] || say "docker is not there: left out"
results=$work/results.tsv
: > "$results"

pids=()
finish() {
  local pid
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true; done
  [ -n "${BENCH_DIR:-}" ] || rm -rf "$work"
  [ -n "${BENCH_REGISTRY_DIR:-}" ] || rm -rf "$storage"
}
trap finish EXIT
wants() { [[ " $rows " == *" $1 "* ]]; }

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
wait_for() { local _; for _ in $(seq 200); do (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return; sleep 0.05; done; die "nothing answers on port $1"; }

port=$(free_port)
registry_pid=
fresh_registry() {
  [ -z "$registry_pid" ] || { kill "$registry_pid"; wait "$registry_pid" 2>/dev/null || true; }
  rm -rf "$storage/registry"
  printf 'version: 0.1\nlog: { level: error, accesslog: { disabled: true } }\nstorage: { filesystem: { rootdirectory: %s }, delete: { enabled: true } }\nhttp: { addr: "127.0.0.1:%s" }\n' \
    "$storage/registry" "$port" > "$work/registry.yml"
  OTEL_TRACES_EXPORTER=none "${registry[@]}" serve "$work/registry.yml" > "$work/registry.log" 2>&1 &
  registry_pid=$!
  pids+=("$registry_pid")
  wait_for "$port"
}
sk() { "${prefix[@]}" "$skopeo" "$@"; }

# measure ROW TOOL COMMAND...: notes wall seconds, processor seconds, peak memory in kB, and the requests that the proxy counted.
# measure_peer measures a command of the peers' root, inside: entering it is not the peer's time.
count_file=
around=()
measure_peer() { local around=("${prefix[@]}"); measure "$@"; }
measure() {
  local row=$1 tool=$2 requests=
  shift 2
  sync
  [ -z "$count_file" ] || local before; [ -z "$count_file" ] || before=$(cat "$count_file" 2>/dev/null || echo 0)
  "${around[@]}" /usr/bin/time -q -f '%e %U %S %M' -o "$work/time" "$@" > "$work/log" 2>&1 || { tail -5 "$work/log" >&2; die "$tool failed at: $row"; }
  [ -z "$count_file" ] || requests=$(( $(cat "$count_file") - before ))
  awk -v row="$row" -v tool="$tool" -v requests="$requests" '{ printf "%s\t%s\t%s\t%.2f\t%d\t%s\n", row, tool, $1, $2 + $3, $4, requests }' "$work/time" >> "$results"
  say "$row, $tool: $(cat "$work/time") ${requests:+$requests requests}"
}

# The image in the store that skopeo shares with buildah and podman, which keeps layers as files: each push makes their blobs anew, as docker's does.
shared_store() { echo "containers-storage:[overlay@$work/shared+$work/shared-state]localhost/bench:$1"; }

# An image of ten layers of random bytes, gzip: in ZLayer's store, as an OCI layout and in its store for skopeo, in docker's store.
make_image() { # MEGABYTES
  [ ! -e "$work/layout-$1" ] || return 0
  say "making an image of ten layers of $1 MB"
  local i directory=$work/context-$1
  mkdir -p "$directory"
  echo "FROM scratch" > "$directory/Dockerfile"
  for i in 0 1 2 3 4 5 6 7 8 9; do
    head -c "$1"000000 /dev/urandom > "$directory/f$i"
    echo "COPY f$i /f$i" >> "$directory/Dockerfile"
  done
  fresh_registry
  "$zlayer" --root "$work/store" build "$directory" -t "bench:$1" --progress plain > "$work/log" 2>&1
  "$zlayer" --root "$work/store" push "bench:$1" "127.0.0.1:$port/made:1" > "$work/log" 2>&1
  [ -z "$skopeo" ] || sk copy -q --src-tls-verify=false "docker://127.0.0.1:$port/made:1" "oci:$work/layout-$1:1"
  [ -z "$skopeo" ] || sk copy -q "oci:$work/layout-$1:1" "$(shared_store "$1")"
  [ -z "$docker" ] || { docker pull -q "127.0.0.1:$port/made:1" && docker tag "127.0.0.1:$port/made:1" "bench:$1"; } > "$work/log"
}
docker_forget() { [ -z "$docker" ] || docker rmi -f "$@" >/dev/null 2>&1 || true; }

# The bytes alone, by a curl for each blob: no digests, no checks, no manifest. What this takes, the registry and the kernel take.
bare_blobs() { find "$work/layout-$1/blobs/sha256" -type f -size +100k -printf '%f\n'; }
bare_script() {
  cat > "$work/bare.sh" <<'SH'
set -euo pipefail
case $1 in
  pull) exec curl -fsS -o "$3/$4" "http://127.0.0.1:$2/v2/from/blobs/sha256:$4" ;;
  push)
    place=$(curl -fsS -X POST -D - -o /dev/null "http://127.0.0.1:$2/v2/b/blobs/uploads/" | tr -d '\r' | sed -n 's/^[Ll]ocation: //p')
    exec curl -fsS -T "$3/blobs/sha256/$4" -H 'Content-Type: application/octet-stream' -o /dev/null "$place&digest=sha256:$4" ;;
esac
SH
}
bare() { # ROW MEGABYTES PORT push|pull DIRECTORY
  [ -d "$work/layout-$2" ] || return 0
  bare_script
  mkdir -p "$5"
  bare_blobs "$2" > "$work/bare.list"
  measure "$1" 'curl, bytes alone' xargs -a "$work/bare.list" -P 12 -I{} bash "$work/bare.sh" "$4" "$3" "$5" {}
}

push_row() { # ROW MEGABYTES PORT
  fresh_registry
  measure "$1" ZLayer "$zlayer" --root "$work/store" push "bench:$2" "127.0.0.1:$3/z:1"
  fresh_registry
  [ -z "$skopeo" ] || measure_peer "$1" skopeo "$skopeo" copy -q --dest-tls-verify=false "oci:$work/layout-$2:1" "docker://127.0.0.1:$3/s:1"
  if [ -n "$docker" ]; then
    fresh_registry
    docker tag "bench:$2" "127.0.0.1:$3/d:1"
    measure "$1" docker docker push -q "127.0.0.1:$3/d:1"
    docker_forget "127.0.0.1:$3/d:1"
  fi
  fresh_registry
  bare "$1" "$2" "$3" push "$work/layout-$2"
}
first_row() { # ROW MEGABYTES PORT: the first push of an image that was just built, from everybody's own store; blobs are made on the way
  fresh_registry
  rm -rf "$work/built"
  "$zlayer" --root "$work/built" build "$work/context-$2" -t "bench:$2" --progress plain > "$work/log" 2>&1
  measure "$1" ZLayer "$zlayer" --root "$work/built" push "bench:$2" "127.0.0.1:$3/z:1"
  fresh_registry
  [ -z "$skopeo" ] || measure_peer "$1" skopeo "$skopeo" copy -q --dest-tls-verify=false "$(shared_store "$2")" "docker://127.0.0.1:$3/s:1"
  rm -rf "$work/built"
}
pull_row() { # ROW MEGABYTES PORT
  rm -rf "$work/empty" "$work/pulled"
  measure "$1" ZLayer "$zlayer" --root "$work/empty" pull "127.0.0.1:$3/from:$2"
  [ -z "$skopeo" ] || measure_peer "$1" skopeo "$skopeo" copy -q --src-tls-verify=false "docker://127.0.0.1:$3/from:$2" "oci:$work/pulled:1"
  if [ -n "$docker" ]; then
    docker_forget "bench:$2" "127.0.0.1:$port/made:1" "127.0.0.1:$3/from:$2"
    measure "$1" docker docker pull -q "127.0.0.1:$3/from:$2"
    docker tag "127.0.0.1:$3/from:$2" "bench:$2"
  fi
  rm -rf "$work/bare"
  bare "$1" "$2" "$3" pull "$work/bare"
}
copy_row() { # ROW MEGABYTES PORT: the second copy, of an image whose blobs the target has, under a new tag
  measure "$1" ZLayer "$zlayer" copy "127.0.0.1:$3/from:$2" "127.0.0.1:$3/to:z$RANDOM"
  [ -z "$skopeo" ] || measure_peer "$1" skopeo "$skopeo" copy -q --all --preserve-digests --src-tls-verify=false --dest-tls-verify=false \
    "docker://127.0.0.1:$3/from:$2" "docker://127.0.0.1:$3/to:s$RANDOM"
}
fill() { # MEGABYTES
  fresh_registry
  "$zlayer" --root "$work/store" push "bench:$1" "127.0.0.1:$port/from:$1" > "$work/log" 2>&1
  "$zlayer" copy "127.0.0.1:$port/from:$1" "127.0.0.1:$port/to:1" > "$work/log" 2>&1
}

if wants push || wants first || wants pull || wants copy; then make_image "$megabytes"; fi
for _ in $(seq "$runs"); do if wants push; then push_row "push, 10 layers of $megabytes MB" "$megabytes" "$port"; fi; done
for _ in $(seq "$runs"); do if wants first; then first_row "first push of what was built, 10 layers of $megabytes MB" "$megabytes" "$port"; fi; done
if wants pull || wants copy; then fill "$megabytes"; fi
for _ in $(seq "$runs"); do
  if wants pull; then pull_row "pull, 10 layers of $megabytes MB" "$megabytes" "$port"; fi
  if wants copy; then copy_row "copy of an image whose blobs the target has" "$megabytes" "$port"; fi
done

if wants tags; then
  make_image 1
  fill 1
  say "putting a thousand tags"
  curl -fsS -H 'Accept: application/vnd.oci.image.manifest.v1+json' "http://127.0.0.1:$port/v2/from/manifests/1" > "$work/manifest.json"
  seq 1000 | xargs -P4 -I{} curl -fsS -X PUT -H 'Content-Type: application/vnd.oci.image.manifest.v1+json' --data-binary "@$work/manifest.json" "http://127.0.0.1:$port/v2/from/manifests/t{}"
  for _ in $(seq "$runs"); do measure "1,000 tags listed and inspected" ZLayer "$zlayer" tags --long "127.0.0.1:$port/from"; done
  # A hundred of them stand for all: the loop is the same for each.
  if [ -n "$skopeo" ]; then
    cat > "$work/loop.sh" <<SH
set -e
$skopeo list-tags --tls-verify=false docker://127.0.0.1:$port/from >/dev/null
for i in \$(seq 100); do $skopeo inspect --tls-verify=false docker://127.0.0.1:$port/from:t\$i >/dev/null; done
SH
    measure_peer "100 of them, inspected in a loop" skopeo bash "$work/loop.sh"
  fi
fi

if wants latency; then
  make_image 5
  slow=$(free_port)
  count_file=$work/requests
  echo 0 > "$count_file"
  python3 "$repository/bench/slow-proxy.py" "$slow" "$port" 50 "$count_file" & pids+=($!)
  wait_for "$slow"
  for _ in $(seq "$runs"); do push_row "push, 10 layers of 5 MB, 50 ms a request" 5 "$slow"; done
  fill 5
  for _ in $(seq "$runs"); do
    pull_row "pull, 10 layers of 5 MB, 50 ms a request" 5 "$slow"
    copy_row "copy, blobs there, 50 ms a request" 5 "$slow"
  done
fi

echo "| work | tool | seconds | processor seconds | peak memory | requests | ZLayer takes |"
echo "|---|---|---|---|---|---|---|"
awk -F'\t' '
  function median(list, n,   i, j, t, v) {
    split(list, v, " ")
    for (i = 2; i <= n; i++) { t = v[i] + 0; for (j = i - 1; j > 0 && v[j] + 0 > t; j--) v[j + 1] = v[j]; v[j + 1] = t }
    return n % 2 ? v[(n + 1) / 2] + 0 : (v[n / 2] + v[n / 2 + 1]) / 2
  }
  { key = $1 SUBSEP $2; if (!(key in n)) order[++total] = key
    wall[key] = wall[key] " " $3; cpu[key] = cpu[key] " " $4; n[key]++; if ($5 > memory[key]) memory[key] = $5; requests[key] = $6 }
  END {
    for (k = 1; k <= total; k++) {
      key = order[k]; split(key, part, SUBSEP); w = median(wall[key], n[key]); ours = (part[1] SUBSEP "ZLayer")
      ratio = part[2] != "ZLayer" && ours in n && w > 0 ? sprintf("%.2f of %s", median(wall[ours], n[ours]) / w, part[2]) : ""
      printf "| %s | %s | %.2f | %.2f | %d MB | %s | %s |\n", part[1], part[2], w, median(cpu[key], n[key]), memory[key] / 1024, requests[key], ratio
    }
  }' "$results"
