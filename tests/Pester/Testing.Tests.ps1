# What users do who test their own scripts.
BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    Import-Module $ModulePath
}

Describe 'The example of a tested script' {
    It 'passes' {
        $lines = Invoke-FreshPwsh @"
Import-Module '$((Get-Module Pester).Path)'
Import-Module '$ModulePath'
`$configuration = New-PesterConfiguration
`$configuration.Run.Path = '$RepositoryRoot/examples/testing'
`$configuration.Run.PassThru = `$true
`$configuration.Output.Verbosity = 'None'
`$run = Invoke-Pester -Configuration `$configuration
"passed `$(`$run.PassedCount) failed `$(`$run.FailedCount)"
"@
        $lines | Select-Object -Last 1 | Should -Be 'passed 3 failed 0'
    }
}

Describe 'The fake runtime in a session' {
    BeforeEach {
        $env:ZLAYER_RUNTIME = 'fake'
        $env:ZLAYER_HOME = Join-Path $TestDrive ([guid]::NewGuid().ToString('n'))
    }

    AfterEach { $env:ZLAYER_RUNTIME = $env:ZLAYER_HOME = $env:ZLAYER_TEST_CHANGE = $null }

    It 'keeps its containers when the environment changes' {
        [void](Start-ZLayerContainer -Image web:1 -Name web)
        $env:ZLAYER_TEST_CHANGE = 'x'
        (Get-ZLayerContainer).Name | Should -Be 'web'
    }

    It 'is empty in another data root' {
        [void](Start-ZLayerContainer -Image web:1 -Name web)
        $env:ZLAYER_HOME = Join-Path $TestDrive 'other'
        Get-ZLayerContainer | Should -BeNullOrEmpty
    }

    It 'runs scripts that were copied in' {
        Set-Content "$TestDrive/serve" "#!/bin/sh`necho serving `$1" -NoNewline
        & chmod +x "$TestDrive/serve"
        [void](New-ZLayerContainer web:1 -Name web -Command serve, it)
        Copy-ZLayerContainerItem web "$TestDrive/serve" /usr/bin
        Start-ZLayerContainer web
        (Get-ZLayerContainerLog web).Text | Should -Be 'serving it'
    }

    It 'takes no real time to sleep' {
        [void](Start-ZLayerContainer -Image web:1 -Name web -Command sh, '-c', 'sleep 86400; exit 3')
        (Wait-ZLayerContainer web).ExitCode | Should -Be 3
    }

    It 'lets every cmdlet be mocked' {
        Mock Invoke-ZLayerCommand { 'mocked' }
        Invoke-ZLayerCommand web -- true | Should -Be 'mocked'
        Mock Get-ZLayerContainerLog { [pscustomobject]@{ Text = 'line' } }
        ([pscustomobject]@{ Name = 'web' } | Get-ZLayerContainerLog).Text | Should -Be 'line'
    }
}
