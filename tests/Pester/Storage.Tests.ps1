BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    Import-Module $ModulePath
}

AfterAll { $env:ZLAYER_HOME = $null }

Describe 'Clear-ZLayerStorage' {
    BeforeEach {
        $env:ZLAYER_HOME = Join-Path $TestDrive ([guid]::NewGuid().ToString('n'))
        $context = New-Item -ItemType Directory -Path (Join-Path $TestDrive ([guid]::NewGuid().ToString('n')))
        Set-Content -LiteralPath "$context/data" -Value ('some data ' * 1000)
        Set-Content -LiteralPath "$context/Dockerfile" -Value "FROM scratch`nCOPY data /data"
        $null = Invoke-ZLayerBuild $context -Tag kept:1
    }

    It 'keeps named images and what they need' {
        Clear-ZLayerStorage All -Force | Out-Null
        Get-ZLayerImage kept:1 | Should -HaveCount 1
        Export-ZLayerImage kept:1 "$TestDrive/$([guid]::NewGuid()).tar" | Should -HaveCount 1
    }

    It 'removes unused images with -All, and says what went' {
        $results = @(Clear-ZLayerStorage All -All -Force)
        $results | ForEach-Object { $_.PSTypeNames[0] | Should -Be 'ZLayer.Core.Storage.PruneResult' }
        ($results | Measure-Object ReclaimedBytes -Sum).Sum | Should -BeGreaterThan 1000
        Get-ZLayerImage | Should -BeNullOrEmpty
        ($results | Format-Table | Out-String) | Should -Match 'Reclaimed'
    }

    It 'lists victims and bytes under -WhatIf, and removes nothing' {
        $text = (Invoke-FreshPwsh "`$env:ZLAYER_HOME = '$env:ZLAYER_HOME'; Import-Module '$ModulePath'; Clear-ZLayerStorage All -All -WhatIf") -join "`n"
        $text | Should -Match 'What if'
        $text | Should -Match 'kept:1'
        $text | Should -Match '\d (B|kB|MB)'
        Get-ZLayerImage | Should -HaveCount 1
    }

    It 'names -Force where nobody can be asked' {
        $text = Invoke-FreshPwsh "`$env:ZLAYER_HOME = '$env:ZLAYER_HOME'; Import-Module '$ModulePath'; try { Clear-ZLayerStorage All -All } catch { `$_.FullyQualifiedErrorId; `$_.ErrorDetails.RecommendedAction }"
        $text | Should -Be 'InteractiveHostRequired,ZLayer.PowerShell.Commands.ClearZLayerStorageCommand', 'Add -Force to go on without being asked.'
        Get-ZLayerImage | Should -HaveCount 1
    }

    It 'clears the build cache alone' {
        Clear-ZLayerStorage BuildCache -Force | Out-Null
        (Invoke-ZLayerBuild $context).CacheHits | Should -Be 0
        Get-ZLayerImage kept:1 | Should -HaveCount 1
    }

    It 'clears one kind and says nothing of others, whatever else could go: <Kind>' -ForEach @(
        @{ Kind = 'BuildCache' }
        @{ Kind = 'Image' }
        @{ Kind = 'All' }
    ) {
        # An unnamed image, blobs that nobody names any more, a broken-off download.
        Set-Content -LiteralPath "$context/data" -Value ('other data ' * 1000)
        $null = Invoke-ZLayerBuild $context -Tag kept:1
        Set-Content -LiteralPath "$env:ZLAYER_HOME/ingest/left.partial" -Value 'x'
        $shown = (Invoke-FreshPwsh "`$env:ZLAYER_HOME = '$env:ZLAYER_HOME'; Import-Module '$ModulePath'; Clear-ZLayerStorage $Kind -All -WhatIf") -join "`n"
        $lines = $shown -split "`n" | Where-Object { $_ }
        $lines | Should -BeLike "What if: Performing the operation `"Clear $($Kind -eq 'All' ? '*' : $Kind)`" on target*"
        $results = @(Clear-ZLayerStorage $Kind -All -Force)
        $lines.Count | Should -Be ($results.Removed.Count)
        if ($Kind -eq 'All') { Get-ZLayerImage | Should -BeNullOrEmpty; return }
        $results.Kind | Should -Be $Kind
        if ($Kind -eq 'BuildCache') { Get-ZLayerImage kept:1 | Should -HaveCount 1 }
        else { @(Get-ChildItem -LiteralPath "$env:ZLAYER_HOME/cache/steps").Count | Should -BeGreaterThan 0 }
    }

    It 'shows a line for each thing under -WhatIf' {
        1..3 | ForEach-Object { Set-Content -LiteralPath "$context/data" -Value "data $_"; $null = Invoke-ZLayerBuild $context -Tag "many:$_" }
        $lines = Invoke-FreshPwsh "`$env:ZLAYER_HOME = '$env:ZLAYER_HOME'; Import-Module '$ModulePath'; Clear-ZLayerStorage Image -All -WhatIf"
        1..3 | ForEach-Object { @($lines -match "`"many:$_`"") | Should -HaveCount 1 }
        $lines | Where-Object { $_ } | Should -BeLike 'What if: *'
    }

    It 'writes and deletes no file under -WhatIf' {
        [void] (New-Item -ItemType Directory -Force "$env:ZLAYER_HOME/locks/leases")
        Set-Content -LiteralPath "$env:ZLAYER_HOME/locks/leases/dead" -Value '{}'
        Get-ChildItem -LiteralPath "$env:ZLAYER_HOME/cache/remembered" -ErrorAction Ignore | Remove-Item -Recurse
        $before = Get-ChildItem -LiteralPath $env:ZLAYER_HOME -Recurse -Force | ForEach-Object { "$($_.FullName) $($_.LastWriteTimeUtc.Ticks) $($_.Length)" }
        Clear-ZLayerStorage All -All -OlderThan 0s -WhatIf
        $after = Get-ChildItem -LiteralPath $env:ZLAYER_HOME -Recurse -Force | ForEach-Object { "$($_.FullName) $($_.LastWriteTimeUtc.Ticks) $($_.Length)" }
        Compare-Object $before $after | Should -BeNullOrEmpty
    }

    It 'makes nothing of a directory that is no store, under -WhatIf' {
        $env:ZLAYER_HOME = New-Item -ItemType Directory -Path (Join-Path $TestDrive 'bare')
        Clear-ZLayerStorage All -WhatIf
        Get-ChildItem -LiteralPath $env:ZLAYER_HOME | Should -BeNullOrEmpty
    }

    It 'keeps what is younger than -OlderThan' {
        Clear-ZLayerStorage All -All -OlderThan 1d -Force | Out-Null
        Get-ZLayerImage kept:1 | Should -HaveCount 1
    }

    It 'keeps images without the labels that are asked for' {
        Clear-ZLayerStorage Image -All -Label stage=test -Force | Out-Null
        Get-ZLayerImage kept:1 | Should -HaveCount 1
    }

    It 'does nothing, and asks nothing, when there is nothing to do' {
        $env:ZLAYER_HOME = Join-Path $TestDrive 'empty-root'
        Clear-ZLayerStorage Image | Should -BeNullOrEmpty
    }

    It 'clears containers of the runtime that the session has chosen' {
        Invoke-FreshPwsh @"
Import-Module '$ModulePath'
Use-ZLayerRuntime fake -Root '$TestDrive/chosen'
[void] (New-ZLayerContainer busybox -Name old -- true)
(Clear-ZLayerStorage Container -Force).Kind
@(Get-ZLayerContainer).Count
try { Clear-ZLayerStorage Container, Image -Force } catch { `$_.FullyQualifiedErrorId }
"@ | Should -Be 'Container', '0', 'InvalidArgument,ZLayer.PowerShell.Commands.ClearZLayerStorageCommand'
    }

    It 'wants to be told of which runtime containers are to go' {
        { Clear-ZLayerStorage Container -Force } | Should -Throw '*a runtime does*' -ErrorId 'InvalidArgument,*'
    }

    It 'wants to be told what to clear' {
        Invoke-FreshPwsh "Import-Module '$ModulePath'; try { Clear-ZLayerStorage } catch { `$_.FullyQualifiedErrorId }" | Should -Match 'MissingMandatoryParameter'
    }
}

Describe 'Get-ZLayerStorage' {
    BeforeAll {
        $env:ZLAYER_HOME = Join-Path $TestDrive 'usage'
        $context = New-Item -ItemType Directory -Path (Join-Path $TestDrive 'usage-context')
        Set-Content -LiteralPath "$context/data" -Value ('some data ' * 1000)
        Set-Content -LiteralPath "$context/Dockerfile" -Value "FROM scratch`nCOPY data /data"
        $null = Invoke-ZLayerBuild $context -Tag one:1
    }

    It 'tells what each kind takes' {
        $all = Get-ZLayerStorage
        $all[0].PSTypeNames[0] | Should -Be 'ZLayer.Core.Storage.StorageUsage'
        $all.Kind | Should -Be 'Image', 'Container', 'Layer', 'BuildCache'
        (Get-ZLayerStorage Image).Total | Should -Be 1
        (Get-ZLayerStorage -Kind Image).Size | Should -BeGreaterThan 1000
        (Get-ZLayerStorage buildcache, image).Kind | Sort-Object | Should -Be 'BuildCache', 'Image'
        ($all | Format-Table | Out-String) | Should -Match 'Reclaimable'
    }

    It 'makes no root of its own' {
        $none = Join-Path $TestDrive 'no-root'
        (Get-ZLayerStorage -Root $none).Size | Measure-Object -Sum | ForEach-Object Sum | Should -Be 0
        $none | Should -Not -Exist
    }
}
