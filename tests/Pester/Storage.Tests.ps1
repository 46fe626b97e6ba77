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
        $results | ForEach-Object { $_ | Should -BeOfType ([ZLayer.Core.Storage.PruneResult]) }
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
