# Every example of the help is run, each in a directory, data root and runspace that were prepared for it.
BeforeDiscovery {
    . "$PSScriptRoot/Support.ps1"
    Import-Module $ModulePath
    $examples = foreach ($command in Get-Command -Module ZLayer -CommandType Cmdlet) {
        $number = 0
        foreach ($example in (Get-Help $command.Name -Full).examples.example) {
            $number++
            @{ Name = $command.Name; Number = $number; Code = "$($example.code)" }
        }
    }
}

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    Import-Module $ModulePath

    # Examples that want what a test has not: a person, the internet. They may fail with these errors and no others.
    $excuses = [ordered]@{
        'Enter-ZLayerContainer' = 'InteractiveHostRequired'
        'Find-ZLayerImage'      = 'RegistryUnreachable'
    }

    # Examples that would fetch from the internet: all but the last step is done.
    $rehearsed = 'Receive-ZLayerImage nginx:1.27', "'alpine:3.22', 'debian:13'", 'apk add'

    $registry = Start-Registry $TestDrive
    $rootFs = New-RootFs $TestDrive
    & xz --keep -0 $rootFs
    $originals = @{ ZLAYER_RUNTIME = $env:ZLAYER_RUNTIME; DOCKER_CONFIG = $env:DOCKER_CONFIG; REGISTRY_TOKEN = $env:REGISTRY_TOKEN; DOCKER_HOST = $env:DOCKER_HOST }
    $env:ZLAYER_RUNTIME = 'fake'
    $env:DOCKER_CONFIG = Join-Path $TestDrive 'docker-config'
    $env:REGISTRY_TOKEN = 'token'
    $env:DOCKER_HOST = 'unix:///no/such/engine.sock'

    # The Docker context that examples name.
    $contextId = [Convert]::ToHexString([System.Security.Cryptography.SHA256]::HashData([System.Text.Encoding]::UTF8.GetBytes('production'))).ToLowerInvariant()
    $contextDirectory = New-Item -ItemType Directory -Path "$env:DOCKER_CONFIG/contexts/meta/$contextId"
    Set-Content -LiteralPath "$contextDirectory/meta.json" -Value '{ "Name": "production", "Endpoints": { "docker": { "Host": "unix:///no/such/production.sock" } } }'

    # The files that examples name.
    $setFiles = {
        foreach ($directory in 'site', 'conf', 'logs', 'new', 'results', 'web', 'src') { [void](New-Item -ItemType Directory -Path $directory) }
        Set-Content -Path site/index.html, conf/app.conf, results/unit.xml, app.spdx.json, tool-linux.tar.gz, tool-windows.zip, dump.bin, commands.txt, .npmrc, ca.pem, cert.pem, key.pem -Value 'text'
        Set-Content -Path Dockerfile -Value "FROM scratch`nCOPY site /site"
        Set-Content -Path web/Dockerfile -Value "FROM scratch AS test`nARG VERSION`nLABEL version=`$VERSION`nCOPY --chmod=755 make serve /bin/`nFROM test"
        Set-Content -Path web/make, web/serve -Value "#!/bin/sh`necho done"
        Copy-Item -Path $rootFs, "$rootFs.xz" -Destination .
    }

    # The images, indexes and archives that examples name. What is called app:1.0 is an index for the cmdlets about those.
    $setStore = {
        [void](Invoke-ZLayerBuild . -Tag app:1.0, app:2.0, ghcr.io/org/app:1.0, localhost:5000/app:1.0, localhost:5000/app:1.0.3, ghcr.io/org/app-windows:1.0, nginx:1.27, app:win)
        [void](Invoke-ZLayerBuild . -Tag app:amd64 -Platform linux/amd64)
        [void](Invoke-ZLayerBuild . -Tag app:arm64 -Platform linux/arm64)
        [void](New-ZLayerImage ./rootfs.tar -Tag alpine:3.22)
        if ($Name -ne 'Export-ZLayerImage') { [void](Export-ZLayerImage app:1.0 -Destination app.tar -Format DockerArchive); [void](Export-ZLayerImage app:1.0 -Destination layout -Format OciDirectory) }
        if ($Name -match 'Manifest') {
            Remove-ZLayerImage app:1.0
            if ($Name -eq 'New-ZLayerManifest') { Remove-ZLayerImage app:2.0 }
            [void](New-ZLayerManifest app:1.0 -Image app:amd64, app:arm64)
        }
    }

    # The repositories that examples name.
    $setRegistry = {
        foreach ($image in 'ghcr.io/org/app:1.0', 'localhost:5000/app:1.0', 'localhost:5000/app:1.0.3', 'ghcr.io/org/app-windows:1.0') { [void](Push-ZLayerImage $image) }
        foreach ($image in 'localhost:5000/app:nightly-1', 'localhost:5000/team/app:1.0') { [void](Push-ZLayerImage nginx:1.27 -Destination $image) }
        if ($Name -eq 'Get-ZLayerManifest') { [void](Push-ZLayerManifest app:1.0 -Destination ghcr.io/org/app:1.0) }
        Push-ZLayerArtifact ghcr.io/org/tool:1.0 tool-linux.tar.gz -ArtifactType application/vnd.example.release | Out-Null
        Add-ZLayerReferrer ghcr.io/org/app:1.0 app.spdx.json -ArtifactType application/spdx+json
    }

    # The containers that examples name, in the runtime in memory.
    $setContainers = {
        [void](Receive-ZLayerImage app, app:1.0, busybox -Runtime fake)
        [void](Start-ZLayerContainer -Image busybox -Name base)
        [void](New-Item -ItemType Directory -Path programs)
        Set-Content -Path programs/sort, programs/pg_restore, programs/pg_dump, programs/dotnet, programs/curl, programs/tar, programs/app, programs/df -Value "#!/bin/sh`ncat"
        & chmod +x programs/sort programs/pg_restore programs/pg_dump programs/dotnet programs/curl programs/tar programs/app programs/df
        Copy-ZLayerContainerItem base -Path ./programs/. -ToContainer /bin
        foreach ($image in 'busybox', 'nginx:1.27', 'mcr.microsoft.com/dotnet/sdk:10.0') { [void](New-ZLayerImage -Container base -Tag $image -Runtime fake) }
        Remove-ZLayerContainer base -Force
        [void](Start-ZLayerContainer -Image nginx:1.27 -Name web -Port 8080:80 -Label app=shop -Command sh, '-c', 'mkdir -p /etc/nginx /var/log /usr/share/nginx/html /etc/app; echo a > /etc/nginx/nginx.conf; echo b > /var/log/a.log; while true; do echo out; echo error >&2; sleep 1; done')
        [void](Start-ZLayerContainer -Image busybox -Name db -HealthCheck 'true' -Command sh, '-c', 'echo ready to accept connections; while true; do sleep 1; done')
        foreach ($end in 'a', 'b') { [void](Start-ZLayerContainer -Image busybox -Name $end) }
        [void](Start-ZLayerContainer -Image busybox -Name game -OpenStdin -Command cat)
        [void](Start-ZLayerContainer -Image busybox -Name repl -OpenStdin -Tty -Command cat)
        [void](Start-ZLayerContainer -Image busybox -Name migrate -Command true)
        [void](Wait-ZLayerContainer migrate)
        # These make it anew.
        if ($Name -in 'New-ZLayerContainer', 'Start-ZLayerContainer', 'Wait-ZLayerContainer' -and $Code -match '-Name web|@\{ Image|-Port 8080:80') { Remove-ZLayerContainer web -Force }
        if ($Name -eq 'Start-ZLayerContainer' -and $Code -notmatch '-Image|-Port') { Stop-ZLayerContainer web -Force }
        if ($Name -eq 'Resume-ZLayerContainer') { Suspend-ZLayerContainer * -ErrorAction Ignore }
    }

    # What stands in for other modules and programs.
    $setCommands = {
        function global:Get-Credential { [pscredential]::new('builder', (ConvertTo-SecureString 'secret' -AsPlainText)) }
        function global:Get-Secret { [pscredential]::new('builder', (ConvertTo-SecureString 'secret' -AsPlainText)) }
        function global:docker { }
        $PSDefaultParameterValues['Connect-ZLayerRegistry:NoVerify'] = $true
        $PSDefaultParameterValues['Disconnect-ZLayerRegistry:ErrorAction'] = 'Ignore'
    }

    # The names of registries and engines that the test has, in the place of those that a reader has.
    function Convert-Name {
        param([string] $Text)
        $Text = $Text -replace '(?<=-Runtime |ZLayerRuntime )docker\b', 'fake' -replace '~/\.npmrc', './.npmrc'
        if ($registry) { $Text = $Text -replace 'ghcr\.io|registry\.example\.com|localhost:5000', $registry.Name }
        $Text
    }

    function Invoke-Part {
        param($Shell, [string] $Script, [int] $Seconds)
        $Shell.Commands.Clear()
        $Shell.Streams.ClearStreams()
        [void]$Shell.AddScript($Script)
        $running = $Shell.BeginInvoke([System.Management.Automation.PSDataCollection[psobject]]::new(), [System.Management.Automation.PSDataCollection[psobject]]::new())
        $ended = $running.AsyncWaitHandle.WaitOne([timespan]::FromSeconds($Seconds))
        $failures = [System.Collections.Generic.List[object]]::new()
        if ($ended) {
            try { [void]$Shell.EndInvoke($running) }
            catch { $failures.Add($_.Exception.InnerException.ErrorRecord ?? $_) }
        }
        else { $Shell.Stop() }
        foreach ($record in $Shell.Streams.Error) { $failures.Add($record) }
        [pscustomobject]@{ Ended = $ended; Failures = $failures }
    }
}

