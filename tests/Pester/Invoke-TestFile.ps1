<#
.SYNOPSIS
    Runs one file of Pester tests and writes "passed failed skipped" to a file; Invoke-Tests.ps1 calls it in a fresh child.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $Pester,
    [Parameter(Mandatory)] [string] $Path,
    [Parameter(Mandatory)] [string] $Output,
    [Parameter(Mandatory)] [string] $Counts
)
Import-Module $Pester
$configuration = New-PesterConfiguration
$configuration.Run.Path = $Path
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = $Output
$run = Invoke-Pester -Configuration $configuration
# A block or file that fails before its tests run counts as one failure.
$broken = $run.FailedBlocksCount + $run.FailedContainersCount
"$($run.PassedCount) $([Math]::Max($run.FailedCount, $broken)) $($run.SkippedCount + $run.NotRunCount)" | Set-Content -LiteralPath $Counts
