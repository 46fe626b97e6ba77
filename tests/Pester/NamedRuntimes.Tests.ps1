# Several engines in one session: names for them, what is done by these names, and where objects go that came from one of them.
BeforeDiscovery {
    . "$PSScriptRoot/Support.ps1"
    $hasEngines = [bool](Get-TestEngine)
}

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    Import-Module $ModulePath
    $originals = $env:DOCKER_HOST, $env:DOCKER_CONFIG
    $env:ZLAYER_HOME = Join-Path $TestDrive 'root'
    $env:DOCKER_CONFIG = Join-Path $TestDrive 'docker'
    $env:DOCKER_HOST = 'unix:///no/such/engine.sock'

    # An answer that comes too late for one completion is there for the next.
    function Complete([string] $Line) {
        [void](Wait-Until -Seconds 5 { $script:found = (TabExpansion2 -inputScript $Line -cursorColumn $Line.Length).CompletionMatches; $found.CompletionText.Trim() -and -not $Line.EndsWith(" $($found[0].CompletionText)") })
        $found
    }

    function Add-Context([string] $Name, [string] $Address) {
        $id = [Convert]::ToHexString([System.Security.Cryptography.SHA256]::HashData([System.Text.Encoding]::UTF8.GetBytes($Name))).ToLowerInvariant()
        $directory = New-Item -ItemType Directory -Force -Path "$env:DOCKER_CONFIG/contexts/meta/$id"
        @{ Name = $Name; Metadata = @{ Description = "The context $Name" }; Endpoints = @{ docker = @{ Host = $Address } } } | ConvertTo-Json -Depth 5 | Set-Content -LiteralPath "$directory/meta.json"
    }
}

AfterAll {
    Unregister-ZLayerRuntime *
    $env:DOCKER_HOST, $env:DOCKER_CONFIG = $originals
    $env:ZLAYER_HOME = $null
}

