# What the objects that cmdlets return are made of: one contract for all of them, in JSON and from one cmdlet to the other.
BeforeDiscovery {
    . "$PSScriptRoot/Support.ps1"
    Import-Module $ModulePath
    $runtimes = Get-TestRuntime
    $outputs = Get-Command -Module ZLayer -CommandType Cmdlet | ForEach-Object { $_.OutputType.Type } | Where-Object FullName -Like 'ZLayer.*' | Sort-Object FullName -Unique |
        ForEach-Object { @{ Type = $_; Name = $_.Name } }
}

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    Import-Module $ModulePath
    $env:ZLAYER_HOME = Join-Path $TestDrive 'root'
    $show = [ZLayer.PowerShell.Pipeline.OutputRecord].Assembly.GetType('ZLayer.PowerShell.Pipeline.OutputValue').GetMethod('OfResult')

    # A value of a type with something in every property, whatever it takes.
    function New-Sample([type] $Type, [int] $Depth = 0) {
        $bare = [Nullable]::GetUnderlyingType($Type) ?? $Type
        switch ($bare) {
            ([string]) { return 'text' }
            ([bool]) { return $true }
            ([DateTimeOffset]) { return [DateTimeOffset]'2026-01-31T12:00:00.1234567+02:00' }
            ([timespan]) { return [timespan]'1.02:03:04.5' }
            ([ipaddress]) { return [ipaddress]'10.0.0.7' }
            ([uri]) { return [uri]'https://registry.example/v2/' }
            ([byte[]]) { return , [byte[]](1, 2) }
            ([ReadOnlyMemory[byte]]) { return [ReadOnlyMemory[byte]]::new([byte[]](1, 2)) }
            ([ZLayer.Core.Oci.Digest]) { return [ZLayer.Core.Oci.Digest]::Parse('sha256:' + 'ab' * 32) }
            ([ZLayer.Core.Oci.ImageReference]) { return [ZLayer.Core.Oci.ImageReference]::Parse('localhost:5000/a/b:1') }
            ([ZLayer.Core.Oci.Platform]) { return [ZLayer.Core.Oci.Platform]::Parse('linux/arm/v7') }
            ([System.Text.Json.JsonElement]) { return [System.Text.Json.JsonDocument]::Parse('{"a":[1,"b",null,true]}').RootElement }
        }
        if ($bare.IsEnum) { return [enum]::GetValues($bare)[-1] }
        if ($bare.IsPrimitive -or $bare -eq [decimal]) { return 7 -as $bare }
        if ($bare.IsGenericType -and $bare.Name -match 'Dictionary`2') {
            $table = [Activator]::CreateInstance([System.Collections.Generic.Dictionary`2].MakeGenericType($bare.GetGenericArguments()))
            $table.Add('key', (New-Sample $bare.GetGenericArguments()[1] ($Depth + 1)))
            return , $table
        }
        if ($bare.IsGenericType -and $bare.Name -match 'List`1|Collection`1|Enumerable`1') {
            $item = $bare.GetGenericArguments()[0]
            $list = [Array]::CreateInstance($item, 1)
            $list.SetValue((New-Sample $item ($Depth + 1)), 0)
            return , $list
        }
        if ($bare.IsValueType) { return [Activator]::CreateInstance($bare) }
        if ($Depth -gt 6 -or $bare.FullName -notlike 'ZLayer.*') { throw "No sample of $bare." }
        $made = [System.Runtime.CompilerServices.RuntimeHelpers]::GetUninitializedObject($bare)
        foreach ($property in $bare.GetProperties('Public, Instance')) {
            if ($property.CanWrite -and -not $property.GetIndexParameters() -and $property.PropertyType -ne [System.IO.Stream]) {
                $property.SetValue($made, (New-Sample $property.PropertyType ($Depth + 1)))
            }
        }
        , $made
    }

    # What is an object or a number in the JSON although it stands for one value.
    function Find-Fault($Json, [type] $Type, [string] $Path) {
        $bare = [Nullable]::GetUnderlyingType($Type) ?? $Type
        if ($null -eq $Json) { return }
        $isText = $bare.IsEnum -or $bare -in [string], [timespan], [ipaddress], [uri], [ZLayer.Core.Oci.Digest], [ZLayer.Core.Oci.ImageReference], [ZLayer.Core.Oci.Platform], [ZLayer.Core.Runtimes.Specifications.RestartPolicy], [ZLayer.Core.Runtimes.Observation.LogRecord] -or
            ($bare.IsValueType -and $bare.FullName -like 'ZLayer.*')
        if ($isText) {
            if ($Json -isnot [string]) { "$Path is $($Json.GetType().Name): $Json" }
            elseif ($bare.IsEnum -and $Json -notmatch '^[A-Z]') { "$Path is not a name: $Json" }
        }
        elseif ($bare -eq [DateTimeOffset]) {
            if ($Json -isnot [datetime]) { "$Path is not a time: $Json" }
        }
        elseif ($bare.IsPrimitive -or $bare -eq [decimal]) {
            if ($Json -isnot [bool] -and $Json -isnot [long] -and $Json -isnot [double]) { "$Path is $($Json.GetType().Name): $Json" }
        }
        elseif ($Json -is [array] -and $bare.IsGenericType) {
            foreach ($item in $Json) { Find-Fault $item $bare.GetGenericArguments()[0] "$Path[]" }
        }
        elseif ($bare.FullName -like 'ZLayer.*') {
            foreach ($property in $bare.GetProperties('Public, Instance')) {
                $shown = $Json.PSObject.Properties[$property.Name]
                if ($shown) { Find-Fault $shown.Value $property.PropertyType "$Path.$($property.Name)" }
                elseif ($bare.Namespace -ne 'ZLayer.Core.Oci' -and -not $property.GetIndexParameters() -and $property.PropertyType -ne [System.IO.Stream]) { "$Path.$($property.Name) is missing" }
            }
        }
    }
}

AfterAll { $env:ZLAYER_HOME = $null }

Describe 'An object in JSON: <Name>' -ForEach $outputs {
    BeforeAll {
        $sample = New-Sample $Type
        $shown = $show.Invoke($null, @(, $sample))
        $text = ConvertTo-Json -InputObject $shown -Depth 20 -WarningVariable cut
        $json = ConvertFrom-Json $text
    }

    It 'has text, numbers and times for single values, whole' {
        $cut | Should -BeNullOrEmpty
        Find-Fault $json $Type $Name | Should -BeNullOrEmpty
        $text | Should -Not -Match 'ValueKind|"Ticks"|"ScopeId"|"IsEmpty"|"value__"'
    }

    It 'is the same when it was written once more' {
        ConvertTo-Json -InputObject $json -Depth 20 | Should -Be $text
    }

    It 'has the type names that views go by, in a session without the module too' {
        $shown.PSTypeNames[0] | Should -Be $Type.FullName
        $there = [powershell]::Create().AddScript('param($x) $x.PSObject.Properties.Name -join " "').AddArgument($shown)
        try { "$($there.Invoke())" | Should -Match '\w+' }
        finally { $there.Dispose() }
    }

    It 'is the record where one is asked for by its type' {
        $record = $shown -as $Type
        if ($shown -isnot [string]) { [object]::ReferenceEquals($record, $sample) | Should -BeTrue }
    }
}

Describe 'A copy of a line' {
    It 'has properties of its own' {
        $record = [ZLayer.Core.Runtimes.Observation.LogRecord]@{
            Time = [datetimeoffset]::Now; Stream = 'StdOut'; Text = 'one'; ContainerName = 'web'
        }
        $line = [ZLayer.PowerShell.Pipeline.OutputRecord].Assembly.GetType('ZLayer.PowerShell.Pipeline.OutputValue').
            GetMethod('OfResult').Invoke($null, @($record))
        $copy = $line.PSObject.Copy()
        $copy.ContainerName = 'db'
        $line.ContainerName, $copy.ContainerName | Should -Be 'web', 'db'
        $line | Should -Be 'one'
    }
}

Describe 'Values of objects' {
    BeforeAll {
        $context = New-Item -ItemType Directory -Path (Join-Path $TestDrive 'context')
        Set-Content -LiteralPath "$context/Dockerfile" -Value "FROM scratch`nLABEL a=b`nEXPOSE 80`nVOLUME /data`nCOPY Dockerfile /"
        $built = Invoke-ZLayerBuild $context -Tag values:1
        $image = Get-ZLayerImage values:1
        $detail = Get-ZLayerImage values:1 -Detailed
    }

    It 'are texts that know their parts' {
        $image.Digest | Should -BeOfType ([string])
        $image.Digest.Hex | Should -Be ($image.Digest -replace '^sha256:')
        $image.Id.ShortHex | Should -Be $image.Id.Substring(7, 12)
        "$($image.Platform.Os)/$($image.Platform.Architecture)" | Should -Be $image.Platform
        $image.Reference.Tag | Should -Be '1'
        $image.Reference -eq 'values:1' | Should -BeTrue
        $built.Duration.TotalSeconds | Should -Be ([timespan]$built.Duration).TotalSeconds
        "$image" | Should -Be 'values:1'
    }

    It 'are times that can be reckoned with' {
        ((Get-Date) - $image.Created).TotalMinutes | Should -BeGreaterOrEqual 0
        ((Get-Date) - $image.Created).TotalMinutes | Should -BeLessThan 60
        ([DateTimeOffset]::Now - $image.Created).TotalMinutes | Should -BeLessThan 60
        $image.Created -gt (Get-Date).AddHours(-1) | Should -BeTrue
        $image.Created.AddDays(1) -gt (Get-Date) | Should -BeTrue
        ($detail.Config.Created - $image.Created).Ticks | Should -Be 0
        $image.Created.Kind | Should -Be 'Local'
    }

    It 'have the names of the OCI documents where they are documents' {
        $written = $detail.Config | ConvertTo-Json -Depth 20 | ConvertFrom-Json -AsHashtable
        $raw = $detail.RawConfig | ConvertFrom-Json -AsHashtable
        foreach ($name in $raw.Keys) { $written.Keys | Should -Contain $name }
        ($written.rootfs.diff_ids -join ' ') | Should -Be ($raw.rootfs.diff_ids -join ' ')
        ($written.history.created_by -join '|') | Should -Be ($raw.history.created_by -join '|')
        ($written.config.ExposedPorts | ConvertTo-Json -Compress) | Should -Be '{"80/tcp":{}}'
        ($detail.Manifest | ConvertTo-Json -Depth 20 | ConvertFrom-Json -AsHashtable).layers[0].mediaType | Should -Be 'application/vnd.oci.image.layer.v1.tar'
        $detail.Config.RootFs.diff_ids | Should -Be $raw.rootfs.diff_ids
        $detail.Config.History[0].created_by | Should -Be 'LABEL a=b'
    }

    It 'are compared, sorted and grouped as they are shown' {
        ($image, $image | Sort-Object Digest -Unique) | Should -HaveCount 1
        ($image | Group-Object Platform).Name | Should -Be "$($image.Platform)"
        $image -eq $image | Should -BeTrue
    }

    It 'pass a parameter of their type' {
        function Test-Typed([ZLayer.Core.Images.ImageInfo] $Image) { $Image.GetType().Name }
        Test-Typed $image | Should -Be 'ImageInfo'
        Test-Typed $detail | Should -Be 'ImageDetail'
        { Test-Typed $built } | Should -Throw
    }
}

Describe 'Objects read back from JSON' {
    BeforeAll {
        $env:ZLAYER_RUNTIME = 'fake'
        $context = New-Item -ItemType Directory -Path (Join-Path $TestDrive 'back')
        Set-Content -LiteralPath "$context/Dockerfile" -Value "FROM scratch`nLABEL a=b`nCOPY Dockerfile /"
        $built = Invoke-ZLayerBuild $context -Tag back:1
        $container = Start-ZLayerContainer -Image busybox -Name json-web -Port 8080:80 -- sleep 1000
        [void] (New-ZLayerManifest back/list:1)

        # What -WhatIf would be done to. Host output is not captured otherwise.
        function Get-Target([scriptblock] $Script) {
            $file = Join-Path $TestDrive 'whatif.txt'
            Start-Transcript -LiteralPath $file | Out-Null
            try { & $Script | Out-Null }
            finally { Stop-Transcript | Out-Null }
            Get-Content -LiteralPath $file -Raw
        }
        function Copy-ThroughJson { process { $_ | ConvertTo-Json -Depth 8 | ConvertFrom-Json } }
    }

    AfterAll {
        $container | Remove-ZLayerContainer -Force
        $env:ZLAYER_RUNTIME = $null
    }

    It 'go on down the pipeline: <Kind>' -ForEach @(
        @{ Kind = 'an image'; Run = { Get-ZLayerImage back:1 | Copy-ThroughJson | Remove-ZLayerImage -WhatIf }; Target = 'back:1' }
        @{ Kind = 'an image in a list'; Run = { Get-ZLayerImage back:* | ConvertTo-Json -AsArray | ConvertFrom-Json | Remove-ZLayerImage -WhatIf }; Target = 'back:1' }
        @{ Kind = 'all about an image'; Run = { Get-ZLayerImage back:1 -Detailed | Copy-ThroughJson | Remove-ZLayerImage -WhatIf }; Target = 'back:1' }
        @{ Kind = 'a build'; Run = { $built | Copy-ThroughJson | Remove-ZLayerImage -WhatIf }; Target = 'back:1' }
        @{ Kind = 'a manifest list'; Run = { Get-ZLayerManifest back/list:1 | Copy-ThroughJson | Remove-ZLayerManifest -WhatIf }; Target = 'back/list:1' }
        @{ Kind = 'a container'; Run = { Get-ZLayerContainer json-web | Copy-ThroughJson | Stop-ZLayerContainer -WhatIf }; Target = "container 'json-web'" }
        @{ Kind = 'all about a container'; Run = { Get-ZLayerContainer json-web -Detailed | Copy-ThroughJson | Stop-ZLayerContainer -WhatIf }; Target = "container 'json-web'" }
        @{ Kind = 'a process'; Run = { Get-ZLayerContainerProcess json-web | Copy-ThroughJson | Stop-ZLayerContainer -WhatIf }; Target = "container 'json-web'" }
        @{ Kind = 'a statistic'; Run = { Measure-ZLayerContainer json-web | Copy-ThroughJson | Stop-ZLayerContainer -WhatIf }; Target = "container 'json-web'" }
        @{ Kind = 'an event'; Run = { Get-ZLayerEvent -Type container | Where-Object Name -EQ json-web | Select-Object -Last 1 | Copy-ThroughJson | Stop-ZLayerContainer -WhatIf }; Target = "container 'json-web'" }
        @{ Kind = 'a port'; Run = { Get-ZLayerContainerPort json-web | Copy-ThroughJson | Stop-ZLayerContainer -WhatIf }; Target = "container 'json-web'" }
    ) { Get-Target $Run | Should -Match ([regex]::Escape($Target)) }

    It 'keep the state of a container as its name' {
        (Get-ZLayerContainer json-web | ConvertTo-Json | ConvertFrom-Json).State | Should -Be 'Running'
        (Get-ZLayerContainer json-web | ConvertTo-Json) | Should -Match '"State": "Running"'
        (Get-ZLayerContainer json-web -Detailed | ConvertTo-Json -Depth 5) | Should -Match '"IPAddress": "172\.17'
    }
}

Describe 'The same property of one container: <Runtime>' -ForEach $runtimes {
    BeforeAll {
        Initialize-ContainerTest $TestDrive
        $PSDefaultParameterValues['*-ZLayer*:Runtime'] = $Runtime
        $common = @{ Image = 'busybox'; Port = '80', '443'; Label = @{ a = 'b' }; Memory = '64MB' }
        $made = New-ZLayerContainer @common -Name same-made -RestartPolicy on-failure:3 -EntryPoint sleep -- 1000
        $running = Start-ZLayerContainer @common -Name same-run -HealthCheck 'true' -- sleep '1000 '.Trim()
        [void](Start-ZLayerContainer @common -Name same-over -- sh -c 'sleep 0.1; exit 3' | Wait-ZLayerContainer)
    }

    AfterAll {
        $PSDefaultParameterValues.Clear()
        Get-ZLayerContainer same-* -Runtime $Runtime | Remove-ZLayerContainer -Force
        $env:ZLAYER_HOME = $env:DOCKER_HOST = $null
    }

    It 'has one value, whichever cmdlet it comes from: <_>' -ForEach 'same-made', 'same-run', 'same-over' {
        $name = $_
        $forms = [ordered]@{
            list     = Get-ZLayerContainer | Where-Object Name -EQ $name
            name     = Get-ZLayerContainer $name
            detailed = Get-ZLayerContainer $name -Detailed
            set      = Set-ZLayerContainer $name -Memory 64MB -PassThru
            again    = Get-ZLayerContainer $name
        }
        $whole = $forms.detailed
        foreach ($form in $forms.Keys) {
            foreach ($property in $forms[$form].PSObject.Properties | Where-Object { $_.Name -ne 'Status' -and $whole.PSObject.Properties[$_.Name] }) {
                $expected, $actual = $whole.($property.Name), $property.Value | ForEach-Object { ConvertTo-Json -InputObject $_ -Depth 5 -Compress }
                $actual | Should -Be $expected -Because "$($property.Name) of $form"
            }
            ($forms[$form].Status -replace '\d+ seconds?|Less than a second|About a minute', 'T') | Should -Be ($whole.Status -replace '\d+ seconds?|Less than a second|About a minute', 'T')
        }
    }

    It 'is told with what the runtime knows of it' {
        $over = Get-ZLayerContainer same-over
        $over.Command -join '|' | Should -Be 'sh|-c|sleep 0.1; exit 3'
        $over.ExitCode | Should -Be 3
        $over.FinishedAt | Should -BeGreaterOrEqual $over.StartedAt
        (Wait-ZLayerContainer same-over).FinishedAt | Should -Be $over.FinishedAt
        (Get-ZLayerContainer same-made).StartedAt | Should -BeNullOrEmpty
        (Get-ZLayerContainer same-run).StartedAt | Should -Be (Get-ZLayerContainer same-run).StartedAt
        (Get-ZLayerContainer same-run).Ports.ContainerName | Select-Object -Unique | Should -Be same-run
    }

    It 'is all that was asked for in the detailed form' {
        $made = Get-ZLayerContainer same-made -Detailed
        $made.EntryPoint | Should -Be 'sleep'
        $made.RestartPolicy | Should -Be 'on-failure:3'
        $made.Limits.Memory | Should -Be 64MB
        $made.Limits.CpuCount | Should -BeNullOrEmpty
        $made.NetworkMode | Should -Be 'bridge'
        $made.HealthCheck | Should -BeNullOrEmpty
        (Get-ZLayerContainer same-run -Detailed).HealthCheck.Test[-1] | Should -Be 'true'
    }

    It 'is null where there is none: a limit' {
        [void](Start-ZLayerContainer busybox -Name same-free -- sleep 1000)
        $free = Measure-ZLayerContainer same-free
        $free.MemoryLimit | Should -BeNullOrEmpty
        $free.MemoryPercent | Should -BeNullOrEmpty
        (Measure-ZLayerContainer same-run).MemoryLimit | Should -Be 64MB
    }

    It 'tells of its runtime: <Kind>' -ForEach @(
        @{ Kind = 'a port'; Get = { Get-ZLayerContainerPort same-run } }
        @{ Kind = 'a port in the container'; Get = { (Get-ZLayerContainer same-run).Ports } }
        @{ Kind = 'a process'; Get = { Get-ZLayerContainerProcess same-run } }
        @{ Kind = 'a change'; Get = { Get-ZLayerContainerChange same-over; Get-ZLayerContainer same-over } }
        @{ Kind = 'a statistic'; Get = { Measure-ZLayerContainer same-run } }
        @{ Kind = 'a result of a command'; Get = { Invoke-ZLayerCommand same-run -AsResult -- true } }
        @{ Kind = 'a result of a run'; Get = { Invoke-ZLayerContainer busybox -AsResult -Remove -- true } }
        @{ Kind = 'a wait'; Get = { Wait-ZLayerContainer same-over } }
        @{ Kind = 'a file'; Get = { Get-ZLayerContainerItem same-run /bin } }
    ) {
        $told = @(& $Get)
        if (-not $told -and $Runtime -eq 'docker' -and $Kind -eq 'a port') { Set-ItResult -Skipped -Because 'an engine without a bridge publishes none' }
        $told[0].Runtime | Should -Be $Runtime
    }
}

Describe 'Results that name a container' {
    It 'know its runtime' {
        $types = Get-Command -Module ZLayer -CommandType Cmdlet | ForEach-Object { $_.OutputType.Type } | Where-Object { $_ -and $_.FullName -like 'ZLayer.*' -and $_.GetProperty('ContainerName') }
        $types.Count | Should -BeGreaterThan 5
        $types | Where-Object { -not $_.GetProperty('Runtime') } | Should -BeNullOrEmpty
    }
}
