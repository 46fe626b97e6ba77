# Shared by the scripts of this directory. Sourced, not run.

# The .NET SDK: on PATH, or where its install script puts it.
find_dotnet() {
  if ! command -v dotnet >/dev/null; then
    local directory
    for directory in "${DOTNET_ROOT:-}" "$HOME/.dotnet" /usr/share/dotnet /usr/lib/dotnet /opt/dotnet; do
      if [ -n "$directory" ] && [ -x "$directory/dotnet" ]; then
        PATH=$directory:$PATH
        break
      fi
    done
  fi
  command -v dotnet >/dev/null || { echo "error: the .NET 10 SDK is not installed: https://dotnet.microsoft.com/download" >&2; exit 1; }
  case $(dotnet --version) in
    1[0-9].*) ;;
    *) echo "error: .NET SDK 10 or newer is needed; found $(dotnet --version)" >&2; exit 1 ;;
  esac
  export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
}

# as_root COMMAND...: runs it as root, with sudo where that is needed.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo -E env "PATH=$PATH" "$@"
  else
    echo "error: this needs root, or sudo: $*" >&2
    return 1
  fi
}

# install_packages NAME...: installs the Debian packages that are missing. A package that cannot be had is named, and
# is no error here: what needs it says so itself.
install_packages() {
  command -v apt-get >/dev/null || { echo "note: no apt-get here; these must be there already: $*"; return 0; }
  local name missing=()
  for name in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing+=("$name")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  echo "installing: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  as_root apt-get update -qq >/dev/null || echo "note: apt-get update failed; trying with the lists at hand"
  if ! as_root apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null 2>&1; then
    for name in "${missing[@]}"; do
      as_root apt-get install -y -qq --no-install-recommends "$name" >/dev/null 2>&1 || echo "note: package $name cannot be installed"
    done
  fi
}

# bring_powershell: PowerShell and Pester of the versions in eng/powershell, from the package registry; `pwsh` on PATH is that one
# afterwards. Call find_dotnet first. The packages hold PowerShell as an assembly that `dotnet` runs.
bring_powershell() {
  local project=eng/powershell/powershell.proj directory packages powershell pester
  dotnet restore "$project" -nologo -v quiet || { echo "error: PowerShell and Pester cannot be restored from the package registry" >&2; return 1; }
  property() { dotnet msbuild "$project" -nologo -getProperty:"$1"; }
  packages=$(property NuGetPackageRoot) powershell=$(property PowerShellVersion) pester=$(property PesterVersion)
  directory=$PWD/out/powershell
  mkdir -p "$directory/modules/Pester"
  printf '#!/bin/sh\nexec dotnet "%s" "$@"\n' "${packages%/}/powershell/$powershell/tools/net10.0/any/unix/pwsh.dll" > "$directory/pwsh"
  chmod +x "$directory/pwsh"
  [ -d "$directory/modules/Pester/$pester" ] || cp -r "${packages%/}/pester/$pester/tools" "$directory/modules/Pester/$pester"
  export PATH="$directory:$PATH" PSModulePath="$directory/modules${PSModulePath:+:$PSModulePath}" POWERSHELL_TELEMETRY_OPTOUT=1
}

# free_port: a TCP port of the loopback interface that nobody listens on.
free_port() {
  local port
  for port in $(seq 5051 5999); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return 0; }
  done
  return 1
}

# now: seconds since 1970, with milliseconds.
now() { date +%s.%3N; }

# seconds START: the time since START.
seconds() { awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.2f s", b - a }'; }
