# What strangers wrote does not act on the terminal: not in views, errors, warnings or progress. Objects keep it as it is.
BeforeDiscovery {
    . "$PSScriptRoot/Support.ps1"
    Import-Module $ModulePath
    $types = Get-Command -Module ZLayer -CommandType Cmdlet | ForEach-Object { $_.OutputType.Type } |
        Where-Object { $_ -and -not $_.IsAbstract -and -not $_.IsValueType -and $_.FullName -like 'ZLayer.Core.*' } | Sort-Object FullName -Unique | ForEach-Object { @{ Name = $_.FullName } }
}

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    Import-Module $ModulePath
    $evil = "a`e]0;title`a`e[2J`r`nFORGED$([char]0x202E)gpj$([char]0x9B)31m$([char]0x200B)`tb"

    # An object of a type all of whose texts are evil, at any depth that views look into.
    function New-Evil {
        param([type] $Type, [int] $Depth = 4)
        if ($Type -eq [string]) { return $evil }
        $inner = [System.Nullable]::GetUnderlyingType($Type)
        if ($inner) { return New-Evil $inner $Depth }
        if ($Type.IsGenericType -and $Type.GetGenericTypeDefinition().Name -in 'IReadOnlyDictionary`2', 'IDictionary`2' -and $Type.GenericTypeArguments[0] -eq [string]) {
            $map = [Activator]::CreateInstance(([System.Collections.Generic.Dictionary`2]).MakeGenericType($Type.GenericTypeArguments))
            if ($Type.GenericTypeArguments[1] -eq [string]) { $map.Add($evil, $evil) }
            return , $map
        }
        if ($Type.IsGenericType -and $Type.GenericTypeArguments.Count -eq 1 -and $Type.Name -in 'IReadOnlyList`1', 'IReadOnlyCollection`1', 'IReadOnlySet`1', 'IEnumerable`1') {
            $list = [Activator]::CreateInstance(([System.Collections.Generic.List`1]).MakeGenericType($Type.GenericTypeArguments))
            $item = if ($Depth -gt 0) { New-Evil $Type.GenericTypeArguments[0] ($Depth - 1) }
            if ($null -ne $item) { $list.Add($item) }
            return , $list
        }
        if ($Type.IsValueType -or $Type.IsInterface -or $Type.IsAbstract -or $Type.IsArray -or $Type.Namespace -notlike 'ZLayer.*' -or $Depth -le 0) { return $null }
        $thing = [System.Runtime.CompilerServices.RuntimeHelpers]::GetUninitializedObject($Type)
        # What a process printed is shown with its lines and colours: Quantity has a test of that.
        foreach ($property in $Type.GetProperties() | Where-Object { $_.SetMethod -and $_.GetIndexParameters().Count -eq 0 -and $_.Name -notin 'StdOut', 'StdErr', 'Text' }) {
            $value = New-Evil $property.PropertyType ($Depth - 1)
            if ($null -ne $value) { try { $property.SetValue($thing, $value) } catch { Write-Debug "$property refuses" } }
        }
        return $thing
    }

    function Assert-Clean {
        param([string] $Text)
        # Colours of the views themselves are no matter.
        $bare = $Text -replace "`e\[[0-9;]*m", ''
        $bare | Should -Not -Match '[\x00-\x08\x0B-\x1F\x7F-\x9F\u200B-\u200F\u2028-\u202E\u2066-\u2069]' -Because ($bare -replace '[^\x20-\x7E\n]', '?')
        $bare | Should -Not -Match '(?m)^\s*FORGED'
    }
}

