# What reviewers of PowerShell modules look for, asserted over the commands' metadata.
BeforeDiscovery {
    . "$PSScriptRoot/Support.ps1"
    Import-Module $ModulePath
    $commands = Get-Command -Module ZLayer -CommandType Cmdlet | ForEach-Object { @{ Name = $_.Name } }
}

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    Import-Module $ModulePath
    $common = [System.Management.Automation.Cmdlet]::CommonParameters + 'WhatIf', 'Confirm'
    # Cmdlets that emit what they made; the others that change something emit on request.
    $emitting = 'New', 'Import', 'Export', 'Receive', 'Push', 'Invoke', 'Clear', 'Connect'
    $silent = 'Remove', 'Unregister', 'Disconnect', 'Enter'

    function Get-OwnParameters([string] $Name) {
        (Get-Command $Name).Parameters.Values | Where-Object Name -NotIn $common
    }

    function Get-Attribute($Parameter, [type] $Type) {
        $Parameter.Attributes | Where-Object { $_ -is $Type }
    }
}

Describe 'The design of <Name>' -ForEach $commands {
    BeforeAll {
        $command = Get-Command $Name
        $cmdlet = $command.ImplementingType.GetCustomAttributes([System.Management.Automation.CmdletAttribute], $false)[0]
    }

    It 'has an approved verb' { $command.Verb | Should -BeIn (Get-Verb).Verb }

    It 'has a singular noun with the prefix of the module' {
        $command.Noun | Should -BeLike 'ZLayer?*'
        $command.Noun | Should -Not -Match '(?<!s)s$' -Because 'nouns are singular'
    }

    It 'is a class of its name in the namespace of commands' {
        $command.ImplementingType.FullName | Should -Be "ZLayer.PowerShell.Commands.$($command.Verb)$($command.Noun)Command"
    }

    It 'says what it returns' { $command.OutputType | Should -Not -BeNullOrEmpty }

    It 'supports -WhatIf exactly when it changes something' {
        # Wait changes nothing, Use nothing but the session, and New-ZLayerExporter makes a value.
        $cmdlet.SupportsShouldProcess | Should -Be ($command.Verb -notin 'Get', 'Find', 'Test', 'Measure', 'Wait', 'Use' -and $Name -ne 'New-ZLayerExporter')
    }

    It 'leaves a high impact to others' {
        $cmdlet.ConfirmImpact | Should -BeIn 'None', 'Low', 'Medium'
    }

    It 'offers -PassThru unless it returns what it made or removes' {
        if ($cmdlet.SupportsShouldProcess -and $command.Verb -notin $emitting -and $command.Verb -notin $silent -and $Name -ne 'Copy-ZLayerImage') {
            $command.Parameters.Keys | Should -Contain 'PassThru'
        }
    }

    It 'takes pipeline input, once in each parameter set' {
        foreach ($set in $command.ParameterSets) {
            @($set.Parameters | Where-Object ValueFromPipeline).Count | Should -BeLessOrEqual 1 -Because "parameter set $($set.Name)"
        }
    }

    It 'has -Root' { $command.Parameters.Keys | Should -Contain 'Root' }

    It 'has a help message for each parameter' {
        foreach ($parameter in Get-OwnParameters $Name) {
            foreach ($attribute in Get-Attribute $parameter ([System.Management.Automation.ParameterAttribute])) {
                $attribute.HelpMessage | Should -Not -BeNullOrEmpty -Because "-$($parameter.Name) needs one"
            }
        }
    }

    It 'has no boolean parameters, and no text for passwords' {
        foreach ($parameter in Get-OwnParameters $Name) {
            $parameter.ParameterType | Should -Not -Be ([bool]) -Because "-$($parameter.Name) should be a switch"
            if ($parameter.Name -match 'password|token|credential' -and $parameter.Name -notlike '*Credential') {
                $parameter.ParameterType | Should -Be ([securestring])
            }
            if ($parameter.Name -like '*Credential') { $parameter.ParameterType | Should -Be ([pscredential]) }
        }
    }

    It 'has singular parameter names' {
        foreach ($parameter in Get-OwnParameters $Name) {
            if ($parameter.Name -notin 'KeepBytes', 'Dns', 'Tmpfs', 'NetworkAlias', 'DetachKeys' -and $parameter.Name -notlike '*Seconds') { $parameter.Name | Should -Not -CMatch '(?<![su])s$' }
        }
    }

    It 'has parameters of types that scripts can name' {
        foreach ($parameter in Get-OwnParameters $Name) {
            $type = $parameter.ParameterType
            $type = $type.IsArray ? $type.GetElementType() : ([Nullable]::GetUnderlyingType($type) ?? $type)
            $type.Assembly.GetName().Name | Should -Match '^(System\.|ZLayer\.(Core|PowerShell)$)' -Because "-$($parameter.Name) is a $type"
            $type.FullName -as [type] | Should -Not -BeNullOrEmpty -Because "Mock must find the type of -$($parameter.Name)"
        }
    }

    It 'has no aliases that clash' {
        $names = Get-OwnParameters $Name | ForEach-Object { $_.Name; $_.Aliases }
        @($names | Group-Object | Where-Object Count -GT 1) | Should -BeNullOrEmpty
    }

    It 'checks what it is given' {
        foreach ($parameter in Get-OwnParameters $Name) {
            $isChecked = $parameter.ParameterType -in ([switch], [string], [object]) -or $parameter.ParameterType.IsEnum -or
                $parameter.Attributes.Where({ $_ -is [System.Management.Automation.ValidateArgumentsAttribute] -or $_ -is [System.Management.Automation.ArgumentTransformationAttribute] }) -or
                ($parameter.ParameterType.IsArray -and $parameter.ParameterType.GetElementType().IsEnum) -or
                [Nullable]::GetUnderlyingType($parameter.ParameterType)
            [bool]$isChecked | Should -BeTrue -Because "-$($parameter.Name)"
        }
    }
}

Describe 'The design of the module' {
    It 'offers -Force wherever it asks without -Confirm' {
        (Get-Command Clear-ZLayerStorage).Parameters.Keys | Should -Contain 'Force'
    }

    It 'exports the two aliases that users look for' {
        (Get-Command -Module ZLayer -CommandType Alias).Name | Sort-Object | Should -Be 'Build-ZLayerImage', 'Pull-ZLayerImage'
        (Get-Alias Pull-ZLayerImage).Definition | Should -Be 'Receive-ZLayerImage'
        (Get-Alias Build-ZLayerImage).Definition | Should -Be 'Invoke-ZLayerBuild'
    }

    It 'offers -AsJob on what takes long' {
        foreach ($name in 'Receive-ZLayerImage', 'Push-ZLayerImage', 'Invoke-ZLayerBuild', 'Export-ZLayerImage', 'Copy-ZLayerImage') {
            (Get-Command $name).Parameters.Keys | Should -Contain 'AsJob'
        }
    }

    It 'maps every kind of error to a category' {
        $mapper = [ZLayer.PowerShell.Pipeline.ZLayerCmdlet].Assembly.GetType('ZLayer.PowerShell.Pipeline.ErrorMapper')
        foreach ($kind in [Enum]::GetValues([ZLayer.Core.Errors.ZLayerErrorKind])) {
            $category = $mapper.GetMethod('CategoryOf').Invoke($null, @($kind))
            if ("$kind" -ne 'InternalError') { "$category" | Should -Not -Be 'NotSpecified' -Because "$kind needs a category" }
        }
    }
}
