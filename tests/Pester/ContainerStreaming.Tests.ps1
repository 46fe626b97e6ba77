# What the pipeline may do to the sequences of container cmdlets, in memory and, where there is one, in a real Docker engine.
BeforeDiscovery {
    . "$PSScriptRoot/Support.ps1"
    $runtimes = @(Get-TestRuntime)

    # Sequences without an end, each from another kind of request. {0} is the name of a container that prints without end, {1} more parameters.
    $endless = @(
        @{ What = 'Get-ZLayerContainerLog'; Script = 'Get-ZLayerContainerLog {0} -Follow {1}' }
        @{ What = 'Measure-ZLayerContainer'; Script = 'Measure-ZLayerContainer {0} -Follow {1}' }
        @{ What = 'Invoke-ZLayerCommand'; Script = "Invoke-ZLayerCommand {0} {1} -ShellCommand 'while true; do echo x; done'" }
        @{ What = 'Invoke-ZLayerContainer'; Script = "Invoke-ZLayerContainer busybox {1} -Network none -Remove -Name {0}-run -- sh -c 'while true; do echo x; done'" }
        @{ What = 'Get-ZLayerEvent'; Script = 'Get-ZLayerEvent -Follow -Since 2020-01-01 {1}' }
    )
}

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    Initialize-ContainerTest $TestDrive

    function Start-Talker {
        param([string] $Name, [string] $Script)
        [void](Start-ZLayerContainer -Image busybox -Name $Name -Network none -Command sh, '-c', $Script)
    }

    function Get-ThreadCount { @(Get-ChildItem -LiteralPath "/proc/$PID/task").Count }

    # Runs a script in a runspace of its own, stops it when it has written so many objects, and tells how that went.
    function Stop-AfterOutput {
        param([string] $Script, [int] $Count = 1)
        $shell = [powershell]::Create()
        [void]$shell.AddScript("Import-Module '$ModulePath'; `$ProgressPreference = 'SilentlyContinue'; Use-ZLayerRuntime $Runtime; $Script")
        $output = [System.Management.Automation.PSDataCollection[psobject]]::new()
        $running = $shell.BeginInvoke([System.Management.Automation.PSDataCollection[psobject]]::new(), $output)
        $came = Wait-Until { $output.Count -ge $Count -or $running.IsCompleted } -Seconds 30
        # Time enough for what lies between the cmdlets to fill.
        Start-Sleep -Milliseconds 500
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        $shell.Stop()
        [pscustomobject]@{
            Came = $came; State = "$($shell.InvocationStateInfo.State)"; Errors = @($shell.Streams.Error); Seconds = $clock.Elapsed.TotalSeconds
        }
        $shell.Dispose()
    }
}

AfterAll { $env:ZLAYER_HOME = $env:DOCKER_HOST = $null }

