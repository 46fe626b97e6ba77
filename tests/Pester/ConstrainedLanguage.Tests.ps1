# The module in a session of constrained language, where scripts may call no method of its types: what people do every day.
BeforeDiscovery {
    . "$PSScriptRoot/Support.ps1"
    $hasRegistry = [bool](Get-Command docker-registry, registry -CommandType Application -ErrorAction Ignore)
}

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $context = New-Item -ItemType Directory -Path (Join-Path $TestDrive 'context')
    Set-Content -LiteralPath "$context/Dockerfile" -Value "FROM scratch`nLABEL kind=test`nARG NAME`nCOPY Dockerfile /`nCMD [`"true`"]"
    $registry = Start-Registry $TestDrive
    $place = "$($registry.Name ?? 'localhost:1')/team/app:1"

    # One session for all, which says what each step gave.
    $said = @{}
    $step = ''
    foreach ($line in Invoke-FreshPwsh @"
`$ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'
`$env:ZLAYER_HOME = '$TestDrive/root'
Set-StrictMode -Version Latest
Import-Module '$ModulePath'
function Write-Step(`$Name, `$Work) {
    "step `$Name"
    try { & `$Work } catch { "failed: `$_" }
}
Write-Step mode { "`$(`$ExecutionContext.SessionState.LanguageMode)"; try { [ZLayer.Core.Oci.Digest]::Parse('x') } catch { `$_.FullyQualifiedErrorId } }
Write-Step build { Invoke-ZLayerBuild '$context' -Tag app:1, '$place' -BuildArg @{ NAME = 'x' } -Label @{ a = 'b' } -Platform linux/amd64 | ForEach-Object { `$_.Tags.Count } }
Write-Step events { Invoke-ZLayerBuild '$context' -Tag app:1 6>&1 | Where-Object { `$_ -is 'System.Management.Automation.InformationRecord' } | Select-Object -First 1 | Out-String }
Write-Step list { Get-ZLayerImage app* | Sort-Object Created | Format-Table | Out-String -Width 200 }
Write-Step detail { Get-ZLayerImage '$place' -Detailed | Format-List | Out-String -Width 200 }
Write-Step run { Invoke-ZLayerContainer busybox -Runtime fake -Environment @{ a = '1' } -Mount '$($TestDrive):/data:ro' -- echo from the container }
Write-Step start { Start-ZLayerContainer busybox -Name web -Runtime fake -Port 8080:80 -Memory 64MB -- sleep 100 | Format-Table | Out-String -Width 200 }
Write-Step inside { Invoke-ZLayerCommand web -Runtime fake -- echo inside }
Write-Step statistics { Measure-ZLayerContainer web -Runtime fake | Format-Table | Out-String -Width 200 }
Write-Step remove { Get-ZLayerContainer web -Runtime fake | Remove-ZLayerContainer -Force -Confirm:`$false; @(Get-ZLayerContainer -Runtime fake | Where-Object Name -EQ web).Count }
Write-Step completion { (TabExpansion2 -inputScript 'Get-ZLayerImage ap' -cursorColumn 18).CompletionMatches.CompletionText }
Write-Step push { Push-ZLayerImage '$place' -AllowInsecure 3>`$null | Format-List | Out-String -Width 200 }
Write-Step pull { Remove-ZLayerImage '$place' -Confirm:`$false | Out-Null; (Receive-ZLayerImage '$place' -AllowInsecure 3>`$null).Reference | ForEach-Object { "`$_" } }
Write-Step tags { Get-ZLayerRegistryTag ('$place' -replace ':1$') -AllowInsecure 3>`$null | ForEach-Object Name }
Write-Step error { Get-ZLayerImage nothing:1 }
"@) {
        if ($line -match '^step (\w+)$') { $step = $Matches[1]; $said[$step] = @() }
        elseif ($line.Trim()) { $said[$step] += $line }
    }
}

AfterAll { Stop-Registry $registry }

Describe 'In constrained language' {
    It 'methods of the module cannot be called by scripts' { $said.mode | Should -Be 'ConstrainedLanguage', 'MethodInvocationNotSupportedInConstrainedLanguage' }

    It 'an image is built' { $said.build | Should -Be 2 }

    It 'the events of a build are read' { $said.events | Should -Match '\S' }

    It 'images are listed with all their columns' {
        $said.list[0] | Should -Match 'Repository\s+Tag\s+Id\s+Platform\s+Created\s+Size'
        $said.list[-1] | Should -Match '^\S+\s+1\s+[0-9a-f]{12}\s+linux/amd64\s+\d+ s ago\s+[\d.]+ k?B'
    }

    It 'an image is shown in detail' {
        $said.detail -join "`n" | Should -Match 'Labels\s+: a=b, kind=test'
        $said.detail -join "`n" | Should -Match 'Command\s+: true'
        $said.detail -join "`n" | Should -Match 'Layers\s+: [0-9a-f]{12} [\d.]+ k?B'
    }

    It 'a container runs to its end' { $said.run | Should -Be 'from the container' }

    It 'a container starts, with its state and ports' { $said.start[-1] | Should -Match '^[0-9a-f]{12}\s+web\s+busybox\s+.*Running.*\s+8080->80/tcp' }

    It 'a command runs in it' { $said.inside | Should -Be 'inside' }

    It 'it is measured' { $said.statistics[-1] | Should -Match '^web\s+[\d.]+\s+\S+ [kMG]?B' }

    It 'it is removed' { $said.remove | Should -Be 0 }

    It 'names are completed' { $said.completion | Should -Contain 'app:1' }

    It 'an image is pushed' -Skip:(-not $hasRegistry) { $said.push -join "`n" | Should -Match 'Digest\s+: sha256:[0-9a-f]{64}' }

    It 'an image is pulled' -Skip:(-not $hasRegistry) { $said.pull | Should -Be $place }

    It 'tags are listed' -Skip:(-not $hasRegistry) { $said.tags | Should -Be 1 }

    It 'an error says what is wrong' { $said.error -join ' ' | Should -Match 'nothing:1' }
}
