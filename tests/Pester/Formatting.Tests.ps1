BeforeDiscovery {
    . "$PSScriptRoot/Support.ps1"
    Import-Module $ModulePath
    $types = Get-Command -Module ZLayer -CommandType Cmdlet | ForEach-Object { $_.OutputType.Type } |
        Where-Object { $_ -and $_ -ne [void] -and $_.FullName -like 'ZLayer.*' } | Sort-Object FullName -Unique | ForEach-Object { @{ Name = $_.FullName } }
}

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    Import-Module $ModulePath
}

Describe 'The view of <Name>' -ForEach $types {
    BeforeAll { $views = Get-FormatData -TypeName $Name -PowerShellVersion $PSVersionTable.PSVersion }

    It 'exists' { $views | Should -Not -BeNullOrEmpty }

    It 'has at most seven columns, with labels' {
        foreach ($view in $views.FormatViewDefinition | Where-Object { $_.Control -is [System.Management.Automation.TableControl] }) {
            $view.Control.Headers.Count | Should -BeLessOrEqual 7
            $view.Control.Headers.Label | Should -Not -Contain $null
        }
    }

    It 'shows properties that exist' {
        $type = $Name -as [type]
        $members = $type.GetProperties().Name + (Get-TypeData -TypeName $Name).Members.Keys
        foreach ($definition in $views.FormatViewDefinition) {
            $entries = switch ($definition.Control) {
                { $_ -is [System.Management.Automation.TableControl] } { $_.Rows.Columns.DisplayEntry }
                { $_ -is [System.Management.Automation.ListControl] } { $_.Entries.Items.DisplayEntry }
                { $_ -is [System.Management.Automation.WideControl] } { $_.Entries.DisplayEntry }
            }
            foreach ($entry in $entries) {
                if ("$($entry.ValueType)" -eq 'Property') { $entry.Value | Should -BeIn $members }
                else {
                    foreach ($match in [regex]::Matches($entry.Value, '^\$_\.(?<name>\w+)|[^$\w]\$_\.(?<name>\w+)')) {
                        if ($entry.Value -notmatch 'ForEach-Object') { $match.Groups['name'].Value | Should -BeIn $members -Because $entry.Value }
                    }
                }
            }
        }
    }
}

Describe 'Quantities' {
    It 'writes sizes with three digits' -ForEach @(
        @{ Bytes = 0; Text = '0 B' }, @{ Bytes = 999; Text = '999 B' }, @{ Bytes = 1000; Text = '1.00 kB' }, @{ Bytes = 12345; Text = '12.3 kB' },
        @{ Bytes = 187000000; Text = '187 MB' }, @{ Bytes = 999600; Text = '1.00 MB' }, @{ Bytes = 1240000000; Text = '1.24 GB' }
    ) { [ZLayer.PowerShell.Quantity]::Size($Bytes) | Should -Be $Text }

    It 'writes ages' -ForEach @(
        @{ Seconds = 5; Text = '5 s ago' }, @{ Seconds = 300; Text = '5 min ago' }, @{ Seconds = 7300; Text = '2 h ago' }, @{ Seconds = 260000; Text = '3 days ago' },
        @{ Seconds = 86400 * 100; Text = '3 months ago' }, @{ Seconds = 86400 * 900; Text = '2 years ago' }
    ) { [ZLayer.PowerShell.Quantity]::Age([DateTimeOffset]::UtcNow.AddSeconds(-$Seconds)) | Should -Be $Text }

    It 'writes nothing for no time' { [ZLayer.PowerShell.Quantity]::Age($null) | Should -Be '' }

    It 'lets colours through and nothing else that controls a terminal' {
        $escape = [char]27
        [ZLayer.PowerShell.Quantity]::Printable("$escape[31mred$escape[0m$escape]0;title$([char]7)$escape[2J") |
            Should -Be "$escape[31mred$escape[0m$([char]0xFFFD)]0;title$([char]0xFFFD)$([char]0xFFFD)[2J"
    }
}

