# What users do who test their own scripts.
BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    Import-Module $ModulePath
}

Describe 'The example of a tested script' {
    It 'passes' {
        $lines = Invoke-FreshPwsh @"
Import-Module '$((Get-Module Pester).Path)'
Import-Module '$ModulePath'
`$configuration = New-PesterConfiguration
`$configuration.Run.Path = '$RepositoryRoot/examples/testing'
`$configuration.Run.PassThru = `$true
`$configuration.Output.Verbosity = 'None'
`$run = Invoke-Pester -Configuration `$configuration
"passed `$(`$run.PassedCount) failed `$(`$run.FailedCount)"
"@
        $lines | Select-Object -Last 1 | Should -Be 'passed 3 failed 0'
    }
}

Describe 'The fake runtime in a session' {
    BeforeEach {
        $env:ZLAYER_RUNTIME = 'fake'
        $env:ZLAYER_HOME = Join-Path $TestDrive ([guid]::NewGuid().ToString('n'))
    }

    AfterEach { $env:ZLAYER_RUNTIME = $env:ZLAYER_HOME = $env:ZLAYER_TEST_CHANGE = $null }

    It 'keeps its containers when the environment changes' {
        [void](Start-ZLayerContainer -Image web:1 -Name web)
        $env:ZLAYER_TEST_CHANGE = 'x'
        (Get-ZLayerContainer).Name | Should -Be 'web'
    }

    It 'is empty in another data root' {
        [void](Start-ZLayerContainer -Image web:1 -Name web)
        $env:ZLAYER_HOME = Join-Path $TestDrive 'other'
        Get-ZLayerContainer | Should -BeNullOrEmpty
    }

    It 'runs scripts that were copied in' {
        Set-Content "$TestDrive/serve" "#!/bin/sh`necho serving `$1" -NoNewline
        & chmod +x "$TestDrive/serve"
        [void](New-ZLayerContainer web:1 -Name web -Command serve, it)
        Copy-ZLayerContainerItem web "$TestDrive/serve" /usr/bin
        Start-ZLayerContainer web
        (Get-ZLayerContainerLog web).Text | Should -Be 'serving it'
    }

    It 'takes no real time to sleep' {
        [void](Start-ZLayerContainer -Image web:1 -Name web -Command sh, '-c', 'sleep 86400; exit 3')
        (Wait-ZLayerContainer web).ExitCode | Should -Be 3
    }

    It 'lets every cmdlet be mocked' {
        Mock Invoke-ZLayerCommand { 'mocked' }
        Invoke-ZLayerCommand web -- true | Should -Be 'mocked'
        Mock Get-ZLayerContainerLog { [pscustomobject]@{ Text = 'line' } }
        ([pscustomobject]@{ Name = 'web' } | Get-ZLayerContainerLog).Text | Should -Be 'line'
    }
}

Describe 'What mocks of cmdlets are given' {
    # A mock has the parameters of the cmdlet without their transformations: PowerShell itself must convert what users write.
    It 'has -<Parameter> as the cmdlet would have it: <Shown>' -ForEach @(
        @{ Parameter = 'Port'; Written = '8080:80'; Shown = '8080:80/tcp' }
        @{ Parameter = 'Port'; Written = 80, '127.0.0.1:443:443'; Shown = '80/tcp 127.0.0.1:443:443/tcp' }
        @{ Parameter = 'Port'; Written = @{ HostPort = 8080; ContainerPort = 80 }; Shown = '8080:80/tcp' }
        @{ Parameter = 'Ulimit'; Written = 'nofile=1:2'; Shown = 'nofile=1:2' }
        @{ Parameter = 'Device'; Written = '/dev/fuse:r'; Shown = '/dev/fuse:/dev/fuse:r' }
        @{ Parameter = 'RestartPolicy'; Written = 'OnFailure'; Shown = 'on-failure' }
        @{ Parameter = 'StopSignal'; Written = 'term'; Shown = 'SIGTERM' }
        @{ Parameter = 'Platform'; Written = 'linux/arm64'; Shown = 'linux/arm64' }
        @{ Parameter = 'PullPolicy'; Written = 'Missing'; Shown = 'IfNotPresent' }
        @{ Parameter = 'IPAddress'; Written = '10.0.0.1'; Shown = '10.0.0.1' }
        @{ Parameter = 'Network'; Written = 'host'; Shown = 'host' }
    ) {
        Mock New-ZLayerContainer { "$($PesterBoundParameters[$Parameter])" }
        $arguments = @{ Image = 'web'; $Parameter = $Written }
        New-ZLayerContainer @arguments | Should -Be $Shown
    }

    It 'has variables and labels as tables' {
        Mock New-ZLayerContainer { $PesterBoundParameters }
        $given = New-ZLayerContainer web -Environment A=1, B=2 -Label @{ tier = 'front' } -Annotation 'a=b', 'c=d' -Sysctl net.core.somaxconn=1024
        $given.Environment['A'], $given.Environment.B, $given.Label.tier | Should -Be '1', '2', 'front'
        $given.Annotation.a, $given.Annotation.c | Should -Be 'b', 'd'
        $given.Sysctl.Count | Should -Be 1
    }

    It 'has durations, which numbers give in seconds' {
        Mock Stop-ZLayerContainer { $TimeoutSeconds }
        foreach ($written in 90, '90', '1m30s', [timespan]'0:1:30') {
            $given = Stop-ZLayerContainer web -TimeoutSeconds $written
            $given.TotalSeconds | Should -Be 90
            $given -eq 90 | Should -BeTrue
            [timespan]$given | Should -Be ([timespan]'0:1:30')
        }
        { Stop-ZLayerContainer web -TimeoutSeconds soon } | Should -Throw "*'soon' is not a duration*"
    }

    It 'has sizes, which texts give with a unit' {
        Mock New-ZLayerContainer { $Memory }
        foreach ($written in 512MB, '512m', '512MiB', '536870912') {
            $given = New-ZLayerContainer web -Memory $written
            $given.Value | Should -Be 512MB
            $given -eq 512MB | Should -BeTrue
            $given -gt 1MB | Should -BeTrue
            [long]$given | Should -Be 512MB
        }
        { New-ZLayerContainer web -Memory much } | Should -Throw "*'much' is not a size*"
        Mock New-ZLayerContainer { 'right' } -ParameterFilter { $MemorySwap -eq -1 }
        New-ZLayerContainer web -MemorySwap -1 | Should -Be 'right'
    }

    It 'has mounts, GPUs and health checks' {
        Mock New-ZLayerContainer { $PesterBoundParameters }
        $given = New-ZLayerContainer web -Mount ./site:/srv:ro, @{ Source = 'data'; Target = '/data' } -Gpu 2 -HealthCheck 'curl -f localhost'
        $given.Mount[0].Source | Should -Be (Join-Path $PWD site)
        $given.Mount[0].ReadOnly | Should -BeTrue
        $given.Mount[1].Kind | Should -Be 'Volume'
        $given.Gpu.Count | Should -Be 2
        $given.HealthCheck.Test | Should -Be 'CMD-SHELL', 'curl -f localhost'
    }

    It 'has whole specifications' {
        Mock New-ZLayerContainer { $Specification }
        $given = New-ZLayerContainer -Specification @{ Image = 'web'; Port = '8080:80'; Memory = '64m' }
        $given.Ports[0].HostPort | Should -Be 8080
        $given.Limits.Memory | Should -Be 64MB
    }

    It 'has images and secrets of builds' {
        Mock Invoke-ZLayerBuild { $PesterBoundParameters }
        $given = Invoke-ZLayerBuild . -Tag web:1, localhost:5000/web:2 -Secret 'id=a,env=HOME' -Output 'type=local,dest=out'
        "$($given.Tag)" | Should -Be 'docker.io/library/web:1 localhost:5000/web:2'
        $given.Secret[0].Id | Should -Be 'a'
        $given.Output[0].Type | Should -Be 'local'
    }

    It 'can be asked for by a filter' {
        Mock New-ZLayerContainer { 'right' } -ParameterFilter { $Port[0].HostPort -eq 8080 }
        Mock New-ZLayerContainer { 'wrong' }
        New-ZLayerContainer web -Port 8080:80 | Should -Be 'right'
        New-ZLayerContainer web -Port 80 | Should -Be 'wrong'
    }

    It 'says what is wrong with what cannot be converted' {
        Mock New-ZLayerContainer { }
        { New-ZLayerContainer web -Port 80/abc } | Should -Throw "*'abc' is not tcp, udp or sctp*"
        { New-ZLayerContainer web -Port 80-82 } | Should -Throw '*stands for 3 values*'
    }

    It 'converts in casts too' {
        ([ZLayer.Core.Runtimes.Specifications.PortMapping]'8080:80').HostPort | Should -Be 8080
        ([ZLayer.Core.Runtimes.Signal]9).ToString() | Should -Be 'SIGKILL'
    }

    It 'has a converter for each type that has a transformation' {
        $module = [ZLayer.PowerShell.Transformation.TransformingConverter].Assembly
        $types = $module.GetType('ZLayer.PowerShell.Transformation.Transformations').GetProperty('Types').GetValue($null)
        $types.Count | Should -BeGreaterThan 10
        foreach ($type in $types) { (Get-TypeData $type.FullName).TypeConverter.FullName | Should -Be 'ZLayer.Loader.ValueConverter' -Because $type.FullName }
    }
}

Describe 'Lists in objects' {
    # What the compiler makes of a list would not be indexed: $container.Ports[0] would be all of them.
    BeforeAll {
        $env:ZLAYER_RUNTIME = 'fake'
        $env:ZLAYER_HOME = Join-Path $TestDrive 'lists'
        [void](Start-ZLayerContainer -Image web:1 -Name web -Port 8080:80, 8443:443 -Mount data:/data -Label @{ a = 'b' } -Command sleep, 1000)

        # The members of an object of ours, at any depth, that hold lists which are no arrays.
        function Find-List {
            param($Object, [string] $Path, [int] $Depth = 0)
            if ($null -eq $Object -or $Depth -gt 4 -or $Object.PSTypeNames[0] -notlike 'ZLayer*') { return }
            foreach ($property in $Object.PSObject.Properties) {
                $value = $property.Value
                if ($value -is [System.Collections.ICollection] -and $value -isnot [System.Collections.IDictionary]) {
                    if ($value -isnot [array]) { "$Path.$($property.Name): $($value.GetType().Name)" }
                    foreach ($item in $value) { Find-List $item "$Path.$($property.Name)[]" ($Depth + 1) }
                }
                else { Find-List $value "$Path.$($property.Name)" ($Depth + 1) }
            }
        }
    }

    AfterAll { $env:ZLAYER_RUNTIME = $env:ZLAYER_HOME = $null }

    It 'are arrays in what cmdlets return' {
        $objects = @(
            Get-ZLayerContainer
            Get-ZLayerContainer web
            Get-ZLayerImage -Runtime fake
            Get-ZLayerRuntime -Detailed
            Get-ZLayerBuilder
            Get-ZLayerContainerProcess web
            Measure-ZLayerContainer web
            Remove-ZLayerImage web:1 -Runtime fake -WhatIf
            Get-ZLayerEvent -Since ([datetime]::Today.AddYears(-50)) -Until ([datetime]::Now)
        )
        $objects.Count | Should -BeGreaterThan 5
        $objects | ForEach-Object { Find-List $_ $_.PSTypeNames[0] } | Should -BeNullOrEmpty
    }

    It 'are indexed' {
        $container = Get-ZLayerContainer web
        $container.Ports[0].HostPort | Should -Be 8080
        $container.Ports[-1].HostPort | Should -Be 8443
        $container.Command[0] | Should -Be 'sleep'
        (Get-ZLayerContainer).Networks[0] | Should -Be 'bridge'
    }
}
