# The table of PipelineBinding.Tests.ps1: an object of each type that cmdlets return, and what each cmdlet takes of them. Dot-sourced.
Add-Type -Path "$PSScriptRoot/BindingShadow.cs" -IgnoreWarnings -WarningAction SilentlyContinue -ReferencedAssemblies @(
    [psobject].Assembly.Location, 'System.Runtime', 'System.Collections', 'System.Linq', 'System.Reflection.Emit', 'System.Reflection.Emit.ILGeneration',
    'System.Reflection.Primitives', 'System.Runtime.Loader')

$digest = [ZLayer.Core.Oci.Digest]::Parse("sha256:$('a' * 64)")
$reference = [ZLayer.Core.Oci.ImageReference]::Parse('localhost:5000/app:1')
$id = 'c' * 64
$image = @{ Reference = $reference; Id = $digest; Digest = $digest; Platform = [ZLayer.Core.Oci.Platform]::Host; MediaType = 'application/vnd.oci.image.manifest.v1+json'; Root = '/r' }
$container = @{ Id = $id; Name = 'web'; Image = 'nginx'; State = 'Running'; Runtime = 'fake' }
$event = @{ Time = [datetimeoffset]::Now; Action = 'start'; Id = $id; Name = 'web'; Runtime = 'fake' }
$transfer = @{ Destination = $reference; Digest = $digest; MediaType = $image.MediaType; Uploaded = 1; Mounted = 0; Skipped = 0; Bytes = 1; Duration = [timespan]::Zero }

