#!/usr/bin/env bash
# Makes a root with current versions of buildah, skopeo and the registry beside the machine's own, for bench/compare.sh.
#
#   bench/make-peers.sh DIRECTORY [SUITE]      SUITE of Debian (default: sid); DIRECTORY outside the repository
#   BENCH_PEER_PREFIX=DIRECTORY/enter BENCH_REGISTRY="DIRECTORY/enter docker-registry" bench/compare.sh
#
# As root, with debootstrap (it is installed where it is missing). BENCH_MIRROR names a package mirror (default: the one
# that this machine uses). Debian has no package of buildkitd: take a release of BuildKit and name its programs with
# BENCH_BUILDKITD and BENCH_BUILDCTL.
set -euo pipefail
[ "$(id -u)" = 0 ] || { echo "error: run as root" >&2; exit 1; }
[ $# -ge 1 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }
. "$(dirname "$0")/../eng/common.sh"
install_packages debootstrap
mkdir -p "$1"
directory=$(cd "$1" && pwd) suite=${2:-sid}
mirror=${BENCH_MIRROR:-$({ cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null || true; } | sed -n 's/^URIs: *//p; s/^deb \(\[[^]]*\] \)\{0,1\}\(http[^ ]*\) .*/\2/p' | grep -v security | head -1 || true)}
[ -n "$mirror" ] || { echo "error: no package mirror found: set BENCH_MIRROR" >&2; exit 1; }

if [ ! -x "$directory/root/usr/bin/buildah" ]; then
  debootstrap --variant=minbase --include=buildah,skopeo,runc,netavark,docker-registry,time,ca-certificates "$suite" "$directory/root" "$mirror"
fi

# enter COMMAND...: runs it in the root, with this machine's kernel file systems and temporary directories.
# pivot_root, not chroot: runtimes refuse to start inside of a chroot.
cat > "$directory/enter" <<'SH'
#!/bin/sh
exec unshare --mount --propagation private sh -c '
  root=$0 here=$PWD
  mount --rbind "$root" "$root"
  for d in proc sys dev tmp var/tmp; do mkdir -p "$root/$d"; mount --rbind "/$d" "$root/$d"; done
  cd "$root" && mkdir -p .outside && pivot_root . .outside && umount -l /.outside
  cd "$here" 2>/dev/null || cd /
  PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin exec "$@"' "$(dirname "$(readlink -f "$0")")/root" "$@"
SH
chmod +x "$directory/enter"
"$directory/enter" buildah --version
"$directory/enter" skopeo --version
echo "BENCH_PEER_PREFIX=$directory/enter"
