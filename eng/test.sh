#!/usr/bin/env bash
# Runs all tests: xUnit and Pester. Installs what they need first, PowerShell too. For Debian with the .NET 10 SDK, as root
# or with sudo. The last line is "N passed, N failed, N skipped"; the exit code is 0 when none failed.
#
#   eng/test.sh               all of them
#   eng/test.sh unit          those that need no privileges, programs or engines, and no more than seconds; installs nothing
#   eng/test.sh FILTER        those of dotnet test --filter; Pester is left out
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/common.sh
filter=${1:-}
results=$PWD/TestResults
project=ZLayer.sln

find_dotnet
if [ "$filter" = unit ]; then
  # The rooms that work on memory and files alone, but for the classes that need more or take long.
  rooms='Dockerfiles Errors Exporters Foundation Images Layers Oci RoomsTests Runtimes.Fake Runtimes.Observation Runtimes.Specifications Storage Terminals'
  filter="(FullyQualifiedName~Core.Tests.$(sed 's/ /|FullyQualifiedName~Core.Tests./g' <<< "$rooms"))&Kind!=Integration"
  project=tests/ZLayer.Core.Tests
  as_root() { "$@"; }
else
  # The runtimes that carry out RUN and wire its network; the peers that must understand what ZLayer makes and whose
  # images it must understand; programs that fixtures call. The tests start the servers themselves, on loopback.
  install_packages \
    runc crun netavark iptables slirp4netns passt uidmap fuse-overlayfs \
    docker-registry skopeo umoci buildah podman docker.io \
    busybox-static strace git openssh-client openssh-server attr bzip2 xz-utils zstd libzstd1 ca-certificates iproute2 procps tar

  bring_powershell
fi

echo "building"
dotnet build "$project" -nologo -v quiet -clp:'ErrorsOnly;NoSummary'

passed=0 failed=0 skipped=0
failures=$(mktemp)
trap 'rm -f "$failures"' EXIT

run_xunit() {
  # Not a subdirectory of the repository while it is written: with sudo the files belong to root.
  local reports status=0 counters total executed
  reports=$(mktemp -d)
  as_root timeout --kill-after=30s 35m dotnet test tests/ZLayer.Core.Tests --no-build -nologo \
    --logger "trx;LogFileName=xunit.trx" --logger "console;verbosity=minimal" --results-directory "$reports" \
    --blame-hang --blame-hang-timeout 6m --blame-hang-dump-type none \
    ${filter:+--filter "$filter"} || status=$?
  rm -rf "$results"
  mkdir -p "$results"
  counters=$(grep -o '<Counters [^>]*>' "$reports/xunit.trx" 2>/dev/null | head -1 || true)
  # What was running when nothing ended for the time above.
  find "$reports" -name 'Sequence*.xml' -exec grep -ho '<Test Name="[^"]*"[^>]*Completed="False"' {} + 2>/dev/null |
    sed 's/<Test Name="\([^"]*\)".*/did not end: \1/' >> "$failures" || true
  if [ -z "$counters" ]; then
    echo "error: the xUnit tests ended without a report (exit code $status)" >&2
    failed=$((failed + 1))
    return 0
  fi
  cp "$reports/xunit.trx" "$results/xunit.trx"
  # The name of each failed test and the beginning of what it said.
  awk '/<UnitTestResult .*outcome="Failed"/ { name = $0; sub(/.* testName="/, "", name); sub(/" .*/, "", name); print "failed: " name; lines = 0; inside = 1 }
    inside && /<Message>/ { sub(/.*<Message>/, ""); telling = 1 }
    telling && lines++ < 6 { text = $0; sub(/<\/Message>.*/, "", text); print "  " text }
    /<\/Message>/ { telling = 0; inside = 0 }' "$reports/xunit.trx" >> "$failures"
  as_root rm -rf "$reports"
  attribute() { sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<< "$counters"; }
  total=$(attribute total) executed=$(attribute executed)
  passed=$((passed + $(attribute passed)))
  failed=$((failed + $(attribute failed) + $(attribute error) + $(attribute timeout) + $(attribute aborted)))
  skipped=$((skipped + total - executed))
  # A crash of the test host can leave a report in which nothing failed.
  [ "$status" = 0 ] || [ "$failed" -gt 0 ] || failed=1
}

run_pester() {
  local log totals
  log=$(mktemp)
  as_root timeout --kill-after=30s 24m pwsh -NoProfile -NonInteractive -File tests/Pester/Invoke-Tests.ps1 2>&1 | tee "$log" || true
  if totals=$(grep -o '[0-9]* passed, [0-9]* failed, [0-9]* skipped' "$log" | tail -1) && [ -n "$totals" ]; then
    set -- $totals
    passed=$((passed + $1)) failed=$((failed + $3)) skipped=$((skipped + $5))
  else
    echo "error: the Pester tests ended without a report" >&2
    failed=$((failed + 1))
  fi
  # Pester colours what it prints.
  sed 's/\x1b\[[0-9;]*m//g' "$log" | grep -A4 -E '^ *\[-\]|ended before it reported' >> "$failures" || true
  rm -f "$log"
}

run_xunit
if [ -n "$filter" ]; then
  echo "Pester: left out"
else
  run_pester
fi

cat "$failures"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
