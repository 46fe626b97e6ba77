# Work inside of containers, in memory and, where there is one, in a real Docker engine.
BeforeDiscovery {
    . "$PSScriptRoot/Support.ps1"
    $runtimes = @(Get-TestRuntime)
}

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    Initialize-ContainerTest $TestDrive
}

AfterAll { $env:ZLAYER_HOME = $env:DOCKER_HOST = $null }

Describe 'Working inside of containers of the runtime <Runtime>' -ForEach $runtimes {
    BeforeAll {
        Use-ZLayerRuntime $Runtime
        [void](Start-ZLayerContainer -Image busybox -Name pester-x -Command sleep, 1000)
    }

    AfterAll { Get-ZLayerContainer 'pester-*' | Remove-ZLayerContainer -Force }

    Context 'Commands' {
        It 'returns lines as they come' {
            $lines = Invoke-ZLayerCommand pester-x -- sh -c 'echo a; echo b'
            $lines.Text | Should -Be 'a', 'b'
            $lines | Should -BeOfType ([string])
        }

        It 'returns a result that never is an error' {
            $result = Invoke-ZLayerCommand pester-x -AsResult -ShellCommand 'echo out; echo err >&2; exit 7' -ErrorVariable failed
            "$($result.ExitCode) $($result.StdOut.Trim()) $($result.StdErr.Trim()) $($result.ContainerName)" | Should -Be '7 out err pester-x'
            $failed | Should -BeNullOrEmpty
            $result.PSTypeNames[0] | Should -Be 'ZLayer.Core.Runtimes.Execution.ExecResult'
        }

        It 'returns lines that are the strings they show' {
            $line = Invoke-ZLayerCommand pester-x -- echo yes
            $line -eq 'yes' | Should -BeTrue
            @('no', 'yes') -contains $line | Should -BeTrue
            (Invoke-ZLayerCommand pester-x -- printf '1\nyes\n') -contains 'yes' | Should -BeTrue
            [int](Invoke-ZLayerCommand pester-x -- echo 42) | Should -Be 42
            (Invoke-ZLayerCommand pester-x -- echo ' a ').Trim() | Should -Be 'a'
            Invoke-ZLayerCommand pester-x -- echo '{ "a": 5 }' | ConvertFrom-Json | ForEach-Object a | Should -Be 5
            @{ yes = 3 }[$line] | Should -Be 3
            $line | ConvertTo-Json | Should -Be '"yes"'
            switch ($line) { 'yes' { $hit = $true } }
            $hit | Should -BeTrue
            $line.ContainerName, "$($line.Stream)", $line.Runtime, $line.Terminator | Should -Be 'pester-x', 'StdOut', $Runtime, "`n"
            $line.Time | Should -BeOfType ([datetime])
            # In the fake runtime time stands still.
            if ($Runtime -ne 'fake') { ((Get-Date) - $line.Time).TotalMinutes | Should -BeLessThan 60 }
        }

        It 'hands bytes from one command to another as they were, whatever ends their lines' {
            [byte[]]$bytes = 65, 13, 10, 13, 13, 10, 10, 255, 0, 195, 10, 66, 13
            [System.IO.File]::WriteAllBytes("$TestDrive/raw.bin", $bytes)
            $passed = Invoke-ZLayerCommand pester-x -InputPath "$TestDrive/raw.bin" -- cat | Invoke-ZLayerCommand pester-x -- cat | Invoke-ZLayerCommand pester-x -AsResult -- cat
            , $passed.RawStdOut | Should -BeOfType ([byte[]])
            "$($passed.RawStdOut)" | Should -Be "$bytes"
            $records = Invoke-ZLayerCommand pester-x -InputPath "$TestDrive/raw.bin" -- cat
            $records.Terminator | Should -Be "`r`n", "`r`n", "`n", "`n", ''
            $revived = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($records, 2))
            "$(($revived | Invoke-ZLayerCommand pester-x -AsResult -- cat).RawStdOut)" | Should -Be "$bytes"
        }

        It 'writes the standard output to a file byte for byte, and replaces what was there' {
            [byte[]]$bytes = 65, 13, 10, 255, 0, 66
            [System.IO.File]::WriteAllBytes("$TestDrive/in.bin", $bytes)
            Set-Content -LiteralPath "$TestDrive/out.bin" -Value ('long ' * 100)
            Push-Location $TestDrive
            try { Invoke-ZLayerCommand pester-x -InputPath ./in.bin -OutputPath ./out.bin -- cat | Should -BeNullOrEmpty }
            finally { Pop-Location }
            "$([System.IO.File]::ReadAllBytes("$TestDrive/out.bin"))" | Should -Be "$bytes"
            , $bytes | Invoke-ZLayerCommand pester-x -OutputPath "$TestDrive/piped.bin" -- cat
            "$([System.IO.File]::ReadAllBytes("$TestDrive/piped.bin"))" | Should -Be "$bytes"
            Invoke-ZLayerCommand pester-x -OutputPath "$TestDrive/none.bin" -WhatIf -- cat
            "$TestDrive/none.bin" | Should -Not -Exist
            { Invoke-ZLayerCommand pester-x -OutputPath "$TestDrive/x" -AsResult -- cat } | Should -Throw -ErrorId 'InvalidArgument,*'
        }

        It 'writes the standard error to the error stream, as PowerShell does it for programs' {
            $both = { Invoke-ZLayerCommand pester-x -ShellCommand 'echo out; echo err >&2' }
            (& $both 2>$null) | Should -Be 'out'
            $merged = & $both 2>&1
            $problem = @($merged | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] })
            $problem | Should -HaveCount 1
            "$problem" | Should -Be 'err'
            $problem.FullyQualifiedErrorId | Should -BeLike 'StandardError,*'
            $problem.CategoryInfo.Category | Should -Be 'FromStdErr'
            $problem.TargetObject.ContainerName, "$($problem.TargetObject.Stream)" | Should -Be 'pester-x', 'StdErr'
            & $both 2> "$TestDrive/err.txt" | Out-Null
            (Get-Content -LiteralPath "$TestDrive/err.txt" -Raw).Trim() | Should -Be 'err'
            Invoke-ZLayerCommand pester-x -ShellCommand 'echo "{\"a\": 5}"; echo warning >&2' 2>$null | ConvertFrom-Json | ForEach-Object a | Should -Be 5
        }

        It 'takes no word on the standard error for a failure' {
            $ErrorActionPreference = 'Stop'
            $lines = Invoke-ZLayerCommand pester-x -ShellCommand 'echo a; echo err >&2; echo b' 2>$null
            $? | Should -BeTrue
            $lines | Should -Be 'a', 'b'
            { Invoke-ZLayerCommand pester-x -ShellCommand 'echo err >&2; exit 3' 2>$null } | Should -Throw -ErrorId 'CommandExitedNonZero,*'
            $ErrorActionPreference = 'Continue'
            Invoke-ZLayerCommand pester-x -ShellCommand 'echo err >&2' 2>$null
            $? | Should -BeTrue
        }

        It 'shows a redirected standard error whatever the preference, and keeps it out of $Error' {
            $Error.Clear()
            $ErrorActionPreference = 'SilentlyContinue'
            $merged = Invoke-ZLayerCommand pester-x -ShellCommand 'echo err >&2' 2>&1
            "$merged" | Should -Be 'err'
            $ErrorActionPreference = 'Continue'
            Invoke-ZLayerCommand pester-x -ShellCommand 'echo err >&2; echo more >&2' 2>$null
            $Error.Count | Should -Be 0
            Invoke-ZLayerCommand pester-x -ErrorAction Ignore -ShellCommand 'echo err >&2' 2>&1 | Should -BeNullOrEmpty
        }

        It 'replaces the file of -OutputPath when the command has ended, not before' {
            Set-Content -LiteralPath "$TestDrive/kept.txt" -Value 'old' -NoNewline
            { Invoke-ZLayerCommand pester-x -OutputPath "$TestDrive/kept.txt" -ErrorAction Stop -- /no/such/program } | Should -Throw -ErrorId 'CommandStartFailed,*'
            Get-Content -LiteralPath "$TestDrive/kept.txt" -Raw | Should -Be 'old'
            Invoke-ZLayerCommand pester-x -InputPath "$TestDrive/kept.txt" -OutputPath "$TestDrive/kept.txt" -- cat
            Get-Content -LiteralPath "$TestDrive/kept.txt" -Raw | Should -Be 'old'
            { Invoke-ZLayerCommand pester-x -OutputPath $TestDrive -ErrorAction Stop -ShellCommand 'echo x' } | Should -Throw -ErrorId 'InvalidArgument,*'
            @(Get-ChildItem -LiteralPath $TestDrive -Force -Filter '.kept*') | Should -BeNullOrEmpty
        }

        It 'refuses two places for one output' {
            { Invoke-ZLayerCommand pester-x -OutputPath "$TestDrive/x" -Stream StdOut -- cat } | Should -Throw -ErrorId 'InvalidArgument,*'
            { Invoke-ZLayerCommand pester-x -AsResult -Stream StdErr -- cat } | Should -Throw -ErrorId 'InvalidArgument,*'
        }

        It 'returns the streams that are asked for as output, in their order' {
            $lines = Invoke-ZLayerCommand pester-x -Stream StdOut, StdErr -ShellCommand 'echo out; sleep 0.3; echo err >&2'
            $lines | Should -Be 'out', 'err'
            "$($lines.Stream)" | Should -Be 'StdOut StdErr'
            Invoke-ZLayerCommand pester-x -Stream StdErr -ShellCommand 'echo out; echo err >&2' | Should -Be 'err'
        }

        It 'makes an error of an exit code, with the last lines of standard error' {
            $lines = Invoke-ZLayerCommand pester-x -ShellCommand 'echo out; echo why >&2; exit 7' -ErrorAction SilentlyContinue -ErrorVariable failed
            $lines.Text | Should -Contain 'out'
            $failed[0].FullyQualifiedErrorId | Should -BeLike 'CommandExitedNonZero,*'
            "$($failed[0])" | Should -BeLike '*exit code 7*why*'
            $failed[0].Exception.ExitCode | Should -Be 7
            $failed[0].CategoryInfo.Category | Should -Be 'InvalidResult'
            Invoke-ZLayerCommand pester-x -AllowNonZeroExit -ErrorVariable none -- false
            $none | Should -BeNullOrEmpty
        }

        It 'hands arguments over as they are' {
            (Invoke-ZLayerCommand pester-x -- printf '%s|' '' 'a b' '-p:C=R' '$HOME' '-Verbose' --).Text | Should -Be '|a b|-p:C=R|$HOME|-Verbose|--|'
            (Invoke-ZLayerCommand pester-x -AsResult -- id -u).StdOut.Trim() | Should -Be '0'
        }

        It 'passes environment, directory and user on' {
            (Invoke-ZLayerCommand pester-x -Environment @{ A = 'b c' }, 'D=e' -WorkingDirectory /tmp -User 65534 -ShellCommand 'echo $A $D; pwd; id -u').Text | Should -Be 'b c e', '/tmp', '65534'
        }

        It 'reads input from the pipeline, line by line' {
            ('b', 'a' | Invoke-ZLayerCommand pester-x -- cat).Text | Should -Be 'b', 'a'
            (@() | Invoke-ZLayerCommand pester-x -- cat) | Should -BeNullOrEmpty
        }

        It 'keeps bytes, in and out' {
            [byte[]]$bytes = 255, 0, 10, 195, 40
            "$((, $bytes | Invoke-ZLayerCommand pester-x -AsResult -- cat).RawStdOut)" | Should -Be '255 0 10 195 40'
            "$(($bytes | Invoke-ZLayerCommand pester-x -AsResult -- cat).RawStdOut)" | Should -Be '255 0 10 195 40'
            [System.IO.File]::WriteAllBytes("$TestDrive/in.bin", $bytes)
            "$((Invoke-ZLayerCommand pester-x -AsResult -InputPath "$TestDrive/in.bin" -- cat).RawStdOut)" | Should -Be '255 0 10 195 40'
        }

        It 'does not wait for a command that reads nothing' {
            $large = 'x' * 100000
            (1..50 | ForEach-Object { $large } | Invoke-ZLayerCommand pester-x -ShellCommand 'echo done' -ErrorAction SilentlyContinue).Text | Should -Be 'done'
        }

        It 'passes much through both ways without standing still' {
            $lines = 1..5000 | ForEach-Object { "line $_" } | Invoke-ZLayerCommand pester-x -- cat
            $lines.Count | Should -Be 5000
            $lines[-1].Text | Should -Be 'line 5000'
        }

        It 'gives a command up after its time, while input comes too' -Skip:($Runtime -eq 'fake') {
            Invoke-ZLayerCommand pester-x -TimeoutSeconds 0.3 -ErrorAction SilentlyContinue -ErrorVariable late -- sleep 60
            $late[0].FullyQualifiedErrorId | Should -BeLike 'OperationTimedOut,*'
            "$($late[0])" | Should -BeLike "*'pester-x'*0.3 s*"
            { & { while ($true) { 'x' * 1000 } } | Invoke-ZLayerCommand pester-x -TimeoutSeconds 0.5 -- sleep 60 } | Should -Throw -ErrorId 'OperationTimedOut,*'
            { & { while ($true) { 'x'; Start-Sleep -Milliseconds 50 } } | Invoke-ZLayerCommand pester-x -AsResult -TimeoutSeconds 0.5 -- sleep 60 } | Should -Throw -ErrorId 'OperationTimedOut,*'
        }

        It 'makes one error of an exit code, whether it comes before the end of the input or after it' {
            1..5 | ForEach-Object { $_; Start-Sleep -Milliseconds 100 } | Invoke-ZLayerCommand pester-x -ErrorAction SilentlyContinue -ErrorVariable failed -- false
            1 | Invoke-ZLayerCommand pester-x -ErrorAction SilentlyContinue -ErrorVariable +failed -ShellCommand 'cat; exit 3' | Should -Not -BeNullOrEmpty
            $failed.FullyQualifiedErrorId | Should -BeLike 'CommandExitedNonZero,*'
            $failed.Exception.ExitCode | Should -Be 1, 3
        }

        It 'ends early with the pipeline' {
            (Invoke-ZLayerCommand pester-x -ShellCommand 'while true; do echo x; sleep 1; done' | Select-Object -First 2).Text | Should -Be 'x', 'x'
        }

        It 'says what cannot be started, and where nothing runs' {
            { Invoke-ZLayerCommand pester-x -ErrorAction Stop -- /no/such } | Should -Throw -ErrorId 'CommandStartFailed,*'
            { 'x' | Invoke-ZLayerCommand pester-x -- /no/such } | Should -Throw -ErrorId 'CommandStartFailed,*'
            [void](New-ZLayerContainer busybox -Name pester-still)
            { Invoke-ZLayerCommand pester-still -ErrorAction Stop -- true } | Should -Throw -ErrorId 'ContainerNotRunning,*'
            { Invoke-ZLayerCommand pester-none -ErrorAction Stop -- true } | Should -Throw -ErrorId 'ContainerNotFound,*'
        }

        It 'runs nothing with -WhatIf' {
            Invoke-ZLayerCommand pester-x -WhatIf -- touch /tmp/whatif
            { Get-ZLayerContainerItem pester-x /tmp/whatif -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerPathNotFound,*'
        }
    }

    Context 'Input of the container itself' {
        It 'is written to' {
            [void](Start-ZLayerContainer -Image busybox -Name pester-in -OpenStdin -Command sh, '-c', 'read line; echo "got $line"')
            'hello' | Send-ZLayerContainerInput pester-in
            [void](Wait-ZLayerContainer pester-in -TimeoutSeconds 20)
            (Get-ZLayerContainerLog pester-in).Text | Should -Be 'got hello'
        }

        It 'is an error where there is none' {
            { 'x' | Send-ZLayerContainerInput pester-x } | Should -Throw -ErrorId 'InvalidArgument,*'
        }
    }

    Context 'Files' {
        It 'go in and out unchanged' {
            [byte[]]$bytes = 0..255
            [System.IO.File]::WriteAllBytes("$TestDrive/a.bin", $bytes)
            Copy-ZLayerContainerItem pester-x "$TestDrive/a.bin" /tmp
            $item = Get-ZLayerContainerItem pester-x /tmp/a.bin
            "$($item.Length) $($item.Name) $($item.FullName)" | Should -Be '256 a.bin /tmp/a.bin'
            $copied = Copy-ZLayerContainerItem pester-x -FromContainer /tmp/a.bin -Destination "$TestDrive/b.bin" -PassThru
            $copied | Should -BeOfType ([System.IO.FileInfo])
            [System.IO.File]::ReadAllBytes("$TestDrive/b.bin") | Should -Be $bytes
        }

        It 'go in as directories, whole or their contents' {
            [void](New-Item -ItemType Directory -Path "$TestDrive/site/sub" -Force)
            'x' > "$TestDrive/site/sub/x.txt"
            Copy-ZLayerContainerItem pester-x "$TestDrive/site" /tmp
            Copy-ZLayerContainerItem pester-x "$TestDrive/site/." /tmp
            (Get-ZLayerContainerItem pester-x /tmp/site/sub/x.txt, /tmp/sub/x.txt).Count | Should -Be 2
        }

        It 'need a directory, unless -Force makes it' {
            'y' > "$TestDrive/y.txt"
            { Copy-ZLayerContainerItem pester-x "$TestDrive/y.txt" /deep/er/ -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerPathNotFound,*'
            Copy-ZLayerContainerItem pester-x "$TestDrive/y.txt" /deep/er/ -Force
            (Invoke-ZLayerCommand pester-x -- cat /deep/er/y.txt).Text | Should -Be 'y'
            Copy-ZLayerContainerItem pester-x -FromContainer /deep/er/y.txt -Destination "$TestDrive/new/dir/" -Force
            Get-Content "$TestDrive/new/dir/y.txt" | Should -Be 'y'
        }

        It 'are found by wildcards and piped on' {
            Invoke-ZLayerCommand pester-x -ShellCommand 'mkdir -p /w; echo 1 > /w/a.log; echo 2 > /w/b.log; echo 3 > /w/c.txt'
            (Get-ZLayerContainerItem pester-x '/w/*.log').Name | Should -Be 'a.log', 'b.log'
            Get-ZLayerContainerItem pester-x '/w/*.log' | Copy-ZLayerContainerItem -Destination "$TestDrive/logs/" -Force
            (Get-ChildItem "$TestDrive/logs").Name | Should -Be 'a.log', 'b.log'
            Get-ChildItem "$TestDrive/logs" | Copy-ZLayerContainerItem -Container pester-x -ToContainer /tmp
            Get-ZLayerContainerItem pester-x '/none/*' -ErrorAction SilentlyContinue -ErrorVariable failed
            $failed[0].FullyQualifiedErrorId | Should -BeLike 'ContainerPathNotFound,*'
        }

        It 'that are missing are errors of their own' {
            Copy-ZLayerContainerItem pester-x "$TestDrive/none" /tmp -ErrorAction SilentlyContinue -ErrorVariable failed
            $failed[0].FullyQualifiedErrorId | Should -BeLike 'PathNotFound,*'
            Copy-ZLayerContainerItem pester-x -FromContainer /none -Destination $TestDrive -ErrorAction SilentlyContinue -ErrorVariable failed
            $failed[0].FullyQualifiedErrorId | Should -BeLike 'ContainerPathNotFound,*'
        }

        It 'are exported as a whole' {
            $file = Export-ZLayerContainer pester-x "$TestDrive/fs.tar"
            & tar -tf $file.FullName | Should -Contain 'etc/passwd'
            $packed = Export-ZLayerContainer pester-x "$TestDrive/fs.tar.gz" -Compression Gzip
            $packed.Length | Should -BeLessThan $file.Length
            & tar -tzf $packed.FullName | Should -Contain 'etc/passwd'
            { Export-ZLayerContainer pester-x "$TestDrive/fs.tar" -NoClobber -ErrorAction Stop } | Should -Throw -ErrorId 'FileExists,*'
            { Export-ZLayerContainer pester-none "$TestDrive/none.tar" -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerNotFound,*'
            Get-ChildItem $TestDrive -Force | Where-Object Name -Match 'none|\.tmp$' | Should -BeNullOrEmpty
        }
    }
}
