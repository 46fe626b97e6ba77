BeforeDiscovery {
    . "$PSScriptRoot/Support.ps1"
    $hasRegistry = [bool](Get-Command docker-registry, registry -CommandType Application -ErrorAction Ignore)
    $hasSkopeo = [bool](Get-Command skopeo -CommandType Application -ErrorAction Ignore)
}

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    Import-Module $ModulePath
    $env:ZLAYER_HOME = Join-Path $TestDrive 'root'
    $env:DOCKER_CONFIG = Join-Path $TestDrive 'docker'
}

AfterAll { $env:ZLAYER_HOME = $env:DOCKER_CONFIG = $null }

# Skipped where docker-registry is not installed.
Describe 'Images and a registry' -Skip:(-not $hasRegistry) {
    BeforeAll {
        $registry = Start-Registry $TestDrive
        $name = $registry.Name
        $context = New-Item -ItemType Directory -Path (Join-Path $TestDrive 'context')
        Set-Content -LiteralPath "$context/data" -Value ('some data ' * 10000)
        Set-Content -LiteralPath "$context/Dockerfile" -Value "FROM scratch`nCOPY data /data`nLABEL a=b"
        $built = Invoke-ZLayerBuild $context -Tag app:1
        # Pushed here, since what a block writes below TestDrive goes away with it, what the registry stores included.
        foreach ($tag in 1..4) { Push-ZLayerImage app:1 "$name/many:$tag" | Out-Null }
        Invoke-ZLayerBuild -Definition "FROM scratch`nLABEL p=1" -Platform linux/amd64, linux/arm64 -Tag "$name/platforms:1" -Push | Out-Null
    }

    AfterAll { Stop-Registry $registry }

    Context 'A platform that an image of one platform does not have' {
        BeforeAll {
            Invoke-ZLayerBuild -Definition "FROM scratch`nLABEL only=1" -Platform linux/arm64 -Tag "$name/only:1" -Push | Out-Null
            $other = @{ Platform = 'linux/s390x'; ErrorAction = 'Stop' }
        }

        It 'is refused wherever one is chosen' {
            { Push-ZLayerImage "$name/only:1" "$name/none:1" @other } | Should -Throw -ErrorId 'PlatformNotAvailable,*' -ExpectedMessage '*It has: linux/arm64.'
            { Copy-ZLayerImage "$name/only:1" "$name/none:1" @other } | Should -Throw -ErrorId 'PlatformNotAvailable,*'
            { Receive-ZLayerImage "$name/only:1" @other } | Should -Throw -ErrorId 'PlatformNotAvailable,*'
            { Get-ZLayerLayer "$name/only:1" @other } | Should -Throw -ErrorId 'PlatformNotAvailable,*'
            foreach ($format in 'OciArchive', 'OciDirectory', 'DockerArchive') {
                { Export-ZLayerImage "$name/only:1" -Destination "$TestDrive/none" -Format $format @other } | Should -Throw -ErrorId 'PlatformNotAvailable,*'
            }
            "$TestDrive/none" | Should -Not -Exist
            Get-ZLayerRegistryTag "$name/none" -ErrorAction Ignore | Should -BeNullOrEmpty
        }

        It 'is none where it is the one that it has' {
            $pushed = Push-ZLayerImage "$name/only:1" "$name/there:1" -Platform linux/arm64
            "$((Get-ZLayerImage "$name/there@$($pushed.Digest)").Reference)" | Should -Be "$name/only:1"
            (Get-ZLayerImage "elsewhere@$($pushed.Digest)").Digest | Should -Be $pushed.Digest
            (Copy-ZLayerImage "$name/only:1" "$name/there:2" -Platform linux/arm64/v8).Digest | Should -Not -BeNullOrEmpty
            Export-ZLayerImage "$name/only:1" -Destination "$TestDrive/there.tar" -Platform arm64 | Should -Exist
        }
    }

    Context 'Push-ZLayerImage' {
        It 'pushes to a destination, and the second time sends nothing' {
            Set-Content -LiteralPath "$context/data" -Value ('other data ' * 10000)
            Invoke-ZLayerBuild $context -Tag fresh:1 | Out-Null
            $first = Push-ZLayerImage fresh:1 -Destination "$name/team/fresh:1"
            $first.PSTypeNames[0] | Should -Be 'ZLayer.Core.Registries.PushResult'
            $first.Uploaded | Should -Be 2
            $first.Bytes | Should -BeGreaterThan 0
            $second = Push-ZLayerImage fresh:1 "$name/team/fresh:1"
            $second.Uploaded | Should -Be 0
            $second.Digest | Should -Be $first.Digest
            ($second | Format-Table | Out-String) | Should -Match 'Skipped'
        }

        It 'pushes to where the name says, and says what became of each blob' {
            Add-ZLayerImageTag app:1 "$name/named:1"
            Push-ZLayerImage "$name/named:1" -InformationVariable log | Should -HaveCount 1
            @($log.Tags | Select-Object -Unique) | Should -Be 'ZLayer.Push'
            $log.MessageData | ForEach-Object { $_ | Should -BeOfType ([ZLayer.Core.Registries.TransferProgress]) }
        }

        It 'takes what a build returns' {
            Invoke-ZLayerBuild $context -Tag "$name/piped:1" | Push-ZLayerImage | Should -HaveCount 1
            Get-ZLayerRegistryTag "$name/piped" | Should -HaveCount 1
        }

        It 'pushes after a build with -Push' {
            (Invoke-ZLayerBuild $context -Tag "$name/pushed:1" -Push).Pushes | Should -HaveCount 1
        }

        It 'leaves a destination alone with -SkipExisting' {
            Push-ZLayerImage app:1 "$name/many:1" -SkipExisting | Should -BeNullOrEmpty
            Push-ZLayerImage app:1 "$name/many-more:new" -SkipExisting | Should -HaveCount 1
        }

        It 'compresses as asked' {
            Push-ZLayerImage app:1 "$name/zstd:1" -Compression Zstd | Out-Null
            (Get-ZLayerImage "$name/zstd:1" -Remote).Layers[0].MediaType | Should -Match 'zstd'
        }

        It 'does nothing under -WhatIf' {
            Push-ZLayerImage app:1 "$name/never:1" -WhatIf | Should -BeNullOrEmpty
            { Get-ZLayerRegistryTag "$name/never" -ErrorAction Stop } | Should -Throw -ErrorId 'ImageNotFound,*'
        }

        It 'lists the blobs under -WhatIf' {
            $text = (Invoke-FreshPwsh "`$env:ZLAYER_HOME = '$env:ZLAYER_HOME'; Import-Module '$ModulePath'; Push-ZLayerImage app:1 $name/never:1 -WhatIf") -join "`n"
            $text | Should -Match "Push app:1 to $name/never:1"
            $text | Should -Match "config $($built.ImageId.ShortHex), layer [0-9a-f]{12} \S+ kB"
        }

        It 'refuses one destination for several images' {
            Add-ZLayerImageTag app:1 app:2
            Push-ZLayerImage app:1, app:2 -Destination "$name/one:1" -ErrorVariable problems -ErrorAction SilentlyContinue | Should -HaveCount 1
            $problems.FullyQualifiedErrorId | Should -Be 'InvalidArgument,ZLayer.PowerShell.Commands.PushZLayerImageCommand'
        }

        It 'writes an error for an image that is not there, and pushes the others' {
            $result = "$name/missing:1", "$name/named:1" | Push-ZLayerImage -ErrorVariable problems -ErrorAction SilentlyContinue
            $result | Should -HaveCount 1
            $problems.FullyQualifiedErrorId | Should -Be 'ImageNotFound,ZLayer.PowerShell.Commands.PushZLayerImageCommand'
            $problems.TargetObject | Should -Be "$name/missing:1"
        }

        It 'works in the background' {
            Push-ZLayerImage app:1 "$name/job:1" -AsJob | Receive-Job -Wait -AutoRemoveJob -InformationAction SilentlyContinue | Should -HaveCount 1
        }
    }

    Context 'Receive-ZLayerImage' {
        It 'pulls into an empty data root' {
            $image = Receive-ZLayerImage "$name/many:1" -Root "$TestDrive/p1"
            $image.PSTypeNames[0] | Should -Be 'ZLayer.Core.Images.ImageInfo'
            $image.Id | Should -Be $built.ImageId
            "$image" | Should -Be "$name/many:1"
        }

        It 'pulls several at once, each with its identity' {
            $images = 1..4 | ForEach-Object { "$name/many:$_" } | Receive-ZLayerImage -Root "$TestDrive/p2" -ThrottleLimit 4
            $images.Tag | Sort-Object | Should -Be '1', '2', '3', '4'
        }

        It 'pulls every tag' {
            (Receive-ZLayerImage "$name/many" -AllTag -Root "$TestDrive/p3").Tag | Sort-Object | Should -Be '1', '2', '3', '4'
        }

        It 'honours the pull policy' {
            { Receive-ZLayerImage "$name/many:1" -PullPolicy Never -Root "$TestDrive/p4" -ErrorAction Stop } | Should -Throw -ErrorId 'ImageNotFound,*'
            Receive-ZLayerImage "$name/many:1" -PullPolicy Missing -Root "$TestDrive/p4" | Should -HaveCount 1
            Receive-ZLayerImage "$name/many:1" -PullPolicy Newer -Root "$TestDrive/p4" | Should -HaveCount 1
        }

        It 'does nothing under -WhatIf' {
            Receive-ZLayerImage "$name/many:1" -Root "$TestDrive/p5" -WhatIf | Should -BeNullOrEmpty
            "$TestDrive/p5" | Should -Not -Exist
        }

        It 'writes an error for each that fails, and pulls the others' {
            $result = Receive-ZLayerImage "$name/none:1", "$name/many:1", 'NOT A NAME' -Root "$TestDrive/p6" -ErrorVariable problems -ErrorAction SilentlyContinue
            $result | Should -HaveCount 1
            $problems.FullyQualifiedErrorId | ForEach-Object { ($_ -split ',')[0] } | Sort-Object | Should -Be 'ImageNotFound', 'InvalidImageReference'
        }

        It 'says that a registry cannot be reached' {
            { Receive-ZLayerImage 'localhost:1/app:1' -Root "$TestDrive/p7" -ErrorAction Stop } | Should -Throw -ErrorId 'RegistryUnreachable,*'
        }

        It 'warns about -AllowInsecure' {
            Receive-ZLayerImage "$name/many:1" -AllowInsecure -Root "$TestDrive/p8" -WarningVariable warnings -WarningAction SilentlyContinue | Out-Null
            "$warnings" | Should -Match 'AllowInsecure'
        }

        It 'pulls the platforms that are asked for' {
            (Receive-ZLayerImage "$name/platforms:1" -Platform linux/arm64 -Root "$TestDrive/p9").Platform.ToString() | Should -Be 'linux/arm64'
            { Receive-ZLayerImage "$name/platforms:1" -Platform linux/s390x -Root "$TestDrive/p9" -ErrorAction Stop } | Should -Throw -ErrorId 'PlatformNotAvailable,*'
        }

        It 'works in the background and shows what became of each blob' {
            $job = Receive-ZLayerImage "$name/many:1" -Root "$TestDrive/p10" -AsJob
            [void] ($job | Wait-Job)
            $job.State | Should -Be 'Completed'
            $job.Information.Tags | Select-Object -Unique | Should -Be 'ZLayer.Pull'
            $job | Receive-Job -InformationAction SilentlyContinue | Should -HaveCount 1
            $job | Remove-Job
        }

        It 'builds on an image of the registry' {
            Invoke-ZLayerBuild -Definition "FROM $name/many:1`nLABEL more=1" -Root "$TestDrive/p11" | ForEach-Object LayerCount | Should -Be 1
        }
    }

    Context 'Get-ZLayerRegistryTag' {
        It 'lists names, and more with -Detailed' {
            $tags = Get-ZLayerRegistryTag "$name/many"
            $tags.Name | Sort-Object | Should -Be '1', '2', '3', '4'
            $tags[0].Digest | Should -BeNullOrEmpty
            $detailed = Get-ZLayerRegistryTag "$name/many" -Name '[12]' -Detailed
            $detailed | Should -HaveCount 2
            "$($detailed[0].Digest)" | Should -Match '^sha256:'
            ($detailed | Out-String) | Should -Match 'Platforms'
            ($tags | Out-String) | Should -Match 'Repository'
        }

        It 'ends early' { Get-ZLayerRegistryTag "$name/many" | Select-Object -First 1 | Should -HaveCount 1 }

        It 'gives tags that Receive-ZLayerImage takes' {
            Get-ZLayerRegistryTag "$name/many" -Name 1 | Receive-ZLayerImage -Root "$TestDrive/t1" | ForEach-Object Tag | Should -Be '1'
        }
    }

    Context 'Get-ZLayerImage -Remote' {
        It 'looks without pulling' {
            $detail = Get-ZLayerImage "$name/many:1" -Remote -Root "$TestDrive/remote"
            $detail.PSTypeNames[0] | Should -Be 'ZLayer.Core.Images.ImageDetail'
            $detail.Id | Should -Be $built.ImageId
            $detail.Labels['a'] | Should -Be 'b'
            "$TestDrive/remote" | Should -Not -Exist
        }

        It 'chooses a platform' {
            (Get-ZLayerImage "$name/platforms:1" -Remote -Platform linux/arm64).Platform.ToString() | Should -Be 'linux/arm64'
            { Get-ZLayerImage "$name/platforms:1" -Remote -Platform linux/s390x -ErrorAction Stop } | Should -Throw -ErrorId 'PlatformNotAvailable,*'
        }

        It 'says that there is no such image' {
            { Get-ZLayerImage "$name/nope:1" -Remote -ErrorAction Stop } | Should -Throw -ErrorId 'ImageNotFound,*'
        }

        It 'refuses filters of stored images' {
            { Get-ZLayerImage "$name/many:1" -Remote -Dangling } | Should -Throw -ErrorId 'InvalidArgument,*'
        }
    }

    Context 'Other tools' {
        It 'skopeo reads what was pushed' -Skip:(-not $hasSkopeo) {
            $text = & skopeo inspect --tls-verify=false "docker://$name/many:1"
            $LASTEXITCODE | Should -Be 0
            ($text | Out-String | ConvertFrom-Json).Labels.a | Should -Be 'b'
        }
    }
}

