#!/usr/bin/env bash
# Records what a current BuildKit makes of every Dockerfile in tests/ZLayer.Core.Tests/Fixtures/dockerfiles as its
# expected.json. The equivalence tests compare ZLayer with these files, so they need no BuildKit.
#
#   BUILDKIT_HOST=unix:///run/buildkit/buildkitd.sock eng/record-expected.sh [FILTER]
#
# BENCH_BUILDCTL   the buildctl to use (default: the one on PATH)
# FILTER           record only the cases whose name contains it
#
# buildkitd must run on this machine (a case fetches from a server on loopback), with the network mode "host".
set -euo pipefail
cd "$(dirname "$0")/.."

buildctl=${BENCH_BUILDCTL:-$(command -v buildctl || true)}
[ -n "$buildctl" ] || { echo "error: no buildctl: set BENCH_BUILDCTL or put it on PATH" >&2; exit 1; }
"$buildctl" debug workers >/dev/null || { echo "error: buildkitd does not answer: set BUILDKIT_HOST" >&2; exit 1; }

ZLAYER_RECORD_BUILDCTL=$buildctl dotnet test tests/ZLayer.Core.Tests -nologo \
  --filter "DisplayName~Image_equals_the_one_that_buildkit_builds${1:+&DisplayName~$1}"
git status --short -- tests/ZLayer.Core.Tests/Fixtures/dockerfiles
