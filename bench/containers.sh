#!/usr/bin/env bash
# Compares containers through ZLayer, in one warm PowerShell session, with the docker command on the same engine, and writes medians and
# ratios as a Markdown table.
#
#   DOCKER_HOST=unix:///run/docker.sock bench/containers.sh
#
# The engine must have the image busybox. Settings, all optional:
#   BENCH_RUNS     how often each copy and log is repeated (default 3); runs and lists are repeated five times as often
#   BENCH_DIR      working directory (default: a new one under /var/tmp, removed at the end)
#   BENCH_RESULT   where the table goes (default: standard output only)
#   BENCH_DOCKER   the docker command (default: from PATH)
set -euo pipefail
repository=$(cd "$(dirname "$0")/.." && pwd)
runs=${BENCH_RUNS:-3}
docker=${BENCH_DOCKER:-docker}
name=zlayer-bench-$$
work=${BENCH_DIR:-$(mktemp -d /var/tmp/zlayer-bench.XXXXXX)}
mkdir -p "$work"
results=$work/containers.tsv
: > "$results"

die() { echo "error: $*" >&2; exit 1; }
say() { echo "-- $*" >&2; }
finish() {
  "$docker" ps -aq --filter "label=$name" | xargs -r "$docker" rm -f >/dev/null 2>&1 || true
  rm -rf "$work/source" "$work"/out*
  [ -n "${BENCH_DIR:-}" ] || rm -rf "$work"
}
trap finish EXIT

command -v pwsh >/dev/null || die "pwsh is missing"
[ -x /usr/bin/time ] || die "GNU time is missing: apt-get install time"
[ -f "$repository/out/ZLayer/ZLayer.psd1" ] || die "build first: dotnet build ZLayer.sln"
"$docker" image inspect busybox >/dev/null || die "the engine has no image busybox"

say "preparing: 500 MB in 2,001 files, 100 MB of log, 200 containers"
mkdir -p "$work/source"
for directory in $(seq 50); do
  mkdir -p "$work/source/$directory"
  for file in $(seq 40); do head -c 180000 /dev/urandom > "$work/source/$directory/$file"; done
done
head -c 140000000 /dev/urandom > "$work/source/large"
"$docker" run -d --label "$name" --name "$name-log" --network none busybox \
  sh -c 'yes "a line of a log has a hundred characters more or less, and this one is made to have exactly that many" | head -n 1000000' >/dev/null
"$docker" wait "$name-log" >/dev/null
"$docker" run -d --label "$name" --name "$name-files" --network none busybox sleep 100000 >/dev/null
"$docker" cp "$work/source" "$name-files:/source" >/dev/null
for i in $(seq 198); do "$docker" create --label "$name" --network none busybox true >/dev/null; done

measure() { # WORK TIMES COMMAND...
  local row=$1 times=$2
  shift 2
  for _ in $(seq "$times"); do
    /usr/bin/time -q -f '%e %M' -o "$work/time" "$@" > "$work/log" 2>&1 || { tail -5 "$work/log" >&2; die "docker failed at: $row"; }
    printf '%s\tdocker\t%s\n' "$row" "$(tr ' ' '\t' < "$work/time")" >> "$results"
  done
}
empty() { "$docker" exec "$name-files" rm -rf /in; rm -rf "$work"/out*; mkdir -p "$work/out"; }

say "docker"
measure 'run true, removed' $((runs * 5)) "$docker" run --rm busybox true
# What a list of the cmdlets has, with the commands and times of all, is what docker tells with these two.
measure 'tell all of 200 containers' $((runs * 5)) bash -c "'$docker' inspect \$('$docker' ps -aq)"
measure 'follow 100 MB of logs' "$runs" "$docker" logs -f "$name-log"
for i in $(seq "$runs"); do
  empty
  measure 'copy 500 MB in' 1 "$docker" cp "$work/source" "$name-files:/in"
  measure 'copy 500 MB out' 1 "$docker" cp "$name-files:/source" "$work/out"
done
empty

say "ZLayer"
pwsh -NoProfile -NonInteractive -File "$repository/bench/containers.ps1" -Module "$repository/out/ZLayer" -Runs "$runs" \
  -LogContainer "$name-log" -FileContainer "$name-files" -Source "$work/source" -Work "$work/out" \
  | awk -F'\t' -v OFS='\t' '{ print $1, "ZLayer", $2, $3 }' >> "$results"

write_table() {
  echo "Engine $("$docker" version --format '{{.Server.Version}}, API {{.Server.APIVersion}}'), docker command $("$docker" version --format '{{.Client.Version}}')."
  echo
  echo "| work | ZLayer, warm session | docker | ZLayer takes |"
  echo "|---|---|---|---|"
  awk -F'\t' '
    function median(list, n,   i, j, t, v) {
      split(list, v, " ")
      for (i = 2; i <= n; i++) { t = v[i] + 0; for (j = i - 1; j > 0 && v[j] + 0 > t; j--) v[j + 1] = v[j]; v[j + 1] = t }
      return n % 2 ? v[(n + 1) / 2] + 0 : (v[n / 2] + v[n / 2 + 1]) / 2
    }
    { if (!($1 in seen)) { seen[$1] = 1; order[++rows] = $1 }
      key = $1 SUBSEP $2; times[key] = times[key] " " $3; count[key]++ }
    END {
      for (r = 1; r <= rows; r++) {
        ours = median(times[order[r], "ZLayer"], count[order[r], "ZLayer"]); theirs = median(times[order[r], "docker"], count[order[r], "docker"])
        printf "| %s | %.3f s | %.3f s | %.2f |\n", order[r], ours, theirs, (theirs > 0 ? ours / theirs : 0)
      }
    }' "$results"
}
write_table | tee ${BENCH_RESULT:+"$BENCH_RESULT"}
