# -Verbose tells what is decided and why, -Debug each request; neither tells a secret.
BeforeDiscovery {
    . "$PSScriptRoot/Support.ps1"
    $hasRegistry = [bool](Get-Command docker-registry, registry -CommandType Application -ErrorAction Ignore)
}

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    Import-Module $ModulePath
    $env:ZLAYER_HOME = Join-Path $TestDrive 'root'
    $kept = $env:DOCKER_CONFIG, $env:DOCKER_HOST
    $env:DOCKER_CONFIG = "$TestDrive/docker"
    $context = New-Item -ItemType Directory -Path (Join-Path $TestDrive 'context')
    Set-Content -LiteralPath "$context/Dockerfile" -Value "FROM base:1`nCOPY Dockerfile /"
    $null = Invoke-ZLayerBuild -Definition "FROM scratch`nLABEL a=b" -Tag base:1
}

AfterAll { $env:DOCKER_CONFIG, $env:DOCKER_HOST = $kept; $env:ZLAYER_HOME = $null }

Describe 'The verbose stream' {
    It 'tells the digest of the base image, and why a step came from the cache or did not' {
        $first = (Invoke-ZLayerBuild $context -Verbose 4>&1 | Where-Object { $_ -is [System.Management.Automation.VerboseRecord] }) -join "`n"
        $second = (Invoke-ZLayerBuild $context -Verbose 4>&1 | Where-Object { $_ -is [System.Management.Automation.VerboseRecord] }) -join "`n"
        $first | Should -Match 'The base image is sha256:[0-9a-f]{64} for linux/'
        $first | Should -Match 'COPY \(Dockerfile:2.*\): not cached: \S'
        $second | Should -Match 'COPY \(Dockerfile:2.*\): cached: \S'
    }

    It 'tells which engine was chosen and why' {
        $env:DOCKER_HOST = "unix://$TestDrive/nowhere.sock"
        # A second cmdlet of the session is told too.
        foreach ($time in 1, 2) {
            "$(& { try { Get-ZLayerContainer -Runtime docker -Verbose } catch { } } 4>&1)" |
                Should -BeLike "*The runtime docker is at unix://$TestDrive/nowhere.sock: this address was given*"
        }
    }

    It 'is silent without -Verbose' { (Invoke-ZLayerBuild $context 4>&1 5>&1).PSTypeNames[0] | Should -Be 'ZLayer.Core.Builds.BuildResult' }
}

Describe 'The debug stream' -Skip:(-not $hasRegistry) {
    BeforeAll { $registry = Start-Registry $TestDrive }

    AfterAll { Stop-Registry $registry }

    It 'tells each request with its status and duration, and the verbose stream the credential''s source, without its secret' {
        $secret = ConvertTo-SecureString 'never-to-be-seen' -AsPlainText -Force
        Connect-ZLayerRegistry $registry.Name -Credential ([pscredential]::new('ali', $secret)) -AllowInsecure -WarningAction Ignore | Out-Null
        $said = (Push-ZLayerImage base:1 "$($registry.Name)/team/base:1" -AllowInsecure -Verbose -Debug -WarningAction Ignore 4>&1 5>&1 | ForEach-Object { "$_" }) -join "`n"
        $said | Should -Match "PUT http://$($registry.Name)/v2/team/base/manifests/1: 201 in \d+ ms"
        $said | Should -Match "The registry $($registry.Name) is reached at http://$($registry.Name)/"
        $said | Should -Not -Match 'never-to-be-seen'
        $said | Should -Not -Match '_state=(?!\*)'
    }
}
