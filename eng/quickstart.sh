#!/usr/bin/env bash
# Shows what ZLayer does, from nothing: installs what is missing, builds ZLayer, imports a root file system, builds the
# multi-stage image of examples/hello, pushes it to a registry on this machine and pulls it back.
# For Debian with the .NET 10 SDK, as root or with sudo. Running it again is safe.
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/common.sh

step() { printf '\n\033[1m== %s\033[0m\n' "$*"; }

step "Installing what is missing"
find_dotnet
# busybox-static: the root file system; runc: carries out RUN; docker-registry: something to push to.
install_packages busybox-static runc docker-registry
bring_powershell
[ -x /bin/busybox ] || { echo "error: busybox is missing: apt-get install busybox-static" >&2; exit 1; }

step "Building ZLayer"
started=$(now)
dotnet build ZLayer.sln -nologo -v quiet -clp:'ErrorsOnly;NoSummary'
echo "built in $(seconds "$started"): out/cli/zlayer, out/ZLayer"
zlayer=$PWD/out/cli/zlayer

work=$(mktemp -d)
registry_pid=
finish() {
  [ -z "$registry_pid" ] || kill "$registry_pid" 2>/dev/null || true
  as_root rm -rf "$work"
}
trap finish EXIT
export ZLAYER_HOME=$work/store

step "Making a small root file system"
mkdir -p "$work"/rootfs/{bin,dev,etc,proc,root,sys,tmp,var/cache}
chmod 1777 "$work/rootfs/tmp"
cp /bin/busybox "$work/rootfs/bin/busybox"
for name in $(/bin/busybox --list); do
  [ "$name" = busybox ] || ln -s busybox "$work/rootfs/bin/$name"
done
printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' > "$work/rootfs/etc/passwd"
printf 'root:x:0:\nnogroup:x:65534:\n' > "$work/rootfs/etc/group"
tar --numeric-owner --owner=0 --group=0 -cf "$work/rootfs.tar" -C "$work/rootfs" .
ls -lh "$work/rootfs.tar" | awk '{ print $5 "  rootfs.tar" }'

step "Starting a registry on the loopback interface"
port=$(free_port)
cat > "$work/registry.yml" <<YAML
version: 0.1
log: { level: error, accesslog: { disabled: true } }
storage: { filesystem: { rootdirectory: $work/registry } }
http: { addr: "127.0.0.1:$port" }
YAML
docker-registry serve "$work/registry.yml" > "$work/registry.log" 2>&1 &
registry_pid=$!
for _ in $(seq 100); do
  (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
  kill -0 "$registry_pid" 2>/dev/null || { cat "$work/registry.log" >&2; exit 1; }
  sleep 0.1
done
image=localhost:$port/hello:1
echo "registry: localhost:$port"

timings=()
timed() { # timed NAME COMMAND...
  local name=$1 started
  shift
  printf '$ zlayer %s\n' "${*/#$work/…}"
  started=$(now)
  as_root env ZLAYER_HOME="$ZLAYER_HOME" "$zlayer" "$@"
  timings+=("$(printf '%-34s %s' "$name" "$(seconds "$started")")")
}

step "The main job, from the command line"
timed "import a root file system" import "$work/rootfs.tar" example/base:1
timed "build (multi-stage, cold)" build examples/hello -t "$image" --network none --progress plain
timed "build again (nothing changed)" build examples/hello -t "$image" --network none --progress plain
timed "push" push "$image"
export ZLAYER_HOME=$work/elsewhere
timed "pull into an empty root" pull "$image"
timed "list images" images
timed "history" history "$image"
timed "export for docker load" save "$image" -o "$work/hello.tar" --format docker

step "The same, from PowerShell"
started=$(now)
as_root env ZLAYER_HOME="$work/module" IMAGE="$image" WORK="$work" pwsh -NoProfile -NonInteractive -Command '
  $ErrorActionPreference = "Stop"
  Import-Module ./out/ZLayer
  New-ZLayerImage -Path $env:WORK/rootfs.tar -Tag example/base:1 | Format-Table
  Invoke-ZLayerBuild -Path examples/hello -Tag $env:IMAGE -Network None | Format-List ImageId, Duration, LayerCount, CacheHits
  Push-ZLayerImage $env:IMAGE | Format-List Destination, Digest, Uploaded, Skipped
  Get-ZLayerImage | Format-Table
'
timings+=("$(printf '%-34s %s' "PowerShell: all of it" "$(seconds "$started")")")

step "Timings"
printf '%s\n' "${timings[@]}"
echo
echo "Everything was made in a temporary directory, which is removed now. Next: README.md"
