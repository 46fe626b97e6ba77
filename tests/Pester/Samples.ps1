# An object of every type that the views are for, with something in each of its properties. Dot-sourced where the module is imported.

$KnownSamples = [System.Collections.Generic.Dictionary[type, object]]::new()

# A value of the type: texts are named after the property that they are for, lists have two elements.
function New-Sample {
    param([type] $Type, [string] $Name = 'sample')
    $Type = [Nullable]::GetUnderlyingType($Type) ?? $Type
    if ($Type -eq [string]) { return $(if ($Name -like 'Raw*') { '{}' } elseif ($Name -eq 'HostIP') { '0.0.0.0' } else { "$Name-$([char]27)[31mtext" }) }
    if ($Type.IsPrimitive) { return $Type -eq [bool] ? $true : (4711 -as $Type) }
    if ($KnownSamples.ContainsKey($Type)) { return $KnownSamples[$Type] }
    $definition = if ($Type.IsGenericType) { $Type.GetGenericTypeDefinition().Name }
    switch ($Type) {
        ([DateTimeOffset]) { return [DateTimeOffset]::new(2020, 3, 4, 5, 6, 7, [TimeSpan]::FromHours(2)) }
        ([TimeSpan]) { return [TimeSpan]::FromSeconds(75) }
        ([uri]) { return [uri]'https://registry.example/v2/' }
        ([System.Net.IPAddress]) { return [System.Net.IPAddress]::Parse('10.0.0.2') }
        ([System.Text.Json.JsonElement]) { return [System.Text.Json.JsonDocument]::Parse('{}').RootElement }
        ([ZLayer.Core.Oci.Digest]) { return [ZLayer.Core.Oci.Digest]::Parse('sha256:' + '0123456789abcdef' * 4) }
        ([ZLayer.Core.Oci.ImageReference]) { return [ZLayer.Core.Oci.ImageReference]::Parse('registry.example/team/app:1.0') }
        ([ZLayer.Core.Oci.Platform]) { return [ZLayer.Core.Oci.Platform]::Parse('windows(10.0.20348)/amd64') }
        ([ZLayer.Core.Runtimes.ContainerState]) { return [ZLayer.Core.Runtimes.ContainerState]::Running }
        { $_.IsEnum } { return [enum]::GetValues($Type)[-1] }
        { $_.IsArray } { return , ([array]::CreateInstance($Type.GetElementType(), 2)) }
        { $definition -match 'Dictionary' } {
            $value = [Activator]::CreateInstance([System.Collections.Generic.Dictionary`2].MakeGenericType($Type.GenericTypeArguments))
            foreach ($key in 'zone', 'app') {
                $part = New-Sample $Type.GenericTypeArguments[1] $key
                if ($null -ne $part) { $value.Add($key, $part) }
            }
            return $value
        }
        { $definition -match '^I(ReadOnlyList|ReadOnlyCollection|Enumerable)' } {
            $value = [Activator]::CreateInstance([System.Collections.Generic.List`1].MakeGenericType($Type.GenericTypeArguments))
            1..2 | ForEach-Object { $value.Add((New-Sample $Type.GenericTypeArguments[0] "$Name$_")) }
            return , $value
        }
    }
    if ($Type.IsAbstract) { return $null }
    $constructor = $Type.GetConstructors() | Sort-Object { $_.GetParameters().Count } | Select-Object -First 1
    $value = if ($constructor) { $constructor.Invoke(@($constructor.GetParameters() | ForEach-Object { New-Sample $_.ParameterType $_.Name })) } else { return $null }
    foreach ($property in $Type.GetProperties() | Where-Object { $_.SetMethod.IsPublic }) {
        $part = New-Sample $property.PropertyType $property.Name
        if ($null -ne $part) { $property.SetValue($value, $part) }
    }
    $KnownSamples[$Type] = $value
    $value
}

# The objects that the type's views show, by the name of the type.
function New-ViewSample {
    param([string] $TypeName)
    switch ($TypeName) {
        'ZLayer.Core.Builds.Events.BuildEvent' { return [ZLayer.Core.Builds.Events.InstructionStarted]::new(4, 0, 1, 'build 2/5', 'RUN make') }
        'ZLayer.PowerShell.StandardErrorLine' {
            $record = [System.Management.Automation.ErrorRecord]::new([System.Exception]::new('a line'), 'StandardError', 'NotSpecified', (New-Sample ([ZLayer.Core.Runtimes.Observation.LogRecord])))
            $record.PSTypeNames.Insert(0, $TypeName)
            return $record
        }
        { $_ -like '*#*' } {
            $value = [psobject]::AsPSObject((New-Sample ($TypeName -replace '#.*')))
            $value.PSTypeNames.Insert(0, $TypeName)
            return $value
        }
        default { New-Sample $TypeName }
    }
}

# The types of the file of views.
function Get-ViewType {
    param([string] $Module)
    ([xml](Get-Content -LiteralPath (Join-Path (Split-Path $Module) 'ZLayer.Format.ps1xml') -Raw)).SelectNodes('//ViewSelectedBy/TypeName').InnerText | Sort-Object -Unique
}
