BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    Import-Module $ModulePath
    $env:ZLAYER_HOME = Join-Path $TestDrive 'root'
    $env:DOCKER_CONFIG = Join-Path $TestDrive 'docker'
    $env:REGISTRY_AUTH_FILE = $null

    function Complete([string] $Line) { (TabExpansion2 -inputScript $Line -cursorColumn $Line.Length).CompletionMatches }

    $context = New-Item -ItemType Directory -Path (Join-Path $TestDrive 'context')
    Set-Content -LiteralPath "$context/Dockerfile" -Value @'
ARG VERSION=2.1
# build compiles everything
FROM scratch AS build
ARG TOKEN
FROM scratch AS test
FROM build
'@
    Set-Content -LiteralPath "$context/broken.Dockerfile" -Value 'NONSENSE'
    [void] (New-Item -ItemType Directory -Path "$context/empty")
    Push-Location $context
}

AfterAll {
    Pop-Location
    $env:ZLAYER_HOME = $env:DOCKER_CONFIG = $null
}

Describe 'Completion' {
    It 'offers the stages of the Dockerfile' {
        $found = Complete 'Invoke-ZLayerBuild . -Target '
        $found.CompletionText | Should -Be 'build', 'test', '2'
        $found[0].ToolTip | Should -Match 'scratch'
    }

    It 'offers stages that begin with what was typed' { (Complete 'Invoke-ZLayerBuild . -Target te').CompletionText | Should -Be 'test' }

    It 'reads the Dockerfile that -File names' {
        Set-Content -LiteralPath "$context/other.Dockerfile" -Value 'FROM scratch AS special'
        (Complete 'Invoke-ZLayerBuild . -File other.Dockerfile -Target ').CompletionText | Should -Be 'special'
    }

    It 'offers the arguments of the Dockerfile with their defaults' {
        (Complete 'Invoke-ZLayerBuild . -BuildArgument ').CompletionText | Should -Be 'VERSION=2.1', 'TOKEN='
    }

    It 'offers no file names when there is nothing to offer' -ForEach @(
        'Invoke-ZLayerBuild ./empty -Target ', 'Invoke-ZLayerBuild . -File broken.Dockerfile -Target ', 'Invoke-ZLayerBuild /nowhere -Target '
    ) {
        @(Complete $_).CompletionText.Trim() | Should -Be ''
    }

    It 'keeps what was typed when nothing matches' {
        (Complete 'Invoke-ZLayerBuild . -Target unknown').CompletionText | Should -Be 'unknown'
    }

    It 'offers platforms, this machine first' {
        $found = Complete 'Invoke-ZLayerBuild . -Platform '
        $found[0].CompletionText | Should -Be "$([ZLayer.Core.Oci.Platform]::Host)"
        $found.CompletionText | Should -Contain 'linux/arm64'
        (Complete 'Receive-ZLayerImage x -Platform linux/arm/').CompletionText | Should -Be 'linux/arm/v7', 'linux/arm/v6'
    }

    It 'offers pull policies' { (Complete 'Receive-ZLayerImage x -PullPolicy ').CompletionText | Should -Be 'Always', 'IfNotPresent', 'Never', 'Newer' }

    It 'offers builders' { (Complete 'Get-ZLayerBuilder ').CompletionText | Should -Contain 'native' }

    It 'offers registries: logins first, then those of Docker''s configuration' {
        [void] (New-Item -ItemType Directory -Path $env:DOCKER_CONFIG -Force)
        Set-Content -LiteralPath "$env:DOCKER_CONFIG/config.json" -Value '{ "auths": { "configured.example.com": { "auth": "dTpw" } } }'
        $credential = [pscredential]::new('u', (ConvertTo-SecureString 'p' -AsPlainText))
        Connect-ZLayerRegistry session.example.com -Credential $credential -NoVerify | Out-Null
        $found = (Complete 'Disconnect-ZLayerRegistry ').CompletionText
        $found[0] | Should -Be 'session.example.com'
        $found | Should -Contain 'configured.example.com'
        $found | Should -Contain 'ghcr.io'
        Disconnect-ZLayerRegistry session.example.com
    }

    It 'offers enumerations' {
        (Complete 'Clear-ZLayerStorage ').CompletionText | Should -Be 'All', 'BuildCache', 'Container', 'Image', 'Layer'
        (Complete 'Invoke-ZLayerBuild . -Network ').CompletionText | Should -Be 'Default', 'Host', 'None'
    }

    It 'quotes what needs it' { (Complete 'Invoke-ZLayerBuild . -Output type=oci').CompletionText | Should -Be "'type=oci,dest='" }

    It 'shows the help message of a parameter' {
        (Complete 'Receive-ZLayerImage -Thr').ToolTip | Should -Match 'at once'
    }

    It 'answers within the time that one waits for' {
        [void] (Complete 'Get-ZLayerImage ')
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        [void] (Complete 'Get-ZLayerImage ')
        $clock.Elapsed.TotalMilliseconds | Should -BeLessThan 1000
    }

    It 'offers registries of podman''s configuration' {
        $env:XDG_RUNTIME_DIR, $before = (Join-Path $TestDrive 'run'), $env:XDG_RUNTIME_DIR
        try {
            [void] (New-Item -ItemType Directory -Path "$env:XDG_RUNTIME_DIR/containers" -Force)
            Set-Content -LiteralPath "$env:XDG_RUNTIME_DIR/containers/auth.json" -Value '{ "auths": { "podman.example.com": { "auth": "dTpw" } } }'
            (Complete 'Disconnect-ZLayerRegistry podman').CompletionText | Should -Be 'podman.example.com'
        }
        finally { $env:XDG_RUNTIME_DIR = $before }
    }

    It 'offers all containers to take volumes of, whatever the cmdlet starts' {
        [void] (Start-ZLayerContainer -Image busybox -Name pester-volumes -Runtime fake -- sleep 100)
        (Complete 'Start-ZLayerContainer -Image busybox -Runtime fake -VolumeFrom pester-').CompletionText | Should -Be 'pester-volumes'
    }

    It 'offers labels: those that are there where they are looked for, those of the specification where they are given' {
        [void] (New-ZLayerContainer busybox -Name pester-labels -Label @{ 'pester.team' = 'a' } -Runtime fake)
        # Past the seconds for which an earlier list is kept.
        Start-Sleep -Milliseconds 5100
        (Complete 'Get-ZLayerContainer -Runtime fake -Label pester.t').CompletionText | Should -Be 'pester.team'
        (Complete 'Get-ZLayerContainer -Runtime fake -Label pester.team=').CompletionText | Should -Be 'pester.team=a'
        (Complete 'Clear-ZLayerStorage Container -Runtime fake -Label pester').CompletionText | Should -Be 'pester.team'
        (Complete 'Get-ZLayerEvent -Runtime fake -Label pester').CompletionText | Should -Be 'pester.team'
        foreach ($line in 'Invoke-ZLayerBuild . -Label ', 'New-ZLayerContainer busybox -Label ') {
            $found = Complete $line
            $found.CompletionText | Should -Contain 'org.opencontainers.image.source='
            $found.ToolTip | Should -Contain 'Where its source is'
        }
    }
}

