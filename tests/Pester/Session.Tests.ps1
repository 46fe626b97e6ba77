# Jobs, parallel runspaces, and the language mode of locked-down machines.
BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    Import-Module $ModulePath
    $env:ZLAYER_HOME = Join-Path $TestDrive 'root'
}

AfterAll { $env:ZLAYER_HOME = $null }

Describe 'Several runspaces and processes on one data root' {
    It 'build at the same time' {
        $module = $ModulePath
        $results = 1..4 | ForEach-Object -ThrottleLimit 4 -Parallel {
            Import-Module $using:module
            Invoke-ZLayerBuild -Definition "FROM scratch`nLABEL number=$_" -Tag "parallel:$_"
        }
        $results | Should -HaveCount 4
        (Get-ZLayerImage parallel).Tag | Sort-Object | Should -Be '1', '2', '3', '4'
    }

    It 'keep their logins to themselves' {
        $module = $ModulePath
        $credential = [pscredential]::new('u', (ConvertTo-SecureString 'p' -AsPlainText))
        [void] (Connect-ZLayerRegistry private.invalid -Credential $credential -NoVerify)
        $there = 1 | ForEach-Object -Parallel {
            Import-Module $using:module
            $line = 'Disconnect-ZLayerRegistry private'
            (TabExpansion2 -inputScript $line -cursorColumn $line.Length).CompletionMatches.CompletionText
        }
        $there | Should -Be 'private'
        Disconnect-ZLayerRegistry -All
    }

    It 'honour an environment that changes between two cmdlets' {
        $env:ZLAYER_HOME = Join-Path $TestDrive 'second'
        Get-ZLayerImage | Should -BeNullOrEmpty
        $env:ZLAYER_HOME = Join-Path $TestDrive 'root'
        Get-ZLayerImage parallel | Should -HaveCount 4
    }
}

Describe 'Constrained language' {
    It 'needs no types and no methods' {
        $result = Invoke-FreshPwsh @"
`$env:ZLAYER_HOME = '$TestDrive/constrained'
Import-Module '$ModulePath'
`$ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'
`$built = Invoke-ZLayerBuild -Definition 'FROM scratch' -Tag a:1 -Label @{ a = 'b' } -Platform linux/arm64 -Secret @{ id = 's'; Value = 'v' } -Output @{ type = 'oci'; dest = '$TestDrive/constrained.tar' }
`$built.LayerCount
(Get-ZLayerImage -Label @{ a = 'b' }).Repository
(Get-ZLayerImage a:1 | Add-ZLayerImageTag -Tag b:1 -PassThru).Repository
Get-ZLayerImage | Format-Table | Out-String | ForEach-Object { [bool](`$_ -match 'Repository') }
Clear-ZLayerStorage All -OlderThan 1d -KeepBytes 1GB -Force
"@
        $result | Should -Be '0', 'a', 'b', 'True'
    }
}

Describe 'The data root' {
    It 'must be of the file system' {
        { Get-ZLayerImage -Root 'Env:/x' } | Should -Throw -ErrorId 'InvalidArgument,ZLayer.PowerShell.Commands.GetZLayerImageCommand'
    }

    It 'may be relative to the current location' {
        Push-Location $TestDrive
        try { (Invoke-ZLayerBuild -Definition 'FROM scratch' -Tag a:1 -Root ./relative).Tags | Should -HaveCount 1 } finally { Pop-Location }
        (Get-ZLayerImage a:1 -Root "$TestDrive/relative").Root | Should -Be "$TestDrive/relative"
    }

    It 'that cannot be made is an error that names it' -Skip:(-not $IsLinux) {
        Set-Content -LiteralPath "$TestDrive/file" -Value 'no directory'
        { Invoke-ZLayerBuild -Definition 'FROM scratch' -Root "$TestDrive/file/root" } | Should -Throw -ErrorId 'Storage*' -ExpectedMessage "*$TestDrive/file/root*"
    }
}

Describe 'A data root that is deleted while the session lives' {
    It 'is made again' {
        $env:ZLAYER_HOME = Join-Path $TestDrive 'deleted'
        [void] (Invoke-ZLayerBuild -Definition 'FROM scratch' -Tag a:1)
        Remove-Item -LiteralPath $env:ZLAYER_HOME -Recurse -Force
        Get-ZLayerImage | Should -BeNullOrEmpty
        Invoke-ZLayerBuild -Definition 'FROM scratch' -Tag a:1 | Should -HaveCount 1
    }
}

Describe 'Objects as text' {
    BeforeAll {
        $env:ZLAYER_HOME = Join-Path $TestDrive 'text'
        foreach ($number in 1..4) { [void] (Invoke-ZLayerBuild -Definition "FROM scratch`nLABEL number=$number" -Tag "parallel:$number") }
    }

    It 'have the identity that people use as their text' {
        $image = Get-ZLayerImage parallel:1
        "$image" | Should -Be 'parallel:1'
        "$($image.Id)" | Should -Match '^sha256:[0-9a-f]{64}$'
        "$($image.Platform)" | Should -Match '^linux/'
    }

    It 'sort and group' {
        (Get-ZLayerImage parallel | Sort-Object Reference).Tag | Should -Be '1', '2', '3', '4'
        Get-ZLayerImage parallel | Group-Object Repository | Should -HaveCount 1
    }

    It 'have the documents that registries know, byte for byte' {
        $detail = Get-ZLayerImage parallel:1 -Detailed
        $hash = [System.Security.Cryptography.SHA256]::HashData([System.Text.Encoding]::UTF8.GetBytes($detail.RawConfig))
        [convert]::ToHexString($hash).ToLowerInvariant() | Should -Be $detail.Id.Hex
    }
}