Describe 'Logging in' -Skip:(-not $hasRegistry) {
    BeforeAll {
        # A registry that wants the user 'robot' and the password 'hunter2'.
        $program = (Get-Command docker-registry, registry -CommandType Application -ErrorAction Ignore)[0].Source
        $listener = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
        $listener.Start(); $port = $listener.LocalEndpoint.Port; $listener.Stop()
        $hash = & python3 -c "import crypt; print(crypt.crypt('hunter2', crypt.mksalt(crypt.METHOD_BLOWFISH)))" 2>$null
        $secured = $null
        if ($hash) {
            Set-Content -LiteralPath "$TestDrive/htpasswd" -Value "robot:$($hash -replace '^\$2b', '$2y')"
            Set-Content -LiteralPath "$TestDrive/secured.yml" -Value "version: 0.1`nlog: { level: error }`nstorage: { filesystem: { rootdirectory: $TestDrive/secured } }`nhttp: { addr: '127.0.0.1:$port' }`nauth: { htpasswd: { realm: test, path: $TestDrive/htpasswd } }"
            $secured = Start-Process -FilePath $program -ArgumentList 'serve', "$TestDrive/secured.yml" -PassThru -RedirectStandardOutput "$TestDrive/secured.out" -RedirectStandardError "$TestDrive/secured.err"
            [void] (Wait-Until -Seconds 20 { try { [void] (Invoke-WebRequest "http://127.0.0.1:$port/v2/" -SkipHttpErrorCheck -TimeoutSec 2); $true } catch { $false } })
        }
        $host1 = "localhost:$port"
        $good = [pscredential]::new('robot', (ConvertTo-SecureString 'hunter2' -AsPlainText))
        $bad = [pscredential]::new('robot', (ConvertTo-SecureString 'wrong!secret' -AsPlainText))
        [void] (Invoke-ZLayerBuild -Definition "FROM scratch`nLABEL a=b" -Tag login:1)
    }

    AfterAll { if ($secured) { $secured | Stop-Process -Force } }

    BeforeEach { if (-not $secured) { Set-ItResult -Skipped -Because 'bcrypt hashes cannot be made here' } }

    It 'refuses without a login' {
        { Push-ZLayerImage login:1 "$host1/app:1" -ErrorAction Stop } | Should -Throw -ErrorId 'RegistryAuthenticationFailed,*'
    }

    It 'refuses a wrong password and shows it nowhere' {
        try { Connect-ZLayerRegistry $host1 -Credential $bad } catch { $record = $_ }
        $record.FullyQualifiedErrorId | Should -Be 'RegistryAuthenticationFailed,ZLayer.PowerShell.Commands.ConnectZLayerRegistryCommand'
        $record.CategoryInfo.Category | Should -Be 'AuthenticationError'
        ($record | Format-List * -Force | Out-String) | Should -Not -Match 'wrong!secret'
    }

    It 'takes a credential for one call, and forgets it' {
        Push-ZLayerImage login:1 "$host1/app:1" -Credential $good | Should -HaveCount 1
        { Get-ZLayerRegistryTag "$host1/app" -ErrorAction Stop } | Should -Throw -ErrorId 'RegistryAuthenticationFailed,*'
        Push-ZLayerImage login:1 "$host1/app:2" -Credential $good -AsJob | Receive-Job -Wait -AutoRemoveJob -InformationAction SilentlyContinue | Should -HaveCount 1
    }

    It 'logs in for the session and out again' {
        $connection = Connect-ZLayerRegistry $host1 -Credential $good
        $connection.PSTypeNames[0] | Should -Be 'ZLayer.Core.Registries.RegistryConnection'
        $connection.Username | Should -Be 'robot'
        ($connection | Format-List * | Out-String) | Should -Not -Match 'hunter2'
        Get-ZLayerRegistryTag "$host1/app" | Should -Not -BeNullOrEmpty
        Receive-ZLayerImage "$host1/app:1" -Root "$TestDrive/other-root" | Should -HaveCount 1
        "$env:DOCKER_CONFIG/config.json" | Should -Not -Exist
        $connection | Disconnect-ZLayerRegistry
        { Get-ZLayerRegistryTag "$host1/app" -ErrorAction Stop } | Should -Throw -ErrorId 'RegistryAuthenticationFailed,*'
    }

    It 'keeps a login with -Persist, as other tools do' {
        Connect-ZLayerRegistry $host1 -Credential $good -Persist -WarningVariable warned -WarningAction SilentlyContinue | Out-Null
        "$warned" | Should -BeLike "*plain text in $env:DOCKER_CONFIG/config.json*"
        (Get-Content -LiteralPath "$env:DOCKER_CONFIG/config.json" -Raw | ConvertFrom-Json).auths.$host1.auth | Should -Not -BeNullOrEmpty
        $listed = Invoke-FreshPwsh "`$env:DOCKER_CONFIG = '$env:DOCKER_CONFIG'; Import-Module '$ModulePath'; (Get-ZLayerRegistryTag $host1/app).Name"
        $listed | Should -Contain '1'
        Disconnect-ZLayerRegistry $host1 -Persist
        (Get-Content -LiteralPath "$env:DOCKER_CONFIG/config.json" -Raw | ConvertFrom-Json).auths.$host1 | Should -BeNullOrEmpty
    }

    It 'does not ask with -NoVerify, and not at all under -WhatIf' {
        Connect-ZLayerRegistry 'registry.invalid' -Credential $bad -NoVerify | Should -HaveCount 1
        Connect-ZLayerRegistry 'other.invalid' -Credential $bad -WhatIf | Should -BeNullOrEmpty
        Disconnect-ZLayerRegistry -All
    }

    It 'lists its logins, without secrets' {
        Connect-ZLayerRegistry $host1 -Credential $good -Persist | Out-Null
        $logins = Get-ZLayerRegistryLogin $host1
        $logins.Source | Should -Be 'Session', 'File'
        $logins.Username | Should -Be 'robot', 'robot'
        $logins.IsUsed | Should -Be $true, $false
        $logins[1].Path | Should -Be "$env:DOCKER_CONFIG/config.json"
        ($logins | Format-List * -Force | Out-String) + ($logins | ConvertTo-Json) | Should -Not -Match 'hunter2|cm9ib3Q'
        ($logins | Out-String) | Should -Match 'robot'
        (Get-ZLayerRegistryLogin 'https://index.docker.io/v1/') | Should -BeNullOrEmpty
        $logins | Select-Object -First 1 | Disconnect-ZLayerRegistry
        (Get-ZLayerRegistryLogin 'localhost*').Source | Should -Be 'File'
        Get-ZLayerRegistryLogin | Disconnect-ZLayerRegistry -Persist
        Get-ZLayerRegistryLogin | Should -BeNullOrEmpty
    }

    It 'takes a credential for one build: for its base image and for its push' {
        Push-ZLayerImage login:1 "$host1/base:1" -Credential $good | Should -HaveCount 1
        $root = @{ Root = "$TestDrive/build-root" }
        { Invoke-ZLayerBuild -Definition "FROM $host1/base:1`nLABEL c=d" @root } | Should -Throw -ErrorId 'RegistryAuthenticationFailed,*'
        { Invoke-ZLayerBuild -Definition "FROM $host1/base:1`nLABEL c=d" @root -Credential $bad } | Should -Throw -ErrorId 'RegistryAuthenticationFailed,*'
        [void](Invoke-ZLayerBuild -Definition "FROM $host1/base:1`nLABEL c=d" @root -Credential $good)
        $pushed = Invoke-ZLayerBuild -Definition "FROM $host1/base:1`nLABEL c=d" -Tag "$host1/built:1" -Push -Credential $good -Root "$TestDrive/push-root"
        $pushed.Tags | Should -HaveCount 1
        (Get-ZLayerRegistryTag "$host1/built" -Credential $good).Name | Should -Be '1'
        $job = Invoke-ZLayerBuild -Definition "FROM $host1/base:1`nLABEL c=e" -Tag "$host1/built:2" -Push -Credential $good -AsJob -Root "$TestDrive/job-root"
        $job | Receive-Job -Wait -AutoRemoveJob -InformationAction SilentlyContinue | Should -HaveCount 1
        { Get-ZLayerRegistryTag "$host1/built" -ErrorAction Stop } | Should -Throw -ErrorId 'RegistryAuthenticationFailed,*'
    }

    It 'shows the credential of a build to no second registry' {
        { Invoke-ZLayerBuild -Definition "FROM $host1/base:1`nCOPY --from=other.invalid/x / /" -Credential $good } | Should -Throw -ErrorId 'InvalidArgument,*' -ExpectedMessage "*$host1, other.invalid*"
        { Invoke-ZLayerBuild -Definition 'FROM scratch' -Credential $good } | Should -Throw -ErrorId 'InvalidArgument,*'
    }

    It 'says which module a vault needs' {
        { Connect-ZLayerRegistry $host1 -SecretName robot } | Should -Throw -ErrorId 'BuilderUnavailable,*' -ExpectedMessage '*SecretManagement*'
    }

    It 'takes the credential from a vault' {
        function global:Get-Secret { param($Name, $Vault) if ($Vault -eq 'Work' -and $Name -eq 'robot') { $global:VaultCredential } }
        $global:VaultCredential = $good
        try { (Connect-ZLayerRegistry $host1 -VaultName Work -SecretName robot).Username | Should -Be 'robot' }
        finally { Remove-Item function:Get-Secret; Disconnect-ZLayerRegistry -All }
    }
}
