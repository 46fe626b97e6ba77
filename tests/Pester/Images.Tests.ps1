BeforeDiscovery {
    . "$PSScriptRoot/Support.ps1"
    $hasBusybox = [bool](Get-Command busybox -CommandType Application -ErrorAction Ignore)
}

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    Import-Module $ModulePath
    $env:ZLAYER_HOME = Join-Path $TestDrive 'root'
    $tar = New-RootFs $TestDrive
}

AfterAll { $env:ZLAYER_HOME = $null }

Describe 'Images of the store' -Skip:(-not $hasBusybox) {
    BeforeEach {
        $env:ZLAYER_HOME = Join-Path $TestDrive ([guid]::NewGuid().ToString('n'))
        $image = New-ZLayerImage $tar -Tag base:1 -Change 'CMD ["/bin/sh"]', 'LABEL stage=test', 'ENV LANG=C.UTF-8' -Comment 'made by a test'
    }

    Context 'New-ZLayerImage' {
        It 'makes an image of a root file system' {
            $image.PSTypeNames[0] | Should -Be 'ZLayer.Core.Images.ImageInfo'
            "$image" | Should -Be 'base:1'
            $image.Size | Should -BeGreaterThan 100KB
            $image.Platform.ToString() | Should -Be "$([ZLayer.Core.Oci.Platform]::Host)"
            $image.Root | Should -Be $env:ZLAYER_HOME
        }

        It 'applies instructions to the config' {
            $detail = Get-ZLayerImage base:1 -Detailed
            $detail.Config.Config.Cmd | Should -Be '/bin/sh'
            $detail.Config.Config.Env | Should -Contain 'LANG=C.UTF-8'
            $detail.Labels['stage'] | Should -Be 'test'
        }

        It 'takes another platform, and a file from the pipeline' {
            $other = Get-Item -LiteralPath $tar | New-ZLayerImage -Tag other:1 -Platform linux/arm64
            "$($other.Platform)" | Should -Be 'linux/arm64'
        }

        It 'does nothing under -WhatIf' {
            New-ZLayerImage $tar -Tag never:1 -WhatIf | Should -BeNullOrEmpty
            Get-ZLayerImage 'never*' | Should -BeNullOrEmpty
        }

        It 'says when the file is not there' {
            { New-ZLayerImage /nowhere.tar } | Should -Throw -ErrorId 'PathNotFound,ZLayer.PowerShell.Commands.NewZLayerImageCommand'
        }

        It 'says when an instruction is wrong' {
            { New-ZLayerImage $tar -Change 'NONSENSE x' } | Should -Throw -ErrorId 'DockerfileSyntaxError,*'
        }

        It 'refuses what is no archive' {
            Set-Content -LiteralPath "$TestDrive/no.tar" -Value ('no archive' * 100)
            { New-ZLayerImage "$TestDrive/no.tar" } | Should -Throw -ErrorId 'InvalidArchive,*'
        }
    }

    Context 'Get-ZLayerImage' {
        BeforeEach {
            Add-ZLayerImageTag base:1 base:2, 'localhost:5000/team/app:1'
        }

        It 'lists every name' { (Get-ZLayerImage | ForEach-Object { "$_" } | Sort-Object) | Should -Be 'base:1', 'base:2', 'localhost:5000/team/app:1' }

        It 'takes a repository for all its tags' { (Get-ZLayerImage base | ForEach-Object { "$_" } | Sort-Object) | Should -Be 'base:1', 'base:2' }

        It 'takes wildcards, whatever the case' {
            (Get-ZLayerImage 'BASE:[12]') | Should -HaveCount 2
            (Get-ZLayerImage 'localhost*').Repository | Should -Be 'localhost:5000/team/app'
        }

        It 'takes ids and their beginnings' {
            (Get-ZLayerImage $image.Id.Hex.Substring(0, 6)) | Should -HaveCount 3
            (Get-ZLayerImage "$($image.Id)") | Should -HaveCount 3
        }

        It 'writes nothing for a wildcard without match, and an error for a name' {
            Get-ZLayerImage 'none*' -ErrorAction Stop | Should -BeNullOrEmpty
            Get-ZLayerImage none -ErrorVariable problems -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
            $problems.FullyQualifiedErrorId | Should -Be 'ImageNotFound,ZLayer.PowerShell.Commands.GetZLayerImageCommand'
            $problems.CategoryInfo.Category | Should -Be 'ObjectNotFound'
            $problems.TargetObject | Should -Be 'none'
        }

        It 'goes on after a name that is not there' {
            Get-ZLayerImage none, base:1 -ErrorAction SilentlyContinue | ForEach-Object { "$_" } | Should -Be 'base:1'
        }

        It 'filters by label, as text and as hashtable' {
            Get-ZLayerImage -Label stage=test | Should -HaveCount 3
            Get-ZLayerImage -Label @{ stage = 'test' } | Should -HaveCount 3
            Get-ZLayerImage -Label stage=other | Should -BeNullOrEmpty
        }

        It 'filters by platform' {
            Get-ZLayerImage -Platform linux/s390x | Should -BeNullOrEmpty
        }

        It 'shows all about an image with -Detailed' {
            $detail = Get-ZLayerImage base:1 -Detailed
            $detail.PSTypeNames[0] | Should -Be 'ZLayer.Core.Images.ImageDetail'
            ($detail.RawConfig | ConvertFrom-Json).config.Cmd | Should -Be '/bin/sh'
            ($detail.RawManifest | ConvertFrom-Json).layers | Should -HaveCount 1
            ($detail | Format-List | Out-String) | Should -Match 'Layers'
        }

        It 'works with numbers' { Get-ZLayerImage | Where-Object Size -GT 1TB | Should -BeNullOrEmpty }

        It 'ends early without harm' { Get-ZLayerImage | Select-Object -First 1 | Should -HaveCount 1 }
    }

    Context 'Add-ZLayerImageTag' {
        It 'adds names and returns nothing' {
            Add-ZLayerImageTag base:1 second:1, third:1 | Should -BeNullOrEmpty
            (Get-ZLayerImage second, third).Id | Select-Object -Unique | Should -Be $image.Id
        }

        It 'returns the image under its new name with -PassThru' {
            "$(Add-ZLayerImageTag base:1 second:1 -PassThru)" | Should -Be 'second:1'
        }

        It 'leaves a name alone with -NoClobber' {
            Add-ZLayerImageTag base:1 base:1 -NoClobber -ErrorVariable problems -ErrorAction SilentlyContinue
            $problems.FullyQualifiedErrorId | Should -Be 'NameInUse,ZLayer.PowerShell.Commands.AddZLayerImageTagCommand'
        }

        It 'does nothing under -WhatIf' {
            Add-ZLayerImageTag base:1 never:1 -WhatIf
            Get-ZLayerImage 'never*' | Should -BeNullOrEmpty
        }

        It 'refuses a name that is none' {
            { Add-ZLayerImageTag base:1 'UPPER CASE' } | Should -Throw -ErrorId 'ParameterArgumentTransformationError,*'
        }
    }

    Context 'Remove-ZLayerImage' {
        It 'removes a name, and with the last one the content' {
            Add-ZLayerImageTag base:1 base:2
            Remove-ZLayerImage base:1
            (Get-ZLayerImage).Tag | Should -Be '2'
            Remove-ZLayerImage base:2
            Get-ZLayerImage | Should -BeNullOrEmpty
            Get-ChildItem -LiteralPath "$env:ZLAYER_HOME/blobs" -Recurse -File | Should -BeNullOrEmpty
        }

        It 'takes objects and wildcards' {
            Add-ZLayerImageTag base:1 'x/a:1', 'x/b:1'
            Remove-ZLayerImage 'x/*'
            Get-ZLayerImage | Remove-ZLayerImage
            Get-ZLayerImage | Should -BeNullOrEmpty
        }

        It 'does nothing under -WhatIf' {
            Remove-ZLayerImage '*' -WhatIf
            Get-ZLayerImage | Should -HaveCount 1
        }

        It 'names what an id stands for under -WhatIf, and whether the image goes with it' {
            Add-ZLayerImageTag base:1 base:2
            $id = "$($image.Id)"
            $lines = Invoke-FreshPwsh "`$env:ZLAYER_HOME = '$env:ZLAYER_HOME'; Import-Module '$ModulePath'; Remove-ZLayerImage $id -WhatIf; Remove-ZLayerImage base:1 -WhatIf"
            $lines[0] | Should -BeLike "*`"Remove image`"*base:1, base:2*"
            $lines[1] | Should -BeLike "*`"Remove name`"*base:1*"
            Get-ZLayerImage | Should -HaveCount 2
        }

        It 'refuses an id that several images have, names them, and removes them by force' {
            # The same files and config in another compression, as an image that was pushed and pulled again is.
            $archive = Join-Path $TestDrive "$([guid]::NewGuid()).tar"
            [void] (Export-ZLayerImage base:1 $archive -Compression Gzip)
            Add-ZLayerImageTag base:1 local:1
            Remove-ZLayerImage base:1
            [void] (Import-ZLayerImage $archive)
            $both = Get-ZLayerImage
            $both.Id | Select-Object -Unique | Should -HaveCount 1
            $both.Digest | Select-Object -Unique | Should -HaveCount 2
            foreach ($id in "$($image.Id)", "$($image.Id)".Substring(7, 12)) {
                $problem = $null
                Remove-ZLayerImage $id -ErrorVariable problem -ErrorAction SilentlyContinue -WhatIf
                $problem.FullyQualifiedErrorId | Should -Be 'InvalidArgument,ZLayer.PowerShell.Commands.RemoveZLayerImageCommand'
                "$problem" | Should -Match 'base:1'
                "$problem" | Should -Match 'local:1'
                Remove-ZLayerImage $id -ErrorAction SilentlyContinue
                Get-ZLayerImage | Should -HaveCount 2
            }
            Remove-ZLayerImage "$(($both | Where-Object Repository -EQ local).Digest)"
            (Get-ZLayerImage).Repository | Should -Be 'base'
            Add-ZLayerImageTag base:1 again:1
            Remove-ZLayerImage "$($image.Id)" -Force
            Get-ZLayerImage | Should -BeNullOrEmpty
        }

        It 'writes an error for what is not there, and goes on' {
            Remove-ZLayerImage none, base:1 -ErrorVariable problems -ErrorAction SilentlyContinue
            $problems.FullyQualifiedErrorId | Should -Be 'ImageNotFound,ZLayer.PowerShell.Commands.RemoveZLayerImageCommand'
            Get-ZLayerImage | Should -BeNullOrEmpty
        }

        It 'removes all that come through the pipeline, but one that came before and one that is not there' {
            Add-ZLayerImageTag base:1 'x/a:1', 'x/b:1', 'x/c:1'
            'x/a:1', 'x/b:1', 'x/a:1', 'none', 'x/c:1' | Remove-ZLayerImage -ErrorVariable problems -ErrorAction SilentlyContinue
            $problems.TargetObject | Should -Be 'x/a:1', 'none'
            (Get-ZLayerImage).Repository | Should -Be 'base'
        }

        It 'removes none when the pipeline is stopped before its end' {
            Add-ZLayerImageTag base:1 'x/a:1'
            { & { 'x/a:1'; throw 'stop' } | Remove-ZLayerImage } | Should -Throw 'stop'
            (Get-ZLayerImage).Repository | Should -Be 'base', 'x/a'
            Remove-ZLayerImage 'x/a:1'
        }

        It 'does nothing for an empty pipeline' { @() | Remove-ZLayerImage; Get-ZLayerImage | Should -HaveCount 1 }

        It 'shows by the preference as by the parameter, and says with -Verbose what a name stands for' {
            Add-ZLayerImageTag base:1 base:2
            $lines = Invoke-FreshPwsh ("`$env:ZLAYER_HOME = '$env:ZLAYER_HOME'; Import-Module '$ModulePath'; " +
                '& { $WhatIfPreference = $true; Remove-ZLayerImage base:2; Remove-ZLayerImage base:2 -WhatIf:$false -Verbose }')
            $lines[0] | Should -BeLike '*What if*"Remove name"*base:2*'
            $lines[1] | Should -BeLike '*VERBOSE*"Remove name"*base:2*'
            $lines[2] | Should -BeLike '*Untagged base:2*'
            (Get-ZLayerImage).Tag | Should -Be '1'
        }

        It 'asks when $ConfirmPreference says so, and not with -Confirm:$false' {
            Add-ZLayerImageTag base:1 base:2
            $lines = Invoke-FreshPwsh ("`$env:ZLAYER_HOME = '$env:ZLAYER_HOME'; Import-Module '$ModulePath'; " +
                '$ConfirmPreference = "Medium"; try { Remove-ZLayerImage base:2 } catch { "refused" }; (Get-ZLayerImage).Tag -join " "; ' +
                'Remove-ZLayerImage base:2 -Confirm:$false; (Get-ZLayerImage).Tag -join " "')
            $lines[-2, -1] | Should -Be '1 2', '1'
        }

        It 'removes nothing when the first error stops it' {
            Add-ZLayerImageTag base:1 'x/a:1'
            { 'x/a:1', 'none' | Remove-ZLayerImage -ErrorAction Stop } | Should -Throw '*none*'
            (Get-ZLayerImage).Repository | Should -Be 'base', 'x/a'
            Remove-ZLayerImage 'x/a:1'
        }

        It 'says with -Verbose what went' {
            $lines = Remove-ZLayerImage base:1 -Verbose 4>&1 | ForEach-Object { "$_" }
            $lines -join "`n" | Should -Match 'Untagged base:1'
            $lines -join "`n" | Should -Match 'Deleted'
        }
    }

    Context 'Get-ZLayerLayer' {
        It 'lists the layers, the lowest first, with their digests' {
            $null = Invoke-ZLayerBuild -Definition "FROM base:1`nWORKDIR /made" -Tag two:1
            $layers = @(Get-ZLayerLayer two:1)
            $layers[0].PSTypeNames[0] | Should -Be 'ZLayer.Core.Images.LayerInfo'
            $layers.Index | Should -Be 0, 1
            $layers[0].ChainId | Should -Be $layers[0].DiffId
            $chain = [System.Security.Cryptography.SHA256]::HashData([System.Text.Encoding]::ASCII.GetBytes("$($layers[0].DiffId) $($layers[1].DiffId)"))
            "$($layers[1].ChainId)" | Should -Be "sha256:$([Convert]::ToHexString($chain).ToLowerInvariant())"
            $layers[0].DiffId | Should -Be (Get-ZLayerLayer base:1).DiffId
            $layers.IsLocal | Should -Not -Contain $false
            $layers[1].CreatedBy | Should -Match 'WORKDIR'
            $layers | Format-Table | Out-String | Should -Match 'CreatedBy'
        }

        It 'finds the images with a layer' {
            $null = Invoke-ZLayerBuild -Definition "FROM base:1`nWORKDIR /made" -Tag two:1
            $base = Get-ZLayerLayer base:1
            (Get-ZLayerLayer -Digest "$($base.DiffId)").Image | Sort-Object | Should -Be (Get-ZLayerImage | ForEach-Object { "$($_.Reference)" } | Sort-Object)
            Get-ZLayerImage two:1 | Get-ZLayerLayer -Digest "$($base.DiffId)".Substring(7, 10) | Should -HaveCount 1
            $base | Get-ZLayerImage | ForEach-Object { "$_" } | Should -Be 'base:1'
            Get-ZLayerLayer -Digest sha256:ffffffff | Should -BeNullOrEmpty
        }

        It 'writes an error for what is not there' {
            { Get-ZLayerLayer none -ErrorAction Stop } | Should -Throw -ErrorId 'ImageNotFound,*'
        }
    }

    Context 'Get-ZLayerImageHistory' {
        It 'shows the steps, the newest first' {
            $history = @(Get-ZLayerImageHistory base:1)
            $history[0].PSTypeNames[0] | Should -Be 'ZLayer.Core.Images.ImageHistoryEntry'
            ($history | Measure-Object Size -Sum).Sum | Should -BeGreaterThan 100KB
            ($history | Format-Table | Out-String) | Should -Match 'CreatedBy'
        }

        It 'takes objects' { Get-ZLayerImage | Get-ZLayerImageHistory | Should -Not -BeNullOrEmpty }
    }

    Context 'Export-ZLayerImage and Import-ZLayerImage' {
        It 'writes <Format> and reads it again' -ForEach @(
            @{ Format = 'OciArchive'; IsDirectory = $false }, @{ Format = 'OciDirectory'; IsDirectory = $true }, @{ Format = 'DockerArchive'; IsDirectory = $false }
        ) {
            $target = Join-Path $TestDrive ([guid]::NewGuid().ToString('n'))
            $written = Export-ZLayerImage base:1 $target -Format $Format
            $written.FullName | Should -Be $target
            $written | Should -BeOfType ($IsDirectory ? [System.IO.DirectoryInfo] : [System.IO.FileInfo])
            $copy = Import-ZLayerImage $target -Root "$TestDrive/$([guid]::NewGuid().ToString('n'))"
            "$copy" | Should -Be 'base:1'
            $copy.Id | Should -Be $image.Id
        }

        It 'writes several images into one archive' {
            Add-ZLayerImageTag base:1 second:1
            $target = Join-Path $TestDrive 'several.tar'
            Get-ZLayerImage | Export-ZLayerImage -Destination $target | Should -HaveCount 1
            Import-ZLayerImage $target -Root "$TestDrive/several" | ForEach-Object { "$_" } | Sort-Object | Should -Be 'base:1', 'second:1'
        }

        It 'writes the files of an image' {
            $directory = Join-Path $TestDrive ([guid]::NewGuid().ToString('n'))
            Export-ZLayerImage base:1 $directory -Format Directory | Out-Null
            "$directory/bin/busybox" | Should -Exist
            $files = Join-Path $TestDrive 'files.tar'
            Export-ZLayerImage base:1 $files -Format RootFsTar | Out-Null
            (& tar --list --file $files) -join ' ' | Should -Match 'bin/busybox'
        }

        It 'compresses as asked' {
            $target = Join-Path $TestDrive ([guid]::NewGuid().ToString('n'))
            Export-ZLayerImage base:1 $target -Format OciDirectory -Compression Zstd | Out-Null
            $index = Get-Content -LiteralPath "$target/index.json" -Raw | ConvertFrom-Json
            $manifest = Get-Content -LiteralPath "$target/blobs/sha256/$($index.manifests[0].digest.Substring(7))" -Raw | ConvertFrom-Json
            $manifest.layers[0].mediaType | Should -Match 'zstd'
        }

        It 'takes an output as a build does' {
            $target = Join-Path $TestDrive 'exporter.tar'
            (Export-ZLayerImage base:1 -Exporter "type=docker,dest=$target").FullName | Should -Be $target
            (Export-ZLayerImage base:1 -Exporter @{ type = 'oci'; dest = "$TestDrive/exporter2.tar" }).Name | Should -Be 'exporter2.tar'
        }

        It 'does not replace a file with -NoClobber' {
            $target = Join-Path $TestDrive 'existing.tar'
            Set-Content -LiteralPath $target -Value 'mine'
            { Export-ZLayerImage base:1 $target -NoClobber } | Should -Throw -ErrorId 'FileExists,*'
            Get-Content -LiteralPath $target | Should -Be 'mine'
            Export-ZLayerImage base:1 $target | Should -HaveCount 1
        }

        It 'writes into a directory that holds files with -Force only' {
            $target = New-Item -ItemType Directory -Path (Join-Path $TestDrive ([guid]::NewGuid().ToString('n')))
            Set-Content -LiteralPath "$target/mine" -Value 'mine'
            { Export-ZLayerImage base:1 $target -Format Directory } | Should -Throw -ErrorId 'FileExists,*'
        }

        It 'refuses paths that are no files' {
            { Export-ZLayerImage base:1 'Env:/x' } | Should -Throw -ErrorId 'InvalidArgument,*'
        }

        It 'does nothing under -WhatIf' {
            Export-ZLayerImage base:1 "$TestDrive/never.tar" -WhatIf | Should -BeNullOrEmpty
            "$TestDrive/never.tar" | Should -Not -Exist
        }

        It 'works in the background' {
            $job = Export-ZLayerImage base:1 "$TestDrive/job.tar" -AsJob
            $job.PSJobTypeName | Should -Be 'ZLayerJob'
            ($job | Receive-Job -Wait -AutoRemoveJob).Name | Should -Be 'job.tar'
        }

        It 'imports by wildcard, by literal path and from the pipeline' {
            $directory = New-Item -ItemType Directory -Path (Join-Path $TestDrive ([guid]::NewGuid().ToString('n')))
            Export-ZLayerImage base:1 "$directory/a[1].tar" | Out-Null
            Import-ZLayerImage "$directory/*.tar" -Root "$TestDrive/i1" | Should -HaveCount 1
            Import-ZLayerImage -LiteralPath "$directory/a[1].tar" -Root "$TestDrive/i2" | Should -HaveCount 1
            Get-ChildItem -LiteralPath $directory | Import-ZLayerImage -Root "$TestDrive/i3" | Should -HaveCount 1
        }

        It 'gives a name with -Tag' {
            Export-ZLayerImage base:1 "$TestDrive/tag.tar" | Out-Null
            "$(Import-ZLayerImage "$TestDrive/tag.tar" -Tag named:9 -Root "$TestDrive/i4")" | Should -Be 'named:9'
        }

        It 'says what is wrong with an archive and goes on with the next' {
            Set-Content -LiteralPath "$TestDrive/broken.tar" -Value 'nothing of the kind'
            Export-ZLayerImage base:1 "$TestDrive/good.tar" | Out-Null
            $result = Import-ZLayerImage "$TestDrive/broken.tar", "$TestDrive/good.tar", "$TestDrive/missing.tar" -Root "$TestDrive/i5" -ErrorVariable problems -ErrorAction SilentlyContinue
            $result | Should -HaveCount 1
            $problems.FullyQualifiedErrorId | ForEach-Object { ($_ -split ',')[0] } | Should -Be 'InvalidArchive', 'PathNotFound'
        }
    }
}
