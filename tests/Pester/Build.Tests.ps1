BeforeDiscovery {
    . "$PSScriptRoot/Support.ps1"
    $hasBusybox = [bool](Get-Command busybox -CommandType Application -ErrorAction Ignore)
    $canRun = $hasBusybox -and (Test-RunStep)
}

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    Import-Module $ModulePath
    $env:ZLAYER_HOME = Join-Path $TestDrive 'root'

    function New-Context([hashtable] $Files) {
        $directory = New-Item -ItemType Directory -Path (Join-Path $TestDrive "context-$([guid]::NewGuid().ToString('n'))")
        foreach ($name in $Files.Keys) {
            $file = New-Item -ItemType File -Path (Join-Path $directory $name) -Force
            Set-Content -LiteralPath $file -Value $Files[$name]
        }
        $directory.FullName
    }
}

AfterAll { $env:ZLAYER_HOME = $null }

Describe 'Invoke-ZLayerBuild' {
    It 'builds a context and returns one result' {
        $context = New-Context @{ Dockerfile = "FROM scratch`nCOPY hello.txt /hello.txt`nLABEL a=b"; 'hello.txt' = 'hello' }
        $result = @(Invoke-ZLayerBuild $context -Tag hello:1, 'localhost:5000/hello:1')
        $result | Should -HaveCount 1
        $result[0].PSTypeNames[0] | Should -Be 'ZLayer.Core.Builds.BuildResult'
        $result[0].Tags | Should -Be 'hello:1', 'localhost:5000/hello:1'
        $result[0].LayerCount | Should -Be 1
        (Get-ZLayerImage hello:1).Id | Should -Be $result[0].ImageId
        ($result[0] | Format-Table | Out-String) | Should -Match 'hello:1'
    }

    It 'takes steps from the cache the second time' {
        $context = New-Context @{ Dockerfile = "FROM scratch`nCOPY a /a"; a = 'x' }
        (Invoke-ZLayerBuild $context).CacheHits | Should -Be 0
        $second = Invoke-ZLayerBuild $context
        $second.CacheHits | Should -Be 1
        (Invoke-ZLayerBuild $context -NoCache).CacheHits | Should -Be 0
    }

    It 'builds the current location' {
        Push-Location (New-Context @{ Dockerfile = 'FROM scratch' })
        try { (Invoke-ZLayerBuild -Tag here:1).Tags | Should -HaveCount 1 } finally { Pop-Location }
    }

    It 'finds <_>' -ForEach 'Containerfile', 'ZImagefile' {
        $context = New-Context @{ $_ = "FROM scratch`nLABEL from=$_" }
        Invoke-ZLayerBuild $context -Tag "named:$($_.ToLowerInvariant())" | Should -HaveCount 1
    }

    It 'takes a Dockerfile from elsewhere' {
        $context = New-Context @{ a = '1' }
        $other = New-Context @{ 'My.Dockerfile' = "FROM scratch`nCOPY a /" }
        Invoke-ZLayerBuild $context -File "$other/My.Dockerfile" | Should -HaveCount 1
    }

    It 'takes text from the pipeline, one build each' {
        $results = "FROM scratch`nLABEL n=1", "FROM scratch`nLABEL n=2" | Invoke-ZLayerBuild
        $results | Should -HaveCount 2
        $results[0].ImageId | Should -Not -Be $results[1].ImageId
    }

    It 'passes arguments, labels, target and platform on' {
        $text = "ARG VERSION=1`nFROM scratch AS first`nARG VERSION`nLABEL version=`$VERSION`nFROM first AS second`nLABEL second=yes"
        $null = Invoke-ZLayerBuild -Definition $text -Tag arguments:1 -BuildArgument @{ VERSION = '2.1' } -Label team=blue -Target first -Platform linux/arm64
        $image = Get-ZLayerImage arguments:1
        $image.Labels['version'] | Should -Be '2.1'
        $image.Labels['team'] | Should -Be 'blue'
        $image.Labels.ContainsKey('second') | Should -BeFalse
        "$($image.Platform)" | Should -Be 'linux/arm64'
    }

    It 'makes an index of several platforms' {
        $result = Invoke-ZLayerBuild -Definition "FROM scratch`nLABEL a=b" -Tag several:1 -Platform linux/amd64, linux/arm64
        $result.IsManifestList | Should -BeTrue
        (Get-ZLayerImage several:1).Platforms | Should -HaveCount 2
    }

    It 'writes outputs' {
        $target = Join-Path $TestDrive 'output.tar'
        $context = New-Context @{ Dockerfile = "FROM scratch`nCOPY a /a"; a = 'x' }
        $result = Invoke-ZLayerBuild $context -Output "type=oci,dest=$target", "type=local,dest=$TestDrive/files"
        $result.Outputs | Should -HaveCount 2
        $target | Should -Exist
        "$TestDrive/files/a" | Should -FileContentMatch 'x'
    }

    It 'uses named contexts relative to the current location' {
        Push-Location (New-Context @{ 'more/b' = 'B'; Dockerfile = "FROM scratch`nCOPY --from=extra b /b" })
        try { (Invoke-ZLayerBuild . -BuildContext @{ extra = './more' }).LayerCount | Should -Be 1 } finally { Pop-Location }
    }

    It 'writes every event to the information stream, in order, with the result last' {
        $result = Invoke-ZLayerBuild -Definition "FROM scratch`nLABEL a=b" -InformationVariable log
        @($log.Tags | Select-Object -Unique) | Should -Be 'ZLayer.Build'
        $log.MessageData | ForEach-Object { $_ | Should -BeOfType ([ZLayer.Core.Builds.Events.BuildEvent]) }
        $log[0].MessageData | Should -BeOfType ([ZLayer.Core.Builds.Events.BuildStarted])
        $log[-1].MessageData | Should -BeOfType ([ZLayer.Core.Builds.Events.BuildCompleted])
        $log[-1].MessageData.Result.ImageId | Should -Be $result.ImageId
        ($log.MessageData | ForEach-Object { "$_" }) -join "`n" | Should -Match '#1 \[.*\] LABEL a=b'
    }

    It 'writes warnings of the Dockerfile to the warning stream' {
        Invoke-ZLayerBuild -Definition "FROM scratch`nMAINTAINER someone" -WarningVariable warnings -WarningAction SilentlyContinue | Out-Null
        "$warnings" | Should -Match 'MaintainerDeprecated'
    }

    It 'shows the stages under -WhatIf and builds nothing' {
        $text = Invoke-FreshPwsh "`$env:ZLAYER_HOME = '$TestDrive/whatif'; Import-Module '$ModulePath'; Invoke-ZLayerBuild -Definition ""FROM scratch AS one``nLABEL a=b``nFROM one"" -Tag what:1 -WhatIf"
        $text -join "`n" | Should -Match 'What if: Build what:1'
        $text -join "`n" | Should -Match 'stage one from scratch, 1 instruction'
        "$TestDrive/whatif" | Should -Not -Exist
    }

    It 'names every error of a Dockerfile with its place' {
        try { Invoke-ZLayerBuild -Definition "FROM scratch`nCOPPY a b`nRUM x" } catch { $record = $_ }
        $record.FullyQualifiedErrorId | Should -Be 'DockerfileSyntaxError,ZLayer.PowerShell.Commands.InvokeZLayerBuildCommand'
        $record.CategoryInfo.Category | Should -Be 'ParserError'
        "$record" | Should -Match ':2:1'
        "$record" | Should -Match ':3:1'
    }

    It 'says what is missing in the context' {
        $context = New-Context @{ Dockerfile = "FROM scratch`nCOPY missing /" }
        { Invoke-ZLayerBuild $context } | Should -Throw -ErrorId 'BuildStepInvalid,*' -ExpectedMessage '*missing*'
    }

    It 'refuses a step that asks for a privilege, and names the line and the parameter' {
        try { Invoke-ZLayerBuild -Definition "FROM scratch`nRUN --security=insecure --network=host evil" -Allow network.host } catch { $record = $_ }
        $record.FullyQualifiedErrorId | Should -Be 'ConsentRequired,ZLayer.PowerShell.Commands.InvokeZLayerBuildCommand'
        $record.CategoryInfo.Category | Should -Be 'PermissionDenied'
        "$record" | Should -Match 'security=insecure.*Dockerfile:2:1'
        $record.ErrorDetails.RecommendedAction | Should -Match "-Allow 'security.insecure'"
    }

    It 'takes privileges with -Allow, and nothing else' {
        Invoke-ZLayerBuild -Definition 'FROM scratch' -Allow security.insecure, network.host, device, device=x.y/z=1 | Should -Not -BeNullOrEmpty
        { Invoke-ZLayerBuild -Definition 'FROM scratch' -Allow everything } | Should -Throw -ExpectedMessage '*security.insecure, network.host, device or device=NAME*'
        (Get-Command Invoke-ZLayerBuild).Parameters['Allow'].ParameterType | Should -Be ([ZLayer.Core.Builds.BuildEntitlement[]])
        $text = 'Invoke-ZLayerBuild . -Allow '
        (TabExpansion2 $text $text.Length).CompletionMatches.CompletionText | Should -Be 'security.insecure', 'network.host', 'device'
    }

    It 'says that there is no such context, target or Dockerfile' {
        { Invoke-ZLayerBuild /nowhere } | Should -Throw -ErrorId 'PathNotFound,*'
        { Invoke-ZLayerBuild -Definition 'FROM scratch' -Target nope } | Should -Throw -ErrorId 'BuildStepInvalid,*'
        { Invoke-ZLayerBuild (New-Context @{ a = '1' }) } | Should -Throw -ErrorId 'PathNotFound,*'
        $file = Join-Path (New-Context @{ a = '1' }) 'a'
        { Invoke-ZLayerBuild $file } | Should -Throw -ErrorId 'InvalidArgument,*'
    }

    It 'gives the same digest on two data roots with -Reproducible' {
        $context = New-Context @{ Dockerfile = "FROM scratch`nCOPY a /a"; a = 'x' }
        $one = Invoke-ZLayerBuild $context -Reproducible -Root "$TestDrive/r1"
        (Get-Item "$context/a").LastWriteTime = (Get-Date).AddDays(-3)
        $two = Invoke-ZLayerBuild $context -Reproducible -Root "$TestDrive/r2"
        $two.Digest | Should -Be $one.Digest
    }

    It 'works in the background, with its events' {
        $job = Invoke-ZLayerBuild -Definition "FROM scratch`nLABEL job=1" -Tag job:1 -AsJob
        $job.PSJobTypeName | Should -Be 'ZLayerJob'
        [void] ($job | Wait-Job)
        $job.State | Should -Be 'Completed'
        $job.Information.MessageData | Select-Object -Last 1 | Should -BeOfType ([ZLayer.Core.Builds.Events.BuildCompleted])
        ($job | Receive-Job -InformationAction SilentlyContinue).Tags | Should -Be 'job:1'
        $job | Remove-Job
    }

    It 'fails in the background with its error' {
        $job = Invoke-ZLayerBuild -Definition 'NONSENSE' -AsJob
        [void] ($job | Wait-Job)
        $job.State | Should -Be 'Failed'
        $job.Error[0].FullyQualifiedErrorId | Should -Match '^DockerfileSyntaxError'
        $job | Remove-Job
    }

    It 'builds what another cmdlet then exports' {
        $archive = Invoke-ZLayerBuild -Definition "FROM scratch`nLABEL chain=1" -Tag chain:1 | Export-ZLayerImage -Destination "$TestDrive/chain.tar"
        $archive.Name | Should -Be 'chain.tar'
    }

    It 'names a builder that is not there' {
        { Invoke-ZLayerBuild -Definition 'FROM scratch' -Builder nope } | Should -Throw -ErrorId 'BuilderUnavailable,*'
    }
}

