# What the test files share. Dot-sourced in BeforeAll.
$ErrorActionPreference = 'Stop'

$RepositoryRoot = (Resolve-Path "$PSScriptRoot/../..").Path
$ModulePath = if ($env:ZLAYER_TEST_MODULE) { $env:ZLAYER_TEST_MODULE } else { "$RepositoryRoot/out/ZLayer/ZLayer.psd1" }
$env:ZLAYER_HOME = $null
$ProgressPreference = 'SilentlyContinue'

# The script text in a child of its own; the lines that it prints.
function Invoke-FreshPwsh {
    param([string] $Script)
    $file = Join-Path ([System.IO.Path]::GetTempPath()) "zlayer-$([guid]::NewGuid().ToString('n')).ps1"
    try {
        Set-Content -LiteralPath $file -Value $Script
        & (Get-Process -Id $PID).Path -NoProfile -NonInteractive -File $file 2>&1 | ForEach-Object { "$_" }
    }
    finally {
        Remove-Item -LiteralPath $file -ErrorAction Ignore
    }
}

# Waits until the condition holds; false when it does not within the limit.
function Wait-Until {
    param([scriptblock] $Condition, [int] $Seconds = 10)
    $until = [DateTime]::UtcNow.AddSeconds($Seconds)
    while ([DateTime]::UtcNow -lt $until) {
        if (& $Condition) { return $true }
        Start-Sleep -Milliseconds 20
    }
    return [bool](& $Condition)
}

# Compiles and imports the cmdlets of TestCmdlets.cs.
function Import-TestCmdlet {
    $library = Join-Path (Split-Path $ModulePath) 'lib'
    Add-Type -Path "$PSScriptRoot/TestCmdlets.cs" -IgnoreWarnings -WarningAction SilentlyContinue -ReferencedAssemblies @(
        "$library/ZLayer.PowerShell.dll", "$library/ZLayer.Core.dll", [psobject].Assembly.Location, 'System.Runtime', 'System.Collections', 'System.Threading')
    Import-Module ([ZLayer.Tests.Work].Assembly) -Scope Global
}