# Written as scripts, which make them.
$Samples = @{
    Boolean             = { $true }
    BuildCacheEntry     = { [ZLayer.Core.Storage.BuildCacheEntry]@{ Id = 'abcd'; Type = 'Step'; Size = 1; LastUsed = [datetimeoffset]::Now; Root = '/r' } }
    BuilderInfo         = { [ZLayer.Core.Builds.BuilderInfo]@{ Name = 'native' } }
    BuildResult         = { [ZLayer.Core.Builds.BuildResult]@{ ImageId = $digest; Digest = $digest; Tags = [ZLayer.Core.Oci.ImageReference[]] $reference } }
    ContainerDetail     = { [ZLayer.Core.Runtimes.ContainerDetail] $container }
    ContainerInfo       = { [ZLayer.Core.Runtimes.ContainerInfo] $container }
    ContainerItem       = { [ZLayer.Core.Runtimes.Files.ContainerItem]@{ Name = 'passwd'; FullName = '/etc/passwd'; ContainerName = 'web' } }
    ContainerProcess    = { [ZLayer.Core.Runtimes.Observation.ContainerProcess]@{ ContainerName = 'web' } }
    ContainerRunResult  = { [ZLayer.Core.Runtimes.Execution.ContainerRunResult]@{ ExitCode = 0; ContainerId = $id } }
    ContainerStatistic  = { [ZLayer.Core.Runtimes.Observation.ContainerStatistic]@{ Name = 'web'; Id = $id; Timestamp = [datetimeoffset]::Now } }
    ContainerWaitResult = { [ZLayer.Core.Runtimes.ContainerWaitResult]@{ Name = 'web'; Id = $id; Condition = 'NotRunning'; Runtime = 'fake' } }
    CopyResult          = { [ZLayer.Core.Registries.Copying.CopyResult]($transfer + @{ Source = $reference; Manifests = 1; Referrers = 0 }) }
    DirectoryInfo       = { Get-Item -LiteralPath ([System.IO.Path]::GetTempPath()) }
    ExecResult          = { [ZLayer.Core.Runtimes.Execution.ExecResult]@{ ExitCode = 0; ContainerName = 'web'; Runtime = 'fake' } }
    ExporterSpecification = { New-ZLayerExporter -Type Oci -Destination x.tar }
    FileChange          = { [ZLayer.Core.Runtimes.Observation.FileChange]::new('Added', '/tmp/x', 'web') }
    FileInfo            = { Get-Item -LiteralPath $ModulePath }
    'FileInfo of a cmdlet' = { [System.IO.FileInfo]::new($ModulePath) }
    ImageDetail         = { [ZLayer.Core.Images.ImageDetail]($image + @{ Config = $null; Manifest = $null; ManifestDigest = $digest; RawConfig = '{}'; RawManifest = '{}' }) }
    ImageHistoryEntry   = { [ZLayer.Core.Images.ImageHistoryEntry]@{ CreatedBy = 'RUN true' } }
    ImageInfo           = { [ZLayer.Core.Images.ImageInfo] $image }
    'ImageInfo unnamed' = { $unnamed = $image.Clone(); $unnamed.Remove('Reference'); [ZLayer.Core.Images.ImageInfo] $unnamed }
    ImageInspection     = { [ZLayer.Core.Runtimes.ImageInspection] $image }
    ImageSearchResult   = { [ZLayer.Core.Runtimes.ImageSearchResult]@{ Name = 'nginx' } }
    LayerInfo           = { [ZLayer.Core.Images.LayerInfo]@{ Index = 0; Digest = $digest; DiffId = $digest; ChainId = $digest; MediaType = 'x'; Size = 1; IsLocal = $true; Image = 'app:1'; Platform = [ZLayer.Core.Oci.Platform]::Host; Root = '/r' } }
    LogRecord           = { [ZLayer.Core.Runtimes.Observation.LogRecord]@{ Time = [datetimeoffset]::Now; Stream = 'StdOut'; Text = 'hello'; ContainerName = 'web' } }
    ManifestInfo        = { [ZLayer.Core.Images.ManifestLists.ManifestInfo]@{ Name = 'localhost:5000/app:1'; Reference = $reference; MediaType = 'x'; Digest = $digest; Size = 1; Entries = [ZLayer.Core.Images.ManifestLists.ManifestEntry[]]@(); RawManifest = '{}' } }
    PortMappingInfo     = { [ZLayer.Core.Runtimes.Observation.PortMappingInfo]@{ ContainerPort = 80; ContainerName = 'web' } }
    PruneResult         = { [ZLayer.Core.Storage.PruneResult]@{ Kind = 'Image' } }
    PushResult          = { [ZLayer.Core.Registries.PushResult] $transfer }
    Referrer            = { [ZLayer.Core.Registries.Artifacts.Referrer]@{ Repository = 'localhost:5000/app'; Digest = $digest; MediaType = 'x'; Size = 1 } }
    RegistryConnection  = { [ZLayer.Core.Registries.RegistryConnection]@{ Registry = 'localhost:5000'; Endpoint = 'http://localhost:5000' } }
    RegistryLogin       = { [ZLayer.Core.Registries.RegistryLogin]@{ Registry = 'localhost:5000'; Source = 'Session' } }
    RegistryRepository  = { [ZLayer.Core.Registries.RegistryRepository]@{ Registry = 'localhost:5000'; Name = 'app' } }
    RegistryTag         = { [ZLayer.Core.Registries.RegistryTag]@{ Repository = 'localhost:5000/app'; Name = '1' } }
    RuntimeInfo         = { [ZLayer.Core.Runtimes.RuntimeInfo]@{ Name = 'fake'; Kind = 'fake'; IsAvailable = $true; Endpoint = 'tcp://there:2375' } }
    StorageUsage        = { [ZLayer.Core.Storage.StorageUsage]@{ Kind = 'Image'; Total = 1; Active = 0; Size = 1; Reclaimable = 1 } }
    String              = { 'text' }
    'ZLayerEvent of a container' = { [ZLayer.Core.Runtimes.ZLayerEvent]($event + @{ Type = 'container' }) }
    'ZLayerEvent of an image'    = { [ZLayer.Core.Runtimes.ZLayerEvent]($event + @{ Type = 'image' }) }
}
foreach ($name in @($Samples.Keys)) { $Samples[$name] = & $Samples[$name] }

# What tells of one.
$Containers = 'ContainerDetail', 'ContainerInfo', 'ContainerItem', 'ContainerProcess', 'ContainerRunResult', 'ContainerStatistic', 'ContainerWaitResult',
    'ExecResult', 'FileChange', 'LogRecord', 'PortMappingInfo', 'ZLayerEvent of a container'
$NamedImages = 'BuildResult', 'CopyResult', 'ImageDetail', 'ImageInfo', 'ImageInspection', 'ImageSearchResult', 'ManifestInfo', 'PushResult', 'RegistryRepository',
    'RegistryTag', 'ZLayerEvent of an image'
$Images = $NamedImages + 'ImageInfo unnamed'
$ImagesAndParts = $Images + 'LayerInfo', 'Referrer'
$InRegistries = $NamedImages + 'Referrer', 'String'
# Objects have properties with the names of these parameters, too.
$Transfers = 'CopyResult', 'PushResult'
$OfPlatform = 'ImageDetail', 'ImageInfo', 'ImageInfo unnamed', 'ImageInspection', 'LayerInfo'
$Registries = 'RegistryConnection', 'RegistryLogin', 'RegistryRepository', 'String'
$Files = 'DirectoryInfo', 'FileInfo'

