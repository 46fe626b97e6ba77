<#
.SYNOPSIS
    Writes the help of the cmdlets (MAML) from the documentation comments of their classes and from what PowerShell says of the commands.
.DESCRIPTION
    Summary becomes the synopsis, remarks the description, examples and seealso become examples and links; the summary of a property is the
    description of the parameter. The result is committed, so that a change of the help is seen in review.
.PARAMETER Path
    The file to write.
#>
[CmdletBinding()]
param([string] $Path = "$PSScriptRoot/../ZLayer.PowerShell/en-US/ZLayer.PowerShell.dll-Help.xml")
$ErrorActionPreference = 'Stop'

Import-Module "$PSScriptRoot/../out/ZLayer/ZLayer.psd1" -Force
$comments = Get-ChildItem "$PSScriptRoot/../ZLayer.PowerShell/bin/*/net10.0/ZLayer.PowerShell.xml" | Sort-Object LastWriteTime | Select-Object -Last 1
$members = @{}
foreach ($member in ([xml](Get-Content -LiteralPath $comments.FullName -Raw)).doc.members.member) { $members[$member.name] = $member }

$namespaces = @{
    maml    = 'http://schemas.microsoft.com/maml/2004/10'
    command = 'http://schemas.microsoft.com/maml/dev/command/2004/10'
    dev     = 'http://schemas.microsoft.com/maml/dev/2004/10'
}
$common = [System.Management.Automation.Cmdlet]::CommonParameters
$shouldProcess = @{
    WhatIf  = 'Shows what would be done, and does nothing.'
    Confirm = 'Asks before each change.'
}

function Get-Text([System.Xml.XmlNode] $Node) {
    if (-not $Node) { return '' }
    $text = foreach ($child in $Node.ChildNodes) {
        if ($child.LocalName -in 'see', 'paramref') { $reference = $child.cref ?? $child.langword ?? $child.name; ($reference -split '[.:]')[-1] } else { $child.InnerText }
    }
    ((-join $text) -replace '\s+', ' ').Trim()
}

# The examples' code keeps its lines.
function Get-Code([System.Xml.XmlNode] $Node) {
    (($Node.InnerText.Trim() -split "`n") | ForEach-Object { $_.Trim() }) -join "`n"
}

function Get-PropertyText([type] $Type, [string] $Name) {
    if ($shouldProcess.ContainsKey($Name)) { return $shouldProcess[$Name] }
    for ($declaring = $Type; $declaring; $declaring = $declaring.BaseType) {
        if ($members["P:$($declaring.FullName).$Name"]) { return Get-Text $members["P:$($declaring.FullName).$Name"].SelectSingleNode('summary') }
    }
    throw "$($Type.Name).$Name has no documentation."
}

function Get-TypeName([type] $Type) {
    $inner = [Nullable]::GetUnderlyingType($Type) ?? $Type
    $inner -eq [switch] ? 'SwitchParameter' : $inner.Name
}

function Start-Element([string] $Name) {
    $prefix, $local = $Name -split ':'
    $writer.WriteStartElement($prefix, $local, $namespaces[$prefix])
}

function Write-Element([string] $Name, [string] $Text) {
    Start-Element $Name
    $writer.WriteString($Text)
    $writer.WriteEndElement()
}

function Write-Paragraphs([string] $Name, [string[]] $Paragraphs) {
    Start-Element $Name
    foreach ($paragraph in $Paragraphs) { Write-Element 'maml:para' $paragraph }
    $writer.WriteEndElement()
}

function Get-Pipeline($Parameter) {
    $kinds = @(
        if ($Parameter.ValueFromPipeline) { 'ByValue' }
        if ($Parameter.ValueFromPipelineByPropertyName) { 'ByPropertyName' }
    )
    $kinds ? "True ($($kinds -join ', '))" : 'False'
}

