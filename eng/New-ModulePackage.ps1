<#
.SYNOPSIS
    Makes a directory of the module that Publish-PSResource takes: the layout of a build, with a list of its files in the manifest.
.PARAMETER Source
    The module as a build lays it out: out/ZLayer.
.PARAMETER Destination
    Where the package goes: Destination/ZLayer/<version> is made anew. Its directory is returned.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $Source,
    [Parameter(Mandatory)] [string] $Destination
)
$ErrorActionPreference = 'Stop'

$version = (Import-PowerShellDataFile -LiteralPath "$Source/ZLayer.psd1").ModuleVersion
$target = Join-Path $Destination "ZLayer/$version"
if (Test-Path -LiteralPath $target) { Remove-Item -LiteralPath $target -Recurse }
[void] (New-Item -ItemType Directory -Path $target -Force)
Copy-Item -Path "$Source/*" -Destination $target -Recurse
$files = Get-ChildItem -LiteralPath $target -Recurse -File | ForEach-Object { [System.IO.Path]::GetRelativePath($target, $_.FullName) } | Sort-Object
$list = ($files | ForEach-Object { "        '$_'" }) -join "`n"
$manifest = Get-Content -LiteralPath "$target/ZLayer.psd1" -Raw
Set-Content -LiteralPath "$target/ZLayer.psd1" -NoNewline -Value ($manifest -replace '(?m)^    PrivateData', "    FileList             = @(`n$list`n    )`n    PrivateData")
[void] (Test-ModuleManifest -Path "$target/ZLayer.psd1")
Get-Item -LiteralPath $target
