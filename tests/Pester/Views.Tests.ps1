# Every view of the file, in every mode of the language, of objects that are alive and of those that come from files and jobs.
BeforeDiscovery {
    . "$PSScriptRoot/Support.ps1"
    . "$PSScriptRoot/Samples.ps1"
    $views = foreach ($view in ([xml](Get-Content -LiteralPath (Join-Path (Split-Path $ModulePath) 'ZLayer.Format.ps1xml') -Raw)).SelectNodes('//View')) {
        $control = ($view.ChildNodes.Name -like '*Control')[0] -replace 'Control'
        $headings = @($view.SelectNodes('.//TableColumnHeader/Label|.//ListItem/Label|.//GroupBy/Label') | ForEach-Object InnerText)
        @{ Headings = $headings; View = $view.Name; TypeName = $view.ViewSelectedBy.TypeName; Command = "Format-$control" }
    }
}

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    . "$PSScriptRoot/Samples.ps1"
    Import-Module $ModulePath

    $names = Get-ViewType $ModulePath
    # First, because it takes a while.
    $jobs = @{}
    $job = Start-Job -ArgumentList $ModulePath, "$PSScriptRoot/Samples.ps1", $names {
        param($ModulePath, $Samples, $Names)
        Import-Module $ModulePath
        . $Samples
        foreach ($name in $Names) { New-ViewSample $name }
    }

    function New-SessionOf {
        param([string] $LanguageMode, [switch] $Strict)
        $session = [runspacefactory]::CreateRunspace([initialsessionstate]::CreateDefault2())
        $session.Open()
        $shell = [powershell]::Create($session)
        [void] $shell.AddScript("Import-Module '$ModulePath'; `$PSStyle.OutputRendering = 'Ansi'").Invoke()
        $shell.Commands.Clear()
        if ($Strict) { [void] $shell.AddScript('Set-StrictMode -Version Latest').Invoke() }
        $shell.Dispose()
        $session.SessionStateProxy.LanguageMode = $LanguageMode
        $session
    }

    $sessions = @{
        FullLanguage        = New-SessionOf FullLanguage
        StrictMode          = New-SessionOf FullLanguage -Strict
        ConstrainedLanguage = New-SessionOf ConstrainedLanguage -Strict
        NoLanguage          = New-SessionOf NoLanguage
    }

    # What a session shows of an object by a view.
    function Show-ByView {
        param($Session, $Value, [string] $Command, [string] $View)
        $shell = [powershell]::Create($Session)
        try {
            [void] $shell.AddCommand($Command).AddParameter('View', $View).AddCommand('Out-String').AddParameter('Width', 300)
            ($shell.Invoke(@(, $Value)) -join '') + ($shell.Streams.Error -join "`n")
        }
        finally { $shell.Dispose() }
    }

    $alive = @{}
    foreach ($name in $names) { $alive[$name] = New-ViewSample $name }

    # Through a file.
    $revived = @{}
    foreach ($name in $names) {
        $file = Join-Path $TestDrive "$([guid]::NewGuid()).xml"
        $alive[$name] | Export-Clixml -LiteralPath $file
        $revived[$name] = Import-Clixml -LiteralPath $file
    }

    # From the job.
    $received = @($job | Receive-Job -Wait -AutoRemoveJob 2>&1)
    for ($i = 0; $i -lt $names.Count; $i++) { $jobs[$names[$i]] = $received[$i] }
}

AfterAll { $sessions.Values | ForEach-Object Dispose }

Describe 'The view <View>' -ForEach $views {
    BeforeAll {
        $expected = Show-ByView $sessions.FullLanguage $alive[$TypeName] $Command $View
    }

    It 'shows something in each of its places' {
        $expected.Trim() | Should -Not -BeNullOrEmpty
        $expected | Should -Not -Match '#ERR'
        if ($Command -eq 'Format-List') {
            ($expected -replace '\x1b\[[0-9;]*m') -split '\r?\n' | Where-Object { $_ -match '^\w+\s*:\s*$' } | Should -BeNullOrEmpty
        }
    }

    It 'has headings that are properties' -Skip:(-not $Headings) {
        $selected = $alive[$TypeName] | Select-Object -Property @($Headings | ForEach-Object { [WildcardPattern]::Escape($_) }) -ErrorAction Stop
        foreach ($heading in $Headings) {
            $alive[$TypeName].PSObject.Properties[$heading] | Should -Not -BeNullOrEmpty -Because "'$heading' is read on the display"
            $selected.$heading | Should -Not -BeNullOrEmpty -Because "'$heading' is selected"
        }
    }

    It 'shows the same in every mode of the language' {
        foreach ($mode in 'StrictMode', 'ConstrainedLanguage', 'NoLanguage') {
            Show-ByView $sessions[$mode] $alive[$TypeName] $Command $View | Should -BeExactly $expected -Because $mode
        }
    }

    It 'shows the same of an object from a file or a job' {
        Show-ByView $sessions.FullLanguage $revived[$TypeName] $Command $View | Should -BeExactly $expected -Because 'it comes from a file'
        Show-ByView $sessions.ConstrainedLanguage $jobs[$TypeName] $Command $View | Should -BeExactly $expected -Because 'it comes from a job'
    }
}

Describe 'Tables of streams' {
    It 'show at once what comes, and leave room for what comes later: <TypeName>' -ForEach @(
        @{ TypeName = 'ZLayer.Core.Runtimes.Observation.ContainerStatistic'; Property = 'CpuPercent'; Narrow = 1.5; Wide = 6400.25; Shown = '6400.25' }
        @{ TypeName = 'ZLayer.Core.Runtimes.ZLayerEvent'; Property = 'Action'; Narrow = 'die'; Wide = 'health_status: healthy'; Shown = 'health_status: healthy' }
    ) {
        $KnownSamples.Clear()
        $first = New-ViewSample $TypeName
        ($TypeName -as [type]).GetProperty($Property).SetValue($first, $Narrow)
        $KnownSamples.Clear()
        $later = New-ViewSample $TypeName
        ($TypeName -as [type]).GetProperty($Property).SetValue($later, $Wide)
        $lines = [System.Collections.Generic.List[string]]::new()
        $early = -1
        # The second is made once the first was shown, or nothing is.
        & { $first; $first; $later } | ForEach-Object { if ([object]::ReferenceEquals($_, $later)) { Start-Sleep -Milliseconds 500; $early = $lines.Count }; $_ } |
            Format-Table | Out-String -Stream -Width 200 | ForEach-Object { $lines.Add($_) }
        $early | Should -BeGreaterThan 0 -Because 'a follow has no end'
        $lines -join "`n" | Should -Match ([regex]::Escape($Shown))
    }
}
