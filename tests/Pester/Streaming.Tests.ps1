BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    Import-Module $ModulePath
    Import-TestCmdlet

    function Should-BeQuiet {
        Wait-Until { [ZLayer.Tests.Work]::Running -eq 0 } | Should -BeTrue -Because 'no work goes on after the pipeline has returned'
        $produced = [ZLayer.Tests.Work]::Produced
        Start-Sleep -Milliseconds 150
        [ZLayer.Tests.Work]::Produced | Should -Be $produced
    }

    # Runs a script in a runspace that has the cmdlets, stops it after the delay, and waits for the end.
    function Stop-After {
        param([string] $Script, [int] $Milliseconds)
        $shell = [powershell]::Create()
        [void] $shell.AddScript("Import-Module '$ModulePath'; Import-Module ([ZLayer.Tests.Work].Assembly); `$InformationPreference='Continue'").Invoke()
        $shell.Commands.Clear()
        [void] $shell.AddScript($Script)
        $output = [System.Management.Automation.PSDataCollection[psobject]]::new()
        $running = $shell.BeginInvoke([System.Management.Automation.PSDataCollection[psobject]] $null, $output)
        Start-Sleep -Milliseconds $Milliseconds
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        $shell.Stop()
        $result = [pscustomobject]@{
            State = $shell.InvocationStateInfo.State; Errors = $shell.Streams.Error.Count; Output = $output.Count; StopTime = $clock.Elapsed
        }
        $shell.Dispose()
        $result
    }
}

