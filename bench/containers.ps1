# One warm session for bench/containers.sh: does each piece of work the given number of times and writes "work<TAB>seconds<TAB>kB" lines.
# The garbage of one piece of work is collected before the next, so that nobody pays for another.
param([string] $Module, [int] $Runs, [string] $LogContainer, [string] $FileContainer, [string] $Source, [string] $Work)
$ErrorActionPreference = 'Stop'
Import-Module $Module
# Until the just-in-time compiler, which looks again at what was called some thirty times, has done with it.
for ($i = 0; $i -lt 80; $i++) { $null = Invoke-ZLayerContainer busybox -Runtime docker -Remove -- true }

function Measure-Work([string] $Name, [int] $Times, [scriptblock] $Action) {
    for ($i = 0; $i -lt $Times; $i++) {
        [GC]::Collect()
        $clock = [Diagnostics.Stopwatch]::StartNew()
        & $Action
        "{0}`t{1:0.000}`t{2:0}" -f $Name, $clock.Elapsed.TotalSeconds, ([Diagnostics.Process]::GetCurrentProcess().WorkingSet64 / 1kb)
    }
}

Measure-Work 'run true, removed' ($Runs * 5) { $null = Invoke-ZLayerContainer busybox -Runtime docker -Remove -- true }
Measure-Work 'tell all of 200 containers' ($Runs * 5) { $null = Get-ZLayerContainer -Runtime docker }
Measure-Work 'follow 100 MB of logs' $Runs { Get-ZLayerContainerLog $LogContainer -Runtime docker -Follow | Out-Null }
Measure-Work 'copy 500 MB in' $Runs { Copy-ZLayerContainerItem -Container $FileContainer -Runtime docker -Path $Source -ToContainer /in }
Measure-Work 'copy 500 MB out' $Runs {
    Copy-ZLayerContainerItem -Container $FileContainer -Runtime docker -FromContainer /source -Destination (Join-Path $Work ([guid]::NewGuid()))
}
