# What may be piped into what: every type that a cmdlet returns into every cmdlet. PowerShell's own binder decides, on stand-ins that do no work.
BeforeDiscovery {
    . "$PSScriptRoot/Support.ps1"
    Import-Module $ModulePath
    $cmdlets = Get-Command -Module ZLayer -CommandType Cmdlet | ForEach-Object { @{ Cmdlet = $_.Name } }
}

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    Import-Module $ModulePath
    . "$PSScriptRoot/PipelineBinding.ps1"
}

Describe 'The pipeline into <Cmdlet>' -ForEach $cmdlets {
    It 'takes what makes sense, and says of everything else what it expects' {
        $Bindings.Keys | Should -Contain $Cmdlet -Because 'the table must say what the cmdlet takes'
        $binding = $Bindings[$Cmdlet]
        $wanted = @{}
        foreach ($parameter in $binding.Takes.Keys) {
            foreach ($type in $binding.Takes[$parameter]) { $wanted[$type] = $parameter }
        }
        $types = @($Samples.Keys)
        $answers = @(Get-Binding -Cmdlet $Cmdlet -InputObject $types.ForEach({ $Samples[$_] }) -Arguments ($binding.With ?? @{}))
        $answers | Should -HaveCount $types.Count
        $problems = foreach ($index in 0..($types.Count - 1)) {
            $type, $bound = $types[$index], $answers[$index]
            if ($wanted[$type]) {
                if ($bound.Parameter -ne $wanted[$type]) { "$type was to bind to -$($wanted[$type]): $($bound.Parameter) $($bound.Error)" }
            }
            elseif ($bound.Parameter) { "$type binds to -$($bound.Parameter)" }
            elseif ($binding.Takes.Count -gt 0 -and -not $binding.ByProperty -and $bound.Error -notmatch 'Expected (a|an|the) ') { "$type, not saying what is expected: $($bound.Error)" }
        }
        $problems | Should -BeNullOrEmpty
    }
}

Describe 'The table of what may be piped' {
    It 'has an object of every type that a cmdlet returns' {
        $returned = (Get-Command -Module ZLayer -CommandType Cmdlet).OutputType.Type | Where-Object { $_ -ne [void] } | Sort-Object FullName -Unique
        $kinds = $Samples.Keys -replace ' .*'
        $returned.Name | Where-Object { $_ -notin $kinds } | Should -BeNullOrEmpty
    }

    It 'names cmdlets and types that exist' {
        $Bindings.Keys | Where-Object { -not (Get-Command $_ -Module ZLayer -ErrorAction Ignore) } | Should -BeNullOrEmpty
        $Bindings.Values.Takes.Values | ForEach-Object { $_ } | Where-Object { $_ -notin $Samples.Keys } | Should -BeNullOrEmpty
    }
}

