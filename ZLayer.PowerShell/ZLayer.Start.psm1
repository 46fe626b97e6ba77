# Runs before anything else of the module is loaded. A process has one version of the module's assemblies: a second one would meet the type data
# of the first, and run its code under another name.
$loaded = 'ZLayer.Loader.ModuleLoader' -as [type]
if ($loaded) {
    $place = Split-Path -Path $loaded.Assembly.Location
    if ($place -ne $PSScriptRoot) {
        throw "ZLayer is loaded in this process from '$place' already; start a new PowerShell to use the one in '$PSScriptRoot'."
    }
}
