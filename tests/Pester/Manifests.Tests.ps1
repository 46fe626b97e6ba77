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
    foreach ($architecture in 'amd64', 'arm64') {
        [void] (Invoke-ZLayerBuild -Definition "FROM scratch`nLABEL a=$architecture`nCOPY <<f /f`n$architecture`nf" -Platform "linux/$architecture" -Tag "app:$architecture")
    }
}

AfterAll { $env:ZLAYER_HOME = $env:DOCKER_CONFIG = $null }

Describe 'Manifest lists in the data root' {
    It 'takes names, lists and images from the pipeline' {
        [void] (Invoke-ZLayerBuild -Definition "FROM scratch`nLABEL a=b" -Tag piped:1)
        $list = New-ZLayerManifest piped-list:1 -Image piped:1
        ($list | Get-ZLayerManifest).Reference | Should -Be $list.Reference
        ('piped-list:1' | Get-ZLayerManifest).Reference | Should -Be $list.Reference
        (Get-ZLayerImage piped-list:1 | Get-ZLayerManifest).Reference | Should -Be $list.Reference
        Remove-ZLayerManifest piped-list:1
        @() | Get-ZLayerManifest | Should -BeNullOrEmpty
        { Get-ZLayerManifest -Remote -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidImageReference,*'
    }

    It 'are made of images and listed' {
        $list = New-ZLayerManifest lists/made:1 -Image app:amd64, app:arm64 -Annotation @{ a = 'b' }
        $list.PSTypeNames[0] | Should -Be 'ZLayer.Core.Images.ManifestLists.ManifestInfo'
        "$list" | Should -Be 'lists/made:1'
        $list.Platforms | ForEach-Object ToString | Should -Be 'linux/amd64', 'linux/arm64'
        $list.Annotations['a'] | Should -Be 'b'
        (Get-ZLayerManifest lists/*).Name | Should -Contain 'lists/made:1'
        (Get-ZLayerManifest lists/made:1 -Raw | ConvertFrom-Json).manifests | Should -HaveCount 2
        ($list | Format-Table | Out-String) | Should -Match 'linux/amd64, linux/arm64'
        ($list | Format-List | Out-String) | Should -Match $list.Entries[1].Digest.Hex
        ($list.Entries | Format-Table | Out-String) | Should -Match 'True'
    }

    It 'are not replaced without -Force' {
        [void] (New-ZLayerManifest lists/twice:1)
        New-ZLayerManifest lists/twice:1 -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'NameInUse,*'
        $problem[0].CategoryInfo.Category | Should -Be 'ResourceExists'
        New-ZLayerManifest lists/twice:1 -Image app:arm64 -Force | Should -HaveCount 1
    }

    It 'are added to with -Amend, or made' {
        New-ZLayerManifest lists/amended:1 -Image app:amd64 -Amend | ForEach-Object Platforms | Should -Be 'linux/amd64'
        $list = New-ZLayerManifest lists/amended:1 -Image app:arm64 -Amend
        $list.Platforms | ForEach-Object ToString | Should -Be 'linux/amd64', 'linux/arm64'
        { New-ZLayerManifest lists/amended:1 -Amend -Force } | Should -Throw -ErrorId 'InvalidArgument,*'
    }

    It 'get, change and lose entries' {
        $list = New-ZLayerManifest lists/entries:1 | Add-ZLayerManifestEntry -Image app:amd64 -Platform windows/amd64 -OSVersion 10.0.20348.1 -Annotation @{ k = 'v' } -PassThru
        $list.Entries[0].Platform.OsVersion | Should -Be '10.0.20348.1'
        $list.Entries[0].Annotations['k'] | Should -Be 'v'
        Add-ZLayerManifestEntry lists/entries:1 app:arm64 | Should -BeNullOrEmpty
        $changed = $list | Set-ZLayerManifestEntry -Entry $list.Entries[0].Digest -Platform linux/amd64 -OSVersion '' -Annotation @{ k = '' } -PassThru
        $changed.Entries[0].Annotations.Count | Should -Be 0
        $changed.Entries[0].Platform.OsVersion | Should -BeNullOrEmpty
        Remove-ZLayerManifest lists/entries:1 -Entry $list.Entries[0].Digest
        (Get-ZLayerManifest lists/entries:1).Entries | Should -HaveCount 1
    }

    It 'get entries of images that are piped in' {
        [void] (New-ZLayerManifest lists/piped:1)
        $list = Get-ZLayerImage 'app:a*' | Add-ZLayerManifestEntry lists/piped:1 -PassThru
        $list | Should -HaveCount 1
        $list.Platforms.Architecture | Sort-Object | Should -Be 'amd64', 'arm64'
        'app:amd64' | Add-ZLayerManifestEntry -Name lists/piped:1 -Platform linux/riscv64
        (Get-ZLayerManifest lists/piped:1).Platforms.Architecture | Should -Contain 'riscv64'
        Get-ZLayerImage 'none*' | Add-ZLayerManifestEntry lists/piped:1 -PassThru | Should -BeNullOrEmpty
    }

    It 'are removed, and their images stay' {
        [void] (New-ZLayerManifest lists/gone:1 -Image app:amd64)
        Remove-ZLayerManifest lists/gone:1 -WhatIf
        Get-ZLayerManifest lists/gone:1 | Remove-ZLayerManifest
        Get-ZLayerManifest lists/gone:1 -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'ManifestNotFound,*'
        Get-ZLayerImage app:amd64 | Should -HaveCount 1
        Remove-ZLayerManifest nothing/like-*
    }

    It 'complete names and entries' {
        $list = New-ZLayerManifest lists/complete:1 -Image app:amd64
        (TabExpansion2 'Push-ZLayerManifest lists/compl').CompletionMatches.CompletionText | Should -Be 'lists/complete:1'
        (TabExpansion2 'Remove-ZLayerManifest lists/complete:1 -Entry ').CompletionMatches.CompletionText | Should -Be "$($list.Entries[0].Digest)"
    }
}

# Skipped where docker-registry is not installed.
Describe 'Manifest lists and a registry' -Skip:(-not $hasRegistry) {
    BeforeAll {
        $registry = Start-Registry $TestDrive
        $name = $registry.Name
    }

    AfterAll { Stop-Registry $registry }

    It 'are pushed down the pipeline with their images' {
        $pushed = New-ZLayerManifest "$name/o/app:1.0" -Image app:amd64, app:arm64 | Push-ZLayerManifest
        $pushed.PSTypeNames[0] | Should -Be 'ZLayer.Core.Registries.PushResult'
        $pushed.Uploaded | Should -Be 4
        $remote = Get-ZLayerManifest "$name/o/app:1.0" -Remote
        $remote.Digest | Should -Be $pushed.Digest
        $remote.Entries | Should -HaveCount 2
        (Receive-ZLayerImage "$name/o/app:1.0" -Root (Join-Path $TestDrive 'other') -Platform linux/arm64).Labels['a'] | Should -Be 'arm64'
    }

    It 'go each to where its row says' {
        1, 2 | ForEach-Object { [void] (New-ZLayerManifest "lists/row:$_" -Image app:amd64) }
        $rows = "Name,Destination`nlists/row:1,$name/o/row:1`nlists/row:2,$name/o/row:2" | ConvertFrom-Csv
        ($rows | Push-ZLayerManifest).Destination | ForEach-Object { "$_" } | Sort-Object | Should -Be "$name/o/row:1", "$name/o/row:2"
        ($rows | ForEach-Object { $_.Name = 'app:amd64'; $_ } | Push-ZLayerImage).Count | Should -Be 2
        ([pscustomobject]@{ Repository = "$name/o/row" } | Get-ZLayerRegistryTag).Name | Sort-Object | Should -Be '1', '2'
        'lists/row:1', 'lists/row:2' | Push-ZLayerManifest -Destination "$name/o/one:1" -ErrorVariable problem -ErrorAction SilentlyContinue | Should -HaveCount 1
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
    }

    It 'take images of the registry without fetching them' {
        $list = New-ZLayerManifest "$name/o/again:1" -Image "$name/o/app:1.0" -Root (Join-Path $TestDrive 'empty')
        $list.Entries.IsLocal | Should -Not -Contain $true
        $pushed = $list | Push-ZLayerManifest -RemoveLocal
        $pushed.Mounted | Should -Be 4
        Get-ZLayerManifest -Root (Join-Path $TestDrive 'empty') | Should -BeNullOrEmpty
    }

    It 'go out as Docker manifest lists' {
        [void] (New-ZLayerManifest lists/docker:1 -Image app:amd64)
        (Push-ZLayerManifest lists/docker:1 "$name/o/docker:1" -Format Docker).MediaType | Should -Be 'application/vnd.docker.distribution.manifest.list.v2+json'
    }

    It 'go out in the compression that is named, and images too' {
        [void] (New-ZLayerManifest "$($registry.Name)/compressed:1" -Image app:amd64 | Push-ZLayerManifest -Compression Zstd -CompressionLevel 3)
        (Get-ZLayerImage "$($registry.Name)/compressed:1" -Remote -Platform linux/amd64).Manifest.Layers[0].MediaType | Should -BeLike '*tar+zstd'
        $other = Join-Path $TestDrive compressed
        [void] (Receive-ZLayerImage "$($registry.Name)/compressed:1" -Platform linux/amd64 -Root $other)
        foreach ($forced in $false, $true) {
            [void] (Push-ZLayerImage "$($registry.Name)/compressed:1" "$($registry.Name)/compressed:2" -Compression Gzip -CompressionLevel 9 -ForceCompression:$forced -Root $other)
            (Get-ZLayerImage "$($registry.Name)/compressed:2" -Remote -Platform linux/amd64).Manifest.Layers[0].MediaType | Should -BeLike $(if ($forced) { '*tar+gzip' } else { '*tar+zstd' })
        }
    }

    It 'are read by skopeo' -Skip:(-not $hasSkopeo) {
        (skopeo inspect --raw --tls-verify=false "docker://$name/o/app:1.0" | ConvertFrom-Json).manifests.platform.architecture | Should -Be 'amd64', 'arm64'
    }

    It 'show with -WhatIf what would be pushed' {
        Push-ZLayerManifest lists/docker:1 "$name/o/never:1" -WhatIf
        Get-ZLayerManifest "$name/o/never:1" -Remote -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
    }
}
