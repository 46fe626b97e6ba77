BeforeDiscovery {
    . "$PSScriptRoot/Support.ps1"
    Import-Module $ModulePath
    $commands = Get-Command -Module ZLayer -CommandType Cmdlet | ForEach-Object { @{ Name = $_.Name } }
    $topics = Get-ChildItem -LiteralPath "$RepositoryRoot/ZLayer.PowerShell/en-US" -Filter about_*.help.txt |
        ForEach-Object { @{ Topic = $_.Name -replace '\.help\.txt$'; File = $_.FullName } }
}

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    Import-Module $ModulePath
    $common = [System.Management.Automation.Cmdlet]::CommonParameters
}

Describe 'The help of <Name>' -ForEach $commands {
    BeforeAll { $help = Get-Help $Name -Full }

    It 'has a synopsis that is a sentence' {
        $help.Synopsis | Should -Not -BeNullOrEmpty
        $help.Synopsis | Should -Match '^[A-Z].*\.$'
        $help.Synopsis | Should -Not -Match ([regex]::Escape($Name)) -Because 'it is not the syntax'
    }

    It 'has a description' { ($help.description | Out-String).Trim() | Should -Not -BeNullOrEmpty }

    It 'describes every parameter' {
        foreach ($parameter in (Get-Command $Name).Parameters.Keys | Where-Object { $_ -notin $common }) {
            $text = (Get-Help $Name -Parameter $parameter).description | Out-String
            $text.Trim() | Should -Not -BeNullOrEmpty -Because "-$parameter needs a description"
        }
    }

    It 'shows the syntax of every parameter set' {
        @($help.syntax.syntaxItem).Count | Should -Be (Get-Command $Name).ParameterSets.Count
    }

    It 'has examples that parse and use parameters that exist' {
        @($help.examples.example).Count | Should -BeGreaterThan 0
        foreach ($example in $help.examples.example) {
            $example.code | Should -Not -BeNullOrEmpty
            $errors = $null
            $ast = [System.Management.Automation.Language.Parser]::ParseInput($example.code, [ref] $null, [ref] $errors)
            $errors | Should -BeNullOrEmpty -Because $example.code
            foreach ($call in $ast.FindAll({ $args[0] -is [System.Management.Automation.Language.CommandAst] }, $true)) {
                $command = Get-Command $call.GetCommandName() -ErrorAction Ignore
                if ($command.Source -ne 'ZLayer') { continue }
                $target = $command.ResolvedCommand ?? $command
                # What is behind -- goes to a process in a container.
                $end = @($call.CommandElements.Extent.Text).IndexOf('--')
                $elements = $end -lt 0 ? $call.CommandElements : $call.CommandElements[0..$end]
                foreach ($parameter in $elements | Where-Object { $_ -is [System.Management.Automation.Language.CommandParameterAst] -and $_.Extent.Text -ne '--' }) {
                    { $target.ResolveParameter($parameter.ParameterName) } | Should -Not -Throw -Because $example.code
                }
            }
        }
    }

    It 'mentions itself in an example' { ($help.examples.example.code -join "`n") | Should -Match $Name }

    It 'begins its links with a page on the web, which -Online does not open for ours' {
        @($help.relatedLinks.navigationLink)[0].linkText | Should -Match ': https://\S+$'
        @($help.relatedLinks.navigationLink).uri | Where-Object { $_ } | Should -BeNullOrEmpty
        (Get-Command $Name).HelpUri | Should -BeNullOrEmpty
    }

    It 'links to commands that exist' {
        foreach ($link in @($help.relatedLinks.navigationLink) | Where-Object linkText -NotMatch 'https://') {
            Get-Command $link.linkText -ErrorAction Ignore | Should -Not -BeNullOrEmpty -Because $link.linkText
        }
    }

    It 'says what it returns' { ($help.returnValues | Out-String).Trim() | Should -Not -BeNullOrEmpty }
}

Describe 'The topic <Topic>' -ForEach $topics {
    BeforeAll { $text = Get-Content -LiteralPath $File -Raw }

    It 'is found by Get-Help' { (Get-Help $Topic | Out-String) | Should -Match 'SHORT DESCRIPTION' }

    It 'has lines of at most 80 characters' { ($text -split "`n") | Where-Object Length -GT 80 | Should -BeNullOrEmpty }

    It 'mentions cmdlets and topics that exist' {
        foreach ($word in [regex]::Matches($text, '\b[A-Z][a-z]+-ZLayer[A-Za-z]*\b').Value | Select-Object -Unique) {
            Get-Command $word -ErrorAction Ignore | Should -Not -BeNullOrEmpty -Because "$word is mentioned"
        }
        foreach ($word in [regex]::Matches($text, '\babout_ZLayer\w*\b').Value | Select-Object -Unique) {
            "$RepositoryRoot/ZLayer.PowerShell/en-US/$word.help.txt" | Should -Exist
        }
    }

    It 'mentions parameters that exist' {
        $known = (Get-Command -Module ZLayer -CommandType Cmdlet).Parameters.Keys +
            'InformationAction', 'InformationVariable', 'ErrorAction', 'First', 'Parallel', 'Seconds', 'contains', 'match', 'eq', 'gt', 'lt', 'split', 'AsPlainText', 'Depth' | Select-Object -Unique
        foreach ($match in [regex]::Matches($text, '(?<![\w-])-(?<name>[A-Za-z]+)\b')) {
            $match.Groups['name'].Value | Should -BeIn $known -Because 'it is mentioned'
        }
    }

    It 'has examples that parse' {
        foreach ($match in [regex]::Matches($text, '(?m)(^        \S.*\n(^        .*\n)*)')) {
            if ($match.Value -match '^\s+(\$|try|[A-Z][a-z]+-[A-Z]\w+ [^ ])') {
                $errors = $null
                [void] [System.Management.Automation.Language.Parser]::ParseInput($match.Value, [ref] $null, [ref] $errors)
                $errors | Should -BeNullOrEmpty -Because $match.Value
            }
        }
    }
}

Describe 'The list of errors' {
    It 'names every kind of error, and no other' {
        $text = Get-Content -LiteralPath "$RepositoryRoot/ZLayer.PowerShell/en-US/about_ZLayer_Errors.help.txt" -Raw
        foreach ($kind in [Enum]::GetNames([ZLayer.Core.Errors.ZLayerErrorKind])) {
            $text | Should -Match "\b$kind\b"
        }
        foreach ($match in [regex]::Matches($text, '(?m)^    (?<id>[A-Z][a-z]+[A-Z]\w+)  ')) {
            $match.Groups['id'].Value | Should -BeIn ([Enum]::GetNames([ZLayer.Core.Errors.ZLayerErrorKind]))
        }
    }
}

Describe 'The generated help' {
    It 'is up to date with the commands' {
        $fresh = Join-Path $TestDrive 'help.xml'
        # In a process of its own: it loads the module as it was built, wherever that comes from that is tested.
        [void] (Invoke-FreshPwsh "& '$RepositoryRoot/tools/New-ModuleHelp.ps1' -Path '$fresh'")
        (Get-Content -LiteralPath $fresh -Raw) | Should -BeExactly (Get-Content -LiteralPath "$RepositoryRoot/ZLayer.PowerShell/en-US/ZLayer.PowerShell.dll-Help.xml" -Raw) -Because 'run ./build.ps1 -Task Help and commit the result'
    }
}