Describe 'Completion of images' {
    BeforeAll {
        $tar = New-RootFs $TestDrive
        if ($tar) {
            $names = 'app:1.0', 'app', 'localhost:5000/team/tool:2'
            $image = New-ZLayerImage $tar -Tag $names[0] -Change 'LABEL pester.kind=app'
            foreach ($name in $names[1..2]) { Add-ZLayerImageTag $names[0] $name }
            # Past the seconds for which an earlier list is kept.
            Start-Sleep -Milliseconds 5100
        }
    }

    BeforeEach { if (-not $tar) { Set-ItResult -Skipped -Because 'there is no static busybox' } }

    It 'offers names, and hides :latest until a colon is typed' {
        (Complete 'Get-ZLayerImage ').CompletionText | Sort-Object | Should -Be 'app', 'app:1.0', 'localhost:5000/team/tool:2'
        (Complete 'Get-ZLayerImage app:').CompletionText | Sort-Object | Should -Be 'app:1.0', 'app:latest'
    }

    It 'offers the labels of images' {
        (Complete 'Get-ZLayerImage -Label pester.').CompletionText | Should -Be 'pester.kind'
        (Complete 'Clear-ZLayerStorage Image -Label pester.kind=').CompletionText | Should -Be 'pester.kind=app'
    }

    It 'offers the images of the runtime to receive again with -Runtime' {
        [void] (Start-ZLayerContainer -Image busybox -Name pester-held -Runtime fake -- sleep 100)
        (Complete 'Receive-ZLayerImage -Runtime fake -Reference busy').CompletionText | Should -Be 'busybox'
    }

    It 'offers the names of the store for what registries hold' {
        (Complete 'Receive-ZLayerImage localhost').CompletionText | Should -Be 'localhost:5000/team/tool:2'
        (Complete 'Get-ZLayerRegistryTag localhost').CompletionText | Should -Be 'localhost:5000/team/tool'
    }

    It 'describes the image' { (Complete 'Remove-ZLayerImage localhost')[0].ToolTip | Should -Match 'MB|kB' }

    It 'offers ids once the beginning of one is typed' {
        $id = $image.Id.Hex
        (Complete "Get-ZLayerImage $($id.Substring(0, 5))").CompletionText | Should -Be $id
        (Complete 'Get-ZLayerImage sha256:').CompletionText | Should -Contain "sha256:$id"
    }

    It 'reads the data root that -Root names' {
        @(Complete "Get-ZLayerImage -Root '$TestDrive/other' -Reference ").CompletionText.Trim() | Should -Be ''
    }

    It 'offers the platforms of the image that is named' {
        (Complete 'Get-ZLayerImageHistory app:1.0 -Platform ')[0].ToolTip | Should -Match 'of app:1.0'
        (Complete 'New-ZLayerContainer app:1.0 -Platform ')[0].ToolTip | Should -Match 'of app:1.0'
    }
}
