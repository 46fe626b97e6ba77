# What may be piped and passed where a container is asked for, how settings are written, and which runtime is meant.
BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    Import-Module $ModulePath
    $env:ZLAYER_HOME = Join-Path $TestDrive 'root'
    Use-ZLayerRuntime fake

    function Convert-With([string] $Attribute, $Value) {
        $type = "ZLayer.PowerShell.Transformation.${Attribute}Attribute" -as [type]
        , [Activator]::CreateInstance($type).Transform($ExecutionContext, $Value)
    }

    function Copy-ThroughSerializer($Value) {
        [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($Value, 2))
    }
}

AfterAll { $env:ZLAYER_HOME = $null }

Describe 'What names a container' {
    AfterEach { Get-ZLayerContainer | Remove-ZLayerContainer -Force }

    It 'refuses <Kind>' -ForEach @(
        @{ Kind = 'a process'; Value = { Get-Process -Id $PID } }
        @{ Kind = 'a file'; Value = { Get-Item -LiteralPath $TestDrive } }
        @{ Kind = 'a number'; Value = { 5 } }
        @{ Kind = 'an image'; Value = { Receive-ZLayerImage debian:13 -Runtime fake } }
        @{ Kind = 'a runtime'; Value = { Get-ZLayerRuntime fake } }
        @{ Kind = 'an event of an image'; Value = { [void] (Receive-ZLayerImage debian:12 -Runtime fake); Get-ZLayerEvent -Type image | Select-Object -Last 1 } }
        @{ Kind = 'a process that became a property bag'; Value = { Get-Process -Id $PID | Select-Object Name, Id } }
        @{ Kind = 'a process that came back from a job'; Value = { Copy-ThroughSerializer (Get-Process -Id $PID) } }
        @{ Kind = 'an empty text'; Value = { '' } }
        @{ Kind = 'a blank text'; Value = { ' ' } }
    ) {
        $problem = $null
        & $Value | Stop-ZLayerContainer -ErrorVariable problem -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problem[0].FullyQualifiedErrorId | Should -Be 'ParameterArgumentTransformationError,ZLayer.PowerShell.Commands.StopZLayerContainerCommand'
    }

    It 'goes on with the next item after one that it refuses' {
        $problem = $null
        1, 'none*', 2 | Stop-ZLayerContainer -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem | Should -HaveCount 2
    }

    It 'takes <Kind>' -ForEach @(
        @{ Kind = 'a container that came back from a job'; Shape = { Copy-ThroughSerializer $_ } }
        @{ Kind = 'a row of a CSV file'; Shape = { $_ | Select-Object Name, Id, Runtime | ConvertTo-Csv | ConvertFrom-Csv } }
        @{ Kind = 'a line of docker ps --format json'; Shape = { "{`"ID`":`"$($_.Id.Substring(0, 12))`",`"Names`":`"web`"}" | ConvertFrom-Json } }
        @{ Kind = 'a hashtable'; Shape = { @{ Name = 'web' } } }
        @{ Kind = 'selected properties'; Shape = { $_ | Select-Object Name } }
        @{ Kind = 'a result of waiting'; Shape = { $_ | Wait-ZLayerContainer -Condition Running } }
        @{ Kind = 'a line of its log'; Shape = { [void] (Wait-Until { Get-ZLayerContainerLog web }); Get-ZLayerContainerLog web -Tail 1 } }
        @{ Kind = 'an event'; Shape = { Get-ZLayerEvent $_ | Select-Object -Last 1 } }
    ) {
        $container = Start-ZLayerContainer -Image busybox -Name web -- sh -c 'echo hello; sleep 100'
        ($container | ForEach-Object $Shape | Stop-ZLayerContainer -PassThru).Id | Should -Be $container.Id
    }

    It 'prefers the id of an object, which a rename does not change, to its name' {
        $identity = Convert-With ContainerIdentity ([pscustomobject]@{ Name = 'web'; Id = 'a' * 64; Runtime = 'fake' })
        $identity.Id, $identity.Text, $identity.Runtime | Should -Be ('a' * 64), 'web', 'fake'
        (Convert-With ContainerIdentity ([pscustomobject]@{ Name = 'web'; Id = '7' })).Id | Should -BeNullOrEmpty
    }

    It 'takes mixed lists, script blocks and splatting' {
        'a', 'b', 'c' | ForEach-Object { [void] (Start-ZLayerContainer -Image busybox -Name $_ -- sleep 100) }
        $b = Get-ZLayerContainer b
        $arguments = @{ Name = 'a', $b, @{ Name = 'c' }; TimeoutSeconds = 1 }
        (Stop-ZLayerContainer @arguments -PassThru).Name | Sort-Object | Should -Be 'a', 'b', 'c'
        ([pscustomobject]@{ Key = 'a' } | Start-ZLayerContainer -Name { $_.Key } -PassThru).Name | Should -Be 'a'
    }
}

Describe 'Which runtime is meant' {
    AfterEach { Get-ZLayerContainer | Remove-ZLayerContainer -Force }

    BeforeAll { $away = 'docker' }

    It 'lets the runtime of an object win over -Runtime and over default values' {
        $container = Start-ZLayerContainer -Image busybox -Name web -Runtime fake -- sleep 100
        $PSDefaultParameterValues['*-ZLayer*:Runtime'] = $away
        try {
            ($container | Stop-ZLayerContainer -PassThru).State | Should -Be 'Exited'
            (Get-ZLayerContainer $container -Runtime $away).Name | Should -Be 'web'
        }
        finally { $PSDefaultParameterValues.Remove('*-ZLayer*:Runtime') }
    }

    It 'lets -Runtime win over the choice of the session, and that over ZLAYER_RUNTIME' {
        $env:ZLAYER_RUNTIME = 'none'
        try {
            (New-ZLayerContainer busybox -- true).Runtime | Should -Be 'fake'
            { Get-ZLayerContainer -Runtime none } | Should -Throw -ErrorId 'RuntimeNotFound,*'
        }
        finally { $env:ZLAYER_RUNTIME = $null }
    }

    It 'takes ZLAYER_RUNTIME where nothing is chosen, and docker without it' {
        $script = "Import-Module '$ModulePath'; (Get-ZLayerRuntime | Where-Object IsDefault).Name; `$env:ZLAYER_RUNTIME = 'fake'; (Get-ZLayerRuntime | Where-Object IsDefault).Name; (New-ZLayerContainer busybox -- true).Runtime"
        Invoke-FreshPwsh $script | Should -Be 'docker', 'fake', 'fake'
    }

    It 'ends the statement once where the runtime cannot be used' {
        $before = $env:DOCKER_HOST
        $env:DOCKER_HOST = "unix://$TestDrive/nobody.sock"
        try {
            $written = [System.Collections.ArrayList]::new()
            { 'a', 'b', 'c' | Stop-ZLayerContainer -Runtime docker 2>&1 | ForEach-Object { $written.Add($_) } } | Should -Throw -ErrorId 'RuntimeUnavailable,*'
            $written | Should -BeNullOrEmpty
        }
        finally { $env:DOCKER_HOST = $before }
    }
}

Describe 'How settings are written' {
    AfterEach { Get-ZLayerContainer | Remove-ZLayerContainer -Force }

    It 'makes ports of <Text>' -ForEach @(
        @{ Text = "'8080:80'"; Expected = '8080:80/tcp' }
        @{ Text = "'127.0.0.1:53:53/udp'"; Expected = '53:53/udp' }
        @{ Text = '80'; Expected = ':80/tcp' }
        @{ Text = '@{ 8080 = 80 }'; Expected = '8080:80/tcp' }
        @{ Text = "@{ 8080 = '80/udp' }"; Expected = '8080:80/udp' }
        @{ Text = "@{ HostPort = 8080; ContainerPort = 80; Protocol = 'udp' }"; Expected = '8080:80/udp' }
        @{ Text = "'8080:80', 443"; Expected = '8080:80/tcp :443/tcp' }
        @{ Text = "'8000-8001:80-81'"; Expected = '8000:80/tcp 8001:81/tcp' }
        @{ Text = "[pscustomobject]@{ ContainerPort = 80 }"; Expected = ':80/tcp' }
    ) {
        $ports = Convert-With PortMapping (& ([scriptblock]::Create($Text)))
        (@($ports) | ForEach-Object { "$($_.HostPort):$($_.ContainerPort)/$($_.Protocol)" }) -join ' ' | Should -Be $Expected
    }

    It 'makes mounts of texts and hashtables, from the current location' {
        Push-Location $TestDrive
        try {
            $mounts = Convert-With Mount @('./site:/srv:ro', 'data:/data', @{ Source = './site'; Target = '/s'; ReadOnly = $true }, @{ Source = 'data'; Destination = '/d' }, 'type=tmpfs,target=/t', @{ Target = '/v' })
        }
        finally { Pop-Location }
        $site = Join-Path (Get-Item -LiteralPath $TestDrive).FullName 'site'
        "$($mounts.Kind)" | Should -Be 'Bind Volume Bind Volume Tmpfs Volume'
        $mounts[0].Source, $mounts[2].Source | Should -Be $site, $site
        $mounts[0].ReadOnly, $mounts[2].ReadOnly | Should -Be $true, $true
        $mounts[1].Source, $mounts[3].Source | Should -Be 'data', 'data'
        $mounts.CreateSource | Should -Not -Contain $true
        (Convert-With Mount 'type=bind,source=/a,target=/b,bind-create-src=true').CreateSource | Should -BeTrue
        ([ZLayer.Core.Runtimes.Specifications.MountSpecification]'./site:/srv').CreateSource | Should -BeFalse
    }

    It 'makes health checks of a command line, a list and a hashtable' {
        (Convert-With HealthCheck 'curl -f localhost').Test | Should -Be 'CMD-SHELL', 'curl -f localhost'
        (Convert-With HealthCheck @('curl', '-f', 'localhost')).Test | Should -Be 'CMD', 'curl', '-f', 'localhost'
        (Convert-With HealthCheck 'none').Test | Should -Be 'NONE'
        $check = Convert-With HealthCheck @{ Command = 'true'; Interval = '5s'; Timeout = 2; Retries = 4; StartPeriod = [timespan]::FromMinutes(1) }
        "$($check.Test) $($check.Interval) $($check.Timeout) $($check.Retries) $($check.StartPeriod)" | Should -Be 'CMD-SHELL true 00:00:05 00:00:02 4 00:01:00'
        { Convert-With HealthCheck '' } | Should -Throw '*is empty*'
    }

    It 'makes the rest of what people write' {
        "$(Convert-With RestartPolicy 'on-failure:3')" | Should -Be 'on-failure:3'
        "$(Convert-With RestartPolicy 'UnlessStopped')" | Should -Be 'unless-stopped'
        "$(Convert-With RestartPolicy @{ Condition = 'OnFailure'; MaximumRetryCount = 2 })" | Should -Be 'on-failure:2'
        "$(Convert-With Ulimit @{ nofile = '1024:4096'; core = 0 })" | Should -Be 'core=0:0 nofile=1024:4096'
        "$(Convert-With Device '/dev/fuse:/dev/f:r')" | Should -Be '/dev/fuse:/dev/f:r'
        (Convert-With Gpu 'all').Count | Should -Be -1
        (Convert-With Gpu @('device=0', '1')).DeviceIds | Should -Be '0', '1'
        (Convert-With Signal 'hup').Name | Should -Be 'SIGHUP'
        (Convert-With Signal 9).Name | Should -Be 'SIGKILL'
        Convert-With HostEntry @{ db = '10.0.0.2' } | Should -Be 'db:10.0.0.2'
        (Convert-With RuntimeOperation 'Pause') | Should -Be 'PauseContainer'
        (Convert-With RuntimeOperation 'Pty') | Should -Be 'ExecPty'
        { Convert-With RuntimeOperation 'Stream' } | Should -Throw '*several operations*'
        { Convert-With RuntimeOperation 'Fly' } | Should -Throw "*no operation 'Fly'*"
        $before = [DateTimeOffset]::UtcNow
        (Convert-With PointInTime '10m') | Should -BeGreaterThan $before.AddMinutes(-10.1)
        (Convert-With PointInTime '2026-01-31T12:00:00Z') | Should -Be ([DateTimeOffset]'2026-01-31T12:00:00Z')
        { Convert-With PointInTime 1e300 } | Should -Throw '*a time such as*'
        { Convert-With PointInTime ([TimeSpan]::MaxValue) } | Should -Throw
    }

    It 'refuses an unknown name in a hashtable, naming it and what there is' {
        { Convert-With Mount @{ Source = 'x'; Target = '/x'; Readonli = $true } } | Should -Throw "*no 'Readonli'*ReadOnly*"
        { Convert-With PortMapping @{ HostPort = 80 } } | Should -Throw '*no ContainerPort*'
        { Convert-With Device @{ Source = '/dev/x'; Write = 'perhaps so'; Depth = 3 } } | Should -Throw "*no 'Depth'*"
    }

    It 'makes the same specification of an object, a hashtable and what a job brought back' {
        $table = @{ Image = 'busybox'; Port = '8080:80'; Mount = 'data:/data'; Memory = '64m'; CpuCount = 1.5; HealthCheck = 'true'; Label = @{ a = 1 }; Annotation = 'b=c'; LogDriver = 'none'; StopSignal = 'INT' }
        $first = Convert-With Specification $table
        $first.Limits.Memory, $first.Limits.CpuCount, $first.Ports[0].HostPort, $first.StopSignal.Name, $first.Logs.Driver | Should -Be 64MB, 1.5, 8080, 'SIGINT', 'none'
        Convert-With Specification $first | Should -Be $first
        $again = Convert-With Specification ([System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($first, 5)))
        ($again | ConvertTo-Json -Depth 6) | Should -Be ($first | ConvertTo-Json -Depth 6)
        { Convert-With Specification @{ Image = 'busybox'; Memory = 1; Limits = @{ Memory = 2 } } } | Should -Throw '*both Limits*'
    }

    It 'takes limits on devices as tables, and what a job brought back of them' {
        $first = Convert-With Specification @{ Image = 'busybox'; Limits = @{ DeviceReadBytes = @{ Path = '/dev/sda'; Rate = '10mb' }, @{ Path = '/dev/sdb'; Rate = 5 }; DeviceWeights = @{ Path = '/dev/sda'; Weight = 10 } } }
        "$($first.Limits.DeviceReadBytes) $($first.Limits.DeviceWeights)" | Should -Be '/dev/sda:10485760 /dev/sdb:5 /dev/sda:10'
        $again = Convert-With Specification ([System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($first, 5)))
        ($again | ConvertTo-Json -Depth 6) | Should -Be ($first | ConvertTo-Json -Depth 6)
        { Convert-With Specification @{ Image = 'busybox'; Limits = @{ DeviceWeights = @{ Path = '/dev/sda'; Wait = 10 } } } } | Should -Throw "*no 'Wait'*Weight*"
        { Convert-With Specification @{ Image = 'busybox'; Limits = @{ DeviceReadBytes = '/dev/sda' } } } | Should -Throw '*does not fit*DeviceReadBytes*'
    }

    It 'takes -1 where it means no limit' {
        $stop = Get-Command Stop-ZLayerContainer
        [void] (Start-ZLayerContainer -Image busybox -Name web -StopTimeoutSeconds -1 -- sleep 100)
        Stop-ZLayerContainer web -TimeoutSeconds 1m
        { Stop-ZLayerContainer web -TimeoutSeconds -5 } | Should -Throw
        $stop.Parameters['TimeoutSeconds'].ParameterType | Should -Be ([Nullable[ZLayer.PowerShell.Transformation.Period]])
    }
}

Describe 'The runtimes' {
    AfterEach { Get-ZLayerContainer | Remove-ZLayerContainer -Force }

    It 'are listed with their state and the reason' {
        $all = Get-ZLayerRuntime
        $all.Name | Should -Contain 'docker'
        ($all | Where-Object Name -EQ 'fake').IsAvailable | Should -BeTrue
        ($all | Where-Object IsDefault).Name | Should -Be 'fake'
        (Get-ZLayerRuntime f* -Detailed).Host | Should -Not -BeNullOrEmpty
        { Get-ZLayerRuntime none -ErrorAction Stop } | Should -Throw -ErrorId 'RuntimeNotFound,*'
        Get-ZLayerRuntime 'none*' -ErrorAction Stop | Should -BeNullOrEmpty
    }

    It 'are tested without an error; the reason goes to the verbose stream' {
        Test-ZLayerRuntime | Should -BeTrue
        Test-ZLayerRuntime fake -Capability Pause, Commit, Pty | Should -BeTrue
        Test-ZLayerRuntime none -ErrorAction Stop | Should -BeFalse
        $before = $env:DOCKER_HOST
        $env:DOCKER_HOST = "unix://$TestDrive/nobody.sock"
        try {
            Get-ZLayerRuntime docker -Available | Should -BeNullOrEmpty
            $output = Test-ZLayerRuntime docker -Verbose 4>&1
            $output[-1] | Should -BeFalse
            "$($output[0])" | Should -BeLike '*nobody.sock*'
        }
        finally { $env:DOCKER_HOST = $before }
    }

    It 'are chosen for the runspace alone' {
        (Use-ZLayerRuntime fake -PassThru).IsDefault | Should -BeTrue
        { Use-ZLayerRuntime none } | Should -Throw -ErrorId 'RuntimeNotFound,*'
        { Use-ZLayerRuntime } | Should -Throw -ErrorId 'InvalidArgument,*'
        $other = 1 | ForEach-Object -Parallel { Import-Module $using:ModulePath; (Get-ZLayerRuntime | Where-Object IsDefault).Name }
        $other | Should -Be 'docker'
    }

    It 'bring a data root with them' {
        $script = @"
Import-Module '$ModulePath'
Set-Location '$TestDrive'
Use-ZLayerRuntime -Root ./chosen
[void] (Get-ZLayerImage)
Use-ZLayerRuntime fake
(Get-ZLayerRuntime | Where-Object IsDefault).Name
`$probe = [ZLayer.PowerShell.Pipeline.ZLayerCmdlet].Assembly.GetType('ZLayer.PowerShell.Pipeline.ZLayerSession').GetProperty('Current').GetValue(`$null)
`$engine = `$probe.GetEngine([NullString]::Value, `$false)
`$engine.GetType().GetProperty('Layout', [Reflection.BindingFlags] 'NonPublic, Instance').GetValue(`$engine).Root
"@
        $lines = Invoke-FreshPwsh $script
        $lines[0] | Should -Be 'fake'
        $lines[1] | Should -BeLike '*/chosen'
    }

    It 'keep what is in memory when another variable of the environment changes' {
        [void] (New-ZLayerContainer busybox -Name web -- true)
        $env:PESTER_ANYTHING = [guid]::NewGuid()
        (Get-ZLayerContainer web).Name | Should -Be 'web'
        $env:PESTER_ANYTHING = $null
    }
}

Describe 'Events' {
    AfterEach { Get-ZLayerContainer | Remove-ZLayerContainer -Force }

    It 'are told up to now without -Follow, and filtered' {
        $container = Start-ZLayerContainer -Image busybox -Name watched -Label app=watched -- true
        [void] (Wait-ZLayerContainer watched)
        (Get-ZLayerEvent watched).Action | Should -Be 'create', 'start', 'die'
        (Get-ZLayerEvent -Type container -Action start -Label app=watched).Name | Should -Be 'watched'
        ($container | Get-ZLayerEvent -Action die).Attributes['exitCode'] | Should -Be '0'
        Get-ZLayerEvent -Type volume | Should -BeNullOrEmpty
    }

    It 'are those of containers that fit a wildcard' {
        'wild-1', 'wild-2', 'tame' | ForEach-Object { [void] (New-ZLayerContainer busybox -Name $_ -- true) }
        (Get-ZLayerEvent 'WILD*' -Action create).Name | Should -Be 'wild-1', 'wild-2'
        (Get-ZLayerEvent '*d-1', tame -Action create).Name | Should -Be 'wild-1', 'tame'
        Get-ZLayerEvent 'none*' | Should -BeNullOrEmpty
    }

    It 'are none when no container is piped in' {
        [void] (New-ZLayerContainer busybox -Name web -- true)
        Get-ZLayerContainer 'none*' | Get-ZLayerEvent | Should -BeNullOrEmpty
        Get-ZLayerContainer 'none*' | Get-ZLayerEvent -Follow | Should -BeNullOrEmpty
    }

    It 'come as they happen with -Follow, until the pipeline has enough' {
        [void] (New-ZLayerContainer busybox -Name web -- true)
        $found = Get-ZLayerEvent -Follow -Since ([DateTimeOffset]::UnixEpoch) -Type container | Select-Object -First 1
        $found.Type | Should -Be 'container'
    }
}

Describe 'Under other conditions' {
    It 'works in constrained language' {
        $script = @"
Import-Module '$ModulePath'
`$ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'
Use-ZLayerRuntime fake
`$made = Start-ZLayerContainer -Image busybox -Name web -Port @{ 8080 = 80 } -Mount @{ Source = 'data'; Target = '/data' } -HealthCheck @{ Test = 'true'; Interval = '1s' } -Environment @{ A = 1 } -RestartPolicy @{ Condition = 'Always' } -Ulimit @{ nofile = 100 } -StopSignal INT -Memory '64m' -- sleep 100
`$made.State
(New-ZLayerContainer -Specification @{ Image = 'busybox'; Port = '80'; Limits = @{ Pids = 5 } } -Name two).Name
(@{ Name = 'web' } | Stop-ZLayerContainer -PassThru).State
(Invoke-ZLayerContainer busybox -Remove -AsResult -- echo hi).StdOut
"@
        Invoke-FreshPwsh $script | Where-Object { $_ } | Should -Be 'Running', 'two', 'Exited', 'hi'
    }

    It 'connects to several networks, however they are written' {
        $networks = @(
            @{ Written = 'front', 'name=back,alias=api' }
            @{ Written = 'front', @{ Name = 'back'; Aliases = 'api' } }
        )
        foreach ($case in $networks) {
            [void](New-ZLayerContainer busybox -Name joined -Network $case.Written -NetworkAlias web)
            $container = Get-ZLayerContainer joined -Detailed
            $container.Networks | Should -Be 'front', 'back'
            $container.NetworkAttachments.ForEach({ "$($_.Network)=$($_.Aliases)" }) | Should -Be 'front=web', 'back=api'
            (Get-ZLayerContainer -Network back).Name | Should -Be 'joined'
            Remove-ZLayerContainer joined
        }
        $made = New-ZLayerContainer -Specification @{ Image = 'busybox'; Network = 'front'; FurtherNetworks = 'back', 'side' }
        $made.Networks | Should -Be 'front', 'back', 'side'
        Remove-ZLayerContainer $made.Name
    }

    It 'lets scripts be tested with mocks' {
        Mock Get-ZLayerContainer { [pscustomobject]@{ Name = 'web'; State = 'Running' } }
        Mock Stop-ZLayerContainer { } -ParameterFilter { $Name.Text -eq 'web' }
        Get-ZLayerContainer | Stop-ZLayerContainer
        Should -Invoke Stop-ZLayerContainer -Times 1 -Exactly
        Mock Start-ZLayerContainer { 'started' }
        Start-ZLayerContainer -Image nginx -Label @{ a = 1 } -WaitFor Healthy -TimeoutSeconds 60 | Should -Be 'started'
    }

    It 'works in a thread job and in parallel' {
        $lines = 1..3 | ForEach-Object -Parallel { Import-Module $using:ModulePath; "$(Invoke-ZLayerContainer busybox -Runtime fake -Remove -- echo "n$_")" }
        $lines | Sort-Object | Should -Be 'n1', 'n2', 'n3'
    }

    It 'brings results through Start-Job' {
        $result = Start-Job { Import-Module $using:ModulePath; Start-ZLayerContainer -Runtime fake -Image busybox -Name web -Command sleep, 100 } | Receive-Job -Wait -AutoRemoveJob
        $result.Name | Should -Be 'web'
        (Convert-With ContainerIdentity $result).Runtime | Should -Be 'fake'
    }
}

Describe 'Completion' {
    AfterEach { Get-ZLayerContainer | Remove-ZLayerContainer -Force }

    BeforeAll {
        function Complete([string] $Line) { ([System.Management.Automation.CommandCompletion]::CompleteInput($Line, $Line.Length, $null)).CompletionMatches.CompletionText }
    }

    It 'offers the containers that the cmdlet can act on' {
        [void] (New-ZLayerContainer busybox -Name idle -- sleep 100)
        [void] (Start-ZLayerContainer -Image busybox -Name busy -- sleep 100)
        Start-ZLayerContainer -Image busybox -Name held -- sleep 100 | Suspend-ZLayerContainer
        # Lists are kept for five seconds.
        Wait-Until { (Complete 'Remove-ZLayerContainer ') -join ' ' -eq 'busy held idle' } | Should -BeTrue
        Complete 'Start-ZLayerContainer ' | Should -Be 'idle'
        Complete 'Stop-ZLayerContainer ' | Should -Be 'busy', 'held'
        Complete 'Stop-ZLayerContainer -Force ' | Should -Be 'busy', 'held', 'idle'
        Complete 'Resume-ZLayerContainer ' | Should -Be 'held'
        Complete 'Suspend-ZLayerContainer b' | Should -Be 'busy'
        $id = (Get-ZLayerContainer busy).Id
        Complete "Stop-ZLayerContainer $($id.Substring(0, 5))" | Should -Be $id.Substring(0, 12)
    }

    It 'offers <Expected> for <Line>' -ForEach @(
        @{ Line = 'Stop-ZLayerContainer x -Force -Signal HU'; Expected = 'HUP' }
        @{ Line = 'Stop-ZLayerContainer x -Force -Signal SIGKI'; Expected = 'SIGKILL' }
        @{ Line = 'New-ZLayerContainer busybox -AddCapability NET_A'; Expected = 'NET_ADMIN' }
        @{ Line = 'New-ZLayerContainer busybox -RestartPolicy unl'; Expected = 'unless-stopped' }
        @{ Line = 'New-ZLayerContainer busybox -Network hos'; Expected = 'host' }
        @{ Line = 'Get-ZLayerContainer -State Pau'; Expected = 'Paused' }
        @{ Line = 'Wait-ZLayerContainer x -Condition Hea'; Expected = 'Healthy' }
        @{ Line = 'Get-ZLayerContainer -Runtime fak'; Expected = 'fake' }
        @{ Line = 'Test-ZLayerRuntime -Capability Pau'; Expected = 'PauseContainer' }
        @{ Line = 'Get-ZLayerEvent -Type image -Action pul'; Expected = 'pull' }
    ) {
        Complete $Line | Should -Contain $Expected
    }

    It 'offers no files of the host for <_>' -ForEach @(
        'New-ZLayerContainer busybox -WorkingDirectory ', 'New-ZLayerContainer busybox -Port ', 'New-ZLayerContainer busybox -Expose ', 'Start-ZLayerContainer -Image none -Port ',
        'Invoke-ZLayerContainer none -WorkingDirectory ', 'Enter-ZLayerContainer none -WorkingDirectory ', 'Invoke-ZLayerCommand none -WorkingDirectory ',
        'Wait-ZLayerContainer none -Port ', 'Get-ZLayerContainerPort none -ContainerPort '
    ) {
        Push-Location -LiteralPath $PSScriptRoot
        try {
            Complete $_ | Should -Be ' '
            Complete "${_}Supp" | Should -Be 'Supp'
        }
        finally { Pop-Location }
    }

    It 'offers no files where the engine is absent' {
        $before = $env:DOCKER_HOST
        $env:DOCKER_HOST = "unix://$TestDrive/nobody.sock"
        try {
            Complete 'Stop-ZLayerContainer -Runtime docker we' | Should -Be 'we'
        }
        finally { $env:DOCKER_HOST = $before }
    }
}

Describe 'A parameter that was mistyped' {
    AfterEach { Get-ZLayerContainer | Remove-ZLayerContainer -Force }

    It 'is no word of the command: <Text>' -ForEach @(
        @{ Text = 'New-ZLayerContainer busybox -Memry 64MB'; Meant = '-Memory' }
        @{ Text = 'New-ZLayerContainer busybox sleep 100 -Memry 64MB'; Meant = '-Memory' }
        @{ Text = 'New-ZLayerContainer busybox -ReadOny -- sleep 100'; Meant = '-ReadOnly' }
        @{ Text = 'New-ZLayerContainer busybox -Priviledged:$false'; Meant = '-Privileged' }
        @{ Text = '$made = New-ZLayerContainer busybox `
            -Memry:64MB'; Meant = '-Memory' }
        @{ Text = '$settings = @{ Image = "busybox"; PidLimt = 5 }; New-ZLayerContainer @settings'; Meant = '-PidLimit' }
        @{ Text = 'function f { New-ZLayerContainer busybox @args }; f -Memry 64MB'; Meant = '-Memory' }
        @{ Text = 'function f { [CmdletBinding()] param($Image, $ReadOnli) New-ZLayerContainer @PSBoundParameters }; f busybox $true'; Meant = '-ReadOnly' }
        @{ Text = '$shell = [powershell]::Create("CurrentRunspace").AddCommand("New-ZLayerContainer").AddArgument("busybox").AddParameter("Memry", 64MB); try { $shell.Invoke() } catch { throw $_.Exception.InnerException.ErrorRecord }'; Meant = '-Memory' }
        @{ Text = '& (Get-Command Start-ZLayerContainer) -Image busybox -ReadOnlyy'; Meant = '-ReadOnly' }
        @{ Text = 'Invoke-ZLayerContainer busybox -AsResutl echo a'; Meant = '-AsResult' }
        @{ Text = '"x" | Invoke-ZLayerContainer busybox -Usr nobody cat'; Meant = '-User' }
        @{ Text = "New-ZLayerContainer busybox $([char]0x2013)Memry 64MB"; Meant = '-Memory' }
        @{ Text = 'New-ZLayerContainer busybox --memory 64m sleep 100'; Meant = '-Memory' }
        @{ Text = 'New-ZLayerContainer busybox --read-only=true sleep 100'; Meant = '-ReadOnly' }
        @{ Text = 'Invoke-ZLayerContainer busybox --env A=1 -- id'; Meant = '-Env' }
    ) {
        $problem = { & ([scriptblock]::Create($Text)) } | Should -Throw -ErrorId 'InvalidArgument,*' -PassThru
        "$problem" | Should -Match "did you mean $Meant\?"
        $problem.ErrorDetails.RecommendedAction | Should -Match '--'
        Get-ZLayerContainer | Should -BeNullOrEmpty
    }

    It 'is refused where nothing is like it, too' {
        { New-ZLayerContainer busybox sh -xyz } | Should -Throw '*has no parameter -xyz.'
    }

    It 'is refused by the cmdlets that run a command in a container' {
        [void] (Start-ZLayerContainer -Image busybox -Name web -- sleep 100)
        { Invoke-ZLayerCommand web -Usr nobody id } | Should -Throw '*did you mean -User?*'
        { Invoke-ZLayerCommand web ls -la } | Should -Throw '*has no parameter -la.'
    }

    It 'is a word after --, in quotes, in an array and by name' {
        $words = '-Memry', '5'
        (New-ZLayerContainer busybox -Name a -- -Memry 5 -x -- y).Command | Should -Be '-Memry', '5', '-x', '--', 'y'
        (New-ZLayerContainer busybox '-Memry' 5 --all -Name b).Command | Should -Be '-Memry', '5', '--all'
        (New-ZLayerContainer busybox -Command $words -Name c).Command | Should -Be $words
        (New-ZLayerContainer busybox @words -Name d).Command | Should -Be $words
        (New-ZLayerContainer busybox -Name e -- sh -c 'ls -Memry').Command | Should -Be 'sh', '-c', 'ls -Memry'
        (New-ZLayerContainer busybox -Name g -- --memory 5).Command | Should -Be '--memory', '5'
        (New-ZLayerContainer busybox '--memory' 5 -Name h).Command | Should -Be '--memory', '5'
        (New-ZLayerContainer busybox app --memory 5 -Name i).Command | Should -Be 'app', '--memory', '5'
        (New-ZLayerContainer busybox --version -Name j).Command | Should -Be '--version'
        (New-ZLayerContainer busybox -Name f -Memory 64MB -- sh -Memry).Command | Should -Be 'sh', '-Memry'
    }
}