function Get-Default([type] $Type, [string] $Name) {
    if ($shouldProcess.ContainsKey($Name)) { return 'False' }
    $value = [Activator]::CreateInstance($Type).$Name
    if ($null -eq $value -or ($value -is [string] -and $value -eq '') -or ($value -is [array] -and $value.Count -eq 0)) { return 'None' }
    $value -is [switch] ? "$($value.IsPresent)" : ($value -join ', ')
}

function Write-Parameter([type] $Type, $Parameter, [string[]] $Aliases, [bool] $Globbing, [bool] $InSyntax) {
    $valueType = [Nullable]::GetUnderlyingType($Parameter.ParameterType) ?? $Parameter.ParameterType
    Start-Element 'command:parameter'
    $writer.WriteAttributeString('required', "$($Parameter.IsMandatory)".ToLowerInvariant())
    $writer.WriteAttributeString('variableLength', 'true')
    $writer.WriteAttributeString('globbing', "$Globbing".ToLowerInvariant())
    $writer.WriteAttributeString('pipelineInput', (Get-Pipeline $Parameter))
    $writer.WriteAttributeString('position', $Parameter.Position -lt 0 ? 'named' : "$($Parameter.Position)")
    $writer.WriteAttributeString('aliases', $Aliases ? $Aliases -join ', ' : 'none')
    Write-Element 'maml:name' $Parameter.Name
    Write-Paragraphs 'maml:description' (Get-PropertyText $Type $Parameter.Name)
    if ($InSyntax -and $valueType.IsEnum) {
        Start-Element 'command:parameterValueGroup'
        foreach ($value in [Enum]::GetNames($valueType)) {
            Start-Element 'command:parameterValue'
            $writer.WriteAttributeString('required', 'false')
            $writer.WriteAttributeString('variableLength', 'false')
            $writer.WriteString($value)
            $writer.WriteEndElement()
        }
        $writer.WriteEndElement()
    }
    if ($valueType -ne [switch]) {
        Start-Element 'command:parameterValue'
        $writer.WriteAttributeString('required', 'true')
        $writer.WriteAttributeString('variableLength', 'false')
        $writer.WriteString((Get-TypeName $valueType))
        $writer.WriteEndElement()
    }
    Start-Element 'dev:type'
    Write-Element 'maml:name' (Get-TypeName $valueType)
    Write-Element 'maml:uri' ''
    $writer.WriteEndElement()
    Write-Element 'dev:defaultValue' (Get-Default $Type $Parameter.Name)
    $writer.WriteEndElement()
}

function Test-Globbing([type] $Type, [string] $Name) {
    $property = $Type.GetProperty($Name)
    [bool]($property -and $property.GetCustomAttributes([System.Management.Automation.SupportsWildcardsAttribute], $true))
}

function Write-Types([string] $Outer, [string] $Inner, [type[]] $Types) {
    Start-Element $Outer
    foreach ($type in $Types) {
        Start-Element $Inner
        Start-Element 'dev:type'
        Write-Element 'maml:name' $type.FullName
        $writer.WriteEndElement()
        $summary = $members["T:$($type.FullName)"] ? (Get-Text $members["T:$($type.FullName)"].SelectSingleNode('summary')) : ''
        if ($summary) { Write-Paragraphs 'maml:description' $summary }
        $writer.WriteEndElement()
    }
    $writer.WriteEndElement()
}

function Write-Examples($Documentation) {
    Start-Element 'command:examples'
    $number = 0
    foreach ($example in $Documentation.SelectNodes('example')) {
        $number++
        Start-Element 'command:example'
        Write-Element 'maml:title' "Example ${number}: $(Get-Text $example.SelectSingleNode('summary'))"
        Write-Element 'dev:code' (Get-Code $example.SelectSingleNode('code'))
        Write-Paragraphs 'dev:remarks' @($example.SelectNodes('para') | ForEach-Object { Get-Text $_ })
        $writer.WriteEndElement()
    }
    $writer.WriteEndElement()
}