# What each cmdlet takes, by parameter, and with which arguments it is called. Everything that is not named is refused.
$Bindings = @{}
foreach ($name in 'Export-ZLayerContainer', 'Get-ZLayerContainer', 'Get-ZLayerContainerChange', 'Get-ZLayerContainerLog', 'Get-ZLayerContainerPort',
    'Get-ZLayerContainerProcess', 'Get-ZLayerEvent', 'Measure-ZLayerContainer', 'Remove-ZLayerContainer', 'Rename-ZLayerContainer', 'Restart-ZLayerContainer',
    'Resume-ZLayerContainer', 'Set-ZLayerContainer', 'Stop-ZLayerContainer', 'Suspend-ZLayerContainer', 'Wait-ZLayerContainer') {
    $Bindings[$name] = @{ Takes = @{ Name = $Containers + 'String' } }
}
foreach ($name in 'Copy-ZLayerContainerItem', 'Get-ZLayerContainerItem') { $Bindings[$name] = @{ Takes = @{ Container = $Containers + 'String' } } }
foreach ($name in 'Add-ZLayerImageTag', 'Export-ZLayerImage', 'Get-ZLayerImage', 'Get-ZLayerImageHistory', 'Get-ZLayerLayer') {
    $Bindings[$name] = @{ Takes = @{ Reference = $ImagesAndParts + 'String' } }
}
foreach ($name in 'Add-ZLayerManifestEntry', 'Get-ZLayerManifest', 'Set-ZLayerManifestEntry') { $Bindings[$name] = @{ Takes = @{ Name = $ImagesAndParts + 'String' } } }
foreach ($name in 'Add-ZLayerReferrer', 'Copy-ZLayerImage', 'Get-ZLayerReferrer', 'Push-ZLayerArtifact', 'Receive-ZLayerArtifact', 'Remove-ZLayerRegistryTag') {
    $Bindings[$name] = @{ Takes = @{ Reference = $InRegistries } }
}
foreach ($name in 'Connect-ZLayerRegistry', 'Disconnect-ZLayerRegistry', 'Get-ZLayerRegistryLogin', 'Get-ZLayerRegistryRepository') { $Bindings[$name] = @{ Takes = @{ Registry = $Registries } } }
foreach ($name in 'Get-ZLayerBuilder', 'Test-ZLayerBuilder') { $Bindings[$name] = @{ Takes = @{ Name = 'BuilderInfo', 'String' } } }
foreach ($name in 'Get-ZLayerRuntime', 'Test-ZLayerRuntime', 'Unregister-ZLayerRuntime', 'Use-ZLayerRuntime') { $Bindings[$name] = @{ Takes = @{ Name = 'RuntimeInfo', 'String' } } }
foreach ($name in 'Invoke-ZLayerCommand', 'Invoke-ZLayerContainer', 'Send-ZLayerContainerInput') {
    # Whatever has a text is input of a process; images of Invoke-ZLayerContainer are told apart later.
    $Bindings[$name] = @{ Takes = @{ InputObject = $Samples.Keys } }
}
foreach ($name in 'Clear-ZLayerStorage', 'Get-ZLayerBuildCache') { $Bindings[$name] = @{ Takes = @{ Id = 'BuildCacheEntry', 'String' } } }
$Bindings += @{
    'Enter-ZLayerContainer' = @{ Takes = @{ Name = $Containers + 'String'; InputObject = $Images } }
    'Find-ZLayerImage'      = @{ Takes = @{ Query = 'String' } }
    'Get-ZLayerRegistryTag' = @{ Takes = @{ Repository = $InRegistries } }
    'Get-ZLayerStorage'     = @{ Takes = @{} }
    'Import-ZLayerImage'    = @{ Takes = @{ Reference = $ImagesAndParts; Path = 'String', 'FileInfo of a cmdlet'; LiteralPath = $Files } }
    'Invoke-ZLayerBuild'    = @{ Takes = @{ Definition = 'String'; Path = $Files + 'FileInfo of a cmdlet' } }
    'New-ZLayerContainer'   = @{ Takes = @{ InputObject = $Images + 'String' } }
    'New-ZLayerExporter'    = @{ Takes = @{} }
    'New-ZLayerImage'       = @{ Takes = @{ Container = $Containers; Path = 'String', 'FileInfo of a cmdlet'; LiteralPath = $Files } }
    'New-ZLayerManifest'    = @{ Takes = @{ Name = $InRegistries } }
    'Push-ZLayerImage'      = @{ Takes = @{ 'Destination,Reference' = $Transfers; Reference = ($ImagesAndParts | Where-Object { $_ -notin $Transfers }) + 'String' } }
    'Push-ZLayerManifest'   = @{ Takes = @{ 'Destination,Name' = $Transfers; Name = ($ImagesAndParts | Where-Object { $_ -notin $Transfers }) + 'String' } }
    'Receive-ZLayerImage'   = @{ Takes = @{ 'Platform,Reference' = $OfPlatform; Reference = ($ImagesAndParts | Where-Object { $_ -notin $OfPlatform }) + 'String' } }
    'Register-ZLayerRuntime' = @{ Takes = @{ 'Endpoint,Name' = 'RuntimeInfo' }; ByProperty = $true }
    'Remove-ZLayerImage'    = @{ Takes = @{ Reference = $Images + 'String' } }
    'Remove-ZLayerManifest' = @{ Takes = @{ Name = $Images + 'String' } }
    'Start-ZLayerContainer' = @{ Takes = @{ Name = $Containers + 'String'; InputObject = $Images } }
}
$arguments = @{
    'New-ZLayerExporter'        = @{ Type = 'Oci' }
    'Add-ZLayerImageTag'        = @{ Tag = 'x' }
    'Add-ZLayerManifestEntry'   = @{ Image = 'x' }
    'Add-ZLayerReferrer'        = @{ ArtifactType = 'x/y' }
    'Connect-ZLayerRegistry'    = @{ Credential = [pscredential]::new('me', (ConvertTo-SecureString x -AsPlainText -Force)) }
    'Copy-ZLayerContainerItem'  = @{ FromContainer = '/x'; Destination = 'x' }
    'Copy-ZLayerImage'          = @{ Destination = 'localhost:5000/y' }
    'Export-ZLayerContainer'    = @{ Destination = 'x' }
    'Export-ZLayerImage'        = @{ Destination = 'x' }
    'Get-ZLayerContainerItem'   = @{ Path = '/x' }
    'Invoke-ZLayerCommand'      = @{ Name = 'web'; Command = 'x' }
    'Push-ZLayerArtifact'       = @{ ArtifactType = 'x/y' }
    'Rename-ZLayerContainer'    = @{ NewName = 'x' }
    'Send-ZLayerContainerInput' = @{ Name = 'web' }
    'Set-ZLayerManifestEntry'   = @{ Entry = $digest }
}
foreach ($name in $arguments.Keys) { $Bindings[$name].With = $arguments[$name] }