Describe 'What is shown' {
    It 'writes an image as a table without changing its numbers' {
        $image = [ZLayer.Core.Images.ImageInfo]::new()
        $image.Size | Should -BeOfType [long]
        $lines = ($image | Format-Table | Out-String -Width 160) -split "`n" | Where-Object { $_.Trim() }
        $lines[0] | Should -Match 'Repository\s+Tag\s+Id\s+Platform\s+Created\s+Size'
        $lines[-1] | Should -Match '<none>'
    }

    It 'writes an event of a build as its line' {
        $event = [ZLayer.Core.Builds.Events.InstructionStarted]::new(4, 0, 1, 'build 2/5', 'RUN make')
        ($event | Out-String).Trim() | Should -Be '#4 [build 2/5] RUN make'
    }

    It 'keeps colours out of what is captured as plain text' {
        $before = $PSStyle.OutputRendering
        $PSStyle.OutputRendering = 'PlainText'
        try { (Get-ZLayerBuilder | Out-String) | Should -Not -Match ([char]27) }
        finally { $PSStyle.OutputRendering = $before }
    }
}

Describe 'Objects that come back from jobs, remote sessions and files' {
    BeforeAll {
        $env:ZLAYER_HOME = Join-Path $TestDrive 'revived'
        function Copy-ThroughSerializer($Value) {
            [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($Value, 2))
        }
        $context = New-Item -ItemType Directory -Path (Join-Path $TestDrive 'revived-context')
        Set-Content -LiteralPath "$context/Dockerfile" -Value "FROM scratch`nLABEL a=b`nCOPY Dockerfile /"
        $made = Invoke-ZLayerBuild $context -Tag revived:1
        $container = Start-ZLayerContainer -Image busybox -Name web -Runtime fake -Port 8080:80 -- sleep 100
    }

    AfterAll {
        $container | Remove-ZLayerContainer -Force
        $env:ZLAYER_HOME = $null
    }

    It 'look as before: <Kind>' -ForEach @(
        @{ Kind = 'an image'; Get = { Get-ZLayerImage revived:1 } }
        @{ Kind = 'a build'; Get = { $made } }
        @{ Kind = 'a container'; Get = { $container } }
        @{ Kind = 'a step'; Get = { Get-ZLayerImageHistory revived:1 } }
        @{ Kind = 'a layer'; Get = { Get-ZLayerLayer revived:1 } }
        @{ Kind = 'storage'; Get = { Get-ZLayerStorage } }
        @{ Kind = 'an event'; Get = { Get-ZLayerEvent -Runtime fake | Select-Object -First 1 } }
        @{ Kind = 'a runtime'; Get = { Get-ZLayerRuntime fake } }
        @{ Kind = 'a builder'; Get = { Get-ZLayerBuilder } }
    ) {
        Set-StrictMode -Version Latest
        $things = & $Get
        # Ages go on.
        $shown, $revived = $things, (Copy-ThroughSerializer $things) | ForEach-Object { ($_ | Format-Table | Out-String -Width 300) -replace '\d+ s ago', 'now' }
        $shown.Trim() | Should -Not -BeNullOrEmpty
        $revived | Should -Be $shown
    }

    It 'have the values that they had' {
        $revived = Copy-ThroughSerializer $container
        $revived.State | Should -Be 'Running'
        $revived.State -eq [ZLayer.Core.Runtimes.ContainerState]::Running | Should -BeTrue
        $revived.Created | Should -Be $container.Created
        (Copy-ThroughSerializer (Get-ZLayerImage revived:1)).Platform | Should -Be (Get-ZLayerImage revived:1).Platform
        (Copy-ThroughSerializer (Get-ZLayerImage revived:1)).Reference | Should -Be (Get-ZLayerImage revived:1).Reference
    }

    It 'know every kind of value: <_>' -ForEach @(
        & {
            . "$PSScriptRoot/Support.ps1"
            Import-Module $ModulePath
            Get-Command -Module ZLayer -CommandType Cmdlet | ForEach-Object { $_.OutputType.Type } | Where-Object { $_ -and $_.FullName -like 'ZLayer.Core.*' -and -not $_.IsEnum } |
                ForEach-Object { $_.GetProperties().PropertyType } | ForEach-Object { [System.Nullable]::GetUnderlyingType($_) ?? $_ } |
                Where-Object { $_.IsEnum -and $_.FullName -like 'ZLayer.*' } | ForEach-Object FullName | Sort-Object -Unique
        }
    ) {
        $value = [enum]::GetValues($_ -as [type])[-1]
        Copy-ThroughSerializer $value | Should -BeOfType ($_ -as [type])
    }
}