function Write-Links($Documentation) {
    Start-Element 'command:relatedLinks'
    foreach ($link in $Documentation.SelectNodes('seealso')) {
        $reference = $link.GetAttribute('cref')
        $text = $reference ? (($reference -split '\.')[-1] -creplace '^([A-Z][a-z]+)(.+)Command$', '$1-$2') : (Get-Text $link)
        # Get-Help -Online opens the first address of a link. These pages are of other projects, so they stand in the text.
        $address = $link.GetAttribute('href')
        Start-Element 'maml:navigationLink'
        Write-Element 'maml:linkText' $($address ? "${text}: $address" : $text)
        Write-Element 'maml:uri' ''
        $writer.WriteEndElement()
    }
    $writer.WriteEndElement()
}

function Write-Command([System.Management.Automation.CmdletInfo] $Command) {
    $type = $Command.ImplementingType
    $documentation = $members["T:$($type.FullName)"]
    Start-Element 'command:command'
    Start-Element 'command:details'
    Write-Element 'command:name' $Command.Name
    Write-Element 'command:verb' $Command.Verb
    Write-Element 'command:noun' $Command.Noun
    Write-Paragraphs 'maml:description' (Get-Text $documentation.SelectSingleNode('summary'))
    $writer.WriteEndElement()
    Write-Paragraphs 'maml:description' @($documentation.SelectNodes('remarks/para') | ForEach-Object { Get-Text $_ })

    Start-Element 'command:syntax'
    foreach ($set in $Command.ParameterSets | Sort-Object @{ Expression = 'IsDefault'; Descending = $true }, Name) {
        Start-Element 'command:syntaxItem'
        Write-Element 'maml:name' $Command.Name
        $set.Parameters | Where-Object Name -NotIn $common |
            Sort-Object { $_.Position -lt 0 ? [int]::MaxValue : $_.Position }, { -not $_.IsMandatory }, Name |
            ForEach-Object { Write-Parameter $type $_ $_.Aliases (Test-Globbing $type $_.Name) $true }
        $writer.WriteEndElement()
    }
    $writer.WriteEndElement()

    Start-Element 'command:parameters'
    $Command.ParameterSets.Parameters | Where-Object Name -NotIn $common | Group-Object Name | Sort-Object Name | ForEach-Object {
        $parameter = $_.Group | Sort-Object { -not $_.IsMandatory } | Select-Object -First 1
        Write-Parameter $type $parameter $parameter.Aliases (Test-Globbing $type $parameter.Name) $false
    }
    $writer.WriteEndElement()

    $inputs = @($Command.ParameterSets.Parameters | Where-Object ValueFromPipeline | ForEach-Object ParameterType | Select-Object -Unique)
    Write-Types 'command:inputTypes' 'command:inputType' ($inputs ? $inputs : [void])
    $outputs = @($Command.OutputType | ForEach-Object Type | Where-Object { $_ } | Select-Object -Unique)
    Write-Types 'command:returnValues' 'command:returnValue' ($outputs ? $outputs : [void])
    Write-Examples $documentation
    Write-Links $documentation
    $writer.WriteEndElement()
}

$settings = [System.Xml.XmlWriterSettings]@{ Indent = $true; Encoding = [System.Text.UTF8Encoding]::new($false); NewLineChars = "`n" }
$full = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Path)
$writer = [System.Xml.XmlWriter]::Create($full, $settings)
try {
    $writer.WriteStartElement('helpItems', 'http://msh')
    $writer.WriteAttributeString('schema', 'maml')
    foreach ($prefix in 'maml', 'command', 'dev') { $writer.WriteAttributeString('xmlns', $prefix, $null, $namespaces[$prefix]) }
    foreach ($command in Get-Command -Module ZLayer -CommandType Cmdlet | Sort-Object Name) { Write-Command $command }
    $writer.WriteEndElement()
}
finally {
    $writer.Dispose()
}

# A text file ends with a line end.
[System.IO.File]::AppendAllText($full, "`n")
Get-Item -LiteralPath $full