Describe 'The name of an engine' {
    AfterEach { Unregister-ZLayerRuntime *; Use-ZLayerRuntime docker }

    It 'is listed and completed as those that are built in' {
        Register-ZLayerRuntime lab -Endpoint tcp://127.0.0.1:1 | Should -BeNullOrEmpty
        $info = Get-ZLayerRuntime lab
        $info.Endpoint | Should -Be 'tcp://127.0.0.1:1'
        $info.IsAvailable | Should -BeFalse
        $info.Reason | Should -BeLike '*127.0.0.1:1*'
        (Complete 'Get-ZLayerContainer -Runtime l').CompletionText | Should -Be 'lab'
        (Complete 'Use-ZLayerRuntime l').CompletionText | Should -Be 'lab'
        (Complete 'Unregister-ZLayerRuntime ').CompletionText | Should -Be 'lab'
    }

    It 'is known without -PassThru and told with it' {
        (Register-ZLayerRuntime lab tcp://127.0.0.1:1 -PassThru).Name | Should -Be 'lab'
    }

    It 'is chosen by Use-ZLayerRuntime, and the choice ends with the name' {
        Register-ZLayerRuntime lab -Endpoint unix:///no/lab.sock -PassThru | Use-ZLayerRuntime
        (Get-ZLayerRuntime | Where-Object IsDefault).Name | Should -Be 'lab'
        { Get-ZLayerContainer } | Should -Throw -ErrorId 'RuntimeUnavailable,*' -ExpectedMessage '*/no/lab.sock*'
        Unregister-ZLayerRuntime lab
        (Get-ZLayerRuntime | Where-Object IsDefault).Name | Should -Be 'docker'
    }

    It 'is known to parallel runspaces and thread jobs' {
        Register-ZLayerRuntime lab -Endpoint tcp://127.0.0.1:1
        $module = $ModulePath
        1..2 | ForEach-Object -Parallel { Import-Module $using:module; (Get-ZLayerRuntime lab).Endpoint } | Should -Be 'tcp://127.0.0.1:1', 'tcp://127.0.0.1:1'
    }

    It 'is given once without -Force' {
        Register-ZLayerRuntime lab -Endpoint tcp://127.0.0.1:1
        { Register-ZLayerRuntime LAB -Endpoint tcp://127.0.0.1:2 -ErrorAction Stop } | Should -Throw -ErrorId 'NameInUse,*'
        Register-ZLayerRuntime lab -Endpoint tcp://127.0.0.1:2 -Force
        (Get-ZLayerRuntime lab).Endpoint | Should -Be 'tcp://127.0.0.1:2'
    }

    It 'is none of those that are built in' {
        { Register-ZLayerRuntime docker -Endpoint tcp://127.0.0.1:1 -Force -ErrorAction Stop } | Should -Throw -ErrorId 'NameInUse,*'
        { Unregister-ZLayerRuntime fake -ErrorAction Stop } | Should -Throw -ErrorId 'NameInUse,*'
        Unregister-ZLayerRuntime *
        (Get-ZLayerRuntime).Name | Should -Be 'docker', 'podman', 'fake'
    }

    It 'changes nothing under -WhatIf' {
        Register-ZLayerRuntime lab -Endpoint tcp://127.0.0.1:1 -WhatIf
        { Get-ZLayerRuntime lab -ErrorAction Stop } | Should -Throw -ErrorId 'RuntimeNotFound,*'
        Register-ZLayerRuntime lab -Endpoint tcp://127.0.0.1:1
        Unregister-ZLayerRuntime lab -WhatIf
        (Get-ZLayerRuntime lab).Name | Should -Be 'lab'
    }

    It 'comes from the rows of a table' {
        @([pscustomobject]@{ Name = 'one'; Endpoint = 'tcp://127.0.0.1:1' }, [pscustomobject]@{ Name = 'two'; Endpoint = 'ssh://me@two' }) | Register-ZLayerRuntime
        (Get-ZLayerRuntime one, two).Name | Should -Be 'one', 'two'
        Get-ZLayerRuntime one, two | Unregister-ZLayerRuntime
        (Get-ZLayerRuntime).Name | Should -Be 'docker', 'podman', 'fake'
    }

    It 'may be that of a Docker context' {
        Add-Context shop tcp://127.0.0.1:7
        (Complete 'Register-ZLayerRuntime x -Context ').CompletionText | Should -Be 'default', 'shop'
        (Complete 'Register-ZLayerRuntime x -Endpoint tcp://1').CompletionText | Should -Be 'tcp://127.0.0.1:7'
        Register-ZLayerRuntime shop -Context shop
        (Get-ZLayerRuntime shop).Endpoint | Should -Be 'tcp://127.0.0.1:7'
        { Register-ZLayerRuntime x -Context nowhere -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidArgument,*' -ExpectedMessage "*'nowhere'*"
    }

    It 'may bring certificates, which must be there' {
        foreach ($file in 'ca', 'cert', 'key') { Set-Content -LiteralPath "$TestDrive/$file.pem" -Value 'none' }
        Push-Location $TestDrive
        try { Register-ZLayerRuntime tls tcp://127.0.0.1 -CertificateAuthority ca.pem -Certificate cert.pem -CertificateKey key.pem } finally { Pop-Location }
        (Get-ZLayerRuntime tls).Endpoint | Should -Be 'tcp://127.0.0.1:2376'
        { Register-ZLayerRuntime x tcp://127.0.0.1 -Certificate "$TestDrive/nowhere.pem" -CertificateKey "$TestDrive/key.pem" -ErrorAction Stop } | Should -Throw -ErrorId 'PathNotFound,*'
        { Register-ZLayerRuntime x tcp://127.0.0.1 -Certificate "$TestDrive/cert.pem" -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidArgument,*'
        { Register-ZLayerRuntime x unix:///x.sock -CertificateAuthority "$TestDrive/ca.pem" -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidArgument,*'
        Register-ZLayerRuntime loose tcp://127.0.0.1 -SkipCertificateCheck -WarningVariable told -WarningAction SilentlyContinue
        $told | Should -Match 'SkipCertificateCheck'
    }
}

Describe 'The address of an engine' {
    AfterEach { Unregister-ZLayerRuntime *; Use-ZLayerRuntime docker }

    It 'stands where a name does' {
        foreach ($address in 'unix:///no/lab.sock', 'tcp://127.0.0.1:1', 'tcp://[::1]:1') {
            (Get-ZLayerRuntime $address).Name | Should -Be $address
            Test-ZLayerRuntime $address | Should -BeFalse
            { Get-ZLayerContainer -Runtime $address } | Should -Throw -ErrorId 'RuntimeUnavailable,*'
            { Get-ZLayerImage -Runtime $address } | Should -Throw -ErrorId 'RuntimeUnavailable,*'
        }
        (Get-ZLayerRuntime).Name | Should -Be 'docker', 'podman', 'fake'
    }

    It 'is chosen for the session, by itself or by its context' {
        Add-Context shop tcp://127.0.0.1:7
        (Use-ZLayerRuntime -Endpoint 127.0.0.1:1 -PassThru).Name | Should -Be 'tcp://127.0.0.1:1'
        (Get-ZLayerRuntime | Where-Object IsDefault).Name | Should -Be 'tcp://127.0.0.1:1'
        { Get-ZLayerContainer } | Should -Throw -ExpectedMessage '*127.0.0.1:1*'
        Use-ZLayerRuntime -Context shop
        (Get-ZLayerRuntime | Where-Object IsDefault).Endpoint | Should -Be 'tcp://127.0.0.1:7'
        (Get-ZLayerRuntime context://shop).IsDefault | Should -BeTrue
        Get-ZLayerRuntime unix:///no/lab.sock | Use-ZLayerRuntime
        (Get-ZLayerRuntime | Where-Object IsDefault).Name | Should -Be 'unix:///no/lab.sock'
    }

    It 'is refused where it is none: <Address>' -ForEach @(
        @{ Address = 'gopher://x'; Id = 'InvalidArgument,*' }
        @{ Address = 'unix://lab.sock'; Id = 'InvalidArgument,*' }
        @{ Address = 'context://nowhere'; Id = 'InvalidArgument,*' }
        @{ Address = 'lab:2375'; Id = 'RuntimeNotFound,*' }
    ) {
        { Get-ZLayerContainer -Runtime $Address } | Should -Throw -ErrorId $Id
        { Use-ZLayerRuntime $Address } | Should -Throw -ErrorId $Id
        { Get-ZLayerRuntime $Address -ErrorAction Stop } | Should -Throw -ErrorId $Id
        Test-ZLayerRuntime $Address | Should -BeFalse
        (Get-ZLayerRuntime | Where-Object IsDefault).Name | Should -Be 'docker'
    }

    It 'is no name to give or to take away' {
        { Register-ZLayerRuntime unix:///x.sock -Endpoint unix:///x.sock -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidArgument,*'
        { Unregister-ZLayerRuntime unix:///x.sock -ErrorAction Stop } | Should -Throw -ErrorId 'RuntimeNotFound,*'
        { Use-ZLayerRuntime -Name fake -Endpoint unix:///x.sock } | Should -Throw '*arameter set*'
        { Use-ZLayerRuntime -Context nowhere } | Should -Throw -ErrorId 'InvalidArgument,*'
    }

    It 'is completed once it is begun' {
        Add-Context shop tcp://127.0.0.1:7
        (Complete 'Get-ZLayerContainer -Runtime un').CompletionText | Should -Be 'unix:///'
        (Complete 'Get-ZLayerImage -Runtime context:').CompletionText | Should -Be 'context://default', 'context://shop'
        (Complete 'Use-ZLayerRuntime ss').CompletionText | Should -Be 'ssh://'
        (Complete 'Use-ZLayerRuntime -Context s').CompletionText | Should -Be 'shop'
        (Complete 'Use-ZLayerRuntime -Endpoint tcp://1').CompletionText | Should -Be 'tcp://127.0.0.1:7'
        (TabExpansion2 -inputScript 'Unregister-ZLayerRuntime un' -cursorColumn 27).CompletionMatches.CompletionText | Should -Be 'un'
    }

    It 'does not keep a completion from the others, however many do not answer' {
        # Each takes the connection, and says nothing.
        $listeners = 1..24 | ForEach-Object { $listener = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0); $listener.Start(); $listener }
        try {
            $listeners | ForEach-Object { Register-ZLayerRuntime "lab$($_.LocalEndpoint.Port)" -Endpoint "tcp://$($_.LocalEndpoint)" }
            Register-ZLayerRuntime here -Endpoint unix:///no/lab.sock
            $clock = [System.Diagnostics.Stopwatch]::StartNew()
            $line = 'Get-ZLayerContainer -Runtime '
            $found = (TabExpansion2 -inputScript $line -cursorColumn $line.Length).CompletionMatches
            $clock.Stop()
            $found.CompletionText | Should -HaveCount 28
            $found.CompletionText | Should -Contain 'fake'
            $found[0].CompletionText | Should -Be 'fake'
            $clock.Elapsed.TotalSeconds | Should -BeLessThan 2
        }
        finally { $listeners.Stop() }
    }
}

Describe 'Two engines at once' -Skip:(-not $hasEngines) {
    BeforeAll {
        $second = Start-TestEngine
        $addresses = @{ blue = Get-TestEngine; green = $second.Host }
        foreach ($name in 'blue', 'green') {
            Add-TestImage $addresses[$name] $TestDrive busybox:latest
            Register-ZLayerRuntime $name -Endpoint $addresses[$name]
            [void](Start-ZLayerContainer -Image busybox -Name "web-$name" -Network none -Runtime $name -Command sh, '-c', "echo I am $name; trap exit TERM; while true; do sleep 0.1; done")
        }
    }

    AfterAll {
        foreach ($name in 'blue', 'green') { Get-ZLayerContainer "web-$name" -Runtime $name -ErrorAction Ignore | Remove-ZLayerContainer -Force }
        Unregister-ZLayerRuntime *
        Stop-TestEngine $second
    }

    It 'are used side by side' {
        (Get-ZLayerContainer web-* -Runtime blue).Name | Should -Be 'web-blue'
        (Get-ZLayerContainer web-* -Runtime green).Name | Should -Be 'web-green'
        (Get-ZLayerRuntime blue, green).IsAvailable | Should -Be $true, $true
        (Complete 'Stop-ZLayerContainer -Runtime green -Name web').CompletionText | Should -Be 'web-green'
    }

    It 'are used in parallel' {
        $module = $ModulePath
        $said = 'blue', 'green' | ForEach-Object -Parallel {
            Import-Module $using:module
            "$(Invoke-ZLayerCommand "web-$_" -Runtime $_ -- echo $_)"
        }
        $said | Sort-Object | Should -Be 'blue', 'green'
    }

    It 'need no names' {
        $both = @($addresses.blue, $addresses.green) | ForEach-Object { Get-ZLayerContainer web-* -Runtime $_ }
        $both.Name | Should -Be 'web-blue', 'web-green'
        $both.Runtime | Should -Be $addresses.blue, $addresses.green
        ($both | ForEach-Object { "$(Invoke-ZLayerCommand $_ -- echo $_.Name)" }) | Should -Be 'web-blue', 'web-green'
        ($both | Select-Object Name, Id, Runtime | ConvertTo-Json | ConvertFrom-Json | Get-ZLayerContainer).Name | Should -Be 'web-blue', 'web-green'
        (Get-ZLayerImage busybox -Runtime $addresses.green | Add-ZLayerImageTag -Tag addressed:1 -PassThru).Runtime | Should -Be $addresses.green
        Get-ZLayerImage addressed:1 -Runtime $addresses.green | Remove-ZLayerImage
        (Complete "Get-ZLayerContainer -Runtime $($addresses.green) -Name w").CompletionText | Should -Be 'web-green'
        $module = $ModulePath
        $said = $both | ForEach-Object -Parallel {
            Import-Module $using:module
            "$($_ | Get-ZLayerContainer | ForEach-Object { Invoke-ZLayerCommand $_ -- echo "$($_.Name) again" })"
        }
        $said | Sort-Object | Should -Be 'web-blue again', 'web-green again'
        $said = $addresses.Values | ForEach-Object -Parallel {
            Import-Module $using:module
            Use-ZLayerRuntime -Endpoint $_
            (Get-ZLayerContainer web-*).Name
        }
        $said | Sort-Object | Should -Be 'web-blue', 'web-green'
        $program = "$RepositoryRoot/out/cli/zlayer"
        if (Test-Path $program) { & $program ps --runtime $addresses.green --quiet --no-trunc | Should -Be $both[1].Id }
    }

    It 'get back what came from them' {
        $both = 'blue', 'green' | ForEach-Object { Get-ZLayerContainer "web-$_" -Runtime $_ }
        $both.Runtime | Should -Be 'blue', 'green'
        ($both | Get-ZLayerContainerLog).Runtime | Should -Be 'blue', 'green'
        ($both | Get-ZLayerContainer -Detailed).Name | Should -Be 'web-blue', 'web-green'
        ($both | Get-ZLayerContainerProcess).Runtime | Sort-Object -Unique | Should -Be 'blue', 'green'
        $both | ForEach-Object { Invoke-ZLayerCommand $_ -- touch /changed }
        ($both | Get-ZLayerContainerChange).Runtime | Sort-Object -Unique | Should -Be 'blue', 'green'
        ($both | ForEach-Object { Invoke-ZLayerCommand $_ -AsResult -- true }).Runtime | Should -Be 'blue', 'green'
        ($both | ForEach-Object { Invoke-ZLayerCommand $_ -AsResult -- true } | Get-ZLayerContainer).Name | Should -Be 'web-blue', 'web-green'
        ($both | Get-ZLayerContainerProcess | Select-Object -First 1 | Get-ZLayerContainer).Runtime | Should -Be 'blue'
        ($both | Measure-ZLayerContainer).Name | Sort-Object | Should -Be 'web-blue', 'web-green'
        ($both | ConvertTo-Json | ConvertFrom-Json | Get-ZLayerContainer).Runtime | Should -Be 'blue', 'green'
        $both | Suspend-ZLayerContainer
        ($both | Get-ZLayerContainer).State | Should -Be 'Paused', 'Paused'
        $both | Resume-ZLayerContainer
    }

    It 'get back what a choice or -Runtime would send elsewhere' {
        Use-ZLayerRuntime blue
        try {
            $web = Get-ZLayerContainer web-green -Runtime green
            ($web | Get-ZLayerContainer -Runtime blue).Name | Should -Be 'web-green'
            ($web | Restart-ZLayerContainer -TimeoutSeconds 5 -PassThru).Runtime | Should -Be 'green'
            { Get-ZLayerContainer web-green -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerNotFound,*' -ExpectedMessage "*$(Get-TestEngine)*"
        }
        finally { Use-ZLayerRuntime docker }
    }

    It 'keep their images apart, and hand them over' {
        $image = Get-ZLayerImage busybox -Runtime blue
        $image | Add-ZLayerImageTag -Tag moved:1
        (Get-ZLayerImage moved:1 -Runtime blue).Runtime | Should -Be 'blue'
        Get-ZLayerImage moved* -Runtime green | Should -BeNullOrEmpty
        [void](Import-ZLayerImage -Reference moved:1 -Runtime blue | Export-ZLayerImage -Destination "$TestDrive/moved.tar" -Format DockerArchive)
        Import-ZLayerImage "$TestDrive/moved.tar" -Runtime green | Should -Not -BeNullOrEmpty
        (Get-ZLayerImage moved:1 -Runtime green).Runtime | Should -Be 'green'
        foreach ($name in 'blue', 'green') { Get-ZLayerImage moved:1 -Runtime $name | Remove-ZLayerImage }
        Get-ZLayerImage busybox -Runtime green | Should -HaveCount 1
    }

    It 'are the place of what is built' {
        $built = Invoke-ZLayerBuild -Definition "FROM scratch`nCOPY --from=none /etc /etc`nFROM scratch`nLABEL a=b" -Tag built:1 -Output 'type=docker-engine,runtime=green'
        $built.Tags | Should -Not -BeNullOrEmpty
        (Get-ZLayerImage built:1 -Runtime green).Labels['a'] | Should -Be 'b'
        Get-ZLayerImage built* -Runtime blue | Should -BeNullOrEmpty
        Remove-ZLayerImage built:1 -Runtime green
    }

    It 'tell their events by their names' {
        $since = Get-Date
        'blue', 'green' | ForEach-Object { Get-ZLayerContainer "web-$_" -Runtime $_ } | Rename-ZLayerContainer -NewName web-renamed
        (Get-ZLayerEvent -Since $since -Runtime green | Where-Object Action -EQ rename).Runtime | Should -Be 'green'
        Get-ZLayerContainer web-renamed -Runtime blue | Rename-ZLayerContainer -NewName web-blue
        Get-ZLayerContainer web-renamed -Runtime green | Rename-ZLayerContainer -NewName web-green
    }

    It 'fail apart: an error names the address' {
        Register-ZLayerRuntime gone -Endpoint unix:///no/such/place.sock
        { Get-ZLayerContainer -Runtime gone } | Should -Throw -ErrorId 'RuntimeUnavailable,*' -ExpectedMessage '*/no/such/place.sock*'
        (Get-ZLayerContainer web-green -Runtime green).Name | Should -Be 'web-green'
    }
}
