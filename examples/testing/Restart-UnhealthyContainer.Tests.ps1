# Tests of a script that manages containers, without an engine: Invoke-Pester ./Restart-UnhealthyContainer.Tests.ps1
BeforeAll {
    if (-not (Get-Module ZLayer)) { Import-Module ZLayer }
}

Describe 'Against the fake runtime' {
    BeforeAll {
        # Every cmdlet works as with an engine; a new data root is an empty runtime.
        $env:ZLAYER_RUNTIME = 'fake'
        $env:ZLAYER_HOME = Join-Path $TestDrive 'zlayer'
        [void](Start-ZLayerContainer -Image web:1 -Name well -HealthCheck @{ Test = 'CMD', 'true' })
        [void](Start-ZLayerContainer -Image web:1 -Name ill -HealthCheck @{ Test = 'CMD', 'false' })
        [void](Start-ZLayerContainer -Image web:1 -Name unchecked)
    }

    AfterAll { $env:ZLAYER_RUNTIME = $env:ZLAYER_HOME = $null }

    It 'restarts what is ill, and nothing else' {
        $before = (Get-ZLayerContainer well, ill).StartedAt
        & "$PSScriptRoot/Restart-UnhealthyContainer.ps1" | Should -Be 'ill'
        $after = (Get-ZLayerContainer well, ill).StartedAt
        $after[0] | Should -Be $before[0]
        $after[1] | Should -BeGreaterThan $before[1]
    }

    It 'changes nothing with -WhatIf' {
        & "$PSScriptRoot/Restart-UnhealthyContainer.ps1" -WhatIf | Should -BeNullOrEmpty
    }
}

Describe 'With mocks' {
    BeforeAll {
        Mock Get-ZLayerContainer { [pscustomobject]@{ Name = 'ill'; Health = 'Unhealthy' } }
        Mock Restart-ZLayerContainer { }
    }

    It 'restarts what is ill' {
        & "$PSScriptRoot/Restart-UnhealthyContainer.ps1" | Should -Be 'ill'
        Should -Invoke Restart-ZLayerContainer -Times 1 -Exactly
    }
}
