# The type data apart from the module's own manifest, whose type data would be read before any of its code runs: ZLayer.Start.psm1 comes first.
@{
    ModuleVersion      = '1.0'
    # The types file names a converter in it.
    RequiredAssemblies = @('ZLayer.Loader.dll')
    TypesToProcess     = @('ZLayer.Types.ps1xml')
    FunctionsToExport  = @()
    CmdletsToExport    = @()
    VariablesToExport  = @()
    AliasesToExport    = @()
}
