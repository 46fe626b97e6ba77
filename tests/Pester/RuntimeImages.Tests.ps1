# Images of runtimes: in memory and, where there is one, in a real Docker engine.
BeforeDiscovery {
    . "$PSScriptRoot/Support.ps1"
    $runtimes = @(Get-TestRuntime)
}

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    Initialize-ContainerTest $TestDrive
}

AfterAll { $env:ZLAYER_HOME = $env:DOCKER_HOST = $null }

Describe 'Images of the runtime <Runtime>' -ForEach $runtimes {
    BeforeAll {
        if ($Runtime -eq 'fake') { [void](Receive-ZLayerImage busybox -Runtime fake) }
        [void](Start-ZLayerContainer -Image busybox -Name pester-i -Runtime $Runtime -Command sleep, 1000)
    }

    AfterAll {
        Remove-ZLayerContainer pester-i -Force -Runtime $Runtime
        Get-ZLayerImage 'pester-image*' -Runtime $Runtime | Remove-ZLayerImage -Force
    }

    It 'are listed, and inspected' {
        $image = Get-ZLayerImage busybox:latest -Runtime $Runtime
        $image.Runtime | Should -Be $Runtime
        (Get-ZLayerImage busybox -Runtime $Runtime -Detailed).PSTypeNames[0] | Should -Be 'ZLayer.Core.Runtimes.ImageInspection'
        (Get-ZLayerImage 'busy*' -Runtime $Runtime).Repository | Should -Contain 'busybox'
        Get-ZLayerImage 'no-such-*' -Runtime $Runtime | Should -BeNullOrEmpty
        { Get-ZLayerImage no-such -Runtime $Runtime -ErrorAction Stop } | Should -Throw -ErrorId 'ImageNotFound,*'
        { Get-ZLayerImage busybox -ErrorAction Stop } | Should -Throw -ErrorId 'ImageNotFound,*' -Because 'the store has none'
    }

    It 'are made of containers, and keep what they wrote' {
        Invoke-ZLayerCommand pester-i -Runtime $Runtime -ShellCommand 'echo kept > /kept'
        $image = New-ZLayerImage -Container pester-i -Tag pester-image:1 -Comment remark -Author me -Change 'LABEL a=b' -Runtime $Runtime
        "$image $($image.Runtime) $($image.Labels['a'])" | Should -Be "pester-image:1 $Runtime b"
        $history = $image | Get-ZLayerImageHistory
        $history[0].Comment | Should -Be 'remark'
        (Get-ZLayerContainer pester-i -Runtime $Runtime | New-ZLayerImage -Tag pester-image:2).Runtime | Should -Be $Runtime
    }

    It 'get names and lose them' {
        Add-ZLayerImageTag pester-image:1 pester-image:x -Runtime $Runtime
        { Add-ZLayerImageTag pester-image:1 pester-image:x -NoClobber -Runtime $Runtime -ErrorAction Stop } | Should -Throw -ErrorId 'NameInUse,*'
        (Get-ZLayerImage 'pester-image:?' -Runtime $Runtime).Tag | Sort-Object | Should -Be '1', '2', 'x'
        (Get-ZLayerImage pester-image -Runtime $Runtime).Tag | Sort-Object | Should -Be '1', '2', 'x' -Because 'a name without a tag means every tag, as in the store'
        Get-ZLayerImage pester-image:x -Runtime $Runtime | Remove-ZLayerImage -WhatIf
        Get-ZLayerImage pester-image:x -Runtime $Runtime | Remove-ZLayerImage
        { Get-ZLayerImage pester-image:x -Runtime $Runtime -ErrorAction Stop } | Should -Throw -ErrorId 'ImageNotFound,*'
    }

    It 'go into the store and back, by object and by name' {
        $stored = Get-ZLayerImage pester-image:1 -Runtime $Runtime | Import-ZLayerImage
        "$stored '$($stored.Runtime)'" | Should -Be "pester-image:1 ''"
        (Import-ZLayerImage -Runtime $Runtime -Reference pester-image:2).Root | Should -Be (Join-Path $TestDrive 'root')
        Remove-ZLayerImage pester-image:1 -Runtime $Runtime
        $back = $stored | Export-ZLayerImage -Runtime $Runtime
        "$back $($back.Runtime) $($back.Id)" | Should -Be "pester-image:1 $Runtime $($stored.Id)"
    }

    It 'belong to their runtime, whatever -Runtime says' {
        $global:PSDefaultParameterValues['Get-ZLayerImageHistory:Runtime'] = $Runtime
        try {
            $stored = Get-ZLayerImage pester-image:1
            Remove-ZLayerImage pester-image:1 -Runtime $Runtime
            ($stored | Get-ZLayerImageHistory).Count | Should -BeGreaterThan 1
            [void]($stored | Export-ZLayerImage -Runtime $Runtime)
        }
        finally { $global:PSDefaultParameterValues.Clear() }
        { Get-ZLayerImage pester-image:1 -Runtime $Runtime | Push-ZLayerImage -ErrorAction Stop } | Should -Throw -ErrorId 'OperationNotSupported,*'
    }

    It 'are written to an archive, and loaded from one' {
        $file = Get-ZLayerImage pester-image:1 -Runtime $Runtime | Export-ZLayerImage -Destination "$TestDrive/image.tar"
        & tar -tf $file.FullName | Should -Contain 'manifest.json'
        Remove-ZLayerImage pester-image:1 -Runtime $Runtime
        "$($file | Import-ZLayerImage -Runtime $Runtime)" | Should -Be 'pester-image:1'
        { Get-ZLayerImage pester-image:1 -Runtime $Runtime | Export-ZLayerImage -Destination "$TestDrive/image.tar" -NoClobber } | Should -Throw -ErrorId 'FileExists,*'
    }

    It 'are made of a root file system' {
        [void](Export-ZLayerContainer pester-i "$TestDrive/flat.tar" -Runtime $Runtime)
        $image = Get-ChildItem "$TestDrive/flat.tar" | New-ZLayerImage -Tag pester-image:flat -Change 'CMD ["true"]' -Runtime $Runtime
        @((Get-ZLayerImage $image -Detailed).Layers).Count | Should -Be 1
        ((Get-ZLayerImage $image -Detailed).Config.Cmd) | Should -Be 'true'
    }

    It 'are pruned with the containers that ended, after a question' {
        [void](New-ZLayerContainer busybox -Name pester-ended -Runtime $Runtime)
        Clear-ZLayerStorage Container -Runtime $Runtime -WhatIf
        Get-ZLayerContainer pester-ended -Runtime $Runtime | Should -Not -BeNullOrEmpty
        $result = Clear-ZLayerStorage Container -Runtime $Runtime -Force
        "$($result.Kind)" | Should -Be 'Container'
        { Get-ZLayerContainer pester-ended -Runtime $Runtime -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerNotFound,*'
        { Clear-ZLayerStorage Layer -Runtime $Runtime -Force } | Should -Throw -ErrorId 'OperationNotSupported,*'
    }

    It 'are chosen by label and age before they are pruned' {
        [void](New-ZLayerContainer busybox -Name pester-kept -Label purpose=other -Runtime $Runtime)
        [void](New-ZLayerContainer busybox -Name pester-pruned -Label purpose=test -Runtime $Runtime)
        # The time of the fake runtime stands still, long ago.
        if ($Runtime -ne 'fake') { Clear-ZLayerStorage Container -Label purpose=test -OlderThan 1h -Runtime $Runtime -Force | Should -BeNullOrEmpty }
        Clear-ZLayerStorage Container -Label purpose=test -ExcludeLabel purpose -Runtime $Runtime -Force | Should -BeNullOrEmpty
        @((Clear-ZLayerStorage Container -ExcludeLabel purpose=other -Runtime $Runtime -Force).Removed).Count | Should -Be 1
        (Get-ZLayerContainer pester-* -Runtime $Runtime).Name | Should -Contain 'pester-kept'
        (Get-ZLayerContainer pester-* -Runtime $Runtime).Name | Should -Not -Contain 'pester-pruned'
        { Clear-ZLayerStorage Image -ExcludeLabel purpose -Runtime $Runtime -Force } | Should -Throw -ErrorId 'OperationNotSupported,*'
        { Clear-ZLayerStorage Container, Image -Label purpose=test -Runtime $Runtime -Force } | Should -Throw -ErrorId 'OperationNotSupported,*'
        Remove-ZLayerContainer pester-kept -Runtime $Runtime
    }
}

Describe 'Pulling into the fake runtime' {
    It 'returns the image, and fails where it is told to' {
        (Receive-ZLayerImage nginx:1.27 -Runtime fake).ToString() | Should -Be 'nginx:1.27'
        { Receive-ZLayerImage missing.invalid/app -Runtime fake -ErrorAction Stop } | Should -Throw -ErrorId 'ImageNotFound,*'
        { Receive-ZLayerImage denied.invalid/app -Runtime fake -ErrorAction Stop } | Should -Throw -ErrorId 'RegistryAuthenticationFailed,*'
        $credential = [pscredential]::new('u', (ConvertTo-SecureString p -AsPlainText -Force))
        (Receive-ZLayerImage denied.invalid/app -Runtime fake -Credential $credential).Repository | Should -Be 'denied.invalid/app'
        { Receive-ZLayerImage nginx -AllTag -Runtime fake -ErrorAction Stop } | Should -Throw -ErrorId 'OperationNotSupported,*'
    }

    It 'searches' {
        (Find-ZLayerImage nginx -Runtime fake).Count | Should -Be 3
        (Find-ZLayerImage nginx -OfficialOnly -Runtime fake).Name | Should -Be 'nginx'
        (Find-ZLayerImage nginx -MinimumStarCount 10 -Runtime fake | Select-Object -First 1).StarCount | Should -Be 1000
    }

    It 'says that there is no such runtime' {
        { Get-ZLayerImage -Runtime nothing } | Should -Throw -ErrorId 'RuntimeNotFound,*'
    }
}