$shadows = [ZLayer.Tests.Shadow]::Of((Get-Command -Module ZLayer -CommandType Cmdlet).ImplementingType)
$state = [initialsessionstate]::CreateDefault2()
foreach ($type in $shadows.GetTypes()) {
    $cmdlet = $type.GetCustomAttributes([System.Management.Automation.CmdletAttribute], $false)[0]
    $state.Commands.Add([System.Management.Automation.Runspaces.SessionStateCmdletEntry]::new("$($cmdlet.VerbName)-$($cmdlet.NounName)", $type, $null))
}
$Shadows = [runspacefactory]::CreateRunspace($state)
$Shadows.Open()

# For each of the objects, which parameter of the cmdlet takes it, or the error with which it is refused.
function Get-Binding {
    param([string] $Cmdlet, [object[]] $InputObject, [hashtable] $Arguments = @{})
    $shell = [powershell]::Create($Shadows).AddCommand($Cmdlet.Replace('-', '-Shadow'))
    try {
        foreach ($name in $Arguments.Keys) { [void] $shell.AddParameter($name, $Arguments[$name]) }
        # Each object has its answer, in its place.
        $shell.Commands.Commands[0].MergeMyResults('Error', 'Output')
        foreach ($answer in $shell.Invoke($InputObject)) {
            $isError = $answer -is [System.Management.Automation.ErrorRecord]
            [pscustomobject]@{ Parameter = $isError ? '' : "$answer"; Error = $isError ? "$answer" : '' }
        }
    }
    finally { $shell.Dispose() }
}
