# The life of containers, in memory and, where there is one, in a real Docker engine.
BeforeDiscovery {
    . "$PSScriptRoot/Support.ps1"
    $runtimes = @(Get-TestRuntime)
}

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    Initialize-ContainerTest $TestDrive
}

AfterAll { $env:ZLAYER_HOME = $env:DOCKER_HOST = $null }

Describe 'Containers of the runtime <Runtime>' -ForEach $runtimes {
    BeforeAll { Use-ZLayerRuntime $Runtime }

    AfterEach { Get-ZLayerContainer 'pester-*' | Remove-ZLayerContainer -Force }

    Context 'Creating' {
        It 'makes a container that does not run' {
            $made = New-ZLayerContainer busybox -Name pester-a -Label @{ app = 'shop'; tier = '' } -- sleep 100
            $made.PSTypeNames[0] | Should -Be 'ZLayer.Core.Runtimes.ContainerInfo'
            $made.State | Should -Be 'Created'
            $made.Name | Should -Be 'pester-a'
            $made.Labels['app'] | Should -Be 'shop'
            $made.Labels['tier'] | Should -Be ''
            $made.Runtime | Should -Be $Runtime
        }

        It 'hands arguments over as they are' {
            $made = New-ZLayerContainer busybox -Name pester-a -- echo -e '' 'a b' -- '-p:C=R' '$HOME' -Verbose
            (Get-ZLayerContainer $made -Detailed).Command | Should -Be 'echo', '-e', '', 'a b', '--', '-p:C=R', '$HOME', '-Verbose'
        }

        It 'refuses a name that is taken' {
            [void] (New-ZLayerContainer busybox -Name pester-a -- true)
            { New-ZLayerContainer busybox -Name pester-a -- true -ErrorAction Stop } | Should -Throw -ErrorId 'NameInUse,ZLayer.PowerShell.Commands.NewZLayerContainerCommand'
        }

        It 'takes a hashtable for all settings' {
            $made = New-ZLayerContainer -Name pester-a -Specification @{
                Image = 'busybox'; Command = 'sleep', '100'; Environment = @{ A = 'x' }; Label = 'k=v'; Memory = '64m'; StopTimeoutSeconds = 3; ReadOnly = $true
            }
            $detail = Get-ZLayerContainer $made -Detailed
            $detail.Command | Should -Be 'sleep', '100'
            $detail.Environment['A'] | Should -Be 'x'
            $detail.Labels['k'] | Should -Be 'v'
        }

        It 'refuses a hashtable with an unknown name' {
            { New-ZLayerContainer -Specification @{ Image = 'busybox'; Colour = 'red' } } | Should -Throw "*has no 'Colour'*"
            { New-ZLayerContainer -Specification @{ Name = 'pester-a' } } | Should -Throw '*has no Image*'
        }

        It 'makes nothing under -WhatIf' {
            New-ZLayerContainer busybox -Name pester-a -WhatIf -- true | Should -BeNullOrEmpty
            Start-ZLayerContainer -Image busybox -Name pester-a -WhatIf -- true | Should -BeNullOrEmpty
            Invoke-ZLayerContainer busybox -Name pester-a -WhatIf -- true | Should -BeNullOrEmpty
            Get-ZLayerContainer pester-* | Should -BeNullOrEmpty
        }

        It 'reads variables from files and lets -Environment win' {
            Set-Content -LiteralPath "$TestDrive/vars.env" -Value "# a remark`nA=file`nB=file"
            $env:PESTER_CALLER = 'caller'
            Push-Location $TestDrive
            try {
                $result = Invoke-ZLayerContainer busybox -Remove -AsResult -EnvironmentFile vars.env -Environment 'B=here', 'PESTER_CALLER' -- sh -c 'echo $A $B $PESTER_CALLER'
            }
            finally {
                Pop-Location
                $env:PESTER_CALLER = $null
            }
            $result.StdOut.Trim() | Should -Be 'file here caller'
        }
    }

    Context 'Starting and stopping' {
        It 'returns nothing, or the container with -PassThru' {
            [void] (New-ZLayerContainer busybox -Name pester-a -- sleep 100)
            Start-ZLayerContainer pester-a | Should -BeNullOrEmpty
            (Start-ZLayerContainer pester-a -PassThru).State | Should -Be 'Running' -Because 'one that runs is left alone'
            Stop-ZLayerContainer pester-a -TimeoutSeconds 0 | Should -BeNullOrEmpty
            (Stop-ZLayerContainer pester-a -PassThru).State | Should -Be 'Exited' -Because 'one that has ended is left alone'
        }

        It 'creates and starts with -Image' {
            $made = Start-ZLayerContainer -Image busybox -Name pester-a -- sleep 100
            $made.State | Should -Be 'Running'
            $made.StartedAt | Should -Not -BeNullOrEmpty
        }

        It 'names the container when it cannot be started, not its 64 digits' {
            [void] (New-ZLayerContainer busybox -Name pester-a -- /no/such/program)
            $starts = { Start-ZLayerContainer pester-a -ErrorAction Stop }, { Restart-ZLayerContainer pester-a -ErrorAction Stop },
                { Start-ZLayerContainer -Image busybox -Name pester-b -- /no/such/program }, { Invoke-ZLayerContainer busybox -Name pester-c -Remove -- /no/such/program }
            foreach ($start in $starts) {
                $problem = { & $start } | Should -Throw -PassThru
                "$($problem.Exception.Message) $($problem.ErrorDetails) $($problem.TargetObject)" | Should -Match "'?pester-[abc]"
                "$($problem.Exception.Message) $($problem.ErrorDetails) $($problem.TargetObject)" | Should -Not -Match '[0-9a-f]{64}'
            }
        }

        It 'removes what it made when it cannot be started' {
            { Start-ZLayerContainer -Image busybox -Name pester-a -- /no/such/program } | Should -Throw -ErrorId 'ContainerStartFailed,*'
            Get-ZLayerContainer pester-* | Should -BeNullOrEmpty
        }

        It 'refuses several names for a new container' {
            { Start-ZLayerContainer -Image busybox -Name pester-a, pester-b -- true } | Should -Throw -ErrorId 'InvalidArgument,*'
            { Start-ZLayerContainer -Image busybox -Name pester-* -- true } | Should -Throw -ErrorId 'InvalidArgument,*'
        }

        It 'refuses a limit of time where nothing is waited for' {
            [void] (New-ZLayerContainer busybox -Name pester-a -- sleep 100)
            { Start-ZLayerContainer pester-a -TimeoutSeconds 5 } | Should -Throw -ErrorId 'InvalidArgument,*'
            (Get-ZLayerContainer pester-a).State | Should -Be 'Created'
        }

        It 'stops what a wildcard means, several at once, and leaves the rest alone' {
            [void] (New-ZLayerContainer busybox -Name pester-c -- sleep 100)
            'pester-a', 'pester-b' | ForEach-Object { [void] (Start-ZLayerContainer -Image busybox -Name $_ -- sleep 100) }
            $stopped = Stop-ZLayerContainer pester-* -TimeoutSeconds 0 -ThrottleLimit 2 -PassThru
            $stopped.Name | Sort-Object | Should -Be 'pester-a', 'pester-b'
            $stopped.State | Should -Be 'Exited', 'Exited'
        }

        It 'stops nothing under -WhatIf, but still tells of a name that is missing' {
            [void] (Start-ZLayerContainer -Image busybox -Name pester-a -- sleep 100)
            Stop-ZLayerContainer pester-a, pester-none -WhatIf -ErrorVariable problem -ErrorAction SilentlyContinue
            $problem.FullyQualifiedErrorId | Should -Be 'ContainerNotFound,ZLayer.PowerShell.Commands.StopZLayerContainerCommand'
            (Get-ZLayerContainer pester-a).State | Should -Be 'Running'
        }

        It 'kills with -Force, and says nothing of a container that has ended' {
            [void] (Start-ZLayerContainer -Image busybox -Name pester-a -- sleep 100)
            Stop-ZLayerContainer pester-a -Force
            (Wait-ZLayerContainer pester-a).ExitCode | Should -Be 137
            Stop-ZLayerContainer pester-a -Force -ErrorVariable problem
            $problem | Should -BeNullOrEmpty
        }

        It 'sends a signal by name or number, and fails where nobody gets it' {
            [void] (Start-ZLayerContainer -Image busybox -Name pester-a -- sh -c 'trap "exit 5" USR1; while true; do sleep 0.1; done')
            Stop-ZLayerContainer pester-a -Force -Signal usr1
            (Wait-ZLayerContainer pester-a -TimeoutSeconds 20).ExitCode | Should -Be 5
            { Stop-ZLayerContainer pester-a -Force -Signal 10 -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerNotRunning,*'
            { Stop-ZLayerContainer pester-a -Signal BLA } | Should -Throw "*no signal 'BLA'*"
        }

        It 'restarts, suspends and resumes' {
            [void] (Start-ZLayerContainer -Image busybox -Name pester-a -- sleep 100)
            (Restart-ZLayerContainer pester-a -TimeoutSeconds 0 -PassThru).State | Should -Be 'Running'
            Suspend-ZLayerContainer pester-a | Should -BeNullOrEmpty
            (Get-ZLayerContainer pester-a).State | Should -Be 'Paused'
            (Resume-ZLayerContainer pester-* -PassThru).State | Should -Be 'Running'
            Resume-ZLayerContainer pester-* -ErrorVariable problem
            $problem | Should -BeNullOrEmpty -Because 'a wildcard means what is paused'
            { Resume-ZLayerContainer pester-a -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidArgument,*'
        }
    }

    Context 'Waiting' {
        It 'tells how a container ended, whatever its exit code' {
            $result = Start-ZLayerContainer -Image busybox -Name pester-a -- sh -c 'exit 7' | Wait-ZLayerContainer
            $result.PSTypeNames[0] | Should -Be 'ZLayer.Core.Runtimes.ContainerWaitResult'
            $result.Name, $result.ExitCode, "$($result.Reason)" | Should -Be 'pester-a', 7, 'Exited'
            $result.FinishedAt | Should -Not -BeNullOrEmpty
        }

        It 'tells of the signal that killed it' {
            [void] (Start-ZLayerContainer -Image busybox -Name pester-a -- sleep 100)
            Stop-ZLayerContainer pester-a -Force
            $result = Wait-ZLayerContainer pester-a
            "$($result.Reason) $($result.Signal) $($result.ExitCode)" | Should -Be 'Signal SIGKILL 137'
        }

        It 'waits for one that is ready with -Any' {
            [void] (New-ZLayerContainer busybox -Name pester-a -- true)
            [void] (Start-ZLayerContainer -Image busybox -Name pester-b -- sleep 100)
            $result = Get-ZLayerContainer pester-* | Wait-ZLayerContainer -Condition Running -Any -TimeoutSeconds 30
            $result.Name | Should -Be 'pester-b'
        }

        It 'gives up after its time' {
            [void] (New-ZLayerContainer busybox -Name pester-a -- true)
            $problem = $null
            Wait-ZLayerContainer pester-a -Condition Running -TimeoutSeconds 0.2 -ErrorVariable problem -ErrorAction SilentlyContinue
            $problem[0].FullyQualifiedErrorId | Should -Be 'OperationTimedOut,ZLayer.PowerShell.Commands.WaitZLayerContainerCommand'
            $problem[0].CategoryInfo.Category | Should -Be 'OperationTimeout'
            $problem[0].TargetObject | Should -Be 'pester-a'
        }

        It 'waits in a job' {
            $job = Start-ZLayerContainer -Image busybox -Name pester-a -- sh -c 'exit 4' | Wait-ZLayerContainer -AsJob
            $result = $job | Receive-Job -Wait -AutoRemoveJob
            $result.ExitCode | Should -Be 4
        }

        It 'waits until a container is healthy' {
            $made = Start-ZLayerContainer -Image busybox -Name pester-a -HealthCheck @{ Test = 'true'; Interval = '1s' } -WaitFor Healthy -TimeoutSeconds 30 -- sleep 100
            $made.Health | Should -Be 'Healthy'
        }

        It 'fails as soon as a container cannot become healthy: <Why>' -ForEach @(
            @{ Why = 'it ended'; Check = 'true'; Command = 'echo broken; exit 3'; Text = '*exit code 3*broken*' }
            @{ Why = 'it is unhealthy'; Check = 'echo not well; false'; Command = 'sleep 100'; Text = '*unhealthy*' }
        ) {
            $start = { Start-ZLayerContainer -Image busybox -Name pester-a -HealthCheck @{ Test = $Check; Interval = '1s'; Retries = 1 } -WaitFor Healthy -TimeoutSeconds 60 -- sh -c $Command }
            $problem = $start | Should -Throw -ErrorId 'ContainerNotReady,*' -PassThru
            $problem.ErrorDetails.Message | Should -BeLike $Text
            Get-ZLayerContainer pester-a | Should -Not -BeNullOrEmpty -Because 'its log is wanted'
        }
    }

    Context 'Running to the end' {
        It 'gives lines with time and stream, as text' {
            $lines = Invoke-ZLayerContainer busybox -Remove -Stream StdOut, StdErr -- sh -c 'echo one; sleep 0.2; echo two >&2'
            "$lines" | Should -Be 'one two'
            $lines | Should -BeOfType ([string])
            Invoke-ZLayerContainer busybox -Remove -- sh -c 'echo one; echo two >&2' 2>$null | Should -Be 'one'
            $lines.Stream | Should -Be 'StdOut', 'StdErr'
            Get-ZLayerContainer pester-* | Should -BeNullOrEmpty
        }

        It 'passes texts and bytes to the process' {
            $lines = 'b', 'a' | Invoke-ZLayerContainer busybox -Remove -- sh -c 'cat; echo end'
            "$lines" | Should -Be 'b a end'
            $bytes = [byte[]] (0..255)
            $result = , $bytes | Invoke-ZLayerContainer busybox -Remove -AsResult -- cat
            [Convert]::ToHexString($result.RawStdOut) | Should -Be ([Convert]::ToHexString($bytes))
            , $bytes | Invoke-ZLayerContainer busybox -Remove -OutputPath "$TestDrive/run.bin" -- cat | Should -BeNullOrEmpty
            [Convert]::ToHexString([System.IO.File]::ReadAllBytes("$TestDrive/run.bin")) | Should -Be ([Convert]::ToHexString($bytes))
        }

        It 'does not wait for a process that reads nothing' {
            $lines = 1..2000 | ForEach-Object { 'x' * 200 } | Invoke-ZLayerContainer busybox -Remove -- echo done
            "$lines" | Should -Be 'done'
        }

        It 'makes an error of an exit code, unless it is allowed' {
            $problem = $null
            $lines = Invoke-ZLayerContainer busybox -Name pester-a -Remove -ErrorVariable problem -ErrorAction SilentlyContinue -- sh -c 'echo out; echo why >&2; exit 3'
            "$lines" | Should -BeLike '*out*'
            $problem[0].FullyQualifiedErrorId | Should -Be 'CommandExitedNonZero,ZLayer.PowerShell.Commands.InvokeZLayerContainerCommand'
            $problem[0].ErrorDetails.Message | Should -BeLike '*exit code 3*why*'
            $problem[0].Exception.ExitCode | Should -Be 3
            Invoke-ZLayerContainer busybox -Remove -AllowNonZeroExit -ErrorVariable problem -- sh -c 'exit 3'
            $problem | Should -BeNullOrEmpty
        }

        It 'returns one object with -AsResult, whatever the exit code' {
            $result = Invoke-ZLayerContainer busybox -Name pester-a -Remove -AsResult -ErrorVariable problem -- sh -c 'echo out; echo err >&2; exit 9'
            $problem | Should -BeNullOrEmpty
            $result.PSTypeNames[0] | Should -Be 'ZLayer.Core.Runtimes.Execution.ContainerRunResult'
            $result.ExitCode, $result.StdOut.Trim(), $result.StdErr.Trim(), $result.ContainerName | Should -Be 9, 'out', 'err', 'pester-a'
        }

        It 'keeps the container without -Remove' {
            [void] (Invoke-ZLayerContainer busybox -Name pester-a -- echo hi)
            (Get-ZLayerContainer pester-a).State | Should -Be 'Exited'
        }

        It 'leaves nothing behind when <Ending>' -ForEach @(
            @{ Ending = 'the pipeline has enough'; Use = { Invoke-ZLayerContainer busybox -Name pester-a -Remove -- sh -c 'while true; do echo x; sleep 0.05; done' | Select-Object -First 1 } }
            @{ Ending = 'a loop is left'; Use = { foreach ($once in 1) { Invoke-ZLayerContainer busybox -Name pester-a -Remove -- sh -c 'while true; do echo x; sleep 0.05; done' | ForEach-Object { break } } } }
            @{ Ending = 'something throws'; Use = { try { Invoke-ZLayerContainer busybox -Name pester-a -Remove -- sh -c 'while true; do echo x; sleep 0.05; done' | ForEach-Object { throw 'enough' } } catch { $_.Exception.Message } } }
            @{ Ending = 'it is left with input'; Use = { 'a' | Invoke-ZLayerContainer busybox -Name pester-a -Remove -- sh -c 'cat; while true; do echo x; sleep 0.05; done' | Select-Object -First 1 } }
        ) {
            [void] (& $Use)
            Wait-Until { -not (Get-ZLayerContainer pester-*) } | Should -BeTrue
        }
    }

    Context 'Stopped from outside' {
        It 'leaves nothing behind when <What> is stopped' -ForEach @(
            @{ What = 'a run'; Script = { Invoke-ZLayerContainer busybox -Name pester-a -Remove -Runtime $args[0] -- sh -c 'while true; do echo x; sleep 0.05; done' } }
            @{ What = 'a run with input'; Script = { 'a' | Invoke-ZLayerContainer busybox -Name pester-a -Remove -Runtime $args[0] -- sh -c 'cat; while true; do echo x; sleep 0.05; done' } }
            @{ What = 'a silent run'; Script = { Invoke-ZLayerContainer busybox -Name pester-a -Remove -Runtime $args[0] -- sleep 1000 } }
        ) {
            $shell = [powershell]::Create()
            try {
                [void] $shell.AddScript("Import-Module '$ModulePath'").Invoke()
                $shell.Commands.Clear()
                [void] $shell.AddScript("$Script").AddArgument($Runtime)
                $output = [System.Management.Automation.PSDataCollection[psobject]]::new()
                [void] $shell.BeginInvoke([System.Management.Automation.PSDataCollection[psobject]] $null, $output)
                Wait-Until { (Get-ZLayerContainer pester-a -ErrorAction Ignore).State -eq 'Running' } | Should -BeTrue
                $shell.Stop()
                $shell.InvocationStateInfo.State | Should -Be 'Stopped'
                $shell.Streams.Error | Should -BeNullOrEmpty
                Wait-Until { -not (Get-ZLayerContainer pester-*) } | Should -BeTrue
            }
            finally { $shell.Dispose() }
        } -Skip:($Runtime -eq 'fake')
    }

    Context 'As written in the design' {
        BeforeAll {
            if ($Runtime -eq 'docker') {
                Add-TestImage $env:DOCKER_HOST $TestDrive nginx:1.27 -Change 'CMD ["sleep","100"]', 'HEALTHCHECK --interval=1s CMD true'
            }
            else { [void] (Receive-ZLayerImage nginx:1.27 -Runtime fake) }
        }

        It 'serves, is waited for, is observed and goes' {
            Push-Location $TestDrive
            try {
                [void] (New-Item -ItemType Directory -Path ./site -Force)
                $check = $Runtime -eq 'fake' ? @{ HealthCheck = @{ Test = 'true'; Interval = '1s' }; Command = 'sleep', '100' } : @{}
                $web = Start-ZLayerContainer -Image nginx:1.27 -Name pester-web -Port 8080:80 -Mount ./site:/usr/share/nginx/html:ro -WaitFor Healthy @check
                $web.Health | Should -Be 'Healthy'
                (Invoke-ZLayerCommand pester-web -AsResult -- id -u).StdOut.Trim() | Should -Be '0'
            }
            finally { Pop-Location }
            $web | Stop-ZLayerContainer -TimeoutSeconds 0
            Get-ZLayerContainer pester-* -State Exited | Where-Object FinishedAt -LT (Get-Date).AddDays(1) | Remove-ZLayerContainer -WhatIf
            (Get-ZLayerContainer pester-web).State | Should -Be 'Exited'
        }

        It 'builds with the current directory mounted' {
            Push-Location $TestDrive
            try {
                Set-Content -LiteralPath ./input -Value 'from the host'
                $lines = Invoke-ZLayerContainer busybox -Remove -Mount .:/src -WorkingDirectory /src -- sh -c 'cat input; echo "$0"' '-p:Configuration=Release'
            }
            finally { Pop-Location }
            "$lines" | Should -Be 'from the host -p:Configuration=Release'
        } -Skip:($Runtime -eq 'fake')
    }

    Context 'Naming' {
        BeforeEach { $container = New-ZLayerContainer busybox -Name pester-a -Label 'app=shop' -- sleep 100 }

        It 'finds by name, id, and the beginning of an id from four digits on' {
            (Get-ZLayerContainer pester-a).Id | Should -Be $container.Id
            (Get-ZLayerContainer $container.Id).Name | Should -Be 'pester-a'
            (Get-ZLayerContainer $container.Id.Substring(0, 12)).Name | Should -Be 'pester-a'
            (Get-ZLayerContainer $container.Id.Substring(0, 4)).Name | Should -Be 'pester-a'
            { Get-ZLayerContainer $container.Id.Substring(0, 3) -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerNotFound,*'
            { Stop-ZLayerContainer $container.Id.Substring(0, 3) -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerNotFound,*'
        }

        It 'says nothing of a wildcard that matches none' {
            Get-ZLayerContainer 'pester-none*' -ErrorAction Stop | Should -BeNullOrEmpty
            Remove-ZLayerContainer 'pester-none*' -ErrorAction Stop
        }

        It 'tells of a name that no container has, and goes on' {
            $problem = $null
            $found = 'pester-none', 'pester-a' | Get-ZLayerContainer -ErrorVariable problem -ErrorAction SilentlyContinue
            $found.Name | Should -Be 'pester-a'
            $problem[0].FullyQualifiedErrorId | Should -Be 'ContainerNotFound,ZLayer.PowerShell.Commands.GetZLayerContainerCommand'
            $problem[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
            $problem[0].TargetObject | Should -Be 'pester-none'
            $problem[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        }

        It 'filters by state, label, image and name together' {
            (Get-ZLayerContainer pester-* -State Created).Name | Should -Be 'pester-a'
            Get-ZLayerContainer pester-* -State Running, Paused | Should -BeNullOrEmpty
            (Get-ZLayerContainer -Label @{ app = 'shop' }).Name | Should -Contain 'pester-a'
            Get-ZLayerContainer pester-a -Label app=other -ErrorAction Stop | Should -BeNullOrEmpty -Because 'a container that the filter hides is not an error'
            (Get-ZLayerContainer pester-* -Image busybox).Name | Should -Be 'pester-a'
        }

        It 'filters by port, volume, exit code and age, and measures on demand' {
            $first = Start-ZLayerContainer -Image busybox -Name pester-p -Port 18980:80 -Expose 81 -- sleep 100
            $second = Start-ZLayerContainer -Image busybox -Name pester-q -Mount pester-data:/data -- sh -c 'exit 3'
            [void] (Wait-ZLayerContainer $second)
            # The engine of the tests has no network, and so publishes nothing.
            if ($Runtime -eq 'fake') {
                (Get-ZLayerContainer 'pester-[pq]' -ExposedPort 80).Name | Should -Be 'pester-p'
                (Get-ZLayerContainer 'pester-[pq]' -PublishedPort 18000-18999).Name | Should -Be 'pester-p'
            }
            Get-ZLayerContainer 'pester-[pq]' -PublishedPort 80/udp | Should -BeNullOrEmpty
            (Get-ZLayerContainer 'pester-[pq]' -Volume /data).Name | Should -Be 'pester-q'
            (Get-ZLayerContainer 'pester-[pq]' -ExitCode 3).Name | Should -Be 'pester-q'
            Get-ZLayerContainer 'pester-[pq]' -Health Healthy | Should -BeNullOrEmpty
            (Get-ZLayerContainer 'pester-[pq]' -Since $first).Name | Should -Be 'pester-q'
            (Get-ZLayerContainer 'pester-[pq]' -Before pester-q).Name | Should -Be 'pester-p'
            (Get-ZLayerContainer pester-q).Size | Should -BeNullOrEmpty
            (Get-ZLayerContainer pester-q -MeasureSize).Size | Should -BeGreaterOrEqual 0
            { Get-ZLayerContainer -PublishedPort x -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidArgument,*'
            Get-ZLayerContainer 'pester-[pq]' | Remove-ZLayerContainer -Force
        }

        It 'shows all about a container with -Detailed' {
            $detail = Get-ZLayerContainer pester-a -Detailed
            $detail.PSTypeNames[0] | Should -Be 'ZLayer.Core.Runtimes.ContainerDetail'
            $detail.Command | Should -Be 'sleep', '100'
            ($detail.Raw | ConvertFrom-Json) | Should -Not -BeNullOrEmpty
        }

        It 'knows a renamed container by every object, and refuses a name that is taken' {
            Rename-ZLayerContainer $container pester-b
            (Get-ZLayerContainer $container).Name | Should -Be 'pester-b'
            [void] (New-ZLayerContainer busybox -Name pester-a -- true)
            { Rename-ZLayerContainer pester-b pester-a -ErrorAction Stop } | Should -Throw -ErrorId 'NameInUse,*'
            { Rename-ZLayerContainer pester-* x -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidArgument,*'
            (Start-ZLayerContainer $container -PassThru).Name | Should -Be 'pester-b'
        }
    }

    Context 'Changing and removing' {
        It 'changes limits and the restart policy' {
            [void] (New-ZLayerContainer busybox -Name pester-a -Memory 64MB -MemorySwap 128MB -- sleep 100)
            (Set-ZLayerContainer pester-a -Memory 32MB -CpuShare 512 -RestartPolicy on-failure -MaximumRetryCount 3 -PassThru -WarningAction SilentlyContinue).Name | Should -Be 'pester-a'
            if ($Runtime -eq 'docker') {
                $settings = ((Get-ZLayerContainer pester-a -Detailed).Raw | ConvertFrom-Json).HostConfig
                $settings.CpuShares, $settings.RestartPolicy.Name, $settings.RestartPolicy.MaximumRetryCount | Should -Be 512, 'on-failure', 3
            }
        }

        It 'refuses to change nothing, and a retry count for another policy' {
            { Set-ZLayerContainer pester-a } | Should -Throw -ErrorId 'InvalidArgument,*'
            { Set-ZLayerContainer pester-a -RestartPolicy always -MaximumRetryCount 3 } | Should -Throw -ErrorId 'InvalidArgument,*'
        }

        It 'removes what runs only by force' {
            [void] (Start-ZLayerContainer -Image busybox -Name pester-a -- sleep 100)
            { Remove-ZLayerContainer pester-a -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerRunning,ZLayer.PowerShell.Commands.RemoveZLayerContainerCommand'
            Remove-ZLayerContainer pester-a -Force
            { Remove-ZLayerContainer pester-a -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerNotFound,*'
        }

        It 'tells of an object whose container is gone' {
            $container = New-ZLayerContainer busybox -Name pester-a -- true
            Remove-ZLayerContainer $container
            { $container | Remove-ZLayerContainer -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerNotFound,*'
            { $container | Start-ZLayerContainer -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerNotFound,*'
        }

        It 'removes in bulk from the pipeline, and nothing from an empty one' {
            1..3 | ForEach-Object { [void] (New-ZLayerContainer busybox -Name "pester-$_" -- true) }
            Get-ZLayerContainer pester-* | Remove-ZLayerContainer
            Get-ZLayerContainer pester-* | Should -BeNullOrEmpty
            Get-ZLayerContainer pester-* | Remove-ZLayerContainer -ErrorAction Stop
        }

        It 'knows -AutoRemove and -Remove by both names wherever a container can remove itself' {
            foreach ($cmdlet in 'New-ZLayerContainer', 'Start-ZLayerContainer', 'Invoke-ZLayerContainer') {
                $parameters = (Get-Command $cmdlet).Parameters.Values | Where-Object { $_.Name -in 'Remove', 'AutoRemove' }
                $parameters | Should -HaveCount 1 -Because $cmdlet
                @($parameters.Name; $parameters.Aliases) | Sort-Object | Should -Be 'AutoRemove', 'Remove' -Because $cmdlet
            }
        }

        It 'removes with -AutoRemove when the container ends' {
            [void] (Start-ZLayerContainer -Image busybox -Name pester-a -AutoRemove -- sleep 0.2)
            Wait-Until { [void] (Wait-ZLayerContainer pester-* -TimeoutSeconds 20 -ErrorAction Ignore); -not (Get-ZLayerContainer pester-*) } | Should -BeTrue
        }

        It 'returns one that has ended and is gone as it was made' {
            1..3 | ForEach-Object {
                $made = Start-ZLayerContainer -Image busybox -Name "pester-$_" -AutoRemove -Label k=v -- true
                $made.Name, $made.Image, $made.Labels['k'] | Should -Be "pester-$_", 'busybox', 'v'
            }
        }

        It 'returns nothing of one that is gone when it has stopped' {
            [void] (Start-ZLayerContainer -Image busybox -Name pester-a -AutoRemove -- sleep 100)
            Stop-ZLayerContainer pester-a -TimeoutSeconds 0 -PassThru -ErrorAction Stop | Where-Object Name -NE pester-a | Should -BeNullOrEmpty
        }

        It 'finds what ended long ago by its time' {
            Start-ZLayerContainer -Image busybox -Name pester-a -- true | Wait-ZLayerContainer | Out-Null
            Get-ZLayerContainer pester-* -State Exited | Where-Object FinishedAt -LT (Get-Date).AddDays(-7) | Should -HaveCount ($Runtime -eq 'fake' ? 1 : 0)
            (Get-ZLayerContainer pester-* -State Exited).FinishedAt | Should -Not -BeNullOrEmpty
        }
    }
}
