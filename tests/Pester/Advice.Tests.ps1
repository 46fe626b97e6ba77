# What errors advise exists: every name of either front door that the core's advice holds.
BeforeDiscovery {
    . "$PSScriptRoot/Support.ps1"
    $files = 'ZLayer.Core', 'ZLayer.Testing' | ForEach-Object { [System.IO.Directory]::EnumerateFiles("$RepositoryRoot/$_", '*.cs', 'AllDirectories') }
    $source = foreach ($file in $files) { if ($file -notmatch '/obj/') { [System.IO.File]::ReadAllText($file) } }
    $advice = foreach ($match in [regex]::Matches("$source", 'DoorWords\.Of\(\s*\$?"(?<commandLine>(?:[^"\\]|\\.)*)",\s*\$?"(?<powerShell>(?:[^"\\]|\\.)*)"\)')) {
        @{ CommandLine = $match.Groups['commandLine'].Value; PowerShell = $match.Groups['powerShell'].Value }
    }
    $advice = $advice | Sort-Object { $_.CommandLine + $_.PowerShell } -Unique
}

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    Import-Module $ModulePath
    $cliFiles = [System.IO.Directory]::EnumerateFiles("$RepositoryRoot/ZLayer.Cli", '*.cs', 'AllDirectories')
    $words = [System.Collections.Generic.HashSet[string]]::new()
    foreach ($file in $cliFiles) {
        if ($file -notmatch '/obj/') { foreach ($match in [regex]::Matches([System.IO.File]::ReadAllText($file), '"([a-z-]+)"')) { [void] $words.Add($match.Groups[1].Value) } }
    }
    $parameters = @{}
    foreach ($cmdlet in Get-Command -Module ZLayer -CommandType Cmdlet) { $parameters[$cmdlet.Name] = @($cmdlet.Parameters.Keys) }
    $anyParameter = $parameters.Values | ForEach-Object { $_ } | Sort-Object -Unique
}

Describe 'The advice "<PowerShell>" and "<CommandLine>"' -ForEach $advice {
    It 'names cmdlets and parameters that exist' {
        $name = [regex]::Match($PowerShell, '\w+-ZLayer\w+').Value
        if ($name) { $parameters.ContainsKey($name) | Should -BeTrue -Because "$name is advised" }
        $known = if ($name) { $parameters[$name] } else { $anyParameter }
        foreach ($parameter in [regex]::Matches($PowerShell, "(?<![\w'-])-(?<name>[A-Z]\w+)") | ForEach-Object { $_.Groups['name'].Value }) {
            $known -contains $parameter | Should -BeTrue -Because "-$parameter is advised"
        }
    }

    It 'names commands and options that exist' {
        foreach ($word in [regex]::Matches($CommandLine, '(?<![\w-])--[a-z][a-z-]+') | ForEach-Object Value) {
            $words.Contains($word) | Should -BeTrue -Because "$word is advised"
        }
        if ($CommandLine -match 'zlayer (?<words>[a-z]+(?: (?:pull|push|add|create|inspect|remove|list)\b)?)') {
            foreach ($word in $Matches.words -split ' ') { $words.Contains($word) | Should -BeTrue -Because "'zlayer $word' is advised" }
        }
    }
}

Describe 'An error' {
    It 'advises in the words of the cmdlets' {
        $env:ZLAYER_HOME = Join-Path $TestDrive 'root'
        try {
            Get-ZLayerImage nothing-like-it:1 -ErrorAction SilentlyContinue -ErrorVariable failure
            $failure[0].ErrorDetails.RecommendedAction | Should -Match 'Get-ZLayerImage'
            $failure[0].ErrorDetails.RecommendedAction | Should -Not -Match '\bzlayer [a-z]'
        }
        finally { $env:ZLAYER_HOME = $null }
    }
}