Describe 'Invoke-ZLayerBuild with RUN' -Skip:(-not $canRun) {
    BeforeAll {
        $env:ZLAYER_HOME = Join-Path $TestDrive 'run-root'
        [void] (New-ZLayerImage (New-RootFs $TestDrive) -Tag base:1 -Change 'ENV PATH=/bin')
    }

    It 'runs steps and shows what they print' {
        $result = Invoke-ZLayerBuild -Definition "FROM base:1`nRUN echo hello from the step && echo made > /made" -Network None -Tag run:1 -InformationVariable log
        $result.LayerCount | Should -Be 2
        ($log.MessageData | Where-Object { $_ -is [ZLayer.Core.Builds.Events.InstructionOutput] }).Line | Should -Contain 'hello from the step'
    }

    It 'shows progress while a step takes its time, and takes it down' {
        $shell = [powershell]::Create()
        [void] $shell.AddScript("`$env:ZLAYER_HOME='$env:ZLAYER_HOME'; Import-Module '$ModulePath'; Invoke-ZLayerBuild -Definition ""FROM base:1``nRUN sleep 4"" -Network None -Tag slow:1").Invoke()
        $records = @($shell.Streams.Progress | Where-Object Activity -Match 'slow:1|RUN')
        $errors = $shell.Streams.Error.Count
        $shell.Dispose()
        $errors | Should -Be 0
        $records.Activity | Should -Contain 'Build slow:1'
        ($records | Where-Object Activity -Match 'RUN sleep').ParentActivityId | Should -Contain ($records | Where-Object Activity -EQ 'Build slow:1')[0].ActivityId
        foreach ($activity in $records | Group-Object ActivityId) { $activity.Group[-1].RecordType | Should -Be 'Completed' }
    }

    It 'fails with the exit code and the last lines of a step' {
        try { Invoke-ZLayerBuild -Definition "FROM base:1`nRUN echo the reason; exit 3" -Network None } catch { $record = $_ }
        $record.FullyQualifiedErrorId | Should -Be 'BuildStepFailed,ZLayer.PowerShell.Commands.InvokeZLayerBuildCommand'
        $record.CategoryInfo.Category | Should -Be 'InvalidResult'
        "$record" | Should -Match '3'
        "$record" | Should -Match 'the reason'
    }

    It 'keeps a secret out of image, log and error' {
        $secret = ConvertTo-SecureString 'hunter2' -AsPlainText
        $text = "FROM base:1`nRUN --mount=type=secret,id=key test -s /run/secrets/key"
        $null = Invoke-ZLayerBuild -Definition $text -Network None -Tag secret:1 -Secret @{ id = 'key'; Value = $secret } -InformationVariable log
        ($log | Out-String) | Should -Not -Match 'hunter2'
        (Get-ZLayerImage secret:1 -Detailed).RawConfig | Should -Not -Match 'hunter2'
        Get-ChildItem -LiteralPath $env:ZLAYER_HOME -Recurse -File | Where-Object Length -LT 1MB |
            Select-String -Pattern 'hunter2' -SimpleMatch -List | Should -BeNullOrEmpty
    }

    It 'ends a running step when the pipeline is stopped' {
        $shell = [powershell]::Create()
        [void] $shell.AddScript("`$env:ZLAYER_HOME='$env:ZLAYER_HOME'; Import-Module '$ModulePath'").Invoke()
        $shell.Commands.Clear()
        [void] $shell.AddScript("Invoke-ZLayerBuild -Definition ""FROM base:1``nRUN sleep 61"" -Network None -NoCache")
        $running = $shell.BeginInvoke()
        $isThere = { [bool](Get-ChildItem /proc -Directory -ErrorAction Ignore | Where-Object Name -Match '^\d+$' | Where-Object { (Get-Content "$($_.FullName)/cmdline" -Raw -ErrorAction Ignore) -match "sleep`061" }) }
        Wait-Until -Seconds 30 $isThere | Should -BeTrue
        $shell.Stop()
        $shell.InvocationStateInfo.State | Should -Be 'Stopped'
        $shell.Streams.Error.Count | Should -Be 0
        $shell.Dispose()
        Wait-Until -Seconds 10 { -not (& $isThere) } | Should -BeTrue
    }

    It 'stops in the background with Stop-Job' {
        $job = Invoke-ZLayerBuild -Definition "FROM base:1`nRUN sleep 62" -Network None -NoCache -AsJob
        Wait-Until -Seconds 30 { $job.Information.MessageData -match 'RUN sleep 62' } | Should -BeTrue
        $job | Stop-Job
        $job.State | Should -Be 'Stopped'
        $job | Remove-Job
    }
}