Describe 'The bridge between asynchronous work and the pipeline' {
    BeforeEach { [ZLayer.Tests.Work]::Reset() }

    It 'writes objects in order' {
        $result = Get-TestStream -Count 5000
        $result | Should -HaveCount 5000
        ($result -join ',') | Should -Be ((0..4999) -join ',')
        [ZLayer.Tests.Work]::Ended | Should -Be 1
        [ZLayer.Tests.Work]::Disposed | Should -BeGreaterThan 0
    }

    It 'writes to every stream, each entry in order' {
        $all = Get-TestStream -Count 2 -AllStreams -Verbose -InformationAction Continue *>&1
        ($all | ForEach-Object { "$_" }) -join '|' |
            Should -Be 'verbose 0|warning 0|information 0|0|verbose 1|warning 1|information 1|1'
    }

    It 'tags what it writes to the information stream' {
        Get-TestStream -Count 1 -AllStreams -InformationVariable information -WarningAction Ignore | Out-Null
        $information.Tags | Should -Be 'Test'
        $information.MessageData | Should -Be 'information 0'
    }

    It 'cancels the work when Select-Object -First has enough' {
        Get-TestStream | Select-Object -First 3 | Should -Be 0, 1, 2
        Should-BeQuiet
        [ZLayer.Tests.Work]::Cancelled | Should -Be 1
        [ZLayer.Tests.Work]::Disposed | Should -BeGreaterThan 0
    }

    It 'assigns what Select-Object -First took' {
        $x = Get-TestStream | Select-Object -First 1
        $x | Should -Be 0
        $y = @(Get-TestStream -Delay 5 | Select-Object -First 2)
        $y | Should -Be 0, 1
        Should-BeQuiet
    }

    It 'cancels the work when downstream breaks out of a loop' {
        $seen = foreach ($once in 1) { Get-TestStream | ForEach-Object { if ($_ -eq 4) { break }; $_ } }
        $seen | Should -Be 0, 1, 2, 3
        Should-BeQuiet
        [ZLayer.Tests.Work]::Cancelled | Should -Be 1
    }

    It 'cancels the work when downstream continues an outer loop' {
        $count = 0
        foreach ($turn in 1..2) { Get-TestStream | ForEach-Object { if ($_ -eq 2) { continue } }; $count++ }
        $count | Should -Be 0
        Should-BeQuiet
        [ZLayer.Tests.Work]::Cancelled | Should -Be 2
    }

    It 'passes on what downstream throws, unchanged, and cancels the work' {
        { Get-TestStream | ForEach-Object { if ($_ -eq 2) { throw 'downstream says no' } } } | Should -Throw 'downstream says no'
        Should-BeQuiet
        [ZLayer.Tests.Work]::Cancelled | Should -Be 1
    }

    It 'passes on a terminating error of a downstream cmdlet' {
        { Get-TestStream | ForEach-Object { Get-Item -LiteralPath /nowhere/at/all -ErrorAction Stop } } |
            Should -Throw -ErrorId 'PathNotFound,Microsoft.PowerShell.Commands.GetItemCommand'
        Should-BeQuiet
    }

    It 'waits for cancelled work to end before it goes on' {
        Get-TestStream -Stubborn | Select-Object -First 1 | Out-Null
        [ZLayer.Tests.Work]::Running | Should -Be 0
    }

    It 'survives callbacks that write while the work is cancelled' {
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        Get-TestStream -PostOnCancel | Select-Object -First 1 | Should -Be 0
        $clock.Elapsed.TotalSeconds | Should -BeLessThan 4
        Should-BeQuiet
    }

    It 'rejects writes after the end without harm' {
        Get-TestStream -Count 1 -KeepWriting | Should -Be 0
        Wait-Until { [ZLayer.Tests.Work]::LateWritesRejected -eq 1 } | Should -BeTrue
    }

    It 'holds the work back when downstream is slow' {
        Get-TestStream -Count 2000 | ForEach-Object {
            if ($_ -eq 0) { Start-Sleep -Milliseconds 400; $script:ahead = [ZLayer.Tests.Work]::Produced }
        }
        $ahead | Should -BeLessThan 600
        $ahead | Should -BeGreaterThan 1
    }

    It 'stops during an await' {
        $result = Stop-After 'Get-TestStream -FirstDelay 60000' 700
        $result.State | Should -Be 'Stopped'
        $result.Errors | Should -Be 0
        $result.StopTime.TotalSeconds | Should -BeLessThan 3
        [ZLayer.Tests.Work]::Cancelled | Should -Be 1
        [ZLayer.Tests.Work]::Ended | Should -Be 0
        Should-BeQuiet
    }

    It 'stops before the first object while one waits for the next' {
        $result = Stop-After 'Get-TestStream -Delay 30000 | ForEach-Object { $_ }' 700
        $result.State | Should -Be 'Stopped'
        $result.Errors | Should -Be 0
        $result.Output | Should -Be 0
        Should-BeQuiet
    }

    It 'stops while downstream holds the work back' {
        $result = Stop-After 'Get-TestStream | ForEach-Object { Start-Sleep -Milliseconds 200; $_ }' 900
        $result.State | Should -Be 'Stopped'
        $result.Errors | Should -Be 0
        $result.StopTime.TotalSeconds | Should -BeLessThan 3
        [ZLayer.Tests.Work]::Cancelled | Should -Be 1
        Should-BeQuiet
    }

    It 'stops work that ignores its cancellation for a while' {
        $result = Stop-After 'Get-TestStream -Delay 10000 -Stubborn' 700
        $result.State | Should -Be 'Stopped'
        Should-BeQuiet
    }

    It 'goes through -OutBuffer' {
        Get-TestStream -Count 10 -OutBuffer 4 | ForEach-Object { $_ } | Should -Be (0..9)
        Get-TestStream -OutBuffer 4 | Select-Object -First 2 | Should -Be 0, 1
        Should-BeQuiet
    }

    It 'goes through -PipelineVariable' {
        Get-TestStream -Count 3 -PipelineVariable number | ForEach-Object { "$number" } | Should -Be '0', '1', '2'
    }

    It 'goes through -OutVariable' {
        Get-TestStream -Count 3 -OutVariable out | Out-Null
        $out | Should -Be 0, 1, 2
    }

    It 'pipes from one such cmdlet into another' {
        Get-TestStream -Count 4 | Convert-TestStream | Should -Be 0, 10, 20, 30
        Get-TestStream | Convert-TestStream -Delay 2 | Select-Object -First 3 | Should -Be 0, 10, 20
        Should-BeQuiet
    }

    It 'takes pipeline input, one call for each' {
        1..3 | Get-TestStream -Count 2 | Should -Be 0, 1, 0, 1, 0, 1
        [ZLayer.Tests.Work]::Ended | Should -Be 1
    }

    It 'runs inside a pipeline that its own output drives' {
        Get-TestStream -Count 3 | ForEach-Object { Get-TestStream -Count 2 | ForEach-Object { $_ } } | Should -Be 0, 1, 0, 1, 0, 1
        Get-TestStream | ForEach-Object { Get-TestStream | Select-Object -First 1 } | Select-Object -First 2 | Should -Be 0, 0
        Should-BeQuiet
    }

    It 'runs under a steppable pipeline' {
        $steppable = { Convert-TestStream }.GetSteppablePipeline()
        $steppable.Begin($true)
        $steppable.Process(4) | Should -Be 40
        $steppable.End()
    }

    It 'writes errors that do not end it' {
        $result = Get-TestStream -Count 3 -ErrorAt 1 -ErrorVariable problems -ErrorAction SilentlyContinue
        $result | Should -Be 0, 1, 2
        $problems.FullyQualifiedErrorId | Should -Be 'TestItemFailed,ZLayer.Tests.GetTestStreamCommand'
    }

    It 'ends at an error under -ErrorAction Stop, keeping what came before' {
        $seen = [System.Collections.Generic.List[int]]::new()
        { Get-TestStream -ErrorAt 2 -ErrorAction Stop | ForEach-Object { $seen.Add($_) } } |
            Should -Throw -ErrorId 'TestItemFailed,ZLayer.Tests.GetTestStreamCommand'
        $seen | Should -Be 0, 1
        Should-BeQuiet
        [ZLayer.Tests.Work]::Cancelled | Should -Be 1
    }

    It 'writes what was produced before the work failed, then the failure' {
        $seen = [System.Collections.Generic.List[int]]::new()
        { Get-TestStream -ThrowAt 3 | ForEach-Object { $seen.Add($_) } } |
            Should -Throw -ErrorId 'ImageNotFound,ZLayer.Tests.GetTestStreamCommand'
        $seen | Should -Be 0, 1, 2
    }

    It 'gives a failure its category, target and advice' {
        try { Get-TestStream -ThrowAt 0 } catch { $record = $_ }
        $record.CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $record.TargetObject | Should -Be 'x'
        $record.ErrorDetails.RecommendedAction | Should -Be 'Pull it first.'
        "$record" | Should -Be "No image 'x'."
    }

    It 'calls a cancellation that nobody asked for a time-out' {
        { Get-TestStream -TimeOutAt 0 } | Should -Throw -ErrorId 'OperationTimedOut,*'
    }

    It 'calls a defect a defect' {
        { Get-TestStream -CrashAt 0 } | Should -Throw -ErrorId 'InternalError,*' -ExpectedMessage '*a defect*'
    }

    It 'answers -WhatIf asked from the work' {
        Get-TestStream -Count 3 -Ask -WhatIf | Should -BeNullOrEmpty
        [ZLayer.Tests.Work]::Produced | Should -Be 0
    }

    It 'asks and goes on without -WhatIf' {
        Get-TestStream -Count 3 -Ask -Confirm:$false | Should -Be 0, 1, 2
    }

    It 'names -Force when nobody can be asked' {
        $text = Invoke-FreshPwsh @"
. '$PSScriptRoot/Support.ps1'
Import-Module '$ModulePath'
Import-TestCmdlet
try { Get-TestStream -Count 1 -AskToContinue } catch { `$_.FullyQualifiedErrorId; `$_.ErrorDetails.RecommendedAction }
"@
        $text -join '|' | Should -Be 'InteractiveHostRequired,ZLayer.Tests.GetTestStreamCommand|Add -Force to go on without being asked.'
    }

    It 'shows progress at most ten times a second and takes it down' {
        $shell = [powershell]::Create()
        [void] $shell.AddScript("Import-Module '$ModulePath'; Import-Module ([ZLayer.Tests.Work].Assembly); Get-TestStream -Count 100 -Delay 5 -Progress | Out-Null").Invoke()
        $records = @($shell.Streams.Progress | Where-Object Activity -EQ 'Produce')
        $shell.Dispose()
        $records[-1].RecordType | Should -Be 'Completed'
        $shown = @($records | Where-Object RecordType -EQ 'Processing')
        $shown.Count | Should -BeGreaterThan 1
        $shown.Count | Should -BeLessThan 30
        $shown | ForEach-Object { $_.PercentComplete | Should -BeIn (0..100) }
    }

    It 'takes progress down when it is cut short' {
        $shell = [powershell]::Create()
        [void] $shell.AddScript("Import-Module '$ModulePath'; Import-Module ([ZLayer.Tests.Work].Assembly); Get-TestStream -Delay 20 -Progress | Select-Object -First 20 | Out-Null").Invoke()
        $records = @($shell.Streams.Progress | Where-Object Activity -EQ 'Produce')
        $shell.Dispose()
        $records[-1].RecordType | Should -Be 'Completed'
    }

    It 'moves many objects quickly' {
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        Get-TestStream -Count 100000 | Measure-Object | ForEach-Object Count | Should -Be 100000
        $clock.Elapsed.TotalSeconds | Should -BeLessThan 5
    }

    It 'works in a thread job and in parallel' {
        $module = $ModulePath
        $results = 1..3 | ForEach-Object -Parallel {
            Import-Module $using:module
            Import-Module ([ZLayer.Tests.Work].Assembly)
            (Get-TestStream -Count 50 | Measure-Object -Sum).Sum
        }
        $results | Should -Be 1225, 1225, 1225
    }
}