Describe 'Images of the pipeline' {
    BeforeAll {
        $env:ZLAYER_HOME = Join-Path $TestDrive 'root'
        Use-ZLayerRuntime fake
        $image = Receive-ZLayerImage busybox -Runtime fake
        $built = $Samples['BuildResult'] | Select-Object *
        $built.Tags = 'busybox:latest'
        $built.PSObject.TypeNames.Insert(0, 'Deserialized.ZLayer.Core.Builds.BuildResult')

        function Get-Command-Of($Container) { (Get-ZLayerContainer $Container -Detailed).Command }
    }

    AfterEach { Get-ZLayerContainer 'flow*' | Remove-ZLayerContainer -Force }

    AfterAll { $env:ZLAYER_HOME = $null }

    It 'become containers, with a command after -- or without' {
        ($image | New-ZLayerContainer -Name flow1).Image | Should -BeLike '*busybox*'
        Get-Command-Of ($image | New-ZLayerContainer -Name flow2 -- sleep 1h -x) | Should -Be 'sleep', '1h', '-x'
        Get-Command-Of ($image | New-ZLayerContainer -Name flow3 sleep 1h) | Should -Be 'sleep', '1h'
        Get-Command-Of ($image | New-ZLayerContainer -Name flow4 -Command sleep, 1h) | Should -Be 'sleep', '1h'
        ('busybox' | New-ZLayerContainer -Name flow5).Name | Should -Be 'flow5'
    }

    It 'are started, with a command after -- or without' {
        ($image | Start-ZLayerContainer -Name flow1 -Memory 64MB).State | Should -Be 'Running'
        Get-Command-Of ($image | Start-ZLayerContainer -Name flow2 -- sleep 1h) | Should -Be 'sleep', '1h'
        $one = $image | Start-ZLayerContainer -- sleep 1h
        Get-Command-Of $one | Should -Be 'sleep', '1h'
        $one | Remove-ZLayerContainer -Force
        $other = $image | Start-ZLayerContainer -- sh
        Get-Command-Of $other | Should -Be 'sh'
        $other | Remove-ZLayerContainer -Force
    }

    It 'leave containers of the same pipeline to be what they are' {
        $stopped = New-ZLayerContainer busybox -Name flow1 -- sleep 1h
        $images = @($stopped, $image | Start-ZLayerContainer)
        (Get-ZLayerContainer flow1).State | Should -Be 'Running'
        $images | Should -HaveCount 1
        $images | Remove-ZLayerContainer -Force
    }

    It 'run to their end, one after the other' {
        $image, $built | Invoke-ZLayerContainer -Remove -- echo hi | Should -Be 'hi', 'hi'
        $image | Invoke-ZLayerContainer -Remove -Command echo, hi | Should -Be 'hi'
    }

    It 'are input where -Image names another' {
        $image | Invoke-ZLayerContainer -Image busybox -Remove -- cat | Should -Be 'busybox:latest'
        'b', 'a' | Invoke-ZLayerContainer busybox -Remove -- cat | Should -Be 'b', 'a'
    }

    It 'are asked for when there are none' {
        { New-ZLayerContainer -Name flow1 } | Should -Throw '*No image is named*'
        { 'text' | Invoke-ZLayerContainer -Remove } | Should -Throw '*No image is named*'
        { $image, 'text' | Invoke-ZLayerContainer -Remove -Command true } | Should -Throw '*Expected an image*'
        { $image | New-ZLayerContainer -Image busybox -Name flow1 } | Should -Throw '*An image is piped in*'
        @() | New-ZLayerContainer -Name flow1 | Should -BeNullOrEmpty
        @() | Invoke-ZLayerContainer -Remove | Should -BeNullOrEmpty
    }

    It 'leave the words behind -- to the command, also when there are none' {
        # An image of the name that the first word of the command has.
        $image | Add-ZLayerImageTag -Tag echo
        try {
            @() | Invoke-ZLayerContainer -Remove -- echo hi | Should -BeNullOrEmpty
            @() | Invoke-ZLayerContainer -Remove -Name flow1 -Environment @{ A = 1 } -- echo hi | Should -BeNullOrEmpty
            $options = @{ Remove = $true; Name = 'flow1' }
            @() | Invoke-ZLayerContainer @options -- echo hi | Should -BeNullOrEmpty
            { $null | Invoke-ZLayerContainer -Remove -- echo hi } | Should -Throw '*No image is named*'
            { 'text' | Invoke-ZLayerContainer -Rem -- echo hi } | Should -Throw '*No image is named*'
            foreach ($verb in 'New', 'Start') { @() | & "$verb-ZLayerContainer" -Name flow1 -- echo hi | Should -BeNullOrEmpty }
            Get-ZLayerContainer | Should -BeNullOrEmpty
            @() | Invoke-ZLayerContainer busybox -Remove -- echo hi | Should -Be 'hi'
            @() | Invoke-ZLayerContainer -Remove busybox echo hi | Should -Be 'hi'
            @() | Invoke-ZLayerContainer -Image busybox -Remove -- echo hi | Should -Be 'hi'
        }
        finally { Remove-ZLayerImage echo -Runtime fake }
    }

    It 'that fail do not keep the next from its turn' {
        $gone = [ZLayer.Core.Registries.RegistryTag]@{ Repository = 'gone'; Name = '1' }
        $problem = $null
        $made = $gone, $image | New-ZLayerContainer -PullPolicy Never -ErrorVariable problem -ErrorAction SilentlyContinue
        $made | Should -HaveCount 1
        $problem[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $made | Remove-ZLayerContainer
    }

    It 'take their runtime along' {
        $ofOther = [ZLayer.Core.Images.ImageInfo](@{ Reference = [ZLayer.Core.Oci.ImageReference]::Parse('busybox'); Id = $digest; Digest = $digest; Platform = [ZLayer.Core.Oci.Platform]::Host; MediaType = 'x'; Runtime = 'fake' })
        Use-ZLayerRuntime docker
        try { ($ofOther | New-ZLayerContainer -Name flow1).Runtime | Should -Be 'fake' }
        finally { Use-ZLayerRuntime fake; Get-ZLayerContainer flow1 -Runtime fake | Remove-ZLayerContainer }
    }
}

Describe 'Keys for a container' {
    It 'are refused where nobody hands them on, naming the cmdlet that does' {
        $problem = { Invoke-ZLayerContainer busybox -Tty -OpenStdin -Runtime fake } | Should -Throw '*hands no keys*' -PassThru
        $problem.ErrorDetails.RecommendedAction | Should -BeLike '*Enter-ZLayerContainer -Image*'
        'x' | Invoke-ZLayerContainer busybox -Tty -OpenStdin -Remove -Runtime fake -- cat | Should -Not -BeNullOrEmpty
    }
}

Describe 'A Dockerfile of the pipeline' {
    It 'is built in the context that -Path names' {
        $env:ZLAYER_HOME = Join-Path $TestDrive 'root'
        $context = New-Item -ItemType Directory -Path (Join-Path $TestDrive 'context')
        Set-Content -LiteralPath "$context/hello.txt" -Value 'hello'
        $definition = "FROM scratch`nCOPY hello.txt /"
        (Invoke-ZLayerBuild -Definition $definition -Path $context).LayerCount | Should -Be 1
        ($definition | Invoke-ZLayerBuild -Path $context).LayerCount | Should -Be 1
        $definition | Invoke-ZLayerBuild -Path $context -Tag elsewhere:1 -Root "$TestDrive/other" | Get-ZLayerImage | Should -HaveCount 1
        ($definition | Invoke-ZLayerBuild $context).LayerCount | Should -Be 1
        { Invoke-ZLayerBuild -Definition $definition } | Should -Throw '*no context directory*'
        { Invoke-ZLayerBuild -Definition $definition -Path "$context/none" } | Should -Throw '*does not exist*'
        Set-Content -LiteralPath "$context/Dockerfile" -Value $definition
        ($context | Invoke-ZLayerBuild).LayerCount | Should -Be 1
    }

    AfterAll { $env:ZLAYER_HOME = $null }
}
