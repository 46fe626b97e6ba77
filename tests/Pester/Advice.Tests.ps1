# What errors advise exists: every name of either front door that the core's advice holds.
BeforeDiscovery {
    . "$PSScriptRoot/Support.ps1"
    $source = Get-ChildItem -LiteralPath "$RepositoryRoot/ZLayer.Core" -Recurse -Filter *.cs | Where-Object FullName -NotMatch '/obj/' | Get-Content -Raw
    $advice = foreach ($match in [regex]::Matches("$source", 'DoorWords\.Of\(\s*\$?"(?<commandLine>(?:[^"\\]|\\.)*)",\s*\$?"(?<powerShell>(?:[^"\\]|\\.)*)"\)')) {
        @{ CommandLine = $match.Groups['commandLine'].Value; PowerShell = $match.Groups['powerShell'].Value }
    }
}

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    Import-Module $ModulePath
    $cliSource = (Get-ChildItem -LiteralPath "$RepositoryRoot/ZLayer.Cli" -Recurse -Filter *.cs | Where-Object FullName -NotMatch '/obj/' | Get-Content -Raw) -join "`n"
    $cmdlets = Get-Command -Module ZLayer
}

Describe 'The advice "<PowerShell>" and "<CommandLine>"' -ForEach $advice {
    It 'names cmdlets and parameters that exist' {
        $name = [regex]::Match($PowerShell, '\w+-ZLayer\w+').Value
        $command = if ($name) { $cmdlets | Where-Object Name -EQ $name } else { $cmdlets }
        $command | Should -Not -BeNullOrEmpty -Because "$name is advised"
        foreach ($parameter in [regex]::Matches($PowerShell, "(?<![\w'-])-(?<name>[A-Z]\w+)") | ForEach-Object { $_.Groups['name'].Value }) {
            @($command.Parameters.Keys) | Should -Contain $parameter -Because "-$parameter is advised"
        }
    }

    It 'names commands and options that exist' {
        foreach ($word in [regex]::Matches($CommandLine, '(?<![\w-])--[a-z][a-z-]+') | ForEach-Object Value) {
            $cliSource | Should -Match ([regex]::Escape("`"$word`"")) -Because "$word is advised"
        }
        if ($CommandLine -match 'zlayer (?<words>[a-z]+(?: (?:pull|push|add|create|inspect|remove|list)\b)?)') {
            foreach ($word in $Matches.words -split ' ') { $cliSource | Should -Match "`"$word`"" -Because "'zlayer $word' is advised" }
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
