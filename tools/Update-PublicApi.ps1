<#
.SYNOPSIS
    Writes down what ZLayer.Core shows to the programs that use it: ZLayer.Core/PublicAPI.Unshipped.txt.
.DESCRIPTION
    The build fails where the public types and members of ZLayer.Core are others than the PublicAPI files say. Run this after a change that is
    meant, and read the difference before you commit it. A release moves the lines to PublicAPI.Shipped.txt.
#>
[CmdletBinding()]
param()
$ErrorActionPreference = 'Stop'

$project = Join-Path $PSScriptRoot '../ZLayer.Core'
$file = Join-Path $project 'PublicAPI.Unshipped.txt'
$before = [System.IO.File]::ReadAllText($file)
$header = '#nullable enable'
[System.IO.File]::WriteAllText($file, "$header`n")
$output = dotnet build $project -nologo -verbosity:quiet -p:ZLayerReadyToRun=false 2>&1 | ForEach-Object { "$_" }
$symbols = [System.Collections.Generic.SortedSet[string]]::new([System.StringComparer]::Ordinal)
foreach ($line in $output) {
    if ($line -cmatch "RS0016: Symbol '(?<symbol>.+)' is not part of the declared public API") { [void] $symbols.Add($Matches['symbol']) }
}
$others = $output | Where-Object { $_ -match ': error ' -and $_ -notmatch 'RS0016' } | Sort-Object -Unique
if ($others) {
    [System.IO.File]::WriteAllText($file, $before)
    throw "ZLayer.Core does not build:`n$($others -join "`n")"
}
[System.IO.File]::WriteAllText($file, "$header`n$($symbols -join "`n")`n")
