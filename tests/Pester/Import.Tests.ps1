BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $moduleDirectory = Split-Path $ModulePath
}

Describe 'Importing the module' {
    It 'has a valid manifest' {
        $manifest = Test-ModuleManifest -Path $ModulePath -ErrorVariable problems -ErrorAction SilentlyContinue
        $problems | Should -BeNullOrEmpty
        $manifest.Name | Should -Be 'ZLayer'
        $manifest.PowerShellVersion | Should -Be '7.6'
        $manifest.CompatiblePSEditions | Should -Be 'Core'
        $manifest.Description | Should -Not -BeNullOrEmpty
    }

    It 'exports by name, never by wildcard' {
        $data = Import-PowerShellDataFile -LiteralPath $ModulePath
        $data.CmdletsToExport | Should -Not -Contain '*'
        $data.FunctionsToExport | Should -BeNullOrEmpty
        $data.VariablesToExport | Should -BeNullOrEmpty
        # What is required is loaded into the default context: nothing but the loader, which belongs there.
        (Import-PowerShellDataFile -LiteralPath "$moduleDirectory/ZLayer.Types.psd1").RequiredAssemblies | Should -Be 'ZLayer.Loader.dll'
        # Scripts and type data of the manifest itself are read before any code of the module could say that another version is loaded.
        'RequiredAssemblies', 'TypesToProcess', 'ScriptsToProcess' | ForEach-Object { $data.ContainsKey($_) | Should -BeFalse }
    }

    It 'exports exactly what it implements' {
        $data = Import-PowerShellDataFile -LiteralPath $ModulePath
        $result = Invoke-FreshPwsh "Import-Module '$ModulePath'; (Get-Command -Module ZLayer -CommandType Cmdlet).Name | Sort-Object; '--'; [ZLayer.PowerShell.Pipeline.ZLayerCmdlet].Assembly.GetExportedTypes() | ForEach-Object { `$_.GetCustomAttributes([System.Management.Automation.CmdletAttribute], `$false) } | ForEach-Object { `$_.VerbName + '-' + `$_.NounName } | Sort-Object"
        $split = [array]::IndexOf($result, '--')
        $exported = $result[0..($split - 1)]
        $exported | Should -Be ($data.CmdletsToExport | Sort-Object)
        $result[($split + 1)..($result.Count - 1)] | Should -Be $exported
    }

    It 'prints nothing' {
        Invoke-FreshPwsh "Import-Module '$ModulePath'" | Should -BeNullOrEmpty
    }

    It 'touches no data root' {
        $root = Join-Path $TestDrive 'untouched'
        Invoke-FreshPwsh "`$env:ZLAYER_HOME = '$root'; Import-Module '$ModulePath'; Get-Command -Module ZLayer | Out-Null; Get-ZLayerImage" | Should -BeNullOrEmpty
        Test-Path -LiteralPath $root | Should -BeFalse
    }

    It 'ships nothing that PowerShell has' {
        $shipped = (Get-ChildItem -LiteralPath $moduleDirectory -Recurse -Filter *.dll).Name
        $shipped | Should -Contain 'ZLayer.Core.dll'
        $shipped | Should -Not -Contain 'System.Management.Automation.dll'
        $shipped | Should -Not -Contain 'netstandard.dll'
        $shipped | Where-Object { $_ -like 'Microsoft.PowerShell.*' -or $_ -like 'System.*' } | Should -BeNullOrEmpty
    }

    It 'ships symbols beside each assembly of its own' {
        Get-ChildItem -LiteralPath $moduleDirectory -Recurse -Filter ZLayer*.dll | ForEach-Object {
            [IO.Path]::ChangeExtension($_.FullName, '.pdb') | Should -Exist
        }
    }

    It 'keeps its assemblies in a load context of their own' {
        $result = Invoke-FreshPwsh @"
Import-Module '$ModulePath'
foreach (`$type in [ZLayer.Core.Oci.Digest], [ZLayer.PowerShell.Pipeline.ZLayerCmdlet]) { [System.Runtime.Loader.AssemblyLoadContext]::GetLoadContext(`$type.Assembly).Name }
[System.Runtime.Loader.AssemblyLoadContext]::Default.Assemblies | Where-Object { `$_.GetName().Name -in 'ZLayer.Core', 'ZLayer.PowerShell', 'Microsoft.Extensions.Logging.Abstractions' } | ForEach-Object FullName
"@
        $result | Should -Be 'ZLayer', 'ZLayer'
    }

    It 'loads what is for tests when it is asked for, and not before' {
        $result = Invoke-FreshPwsh @"
`$env:ZLAYER_HOME = '$(Join-Path $TestDrive 'lazy')'
Import-Module '$ModulePath'
function Show-Loaded { [System.AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { `$_.GetName().Name -eq 'ZLayer.Testing' } | ForEach-Object { [System.Runtime.Loader.AssemblyLoadContext]::GetLoadContext(`$_).Name } }
Get-ZLayerImage
(Get-ZLayerBuilder).Name
Show-Loaded
Get-ZLayerContainer -Runtime fake
Show-Loaded
"@
        $result | Should -Be 'native', 'ZLayer'
    }

    It 'brings its dependencies beside those that another module has loaded' {
        $result = Invoke-FreshPwsh @"
`$other = [System.Reflection.Assembly]::LoadFrom('$(Join-Path $moduleDirectory 'lib/Microsoft.Extensions.Logging.Abstractions.dll')')
Import-Module '$ModulePath'
(Get-ZLayerBuilder).Name
[System.Runtime.Loader.AssemblyLoadContext]::All | ForEach-Object { `$context = `$_.Name; `$_.Assemblies | Where-Object { `$_.GetName().Name -eq `$other.GetName().Name } | ForEach-Object { `$context } }
"@
        $result | Should -Be 'native', 'Default', 'ZLayer'
    }

    It 'makes its types usable as literals, again after a forced import' {
        Invoke-FreshPwsh "Import-Module '$ModulePath'; Import-Module '$ModulePath' -Force; [ZLayer.Core.Oci.ImageReference]::Parse('nginx').ToString(); (Get-Command -Module ZLayer).Count -gt 10" |
            Should -Be 'docker.io/library/nginx:latest', 'True'
    }

    It 'says in one sentence that another version is loaded in the process, and leaves that as it is' {
        $other = Join-Path $TestDrive 'other/ZLayer'
        [void] (New-Item -ItemType Directory (Split-Path $other))
        Copy-Item -LiteralPath $moduleDirectory -Destination $other -Recurse
        (Get-Content -LiteralPath "$other/ZLayer.psd1" -Raw) -replace "(ModuleVersion\s+= )'[\d.]+'", "`$1'99.0.0'" | Set-Content -LiteralPath "$other/ZLayer.psd1"
        $result = Invoke-FreshPwsh @"
Import-Module '$ModulePath'
try { Import-Module '$other/ZLayer.psd1' -ErrorVariable problems } catch { `$_.Exception.Message }
`$problems.Count
(Get-Module ZLayer).Version -eq '99.0.0'
([ZLayer.Core.Runtimes.Specifications.PortMapping]'8080:80').HostPort
Remove-Module ZLayer
1 | ForEach-Object -Parallel { try { Import-Module '$other/ZLayer.psd1' } catch { "`$_" } }
Import-Module '$ModulePath'
(Get-ZLayerBuilder).Name
"@
        $sentence = "ZLayer is loaded in this process from '$moduleDirectory' already; start a new PowerShell to use the one in '$other'."
        $result | Should -Be $sentence, '1', 'False', '8080', $sentence, 'native'
    }

    It 'can be removed and imported again' {
        Invoke-FreshPwsh "Import-Module '$ModulePath'; Remove-Module ZLayer; Import-Module '$ModulePath'; (Get-ZLayerBuilder).Name" | Should -Be 'native'
    }

    It 'names types in its type data that are found from every thread' {
        # PowerShell reads type data on several threads, and one without a session sees only the types whose assembly is named.
        $types = ([xml] (Get-Content -LiteralPath "$moduleDirectory/ZLayer.Types.ps1xml" -Raw)).SelectNodes("//NoteProperty[Name = 'TargetTypeForDeserialization']/Value").InnerText
        $types.Count | Should -BeGreaterThan 5
        $found = Invoke-FreshPwsh "Import-Module '$ModulePath'; '$($types -join "', '")' | ForEach-Object { [type]::GetType(`$_) } | ForEach-Object FullName"
        $found | Should -Be ($types -replace ',.*')
    }

    It 'names no type in its views and its type data that is not there' {
        $names = foreach ($file in 'ZLayer.Format.ps1xml', 'ZLayer.Types.ps1xml') {
            [regex]::Matches((Get-Content -LiteralPath "$moduleDirectory/$file" -Raw), '(?<![\w.])ZLayer\.(?:Core|PowerShell|Loader)(?:\.\w+)+(?:\+\w+)?').Value
        }
        # One name is a label that the module puts on lines of text, no type.
        $names = $names | Where-Object { $_ -ne 'ZLayer.PowerShell.StandardErrorLine' } | Sort-Object -Unique
        $names.Count | Should -BeGreaterThan 50
        Invoke-FreshPwsh "Import-Module '$ModulePath'; '$($names -join "', '")' | Where-Object { -not (`$_ -as [type]) }" | Should -BeNullOrEmpty
    }

    It 'can be imported with a prefix' {
        Invoke-FreshPwsh "Import-Module '$ModulePath' -Prefix My; (Get-MyZLayerBuilder).Name" | Should -Be 'native'
    }

    It 'loads by itself when a cmdlet is used' {
        $result = Invoke-FreshPwsh "`$env:PSModulePath = '$(Split-Path $moduleDirectory)' + [IO.Path]::PathSeparator + `$env:PSModulePath; (Get-ZLayerBuilder).Name"
        $result | Should -Be 'native'
    }

    It 'works in parallel runspaces, thread jobs and jobs' {
        # ThreadJob is a module of its own, which a PowerShell that was built from its source does not have.
        $result = Invoke-FreshPwsh @"
1..3 | ForEach-Object -Parallel { Import-Module '$ModulePath'; (Get-ZLayerBuilder).Name }
if (Get-Command Start-ThreadJob -ErrorAction Ignore) { Start-ThreadJob { Import-Module '$ModulePath'; (Get-ZLayerBuilder).Name } | Receive-Job -Wait } else { 'native' }
Start-Job { Import-Module '$ModulePath'; (Get-ZLayerBuilder).Name } | Receive-Job -Wait
"@
        $result | Should -Be 'native', 'native', 'native', 'native', 'native'
    }

    It 'finds native libraries of the system from its load context' {
        $result = Invoke-FreshPwsh @"
Import-Module '$ModulePath'
`$core = [ZLayer.Core.Oci.Digest].Assembly
foreach (`$name in 'libc', 'libzstd.so.1') {
    `$handle = [IntPtr]::Zero
    [System.Runtime.InteropServices.NativeLibrary]::TryLoad(`$name, `$core, `$null, [ref] `$handle)
}
"@ 
        if (-not $IsLinux) { Set-ItResult -Skipped -Because 'the library names are those of Linux' }
        $result | Should -Be 'True', 'True'
    }

    It 'prefers assemblies that are compiled for the platform, and does without them' {
        $script = {
            param($module)
            Import-Module $module
            [void](Get-ZLayerBuilder)
            [ZLayer.Core.Oci.Digest].Assembly, [ZLayer.PowerShell.Commands.GetZLayerBuilderCommand].Assembly | ForEach-Object { Split-Path -Leaf (Split-Path $_.Location) }
        }
        $folders = @(Get-ChildItem -LiteralPath "$moduleDirectory/lib" -Directory).Name
        $architecture = "$([System.Runtime.InteropServices.RuntimeInformation]::ProcessArchitecture)".ToLowerInvariant()
        $expected = "$($IsWindows ? 'win' : $IsMacOS ? 'osx' : 'linux')-$architecture"
        $folders | Should -Be $expected
        Invoke-FreshPwsh "& { $script } '$ModulePath'" | Should -Be $expected, $expected
        $copy = Join-Path $TestDrive 'portable/ZLayer'
        [void] (New-Item -ItemType Directory (Split-Path $copy))
        Copy-Item -LiteralPath $moduleDirectory -Destination $copy -Recurse
        Remove-Item -LiteralPath "$copy/lib/$expected" -Recurse
        Invoke-FreshPwsh "& { $script } '$copy/ZLayer.psd1'" | Should -Be 'lib', 'lib'
    }

    It 'finds native libraries that are shipped in lib/' {
        if (-not $IsLinux) { Set-ItResult -Skipped -Because 'the library names are those of Linux' }
        $copy = Join-Path $TestDrive 'ZLayer'
        Copy-Item -LiteralPath $moduleDirectory -Destination $copy -Recurse
        $source = Get-ChildItem -Path /lib/*/libz.so.1, /usr/lib/*/libz.so.1, /lib/*/libzstd.so.1 -ErrorAction Ignore | Select-Object -First 1
        if (-not $source) { Set-ItResult -Skipped -Because 'no shared library was found to ship' }
        Copy-Item -LiteralPath $source.ResolvedTarget -Destination "$copy/lib/libshipped.so"
        Invoke-FreshPwsh @"
Import-Module '$copy/ZLayer.psd1'
`$handle = [IntPtr]::Zero
[System.Runtime.InteropServices.NativeLibrary]::TryLoad('libshipped.so', [ZLayer.Core.Oci.Digest].Assembly, `$null, [ref] `$handle)
"@ | Should -Be 'True'
    }

    It 'lets Pester mock its cmdlets' {
        $file = Join-Path $TestDrive 'Mock.Tests.ps1'
        Set-Content -LiteralPath $file -Value @"
Describe 'a user of the module' {
    BeforeAll { Import-Module '$ModulePath' }
    It 'mocks' {
        Mock Get-ZLayerImage { [pscustomobject]@{ Repository = 'mocked' } }
        Mock Invoke-ZLayerBuild { 'built' }
        Mock Receive-ZLayerImage { 'pulled' }
        Mock Push-ZLayerImage { 'pushed' }
        Mock Export-ZLayerImage { 'exported' }
        (Get-ZLayerImage nginx).Repository | Should -Be 'mocked'
        Invoke-ZLayerBuild . -Platform linux/arm64 -Label @{ a = 1 } | Should -Be 'built'
        Receive-ZLayerImage nginx -Platform linux/amd64 -PullPolicy Always | Should -Be 'pulled'
        Push-ZLayerImage nginx -Destination localhost:5000/nginx | Should -Be 'pushed'
        Export-ZLayerImage nginx -Destination x.tar -Compression Zstd | Should -Be 'exported'
        Should -Invoke Receive-ZLayerImage -Times 1 -Exactly
    }
}
"@
        Invoke-FreshPwsh "(Invoke-Pester -Path '$file' -Output None -PassThru).PassedCount" | Should -Be '1'
    }

    It 'takes little of the start of a PowerShell' {
        # The quickest of ten counts: what else the machine does only adds. A third is 100 ms where PowerShell starts in 300.
        $command = "`$start = ([datetime]::Now - (Get-Process -Id `$PID).StartTime).TotalMilliseconds; " +
            "`$clock = [System.Diagnostics.Stopwatch]::StartNew(); Import-Module '$ModulePath'; `$clock.Elapsed.TotalMilliseconds, `$start -join ' '"
        $times = foreach ($turn in 1..10) {
            $import, $start = (Invoke-FreshPwsh $command) -split ' '
            [pscustomobject] @{ Import = [double] $import; Start = [double] $start }
        }
        $import = ($times.Import | Measure-Object -Minimum).Minimum
        $start = ($times.Start | Measure-Object -Minimum).Minimum
        Write-Information "import: $([int] $import) ms, start: $([int] $start) ms" -InformationAction Continue
        $import | Should -BeLessThan ($start / 3)
    }
}
