@{
    # First whether another version is loaded. Then the loader, which finds the next two in lib/ when PowerShell asks for them by name. The
    # type data, which names types of theirs, last.
    NestedModules        = @('ZLayer.Start.psm1', 'ZLayer.Loader.dll', 'ZLayer.PowerShell.dll', 'ZLayer.Core.dll', 'ZLayer.Types.psd1')
    ModuleVersion        = '0.1.0'
    GUID                 = '6f0d3a51-5b0c-4f0e-9a44-1f0b7f1f5c2e'
    Author               = 'The ZLayer authors'
    CompanyName          = 'ZLayer'
    Copyright            = '(c) The ZLayer authors.'
    Description          = 'Builds OCI container images from Dockerfiles, stores them, and moves them between registries and archives without a Docker engine; runs and observes containers of Docker and podman engines. All as objects, with streams, completion and -WhatIf.'
    PowerShellVersion    = '7.6'
    CompatiblePSEditions = @('Core')
    FormatsToProcess     = @('ZLayer.Format.ps1xml')
    FunctionsToExport    = @()
    VariablesToExport    = @()
    CmdletsToExport      = @(
        'Add-ZLayerImageTag'
        'Add-ZLayerManifestEntry'
        'Add-ZLayerReferrer'
        'Clear-ZLayerStorage'
        'Connect-ZLayerRegistry'
        'Copy-ZLayerContainerItem'
        'Copy-ZLayerImage'
        'Disconnect-ZLayerRegistry'
        'Enter-ZLayerContainer'
        'Export-ZLayerContainer'
        'Export-ZLayerImage'
        'Find-ZLayerImage'
        'Get-ZLayerBuildCache'
        'Get-ZLayerBuilder'
        'Get-ZLayerContainer'
        'Get-ZLayerContainerChange'
        'Get-ZLayerContainerItem'
        'Get-ZLayerContainerLog'
        'Get-ZLayerContainerPort'
        'Get-ZLayerContainerProcess'
        'Get-ZLayerEvent'
        'Get-ZLayerImage'
        'Get-ZLayerImageHistory'
        'Get-ZLayerLayer'
        'Get-ZLayerManifest'
        'Get-ZLayerReferrer'
        'Get-ZLayerRegistryLogin'
        'Get-ZLayerRegistryRepository'
        'Get-ZLayerRegistryTag'
        'Get-ZLayerRuntime'
        'Get-ZLayerStorage'
        'Import-ZLayerImage'
        'Invoke-ZLayerBuild'
        'Invoke-ZLayerCommand'
        'Invoke-ZLayerContainer'
        'Measure-ZLayerContainer'
        'New-ZLayerContainer'
        'New-ZLayerExporter'
        'New-ZLayerImage'
        'New-ZLayerManifest'
        'Push-ZLayerArtifact'
        'Push-ZLayerImage'
        'Push-ZLayerManifest'
        'Receive-ZLayerArtifact'
        'Receive-ZLayerImage'
        'Register-ZLayerRuntime'
        'Remove-ZLayerContainer'
        'Remove-ZLayerImage'
        'Remove-ZLayerManifest'
        'Remove-ZLayerRegistryTag'
        'Rename-ZLayerContainer'
        'Restart-ZLayerContainer'
        'Resume-ZLayerContainer'
        'Send-ZLayerContainerInput'
        'Set-ZLayerContainer'
        'Set-ZLayerManifestEntry'
        'Start-ZLayerContainer'
        'Stop-ZLayerContainer'
        'Suspend-ZLayerContainer'
        'Test-ZLayerBuilder'
        'Test-ZLayerRuntime'
        'Unregister-ZLayerRuntime'
        'Use-ZLayerRuntime'
        'Wait-ZLayerContainer'
    )
    AliasesToExport      = @('Build-ZLayerImage', 'Pull-ZLayerImage')
    PrivateData          = @{
        PSData = @{
            Tags                     = @('PSEdition_Core', 'Linux', 'Container', 'OCI', 'Docker', 'Dockerfile', 'Podman', 'Registry', 'Image', 'Build')
            LicenseUri               = 'https://www.apache.org/licenses/LICENSE-2.0'
            ReleaseNotes             = 'The first version: builds, registries, archives, manifest lists, and containers of Docker and Podman engines.'
            RequireLicenseAcceptance = $false
        }
    }
}