Describe 'The views of <Name>' -ForEach $types {
    It 'are fit for a display' {
        $thing = New-Evil ($Name -as [type])
        $rendering = $PSStyle.OutputRendering
        try {
            $PSStyle.OutputRendering = 'Ansi'
            foreach ($view in (Get-FormatData -TypeName $Name -PowerShellVersion $PSVersionTable.PSVersion).FormatViewDefinition) {
                $text = switch ($view.Control) {
                    { $_ -is [System.Management.Automation.TableControl] } { $thing | Format-Table -View $view.Name | Out-String -Width 2000 }
                    { $_ -is [System.Management.Automation.ListControl] } { $thing | Format-List -View $view.Name | Out-String -Width 2000 }
                    { $_ -is [System.Management.Automation.CustomControl] } { $thing | Format-Custom -View $view.Name | Out-String -Width 2000 }
                    { $_ -is [System.Management.Automation.WideControl] } { $thing | Format-Wide -View $view.Name | Out-String -Width 2000 }
                }
                $text = $text -replace "`r?`n", "`n"
                Assert-Clean ($text -join "`n")
            }
        }
        finally { $PSStyle.OutputRendering = $rendering }
    }
}

Describe 'What is told beside objects' {
    It 'shows an error in escapes, and keeps its target' {
        $failure = $null
        try { Import-ZLayerImage -LiteralPath "/$evil" -Root $TestDrive -ErrorAction Stop } catch { $failure = $_ }
        $failure | Should -Not -BeNullOrEmpty
        # DetailedView and Get-Error lay the objects of an error open, its exact target too.
        foreach ($view in 'ConciseView', 'NormalView', 'CategoryView') {
            $ErrorView = $view
            Assert-Clean (($failure | Out-String) -replace "`r?`n", "`n")
        }
        Assert-Clean "$failure"
        Assert-Clean $failure.Exception.Message
        "$($failure.TargetObject)" | Should -BeExactly "/$evil"
    }

    It 'shows what -WhatIf and errors say of a file name in escapes' {
        $name = Join-Path $TestDrive 'x'
        $output = Invoke-FreshPwsh "Import-Module '$ModulePath'; `$evil = `"a``e]0;t``a`$([char]0x202E)`"; Import-ZLayerImage -LiteralPath (Join-Path '$TestDrive' `$evil) -Root '$name' -ErrorAction Continue; Remove-ZLayerRegistryTag -Reference ('127.0.0.1:1/a:b') -WhatIf"
        Assert-Clean ($output -join "`n")
    }

    It 'keeps the exact text in objects' {
        $image = New-Evil ([ZLayer.Core.Images.ImageInfo])
        $image.Repository | Should -BeExactly $evil
    }
}

Describe 'A session that hangs up' {
    It 'lets a running build tidy up first' -Skip:(-not $IsLinux) {
        $root = Join-Path $TestDrive 'root'
        $context = New-Item -ItemType Directory -Path (Join-Path $TestDrive 'context')
        Set-Content -LiteralPath "$context/Dockerfile" -Value "FROM scratch`nADD http://127.0.0.1:9/never /"
        # The work itself, without a runtime: a cmdlet that waits for what never comes, and notes that it was told to stop.
        $listener = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
        $listener.Start()
        try {
            Set-Content -LiteralPath "$context/Dockerfile" -Value "FROM 127.0.0.1:$($listener.LocalEndpoint.Port)/never:1"
            $script = Join-Path $TestDrive 'build.ps1'
            Set-Content -LiteralPath $script -Value "Import-Module '$ModulePath'; Invoke-ZLayerBuild '$context' -Root '$root'"
            $start = [System.Diagnostics.ProcessStartInfo]::new((Get-Process -Id $PID).Path)
            if ((Split-Path $start.FileName -Leaf) -notlike 'pwsh*') { $start.ArgumentList.Add("$PSHOME/pwsh.dll") }
            foreach ($argument in '-NoProfile', '-NonInteractive', '-File', $script) { $start.ArgumentList.Add($argument) }
            $process = [System.Diagnostics.Process]::Start($start)
            Wait-Until { $listener.Pending() } 60 | Should -BeTrue
            & kill -HUP $process.Id
            $process.WaitForExit(20000) | Should -BeTrue
            Get-ChildItem -LiteralPath "$root/locks/leases" -ErrorAction Ignore | Should -BeNullOrEmpty
        }
        finally { $listener.Stop() }
    }
}
