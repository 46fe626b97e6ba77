# Outputs of builds as values.
BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    Import-Module $ModulePath
    $env:ZLAYER_HOME = Join-Path $TestDrive 'root'
    Push-Location $TestDrive
}

AfterAll {
    Pop-Location
    $env:ZLAYER_HOME = $null
}

Describe 'New-ZLayerExporter' {
    It 'says what the text says: <Text>' -ForEach @(
        @{ Text = 'type=oci,dest={0}/app.tar,compression=zstd,compression-level=19,force-compression=true'; Make = { New-ZLayerExporter Oci app.tar -Compression Zstd -CompressionLevel 19 -ForceCompression } }
        @{ Text = 'type=oci,dest={0}/layout,tar=false'; Make = { New-ZLayerExporter OciDirectory -Destination layout } }
        @{ Text = 'type=docker,dest={0}/app.tar,compression=uncompressed'; Make = { New-ZLayerExporter Docker app.tar -Compression None } }
        @{ Text = 'type=docker-engine,runtime=fake'; Make = { New-ZLayerExporter DockerEngine -Runtime fake } }
        @{ Text = 'type=tar,dest={0}/app.tar'; Make = { New-ZLayerExporter Tar app.tar } }
        @{ Text = 'type=local,dest={0}/out,platform-split=false'; Make = { New-ZLayerExporter Directory out -Attribute @{ 'platform-split' = 'false' } } }
        @{ Text = 'type=image,"name=docker.io/library/a:1,docker.io/library/b:latest",push=true'; Make = { New-ZLayerExporter Image -Tag a:1, b -Push } }
        @{ Text = 'type=registry,name=ghcr.io/org/app:1.0'; Make = { New-ZLayerExporter Registry -Tag ghcr.io/org/app:1.0 } }
    ) {
        "$(& $Make)" | Should -Be ($Text -f "$TestDrive")
        (& $Make).PSTypeNames[0] | Should -Be 'ZLayer.Core.Exporters.ExporterSpecification'
    }

    It 'refuses what the output does not have: <Make>' -ForEach @(
        @{ Make = { New-ZLayerExporter Oci } }
        @{ Make = { New-ZLayerExporter Oci - } }
        @{ Make = { New-ZLayerExporter Registry app.tar } }
        @{ Make = { New-ZLayerExporter DockerEngine app.tar } }
        @{ Make = { New-ZLayerExporter Tar app.tar -Compression Zstd } }
        @{ Make = { New-ZLayerExporter Directory out -Push } }
        @{ Make = { New-ZLayerExporter Oci app.tar -Compression Gzip -CompressionLevel 10 } }
        @{ Make = { New-ZLayerExporter Oci app.tar -Runtime fake } }
        @{ Make = { New-ZLayerExporter Oci app.tar -Attribute @{ compresion = 'zstd' } } }
        @{ Make = { New-ZLayerExporter Oci app.tar -Compression Zstd -Attribute @{ compression = 'gzip' } } }
        @{ Make = { New-ZLayerExporter Docker app.tar -Attribute @{ tar = 'false' } } }
    ) {
        $Make | Should -Throw -ErrorId 'InvalidArgument,ZLayer.PowerShell.Commands.NewZLayerExporterCommand'
    }

    It 'knows the runtimes' {
        { New-ZLayerExporter DockerEngine -Runtime nowhere } | Should -Throw -ErrorId 'RuntimeNotFound,*'
        # An answer that comes too late for one completion is there for the next.
        Wait-Until { (TabExpansion2 'New-ZLayerExporter DockerEngine -Runtime fa' 43).CompletionMatches.CompletionText -eq 'fake' } | Should -BeTrue
    }

    It 'completes types and attributes' {
        (TabExpansion2 'New-ZLayerExporter ' 19).CompletionMatches.CompletionText | Should -Contain 'OciDirectory'
        (TabExpansion2 'New-ZLayerExporter Tar -Attribute ' 34).CompletionMatches.CompletionText | Should -Be 'source-date-epoch=', 'platform-split='
    }

    It 'is an output of a build, in every form' {
        $exporter = New-ZLayerExporter Oci app.tar -Compression Zstd
        $copy = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($exporter))
        foreach ($output in $exporter, $copy, ($exporter | ConvertTo-Json -WarningAction SilentlyContinue | ConvertFrom-Json)) {
            [void](Invoke-ZLayerBuild -Definition "FROM scratch`nLABEL a=b" -Output $output)
            'app.tar' | Should -Exist
            Remove-Item -LiteralPath app.tar
        }
        ($exporter | Out-String) | Should -Match 'oci'
        ($copy | Out-String) | Should -Match 'oci'
    }

    It 'writes nothing by itself' {
        [void](New-ZLayerExporter Directory never)
        'never' | Should -Not -Exist
    }
}
