# What can be seen of containers, in memory and, where there is one, in a real Docker engine.
BeforeDiscovery {
    . "$PSScriptRoot/Support.ps1"
    $runtimes = @(Get-TestRuntime)
}

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    Initialize-ContainerTest $TestDrive

    function Start-Talker {
        param([string] $Name, [string] $Script)
        Start-ZLayerContainer -Image busybox -Name $Name -Command sh, '-c', $Script
    }
}

AfterAll { $env:ZLAYER_HOME = $env:DOCKER_HOST = $null }

Describe 'Watching containers of the runtime <Runtime>' -ForEach $runtimes {
    BeforeAll { Use-ZLayerRuntime $Runtime }

    AfterEach { Get-ZLayerContainer 'pester-*' | Remove-ZLayerContainer -Force }

    Context 'Signs of being ready' {
        It 'waits for a line of the log, and where there are networks for a published port' {
            # The engine of the tests publishes nothing.
            $port = $Runtime -eq 'fake' ? @{ Port = 80 } : @{ }
            $web = Start-ZLayerContainer -Image busybox -Name pester-a @port -Command sh, '-c', 'sleep 1; echo Serving; sleep infinity'
            $result = $web | Wait-ZLayerContainer @port -LogPattern '^serv' -TimeoutSeconds 30
            $result.Name | Should -Be 'pester-a'
            $result.Line | Should -Be 'Serving'
            $result.Runtime | Should -Be $Runtime
        }

        It 'says at once that a container has ended' {
            [void] (Start-Talker pester-a 'echo cannot begin; exit 3')
            $problem = { Wait-ZLayerContainer pester-a -LogPattern ready -TimeoutSeconds 30 -ErrorAction Stop } | Should -Throw -PassThru -ErrorId 'ContainerNotReady,*'
            "$($problem.Exception.Message)" | Should -BeLike "*'pester-a': it has ended with exit code 3*"
            { Wait-ZLayerContainer pester-a -Port 80 -TimeoutSeconds 30 -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerNotReady,*'
        }

        It 'is over when its time is, and refuses what cannot come' {
            [void] (Start-Talker pester-a 'sleep infinity')
            { Wait-ZLayerContainer pester-a -LogPattern ready -TimeoutSeconds 0.2 -ErrorAction Stop } | Should -Throw "*'pester-a': no line of its log matches 'ready' after*"
            { Wait-ZLayerContainer pester-a -Port 80 -TimeoutSeconds 30 -ErrorAction Stop } | Should -Throw '*80/tcp is not published*'
            { Wait-ZLayerContainer pester-a -LogPattern '[' } | Should -Throw '*not a valid regular expression*'
            { Wait-ZLayerContainer pester-a -Port 80 -Condition Healthy } | Should -Throw '*arameter set*'
        }
    }

    Context 'Logs' {
        It 'reads lines with streams and times, in order' {
            $container = Start-Talker pester-a 'echo one; sleep 1; echo two >&2; sleep 1; echo three'
            [void](Wait-ZLayerContainer $container -TimeoutSeconds 20)
            $lines = Get-ZLayerContainerLog pester-a
            $lines.Text | Should -Be 'one', 'two', 'three'
            "$($lines.Stream)" | Should -Be 'StdOut StdErr StdOut'
            $lines.Time | Should -Be ($lines.Time | Sort-Object)
            $lines | Should -BeOfType ([string])
            $lines -contains 'two' | Should -BeTrue
            $lines.Terminator | Select-Object -Unique | Should -Be "`n"
            $lines.ContainerName | Select-Object -Unique | Should -Be 'pester-a'
            "$($lines[1])" | Should -Be 'two'
            (Get-ZLayerContainerLog pester-a -Tail 1).Text | Should -Be 'three'
            Get-ZLayerContainerLog pester-a -Tail 0 | Should -BeNullOrEmpty
            (Get-ZLayerContainerLog pester-a -Stream StdErr).Text | Should -Be 'two'
            (Get-ZLayerContainerLog pester-a -Since $lines[2].Time).Text | Should -Be 'three'
            Get-ZLayerContainerLog pester-a | Select-String -Pattern 'w' | ForEach-Object Line | Should -Be 'two'
        }

        It 'follows until the container ends' {
            [void](Start-Talker pester-a 'for n in 1 2 3; do echo $n; sleep 1; done')
            (Get-ZLayerContainerLog pester-a -Follow).Text | Should -Be '1', '2', '3'
        }

        It 'ends on the first line that is wanted, and assigns it' {
            [void](Start-Talker pester-a 'while true; do echo out; echo err >&2; sleep 1; done')
            $line = Get-ZLayerContainerLog pester-a -Follow | Where-Object Stream -EQ StdErr | Select-Object -First 1
            $line.Text | Should -Be 'err'
        }

        It 'ends on a break, and on an error further down' {
            [void](Start-Talker pester-a 'while true; do echo out; sleep 1; done')
            $count = 0
            foreach ($round in 1) { Get-ZLayerContainerLog pester-a -Follow | ForEach-Object { $count++; if ($count -eq 2) { break } } }
            $count | Should -Be 2
            { Get-ZLayerContainerLog pester-a -Follow | ForEach-Object { throw 'enough' } } | Should -Throw 'enough'
        }

        It 'ends when the pipeline is stopped' {
            [void](Start-Talker pester-a 'echo ready; sleep 1000')
            $shell = [powershell]::Create()
            [void]$shell.AddScript({ param($module, $root, $runtime) Import-Module $module; $env:ZLAYER_HOME = $root; Get-ZLayerContainerLog pester-a -Follow -Runtime $runtime }).AddArgument($ModulePath).AddArgument($env:ZLAYER_HOME).AddArgument('docker')
            if ($Runtime -ne 'docker') { return }
            $output = [System.Management.Automation.PSDataCollection[psobject]]::new()
            $running = $shell.BeginInvoke([System.Management.Automation.PSDataCollection[psobject]]::new(), $output)
            Wait-Until { $output.Count -gt 0 } -Seconds 20 | Should -BeTrue
            $shell.Stop()
            $shell.InvocationStateInfo.State | Should -Be 'Stopped'
            $shell.Streams.Error | Should -BeNullOrEmpty
            $shell.Dispose()
        }

        It 'follows several containers at once' {
            [void](Start-Talker pester-a 'echo a; sleep 1; echo a')
            [void](Start-Talker pester-b 'sleep 1; echo b')
            $lines = Get-ZLayerContainer 'pester-?' | Get-ZLayerContainerLog -Follow
            ($lines | Group-Object ContainerName | Sort-Object Name | ForEach-Object { "$($_.Name)=$($_.Count)" }) -join ' ' | Should -Be 'pester-a=2 pester-b=1'
        }

        It 'gives an error for each container that is not there, and goes on' {
            [void](Start-Talker pester-a 'echo a')
            [void](Wait-ZLayerContainer pester-a -TimeoutSeconds 20)
            $lines = Get-ZLayerContainerLog pester-none, pester-a -ErrorAction SilentlyContinue -ErrorVariable failed
            $lines.Text | Should -Be 'a'
            $failed[0].FullyQualifiedErrorId | Should -BeLike 'ContainerNotFound,*'
        }

        It 'shows control characters instead of sending them' {
            [void](Start-Talker pester-a 'printf "a\033[31mred\033[0m\033]0;title\rb\n"')
            [void](Wait-ZLayerContainer pester-a -TimeoutSeconds 20)
            $line = Get-ZLayerContainerLog pester-a
            $line.Text | Should -BeLike "*`e*"
            ($line | Out-String) -replace "`e\[[0-9;]*m" | Should -Not -Match "[`e`r](?!`n)"
        }
    }

    Context 'Statistics' {
        It 'measures once' {
            [void](Start-Talker pester-a 'sleep 1000')
            $statistic = Measure-ZLayerContainer pester-a
            @($statistic).Count | Should -Be 1
            $statistic.PSTypeNames[0] | Should -Be 'ZLayer.Core.Runtimes.Observation.ContainerStatistic'
            $statistic.Name | Should -Be 'pester-a'
            $statistic.Pids | Should -BeGreaterThan 0
        }

        It 'measures what starts later and drops what ends, without a name' {
            [void](Start-Talker pester-a 'sleep 1000')
            $seen = Measure-ZLayerContainer -Follow | Where-Object Name -Like 'pester-*' | ForEach-Object {
                $_.Name
                if ($_.Name -eq 'pester-a' -and -not (Get-ZLayerContainer 'pester-b*')) {
                    [void](Start-Talker pester-b 'sleep 1000')
                    Remove-ZLayerContainer pester-a -Force
                }
            } | ForEach-Object { $all = @() } {
                # Samples of what ended come as long as its removal took: what counts is that they end.
                $all += $_
                if ("$($all[-3..-1])" -eq 'pester-b pester-b pester-b' -or $all.Count -eq 60) { , $all }
            } | Select-Object -First 1
            $seen[0] | Should -Be 'pester-a'
            $seen[-3..-1] | Should -Be 'pester-b', 'pester-b', 'pester-b'
        }

        It 'measures what starts later and fits a pattern' {
            [void](Start-Talker pester-a 'sleep 1000')
            $started = $false
            $name = Measure-ZLayerContainer pester-a, pester-late* -Follow | ForEach-Object {
                if (-not $started) { $started = $true; [void](Start-Talker pester-other 'sleep 1000'); [void](Start-Talker pester-late 'sleep 1000') }
                $_.Name
            } | Where-Object { $_ -ne 'pester-a' } | Select-Object -First 1
            $name | Should -Be 'pester-late'
        }

        It 'measures everything that runs, and pipes on as a container' {
            [void](Start-Talker pester-a 'sleep 1000')
            [void](Start-Talker pester-b 'sleep 1000')
            (Measure-ZLayerContainer | Where-Object Name -Like 'pester-*').Name | Sort-Object | Should -Be 'pester-a', 'pester-b'
            (Measure-ZLayerContainer pester-a | Get-ZLayerContainer).Name | Should -Be 'pester-a'
        }

        It 'goes on with -Follow until it is enough' {
            [void](Start-Talker pester-a 'sleep 1000')
            $statistics = Measure-ZLayerContainer pester-a -Follow | Select-Object -First 2
            $statistics[1].Timestamp | Should -BeGreaterThan $statistics[0].Timestamp
        }

        It 'is an error for a container that does not run' {
            [void](New-ZLayerContainer busybox -Name pester-a)
            { Measure-ZLayerContainer pester-a -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerNotRunning,*'
        }
    }

    Context 'Processes, changes, ports' {
        It 'lists processes by their columns' {
            [void](Start-Talker pester-a 'sleep 1000; true')
            $process = Get-ZLayerContainerProcess pester-a | Select-Object -First 1
            $process.PSTypeNames[0] | Should -Be 'ZLayer.Core.Runtimes.Observation.ContainerProcess'
            $process.Id | Should -BeGreaterThan 0
            $process.CommandLine | Should -Match 'sleep 1000'
            $process.ContainerName | Should -Be 'pester-a'
        }

        It 'lists changes by kind' {
            [void](Start-Talker pester-a 'echo x > /tmp/new; echo >> /etc/passwd; rm /etc/group')
            [void](Wait-ZLayerContainer pester-a -TimeoutSeconds 20)
            $changes = Get-ZLayerContainerChange pester-a
            ($changes | Where-Object Path -EQ /tmp/new).Kind | Should -Be 'Added'
            (Get-ZLayerContainerChange pester-a -Kind Deleted).Path | Should -Be '/etc/group'
            (Get-ZLayerContainerChange pester-a -Kind Modified).Path | Should -Contain '/etc/passwd'
        }

        It 'lists no ports where none are published' {
            [void](Start-Talker pester-a 'sleep 1000')
            Get-ZLayerContainerPort pester-a | Should -BeNullOrEmpty
        }
    }
}

Describe 'Ports of the fake runtime' {
    It 'are those that were asked for' {
        [void](Start-ZLayerContainer -Image busybox -Name ports -Port 8080:80, 9090:90/udp -Runtime fake)
        $port = Get-ZLayerContainerPort ports -ContainerPort 80 -Runtime fake
        "$($port.HostPort) $($port.Protocol) $($port.ContainerName)" | Should -Be '8080 tcp ports'
        @(Get-ZLayerContainerPort ports -Runtime fake).Count | Should -Be 2
        Remove-ZLayerContainer ports -Force -Runtime fake
    }
}

Describe 'What a stream leaves behind' -Skip:(-not $env:ZLAYER_TEST_DOCKER_HOST) {
    BeforeAll {
        Use-ZLayerRuntime docker
        [void](Start-Talker pester-long 'while true; do echo out; echo err >&2; sleep 0.2; done')
    }

    AfterAll { Remove-ZLayerContainer pester-long -Force }

    It 'is no connection' {
        [void](Get-ZLayerContainer)
        $before = Get-Connection
        foreach ($n in 1..5) {
            Get-ZLayerContainerLog pester-long -Follow | Where-Object Stream -EQ StdErr | Select-Object -First 1 | Should -Not -BeNullOrEmpty
            Measure-ZLayerContainer pester-long -Follow | Select-Object -First 1 | Should -Not -BeNullOrEmpty
            Invoke-ZLayerCommand pester-long -- sh -c 'while true; do echo x; sleep 0.1; done' | Select-Object -First 1 | Should -Not -BeNullOrEmpty
        }

        Wait-Until { (Get-Connection) -le $before + 1 } | Should -BeTrue -Because "before $before, now $(Get-Connection)"
    }

    It 'is nothing of a line of 10 MB, which comes whole' {
        $line = Invoke-ZLayerCommand pester-long -ShellCommand 'head -c 10000000 /dev/zero | tr "\0" x; echo'
        @($line).Count | Should -Be 1
        $line.Text.Length | Should -Be 10000000
    }

    It 'keeps bytes that are no text in a log' {
        # The default log driver of the engine keeps text only.
        [void](New-ZLayerContainer -Specification @{ Image = 'busybox'; Name = 'pester-bytes'; Command = 'printf', '\377\376\n'; Logs = @{ Driver = 'local' } })
        Start-ZLayerContainer pester-bytes
        [void](Wait-ZLayerContainer pester-bytes -TimeoutSeconds 20)
        $line = Get-ZLayerContainerLog pester-bytes
        "$($line.Bytes)" | Should -Be '255 254'
        Remove-ZLayerContainer pester-bytes -Force
    }
}
