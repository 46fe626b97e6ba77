# Dot-sourced by build.ps1 and the tests.

# Runs another process of the PowerShell that runs this one. A PowerShell from a package is an assembly, and its process is called dotnet.
function Invoke-Pwsh {
    $program = [Environment]::ProcessPath
    $own = @(if ((Split-Path $program -LeafBase) -eq 'dotnet') { Join-Path $PSHOME 'pwsh.dll' })
    & $program @own @args
}
