# From a package to a gallery and back, as people publish and install modules.
BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $package = & "$RepositoryRoot/eng/New-ModulePackage.ps1" -Source (Split-Path $ModulePath) -Destination (Join-Path $TestDrive 'package')
    $gallery = New-Item -ItemType Directory -Path (Join-Path $TestDrive 'gallery')
    # Repositories and modules of the user are kept below the home directory.
    $kept = $env:XDG_DATA_HOME, $env:HOME, $env:PSModulePath
    $env:HOME = New-Item -ItemType Directory -Path (Join-Path $TestDrive 'home')
    $env:XDG_DATA_HOME = $env:PSModulePath = $null
    $published = Invoke-FreshPwsh @"
`$ErrorActionPreference = 'Stop'
Register-PSResourceRepository -Name zlayer-test -Uri '$gallery' -Trusted
Publish-PSResource -Path '$($package.FullName)' -Repository zlayer-test
Install-PSResource -Name ZLayer -Repository zlayer-test -Scope CurrentUser
"@
    $installed = Get-ChildItem -LiteralPath $env:HOME -Recurse -Force -Filter ZLayer.psd1
}

AfterAll { $env:XDG_DATA_HOME, $env:HOME, $env:PSModulePath = $kept }

Describe 'A package of the module' {
    BeforeDiscovery {
        $skip = -not (Get-Module Microsoft.PowerShell.PSResourceGet -ListAvailable) -or -not $IsLinux
    }

    It 'has a list of its files' {
        $listed = (Import-PowerShellDataFile -LiteralPath "$($package.FullName)/ZLayer.psd1").FileList | Sort-Object
        $there = Get-ChildItem -LiteralPath $package.FullName -Recurse -File | ForEach-Object { [System.IO.Path]::GetRelativePath($package.FullName, $_.FullName) } | Sort-Object
        $listed | Should -Be $there
    }

    It 'is published and installed without a word' -Skip:$skip {
        $published | Should -BeNullOrEmpty
        Get-ChildItem -LiteralPath $gallery -Filter *.nupkg | Should -HaveCount 1
        $installed | Should -HaveCount 1
    }

    It 'comes back file by file' -Skip:$skip {
        $directory = $installed.DirectoryName
        foreach ($file in (Import-PowerShellDataFile -LiteralPath "$($package.FullName)/ZLayer.psd1").FileList) {
            (Get-FileHash -LiteralPath "$directory/$file").Hash | Should -Be (Get-FileHash -LiteralPath "$($package.FullName)/$file").Hash
        }
    }

    It 'loads as it was installed: by itself, by name, again by force, in a load context of its own' -Skip:$skip {
        Invoke-FreshPwsh @"
(Get-ZLayerBuilder).Name
Import-Module ZLayer
Import-Module ZLayer -Force
(Get-Module ZLayer).ModuleBase
[System.Runtime.Loader.AssemblyLoadContext]::GetLoadContext([ZLayer.Core.Oci.Digest].Assembly).Name
"@ | Should -Be 'native', $installed.DirectoryName, 'ZLayer'
    }

    It 'has the metadata that a gallery shows' {
        $manifest = Test-ModuleManifest -Path "$($package.FullName)/ZLayer.psd1"
        $manifest.Description, $manifest.Author, $manifest.LicenseUri, $manifest.ReleaseNotes, $manifest.Tags | ForEach-Object { $_ | Should -Not -BeNullOrEmpty }
    }
}