AfterAll {
    Stop-Registry $registry
    foreach ($name in $originals.Keys) { Set-Item "env:$name" $originals[$name] }
}

Describe 'Example <Number> of <Name>' -ForEach $examples {
    It 'runs as written: <Code>' {
        $directory = New-Item -ItemType Directory -Path (Join-Path $TestDrive "$Name-$Number")
        $shell = [powershell]::Create()
        try {
            $isAboutContainers = $Name -match 'Container|Command|Event|Runtime|Storage' -or $Code -match 'Container|-Runtime'
            $isAboutImages = $Name -match 'Image|Manifest|Build|Registry|Artifact|Referrer|Storage|ZLayerLayer'
            $needsRegistry = $Code -match 'ghcr\.io|registry\.example\.com|localhost:5000'
            if ($needsRegistry -and -not $registry) { Set-ItResult -Skipped -Because 'docker-registry is not installed' }
            $preparation = @(
                "Set-Location '$directory'; `$ErrorActionPreference = 'Stop'; `$ProgressPreference = 'SilentlyContinue'; Import-Module '$ModulePath'"
                "Use-ZLayerRuntime fake -Root '$directory/root'; `$Name = '$Name'; `$Code = '$($Code -replace "'", "''")'; `$rootFs = '$rootFs'"
                $setCommands, $setFiles
                if ($isAboutImages) { $setStore }
                if ($isAboutImages -and $needsRegistry) { $setRegistry }
                if ($isAboutContainers) { $setContainers }
                "`$ErrorActionPreference = 'Continue'"
                if ($rehearsed | Where-Object { $Code.Contains($_) }) { "`$PSDefaultParameterValues['*-ZLayer*:WhatIf'] = `$true" }
            ) -join "`n"
            $prepared = Invoke-Part $shell (Convert-Name $preparation) 60
            $prepared.Failures | Should -BeNullOrEmpty -Because 'the preparation is not a part of the example'
            $prepared.Ended | Should -BeTrue

            $run = Invoke-Part $shell (Convert-Name $Code) ($Code -match '-Follow|Start-Sleep' ? 3 : 60)

            # What a program writes to its standard error is not a failure.
            $failures = $run.Failures | Where-Object FullyQualifiedErrorId -notlike 'StandardError,*' | Where-Object { -not $excuses[$Name] -or $_.FullyQualifiedErrorId -notlike "$($excuses[$Name]),*" }
            $failures | Should -BeNullOrEmpty -Because "$($failures.FullyQualifiedErrorId)"
            $run.Ended -or $Code -match '-Follow' | Should -BeTrue -Because 'an example that follows nothing ends'
        }
        finally {
            $shell.Dispose()
        }
    }
}
