# From a package to a gallery and back, as people publish and install modules.
BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $installation = Install-PackagedModule $TestDrive
    $package = $installation.Package
    $kept = $env:XDG_DATA_HOME, $env:HOME, $env:PSModulePath
    $env:HOME = $installation.Home
    $env:XDG_DATA_HOME = $env:PSModulePath = $null
}

AfterAll { $env:XDG_DATA_HOME, $env:HOME, $env:PSModulePath = $kept }

Describe 'A package of the module' {
    BeforeDiscovery {
        $skip = -not (Get-Module Microsoft.PowerShell.PSResourceGet -ListAvailable) -or -not $IsLinux
    }

    It 'has a list of its files' {
        $listed = (Import-PowerShellDataFile -LiteralPath "$package/ZLayer.psd1").FileList | Sort-Object
        $there = Get-ChildItem -LiteralPath $package -Recurse -File | ForEach-Object { [System.IO.Path]::GetRelativePath($package, $_.FullName) } | Sort-Object
        $listed | Should -Be $there
    }

    It 'is published and installed without a word' -Skip:$skip {
        $installation.Said | Should -BeNullOrEmpty
        Get-ChildItem -LiteralPath $installation.Gallery -Filter *.nupkg | Should -HaveCount 1
        $installation.Manifest | Should -HaveCount 1
    }

    It 'comes back file by file' -Skip:$skip {
        $directory = Split-Path $installation.Manifest
        foreach ($file in (Import-PowerShellDataFile -LiteralPath "$package/ZLayer.psd1").FileList) {
            (Get-FileHash -LiteralPath "$directory/$file").Hash | Should -Be (Get-FileHash -LiteralPath "$package/$file").Hash
        }
    }

    It 'loads as it was installed: by itself, by name, again by force, in a load context of its own' -Skip:$skip {
        Invoke-FreshPwsh @"
(Get-ZLayerBuilder).Name
Import-Module ZLayer
Import-Module ZLayer -Force
(Get-Module ZLayer).ModuleBase
[System.Runtime.Loader.AssemblyLoadContext]::GetLoadContext([ZLayer.Core.Oci.Digest].Assembly).Name
"@ | Should -Be 'native', (Split-Path $installation.Manifest), 'ZLayer'
    }

    It 'has the metadata that a gallery shows' {
        $manifest = Test-ModuleManifest -Path "$package/ZLayer.psd1"
        $manifest.Description, $manifest.Author, $manifest.LicenseUri, $manifest.ReleaseNotes, $manifest.Tags | ForEach-Object { $_ | Should -Not -BeNullOrEmpty }
    }
}
