<#
.SYNOPSIS
    The developer's front door: builds, tests, measures and packages ZLayer.
.DESCRIPTION
    Build      builds the solution, which lays out the module in out/ZLayer and the command line in out/cli
    Native     builds the solution with the command line as one native program, which takes minutes and starts in no time (Linux, with gcc or clang)
    Test       runs the xUnit tests
    Pester     runs the Pester tests, each file in a fresh PowerShell
    Bench      compares with other builders (bench/compare.sh)
    Help       writes the help of the cmdlets from their documentation comments
    Package    makes out/package/ZLayer/<version>, which Publish-PSResource -Path takes, and a zip of it
.EXAMPLE
    ./build.ps1
.EXAMPLE
    ./build.ps1 -Task Build, Pester -Name Streaming
#>
[CmdletBinding()]
param(
    [ValidateSet('Build', 'Native', 'Test', 'Pester', 'Bench', 'Help', 'Package')]
    [string[]] $Task = 'Build',
    [ValidateSet('Debug', 'Release')]
    [string] $Configuration = 'Debug',
    # Pester: which files; Test: a filter of test names.
    [string[]] $Name = '*'
)
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true

. "$PSScriptRoot/eng/Invoke-Pwsh.ps1"

function Invoke-Build { dotnet build "$PSScriptRoot/ZLayer.sln" --configuration $Configuration --nologo --verbosity quiet }

function Invoke-Native { dotnet build "$PSScriptRoot/ZLayer.sln" --configuration $Configuration --nologo --verbosity quiet -p:ZLayerNative=true }

function Invoke-Test {
    $filter = if ($Name -ne '*') { '--filter', "FullyQualifiedName~$Name" } else { @() }
    dotnet test "$PSScriptRoot/tests/ZLayer.Core.Tests" --configuration $Configuration --nologo @filter
}

function Invoke-PesterTests { Invoke-Pwsh -NoProfile -NonInteractive -File "$PSScriptRoot/tests/Pester/Invoke-Tests.ps1" -Name ($Name -join ',') }

function Invoke-Bench { bash "$PSScriptRoot/bench/compare.sh" }

# In a PowerShell of its own: a module stays loaded until its process ends.
function Invoke-Help {
    Invoke-Pwsh -NoProfile -NonInteractive -File "$PSScriptRoot/tools/New-ModuleHelp.ps1"
    Invoke-Build
}

function Invoke-Package {
    $Configuration = 'Release'
    Invoke-Build
    $package = & "$PSScriptRoot/eng/New-ModulePackage.ps1" -Source "$PSScriptRoot/out/ZLayer" -Destination "$PSScriptRoot/out/package"
    $zip = "$PSScriptRoot/out/package/ZLayer.$($package.Name).zip"
    Compress-Archive -Path "$PSScriptRoot/out/package/ZLayer" -DestinationPath $zip -Force
    $package, (Get-Item -LiteralPath $zip)
}

foreach ($step in $Task) {
    switch ($step) {
        Build { Invoke-Build }
        Native { Invoke-Native }
        Test { Invoke-Test }
        Pester { Invoke-PesterTests }
        Bench { Invoke-Bench }
        Help { Invoke-Help }
        Package { Invoke-Package }
    }
}
