#!/bin/bash
# What a data root of many images costs: rmi, twenty of them, images, df, prune.
#
# usage: bench/stores.sh WORKDIR [TAGS [BLOBS]]
#
# Makes the store with bench/make-store.py below WORKDIR, on a disk that can hold BLOBS small files, unless it is there already. Each row is the
# wall time of one process; the first list is the one that remembers. ZLAYER names the program, out/cli/zlayer without it.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$1 tags=${2:-10000} blobs=${3:-200000}
zlayer=${ZLAYER:-out/cli/zlayer}
root=$work/store-$tags

measure() {
    local name=$1 start end
    shift
    start=$(date +%s%N)
    "$@" >/dev/null
    end=$(date +%s%N)
    printf '| %s | %d.%03d s |\n' "$name" $(((end - start) / 1000000000)) $(((end - start) / 1000000 % 1000))
}

names() {
    local tag
    for tag in $(seq "$1" "$2"); do
        echo "bench/r$3:t$tag"
    done
}

mkdir -p "$work"
[ -d "$root" ] || python3 bench/make-store.py "$root" --tags "$tags" --blobs "$blobs" --repositories "$((tags / 20))"
sleep 4 # What was changed within the last seconds is not remembered.
measure "first list" "$zlayer" images --root "$root"
measure "first prune" "$zlayer" prune --root "$root"
measure "list" "$zlayer" images --root "$root"
measure "df" "$zlayer" df --root "$root"
measure "prune" "$zlayer" prune --root "$root"
measure "rmi, one" "$zlayer" rmi bench/r1:t0 --root "$root"
measure "rmi, one that was pulled" "$zlayer" rmi bench/r2:t0 --root "$root"
# shellcheck disable=SC2046 # One argument each.
measure "rmi, nineteen in one command" "$zlayer" rmi $(names 1 19 3) --root "$root"
measure "--version, for comparison" "$zlayer" --version