Describe 'Sequences of the runtime <Runtime> in a pipeline' -ForEach $runtimes {
    BeforeAll {
        Use-ZLayerRuntime $Runtime
        $talker = 'while true; do echo out; echo err >&2; sleep 0.05; done'
    }

    BeforeEach {
        Start-Talker pester-talk $talker
        [void](Get-ZLayerContainer)
        $connections = $Runtime -eq 'docker' ? (Get-Connection) : 0
        $threads = Get-ThreadCount
    }

    AfterEach {
        Get-ZLayerContainer 'pester-*' | Remove-ZLayerContainer -Force
        # A few are kept for the next request, each runspace its own; a sequence that went on would hold more with each test.
        if ($Runtime -eq 'docker') { Wait-Until { (Get-Connection) -le $connections + 3 } | Should -BeTrue -Because "there were $connections connections, and there are $(Get-Connection)" }
        Wait-Until { (Get-ThreadCount) -le $threads + 12 } -Seconds 30 | Should -BeTrue -Because "there were $threads threads, and there are $(Get-ThreadCount)"
    }

    Context '<What>' -ForEach $endless {
        BeforeAll { $sequence = [scriptblock]::Create(($Script -f 'pester-talk', '')) }

        It 'ends with Select-Object -First, and is assigned' {
            $first = & $sequence | Select-Object -First 1
            @($first).Count | Should -Be 1
        }

        It 'ends when downstream breaks' {
            $count = 0
            foreach ($once in 1) { & $sequence | ForEach-Object { $count++; break } }
            $count | Should -Be 1
        }

        It 'ends when downstream throws, and passes that on' {
            { & $sequence | ForEach-Object { throw 'downstream says no' } } | Should -Throw 'downstream says no'
        }

        It 'ends when a cmdlet further down fails' {
            { & $sequence | ForEach-Object { Get-Item -LiteralPath /nowhere/at/all -ErrorAction Stop } } |
                Should -Throw -ErrorId 'PathNotFound,Microsoft.PowerShell.Commands.GetItemCommand'
        }

        It 'goes through -OutBuffer' {
            $buffered = [scriptblock]::Create(($Script -f 'pester-talk', '-OutBuffer 1'))
            @(& $buffered | Select-Object -First 2).Count | Should -Be 2
        }

        It 'stops while downstream is slow and everything in between is full' {
            $own = $Script -f 'pester-own', ''
            $start = "[void](Start-ZLayerContainer -Image busybox -Name pester-own -Network none -Command sh, '-c', 'while true; do echo out; done');"
            $result = Stop-AfterOutput "$start $own | ForEach-Object { `$_; Start-Sleep -Seconds 600 }"
            $result.Came | Should -BeTrue
            $result.Errors | Should -BeNullOrEmpty
            $result.State | Should -Be 'Stopped'
            $result.Seconds | Should -BeLessThan 10
        }
    }

    It 'writes all of a log through -OutBuffer, in order' {
        Start-Talker pester-count 'for n in 1 2 3 4 5 6 7; do echo $n; done'
        (Get-ZLayerContainerLog pester-count -Follow -OutBuffer 3 | ForEach-Object Text) -join ' ' | Should -Be '1 2 3 4 5 6 7'
    }

    It 'shows each container to what comes later through -PipelineVariable' {
        Start-Talker pester-count 'echo 1; echo 2'
        [void](Wait-ZLayerContainer pester-count -TimeoutSeconds 20)
        Get-ZLayerContainer pester-count -PipelineVariable container | Get-ZLayerContainerLog -PipelineVariable line |
            ForEach-Object { "$($container.Name) $($container.State) $($line.Text)" } | Should -Be 'pester-count Exited 1', 'pester-count Exited 2'
        Get-ZLayerContainerLog pester-count -PipelineVariable line | ForEach-Object { "$($line.Text)" } | Should -Be '1', '2'
    }

    It 'runs one sequence for each object of another' {
        $pairs = Get-ZLayerContainerLog pester-talk -Follow | Where-Object Stream -EQ StdOut |
            ForEach-Object { $line = $_; Invoke-ZLayerCommand pester-talk -- echo inner | ForEach-Object { "$($line.Text) $($_.Text)" } } | Select-Object -First 3
        $pairs | Should -Be 'out inner', 'out inner', 'out inner'
    }

    It 'leaves inner sequences and the outer one' {
        # The engine reads the two streams beside each other: either may be first.
        $first = (Get-ZLayerContainerLog pester-talk | Select-Object -First 1).Text
        $seen = Get-ZLayerContainerLog pester-talk -Follow | ForEach-Object {
            (Measure-ZLayerContainer pester-talk -Follow | Select-Object -First 1).Name
            Get-ZLayerContainerLog pester-talk -Follow | Select-Object -First 1 | ForEach-Object Text
        } | Select-Object -First 4
        $seen | Should -Be 'pester-talk', $first, 'pester-talk', $first
    }

    It 'feeds a following cmdlet from a followed log' {
        $answers = Get-ZLayerContainerLog pester-talk -Follow | Select-Object -First 3 | ForEach-Object Text | Invoke-ZLayerCommand pester-talk -- cat
        @($answers.Text).Count | Should -Be 3
    }

    It 'stops what is nested' {
        $script = @'
[void](Start-ZLayerContainer -Image busybox -Name pester-own -Network none -Command sh, '-c', 'while true; do echo out; done');
Get-ZLayerContainerLog pester-own -Follow | ForEach-Object { Invoke-ZLayerCommand pester-own -ShellCommand 'echo in; sleep 600'; Get-ZLayerContainerLog pester-own -Follow }
'@
        $result = Stop-AfterOutput $script
        $result.Came | Should -BeTrue
        $result.Errors | Should -BeNullOrEmpty
        $result.State | Should -Be 'Stopped'
        $result.Seconds | Should -BeLessThan 10
    }

    It 'ends at an error under -ErrorAction Stop in the middle of several containers' {
        { Get-ZLayerContainerLog pester-none, pester-talk -Follow -ErrorAction Stop | Out-Null } | Should -Throw -ErrorId 'ContainerNotFound,*'
    }
}
