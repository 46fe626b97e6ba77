<#
.SYNOPSIS
    Runs the Pester tests, each file in a fresh child, against the module as it is installed from a package, and prints the totals.
.DESCRIPTION
    ZLAYER_TEST_MODULE names the manifest of another module to test; where packages cannot be installed, it is what the build laid out.
.PARAMETER Name
    The files to run, by wildcard: 'Streaming*'.
.PARAMETER PesterVersion
    The version of Pester; the newest that is installed without it.
.PARAMETER Output
    How much Pester prints: None, Normal, Detailed.
#>
[CmdletBinding()]
param(
    [string[]] $Name = '*',
    [version] $PesterVersion,
    [ValidateSet('None', 'Normal', 'Detailed')] [string] $Output = 'Normal'
)
$ErrorActionPreference = 'Stop'

$Name = $Name -split ','
$pester = Get-Module Pester -ListAvailable | Where-Object Version -GE 5.5 | Where-Object { -not $PesterVersion -or $_.Version -eq $PesterVersion } | Sort-Object Version -Descending | Select-Object -First 1
if (-not $pester) {
    Write-Error 'Pester 5.5 or newer is not installed: eng/test.sh brings it along, Install-PSResource Pester installs it.' -ErrorAction Continue
    exit 1
}

$passed = $failed = $skipped = 0
$files = Get-ChildItem -LiteralPath $PSScriptRoot -Filter *.Tests.ps1 | Sort-Object Name |
    Where-Object { $file = $_; $Name | Where-Object { $file.Name -like "$_*" } }

# One Docker engine for all files that ask for one.
. "$PSScriptRoot/Support.ps1"
$engine = $null
if (-not (Get-TestEngine) -and ($files | Select-String -SimpleMatch 'Get-TestEngine', 'Get-TestRuntime' -List)) {
    $engine = Start-TestEngine
    $env:ZLAYER_TEST_DOCKER_HOST = $engine.Host
}

$installation = $null
try {
    if (-not $env:ZLAYER_TEST_MODULE -and $IsLinux -and (Get-Command Install-PSResource -ErrorAction Ignore)) {
        $installation = New-Item -ItemType Directory -Path (Join-Path ([System.IO.Path]::GetTempPath()) "zlayer-module-$([guid]::NewGuid().ToString('n'))")
        $env:ZLAYER_TEST_MODULE = (Install-PackagedModule $installation).Manifest
        if (-not $env:ZLAYER_TEST_MODULE) { throw 'The module could not be installed from a package: ./build.ps1 -Task Package says why.' }
        Write-Output "testing $env:ZLAYER_TEST_MODULE"
    }

    foreach ($file in $files) {
        $counts = New-TemporaryFile
        Invoke-Pwsh -NoProfile -NonInteractive -File "$PSScriptRoot/Invoke-TestFile.ps1" -Pester $pester.Path -Path $file.FullName -Output $Output -Counts $counts.FullName
        $numbers = (Get-Content -LiteralPath $counts -Raw) -split '\s+'
        Remove-Item -LiteralPath $counts
        if ($numbers.Count -lt 3) {
            Write-Output "$($file.Name) ended before it reported its results."
            $failed++
            continue
        }

        $passed += [int]$numbers[0]; $failed += [int]$numbers[1]; $skipped += [int]$numbers[2]
    }
}
finally {
    if ($engine) {
        Stop-TestEngine $engine
        $env:ZLAYER_TEST_DOCKER_HOST = $null
    }

    if ($installation) {
        $env:ZLAYER_TEST_MODULE = $null
        Remove-Item -LiteralPath $installation -Recurse -Force
    }
}

Write-Output "Pester $($pester.Version): $passed passed, $failed failed, $skipped skipped"
exit [int]($failed -gt 0)
