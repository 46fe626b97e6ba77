# Nothing runs this file. Test-ModuleManifest, and with it every gallery, wants a file beside the manifest for each nested module. The assemblies lie in
# lib/, so that PowerShell asks for them by name and they get a load context of their own (ZLayer.Loader); this stands in their place.
