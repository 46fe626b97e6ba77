# What may be piped and passed where an image is asked for, and how other values are written.
BeforeDiscovery {
    . "$PSScriptRoot/Support.ps1"
    $hasBusybox = [bool](Get-Command busybox -CommandType Application -ErrorAction Ignore)
}

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    Import-Module $ModulePath
    $env:ZLAYER_HOME = Join-Path $TestDrive 'root'

    function Convert-With([string] $Attribute, $Value) {
        $type = "ZLayer.PowerShell.Transformation.${Attribute}Attribute" -as [type]
        [Activator]::CreateInstance($type).Transform($ExecutionContext, $Value)
    }
}

AfterAll { $env:ZLAYER_HOME = $null }

Describe 'What names an image' {
    It 'refuses <Kind>' -ForEach @(
        @{ Kind = 'a process'; Value = { Get-Process -Id $PID } }
        @{ Kind = 'a file'; Value = { Get-Item -LiteralPath $TestDrive } }
        @{ Kind = 'a number'; Value = { 5 } }
        @{ Kind = 'a container'; Value = { [void] (New-ZLayerContainer busybox -Name other -Runtime fake); Get-ZLayerContainer other -Runtime fake; Remove-ZLayerContainer other -Runtime fake } }
        @{ Kind = 'selected properties of a container'; Value = { New-ZLayerContainer busybox -Name chosen -Runtime fake | Select-Object Name, Image; Remove-ZLayerContainer chosen -Runtime fake } }
        @{ Kind = 'an event of a container'; Value = { Get-ZLayerEvent -Type container -Runtime fake | Select-Object -Last 1 } }
        @{ Kind = 'a runtime'; Value = { Get-ZLayerRuntime fake } }
        @{ Kind = 'a process that became a property bag'; Value = { Get-Process -Id $PID | Select-Object Name, Id } }
        @{ Kind = 'a process that came back from a job'; Value = { [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize((Get-Process -Id $PID), 1)) } }
        @{ Kind = 'an empty text'; Value = { '' } }
        @{ Kind = 'a blank text'; Value = { ' ' } }
    ) {
        $problem = $null
        & $Value | Get-ZLayerImage -ErrorVariable problem -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problem[0].FullyQualifiedErrorId | Should -Be 'ParameterArgumentTransformationError,ZLayer.PowerShell.Commands.GetZLayerImageCommand'
    }

    It 'goes on with the next item after one that it refuses' {
        $problem = $null
        1, 'none*', 2 | Get-ZLayerImage -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem | Should -HaveCount 2
    }

    It 'takes a property bag by <Property>' -ForEach @(
        @{ Property = 'Reference'; Bag = @{ Reference = 'docker.io/library/a:1'; Id = 'x' }; Expected = 'docker.io/library/a:1' }
        @{ Property = 'repository and tag'; Bag = @{ Repository = 'a'; Tag = '1' }; Expected = 'a:1' }
        @{ Property = 'Image'; Bag = @{ Image = 'a:2' }; Expected = 'a:2' }
        @{ Property = 'Name'; Bag = @{ Name = 'a:3' }; Expected = 'a:3' }
        @{ Property = 'Name, not where it goes'; Bag = @{ Name = 'a:3'; Destination = 'b:3' }; Expected = 'a:3' }
        @{ Property = 'Destination'; Bag = @{ Destination = 'b:3' }; Expected = 'b:3' }
        @{ Property = 'Id'; Bag = @{ Id = 'sha256:1234' }; Expected = 'sha256:1234' }
        @{ Property = 'Id of an image without a name'; Bag = @{ Repository = '<none>'; Tag = '<none>'; Id = 'sha256:1234' }; Expected = 'sha256:1234' }
    ) {
        "$(Convert-With ImageIdentity ([pscustomobject] $Bag))" | Should -Be $Expected
    }

    It 'takes rows of a CSV file' {
        "$(Convert-With ImageIdentity ("Repository,Tag`nnginx,1.27" | ConvertFrom-Csv))" | Should -Be 'nginx:1.27'
    }

    It 'takes <Kind>' -ForEach @(
        @{ Kind = 'an image of a runtime'; Value = { Receive-ZLayerImage debian:13 -Runtime fake }; Expected = 'debian:13' }
        @{ Kind = 'selected properties of an image'; Value = { Receive-ZLayerImage debian:13 -Runtime fake | Select-Object Repository, Tag }; Expected = 'debian:13' }
        @{ Kind = 'an event of an image'; Value = { [void] (Receive-ZLayerImage debian:12 -Runtime fake); Get-ZLayerEvent -Type image -Runtime fake | Select-Object -Last 1 }; Expected = 'debian:12' }
        @{ Kind = 'a tag of a registry'; Value = { [ZLayer.Core.Registries.RegistryTag]@{ Repository = 'localhost:5000/app'; Name = '1.0' } }; Expected = 'localhost:5000/app:1.0' }
        @{ Kind = 'a result of a search'; Value = { [ZLayer.Core.Runtimes.ImageSearchResult]@{ Name = 'nginx' } }; Expected = 'nginx' }
    ) { "$(Convert-With ImageIdentity (& $Value))" | Should -BeLike "*$Expected" }

    It 'remembers the data root of an object' {
        (Convert-With ImageIdentity ([pscustomobject]@{ Reference = 'a:1'; Root = '/somewhere' })).Root | Should -Be '/somewhere'
    }

    It 'takes lists of several kinds' {
        $list = Convert-With ImageIdentity @('a:1', [pscustomobject]@{ Name = 'b:1' }, [ZLayer.Core.Oci.ImageReference]::Parse('c'))
        $list | ForEach-Object { "$_" } | Should -Be 'a:1', 'b:1', 'docker.io/library/c:latest'
    }
}

Describe 'Objects of one data root' -Skip:(-not $hasBusybox) {
    BeforeAll {
        $tar = New-RootFs $TestDrive
        $one = New-ZLayerImage $tar -Tag one:1 -Root "$TestDrive/one"
        [void] (New-ZLayerImage $tar -Tag one:1 -Root "$TestDrive/two")
    }

    It 'are looked up in it, whatever the default says' {
        $PSDefaultParameterValues['*-ZLayer*:Root'] = "$TestDrive/two"
        try { Get-ZLayerImage -Root "$TestDrive/one" | Add-ZLayerImageTag -Tag added:1 }
        finally { $PSDefaultParameterValues.Clear() }
        Get-ZLayerImage 'added*' -Root "$TestDrive/one" | Should -HaveCount 1
        Get-ZLayerImage 'added*' -Root "$TestDrive/two" | Should -BeNullOrEmpty
        Remove-ZLayerImage added:1 -Root "$TestDrive/one"
    }

    It 'are understood when they come back from a job' {
        $module = $ModulePath
        $there = Start-Job { Import-Module $using:module; Get-ZLayerImage -Root "$using:TestDrive/one" } | Receive-Job -Wait -AutoRemoveJob
        $there.PSObject.TypeNames[0] | Should -Match '^Deserialized\.ZLayer'
        "$($there | Get-ZLayerImage)" | Should -Be 'one:1'
        ($there | Get-ZLayerImage).Root | Should -Be "$TestDrive/one"
    }

    It 'are understood when they come back from a CSV file' {
        Get-ZLayerImage -Root "$TestDrive/one" | Export-Csv "$TestDrive/images.csv"
        "$(Import-Csv "$TestDrive/images.csv" | Get-ZLayerImage)" | Should -Be 'one:1'
    }

    It 'are named by delay-bound script blocks and splatting' {
        $arguments = @{ Reference = 'one:1'; Root = "$TestDrive/one" }
        "$(Get-ZLayerImage @arguments)" | Should -Be 'one:1'
        [pscustomobject]@{ Which = 'one:1' } | Get-ZLayerImage -Reference { $_.Which } -Root "$TestDrive/one" | ForEach-Object { "$_" } | Should -Be 'one:1'
    }
}

Describe 'Values that users write' {
    It 'reads the size <Text>' -ForEach @(
        @{ Text = '512'; Bytes = 512 }, @{ Text = '512m'; Bytes = 512MB }, @{ Text = '1GiB'; Bytes = 1GB }, @{ Text = '1.5 kb'; Bytes = 1536 }, @{ Text = '10GB'; Bytes = 10GB },
        @{ Text = 2KB; Bytes = 2048 }, @{ Text = '0'; Bytes = 0 }
    ) { Convert-With ByteSize $Text | Should -Be $Bytes }

    It 'refuses the size <_>' -ForEach 'much', '', '-1', '1x', 'GB', '5ib' {
        $text = $_
        { Convert-With ByteSize $text } | Should -Throw '*is not a size*512MB*'
    }

    It 'reads the duration <Text>' -ForEach @(
        @{ Text = '30s'; Seconds = 30 }, @{ Text = '1h30m'; Seconds = 5400 }, @{ Text = '7d'; Seconds = 604800 }, @{ Text = '2w'; Seconds = 1209600 }, @{ Text = 90; Seconds = 90 },
        @{ Text = '00:01:00'; Seconds = 60 }, @{ Text = '1.5'; Seconds = 1.5 }, @{ Text = '500ms'; Seconds = 0.5 }
    ) { (Convert-With Duration $Text).TotalSeconds | Should -Be $Seconds }

    It 'refuses the duration <_>' -ForEach 'soon', '5y', '-5s', '' {
        $text = $_
        { Convert-With Duration $text } | Should -Throw '*is not a duration*7d*'
    }

    It 'takes a TimeSpan as it is' { Convert-With Duration ([timespan]::FromDays(3)) | Should -Be ([timespan]::FromDays(3)) }

    It 'reads platforms, several in one text too' {
        (Convert-With Platform 'linux/amd64,linux/arm/v7') | ForEach-Object { "$_" } | Should -Be 'linux/amd64', 'linux/arm/v7'
        "$(Convert-With Platform ([pscustomobject]@{ Os = 'linux'; Architecture = 'arm64' }))" | Should -Be 'linux/arm64'
        { Convert-With Platform 'a/b/c/d' } | Should -Throw '*is not a platform*linux/amd64*'
    }

    It 'reads names with values' {
        $table = Convert-With NameValue @('A=1', 'B=x=y', 'C')
        $table['A'] | Should -Be '1'
        $table['B'] | Should -Be 'x=y'
        $table.ContainsKey('C') | Should -BeTrue
        { Convert-With NameValue @('=x') } | Should -Throw '*NAME=value*'
    }

    It 'reads pull policies and the word of Kubernetes' {
        Convert-With PullPolicy 'ifnotpresent' | Should -Be 'IfNotPresent'
        Convert-With PullPolicy 'Missing' | Should -Be 'IfNotPresent'
        Convert-With PullPolicy 'always' | Should -Be 'Always'
        { Convert-With PullPolicy 'sometimes' } | Should -Throw '*IfNotPresent, Newer, Always or Never*'
    }

    It 'reads build secrets' {
        Set-Content -LiteralPath "$TestDrive/secret" -Value 's3cret' -NoNewline
        $secure = ConvertTo-SecureString 'hidden' -AsPlainText
        $env:ZLAYER_TEST_SECRET = 'from env'
        $read = { [System.Text.Encoding]::UTF8.GetString($args[0].Read()) }
        & $read (Convert-With BuildSecret "id=a,src=$TestDrive/secret") | Should -Be 's3cret'
        & $read (Convert-With BuildSecret @{ id = 'b'; Value = $secure }) | Should -Be 'hidden'
        & $read (Convert-With BuildSecret 'id=c,env=ZLAYER_TEST_SECRET') | Should -Be 'from env'
        & $read (Convert-With BuildSecret @{ id = 'd'; Env = 'ZLAYER_TEST_SECRET' }) | Should -Be 'from env'
        $env:ZLAYER_TEST_SECRET = $null
        "$(Convert-With BuildSecret @{ id = 'b'; Value = $secure })" | Should -Not -Match 'hidden'
    }

    It 'shows no secret when it refuses one' {
        { Convert-With BuildSecret 'src' } | Should -Throw '*id=name,src=file*'
        try { Convert-With BuildSecret @{ id = 'x'; Value = 'hunter2'; Path = 'y' } } catch { $message = "$_" }
        $message | Should -Match 'more than one'
        $message | Should -Not -Match 'hunter2'
    }

    It 'reads outputs, with paths of the current location' {
        Push-Location $TestDrive
        try { (Convert-With Exporter 'type=oci,dest=app.tar').Destination | Should -Be (Join-Path $TestDrive 'app.tar') }
        finally { Pop-Location }
        $table = Convert-With Exporter @{ type = 'oci'; dest = '/x/app.tar'; compression = 'zstd' }
        $table.Attributes['compression'] | Should -Be 'zstd'
        { Convert-With Exporter 'type=oci,dest=-' } | Should -Throw '*standard output*'
        { Convert-With Exporter 5 } | Should -Throw '*type=oci*'
    }

    It 'passes null on' { Convert-With ImageIdentity $null | Should -BeNullOrEmpty }
}
