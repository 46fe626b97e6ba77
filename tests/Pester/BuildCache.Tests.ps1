# The entries of the build cache, one by one.
BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    Import-Module $ModulePath
}

AfterAll { $env:ZLAYER_HOME = $null }

Describe 'Get-ZLayerBuildCache' {
    BeforeEach {
        $env:ZLAYER_HOME = Join-Path $TestDrive ([guid]::NewGuid().ToString('n'))
        $context = New-Item -ItemType Directory -Path (Join-Path $TestDrive ([guid]::NewGuid().ToString('n')))
        Set-Content -LiteralPath "$context/data" -Value ('some data ' * 1000)
        Set-Content -LiteralPath "$context/Dockerfile" -Value "FROM scratch`nCOPY data /first`nCOPY data /second"
        $null = Invoke-ZLayerBuild $context -Tag kept:1
    }

    It 'tells of each step what it is, how big it is and when it was used' {
        $steps = @(Get-ZLayerBuildCache -Type Step)
        $steps.Description | Sort-Object | Should -Be 'COPY data /first', 'COPY data /second'
        $steps | ForEach-Object {
            $_.PSTypeNames[0] | Should -Be 'ZLayer.Core.Storage.BuildCacheEntry'
            $_.Size | Should -BeGreaterThan 10000
            $_.IsShared | Should -BeTrue
            $_.InUse | Should -BeFalse
            $_.LastUsed | Should -BeGreaterThan (Get-Date).AddMinutes(-10)
            $_.Root | Should -Be $env:ZLAYER_HOME
        }
    }

    It 'finds entries by the beginning of their ids and by patterns' {
        $step = Get-ZLayerBuildCache -Type Step | Select-Object -First 1
        (Get-ZLayerBuildCache $step.Id.Substring(0, 12)).Id | Should -Be $step.Id
        (Get-ZLayerBuildCache "$($step.Id.Substring(0, 6))*").Id | Should -Be $step.Id
        { Get-ZLayerBuildCache nothing -ErrorAction Stop } | Should -Throw -ErrorId 'PathNotFound,*'
        Get-ZLayerBuildCache 'nothing*' | Should -BeNullOrEmpty
        (TabExpansion2 "Get-ZLayerBuildCache $($step.Id.Substring(0, 4))" 25).CompletionMatches[0].CompletionText | Should -Be $step.Id
    }

    It 'is empty in a root that is not there, and makes none' {
        Get-ZLayerBuildCache -Root "$TestDrive/nowhere" | Should -BeNullOrEmpty
        "$TestDrive/nowhere" | Should -Not -Exist
    }

    It 'is seen in the default view, also as it comes from a job' {
        $entries = Get-ZLayerBuildCache -Type Step
        $copies = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($entries))
        foreach ($shown in $entries, $copies) { ($shown | Out-String) | Should -Match 'Step\s+1[\d.]+ kB.*COPY data' }
    }

    It 'is cleared entry by entry, from every form of its objects' {
        $first = Get-ZLayerBuildCache -Type Step | Where-Object Description -Like '*/first'
        $first | Clear-ZLayerStorage -WhatIf
        Get-ZLayerBuildCache -Type Step | Should -HaveCount 2
        ($first | Clear-ZLayerStorage -Force).Removed | Should -Be $first.Id
        (Get-ZLayerBuildCache -Type Step).Description | Should -Be 'COPY data /second'
        Get-ZLayerBuildCache -Type Step | ConvertTo-Json -WarningAction SilentlyContinue | ConvertFrom-Json | Clear-ZLayerStorage -Force | Should -HaveCount 1
        Get-ZLayerBuildCache -Type Step | Should -BeNullOrEmpty
        Get-ZLayerImage kept:1 | Should -HaveCount 1
        Export-ZLayerImage kept:1 "$TestDrive/$([guid]::NewGuid()).tar" | Should -HaveCount 1
    }

    It 'is cleared in the root that it came from' {
        $entry = Get-ZLayerBuildCache -Type Step | Select-Object -First 1
        $other = Join-Path $TestDrive ([guid]::NewGuid().ToString('n'))
        $null = Invoke-ZLayerBuild $context -Root $other
        $entry | Clear-ZLayerStorage -Force -Root $other | Should -HaveCount 1
        Get-ZLayerBuildCache -Type Step -Root $other | Should -HaveCount 2
        Get-ZLayerBuildCache -Type Step | Should -HaveCount 1
    }

    It 'is not taken for what other objects name' {
        { Get-ZLayerImage | Clear-ZLayerStorage -Force -ErrorAction Stop } | Should -Throw -ExpectedMessage '*ImageInfo*'
        Get-ZLayerImage | Should -HaveCount 1
    }
}
