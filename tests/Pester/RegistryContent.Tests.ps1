BeforeDiscovery {
    . "$PSScriptRoot/Support.ps1"
    $hasRegistry = [bool](Get-Command docker-registry, registry -CommandType Application -ErrorAction Ignore)
}

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    Import-Module $ModulePath
    $env:ZLAYER_HOME = Join-Path $TestDrive 'root'
    $env:DOCKER_CONFIG = Join-Path $TestDrive 'docker'
}

AfterAll { $env:ZLAYER_HOME = $env:DOCKER_CONFIG = $null }

# Skipped where docker-registry is not installed.
Describe 'What registries hold' -Skip:(-not $hasRegistry) {
    BeforeAll {
        $registry = Start-Registry $TestDrive
        $name = $registry.Name
        $context = New-Item -ItemType Directory -Path (Join-Path $TestDrive 'context')
        Set-Content -LiteralPath "$context/data" -Value ('some data ' * 10000)
        Set-Content -LiteralPath "$context/Dockerfile" -Value "FROM scratch`nCOPY data /data`nLABEL a=b"
        Set-Content -LiteralPath "$TestDrive/sbom.json" -Value '{"spdxVersion":"SPDX-2.3"}'
        Set-Content -LiteralPath "$TestDrive/notes.txt" -Value 'notes'
        Invoke-ZLayerBuild $context -Tag "$name/team/app:1.0", "$name/team/app:1.1", "$name/team/app:2.0" -Push | Out-Null
        Invoke-ZLayerBuild -Definition "FROM scratch`nLABEL p=1" -Platform linux/amd64, linux/arm64 -Tag "$name/other/platforms:1" -Push | Out-Null
    }

    AfterAll { Stop-Registry $registry }

    Context 'Completion' {
        BeforeAll {
            function Complete([string] $Line) { (TabExpansion2 -inputScript $Line -cursorColumn $Line.Length).CompletionMatches.CompletionText }
        }

        It 'offers the tags that were listed, at registries that one is logged in to' {
            Get-ZLayerRegistryTag "$name/team/app" -Name 1.* | Out-Null
            Complete "Receive-ZLayerImage -Root '$TestDrive/none' -Reference $name/team/app:" | Should -Be "$name/team/app:"
            Connect-ZLayerRegistry $name -Credential ([pscredential]::new('u', (ConvertTo-SecureString 'p' -AsPlainText))) -NoVerify | Out-Null
            try {
                foreach ($line in 'Receive-ZLayerImage', 'Copy-ZLayerImage', 'Remove-ZLayerRegistryTag', 'Get-ZLayerReferrer', 'Receive-ZLayerArtifact') {
                    Complete "$line -Root '$TestDrive/none' -Reference $name/team/app:" | Should -Be "$name/team/app:1.0", "$name/team/app:1.1" -Because $line
                }
                Complete "Get-ZLayerRegistryTag -Root '$TestDrive/none' -Repository $name/t" | Should -Be "$name/team/app"
            }
            finally { Disconnect-ZLayerRegistry $name }
        }
    }

    Context 'Copy-ZLayerImage' {
        It 'copies within a registry without moving a byte' {
            $result = Copy-ZLayerImage "$name/team/app:1.0" "$name/copied/app:1.0"
            $result.PSTypeNames[0] | Should -Be 'ZLayer.Core.Registries.Copying.CopyResult'
            $result.Bytes | Should -Be 0
            $result.Mounted | Should -Be 2
            ($result | Format-Table | Out-String) | Should -Match 'Mounted'
            (Get-ZLayerImage "$name/copied/app:1.0" -Remote).Digest | Should -Be $result.Digest
        }

        It 'stores nothing' {
            Copy-ZLayerImage "$name/team/app:1.0" "$name/copied/app:1.1" -Root "$TestDrive/unused" | Out-Null
            "$TestDrive/unused" | Should -Not -Exist
        }

        It 'copies tags from the pipeline into a repository, each under its own name' {
            $results = Get-ZLayerRegistryTag "$name/team/app" -Name 1.* | Copy-ZLayerImage -Destination "$name/mirror/app"
            $results | Should -HaveCount 2
            (Get-ZLayerRegistryTag "$name/mirror/app").Name | Sort-Object | Should -Be '1.0', '1.1'
        }

        It 'refuses one tag for several images' {
            $result = "$name/team/app:1.0", "$name/team/app:2.0" | Copy-ZLayerImage -Destination "$name/one/app:1" -ErrorVariable problems -ErrorAction SilentlyContinue
            $result | Should -HaveCount 1
            $problems.FullyQualifiedErrorId | Should -Be 'InvalidArgument,ZLayer.PowerShell.Commands.CopyZLayerImageCommand'
        }

        It 'copies an index whole, or one platform' {
            $index = Copy-ZLayerImage "$name/other/platforms:1" "$name/copied/platforms:all"
            $index.Digest | Should -Be (Get-ZLayerImage "$name/other/platforms:1" -Remote).Digest
            Copy-ZLayerImage "$name/other/platforms:1" "$name/copied/platforms:arm" -Platform linux/arm64 | Out-Null
            (Get-ZLayerImage "$name/copied/platforms:arm" -Remote).Platform.ToString() | Should -Be 'linux/arm64'
        }

        It 'lists the blobs that would move under -WhatIf, and moves none' {
            $text = (Invoke-FreshPwsh "Import-Module '$ModulePath'; Copy-ZLayerImage $name/team/app:1.0 $name/never/app:1.0 -WhatIf") -join "`n"
            $text | Should -Match "Copy $name/team/app:1.0 to $name/never/app:1.0"
            $text | Should -Match 'mount [0-9a-f]{12} \d+ B'
            { Get-ZLayerRegistryTag "$name/never/app" -ErrorAction Stop } | Should -Throw -ErrorId 'ImageNotFound,*'
        }

        It 'writes an error for an image that is not there, and copies the others' {
            $result = "$name/team/missing:1", "$name/team/app:2.0" | Copy-ZLayerImage -Destination "$name/some/app" -ErrorVariable problems -ErrorAction SilentlyContinue
            $result | Should -HaveCount 1
            $problems.FullyQualifiedErrorId | Should -Be 'ImageNotFound,ZLayer.PowerShell.Commands.CopyZLayerImageCommand'
        }

        It 'works in the background' {
            Copy-ZLayerImage "$name/team/app:1.0" "$name/copied/job:1" -AsJob | Receive-Job -Wait -AutoRemoveJob -InformationAction SilentlyContinue | Should -HaveCount 1
        }
    }

    Context 'Get-ZLayerRegistryRepository' {
        It 'lists repositories by a pattern' {
            $found = Get-ZLayerRegistryRepository $name -Name team/*
            $found.Repository | Should -Be "$name/team/app"
            $found[0].PSTypeNames[0] | Should -Be 'ZLayer.Core.Registries.RegistryRepository'
            ($found | Out-String) | Should -Match 'team/app'
        }

        It 'gives repositories that Get-ZLayerRegistryTag takes' {
            (Get-ZLayerRegistryRepository $name -Name team/* | Get-ZLayerRegistryTag).Name | Sort-Object | Should -Be '1.0', '1.1', '2.0'
        }

        It 'says that a registry cannot be reached' {
            { Get-ZLayerRegistryRepository 'localhost:1' -ErrorAction Stop } | Should -Throw -ErrorId 'RegistryUnreachable,*'
        }
    }

    Context 'Add-ZLayerReferrer and Get-ZLayerReferrer' {
        It 'attaches files and lists them by type' {
            Add-ZLayerReferrer "$name/team/app:1.0" "$TestDrive/sbom.json" -ArtifactType application/spdx+json | Should -BeNullOrEmpty
            $note = Add-ZLayerReferrer "$name/team/app:1.0" "$TestDrive/notes.txt" -ArtifactType application/vnd.test.note -Annotation @{ number = 42 } -PassThru
            $note.PSTypeNames[0] | Should -Be 'ZLayer.Core.Registries.Artifacts.Referrer'
            Get-ZLayerReferrer "$name/team/app:1.0" | Should -HaveCount 2
            $found = Get-ZLayerReferrer "$name/team/app:1.0" -ArtifactType application/vnd.test.note
            $found.Digest | Should -Be $note.Digest
            $found.Annotations['number'] | Should -Be '42'
            ($found | Out-String) | Should -Match 'number=42'
        }

        It 'attaches nothing under -WhatIf' {
            Add-ZLayerReferrer "$name/team/app:2.0" "$TestDrive/sb*.json" -ArtifactType application/spdx+json -WhatIf
            Add-ZLayerReferrer "$name/other/platforms:1" -ArtifactType application/vnd.test.mark
            Get-ZLayerReferrer "$name/other/platforms:1" | Should -HaveCount 1
        }

        It 'writes errors for what is not there' {
            { Add-ZLayerReferrer "$name/team/app:9" "$TestDrive/sbom.json" -ArtifactType a/b -ErrorAction Stop } | Should -Throw -ErrorId 'ImageNotFound,*'
            { Add-ZLayerReferrer "$name/team/app:1.0" "$TestDrive/nothing" -ArtifactType a/b -ErrorAction Stop } | Should -Throw -ErrorId 'PathNotFound,*'
            { Add-ZLayerReferrer "$name/team/app:1.0" "$TestDrive/sbom.json" -ArtifactType nonsense -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidArgument,*'
            { Get-ZLayerReferrer "$name/team/app:9" -ErrorAction Stop } | Should -Throw -ErrorId 'ImageNotFound,*'
        }

        It 'copies them along when asked' {
            (Copy-ZLayerImage "$name/team/app:1.0" "$name/signed/app:1.0" -IncludeReferrer).Referrers | Should -Be 2
            Get-ZLayerReferrer "$name/signed/app:1.0" | Should -HaveCount 2
        }
    }

    Context 'Push-ZLayerArtifact and Receive-ZLayerArtifact' {
        It 'brings files there and back' {
            $pushed = Push-ZLayerArtifact "$name/files/set:1" "$TestDrive/*.json", "$TestDrive/notes.txt" -ArtifactType application/vnd.test.set -MediaType text/plain
            "$($pushed.Digest)" | Should -Match '^sha256:'
            $files = Receive-ZLayerArtifact "$name/files/set:1" -Destination "$TestDrive/out"
            $files.Name | Should -Be 'sbom.json', 'notes.txt'
            Get-Content -LiteralPath "$TestDrive/out/notes.txt" | Should -Be 'notes'
        }

        It 'replaces files only with -Force' {
            Set-Content -LiteralPath "$TestDrive/out/notes.txt" -Value 'mine'
            { Receive-ZLayerArtifact "$name/files/set:1" "$TestDrive/out" -ErrorAction Stop } | Should -Throw -ErrorId 'FileExists,*'
            Get-Content -LiteralPath "$TestDrive/out/notes.txt" | Should -Be 'mine'
            Receive-ZLayerArtifact "$name/files/set:1" "$TestDrive/out" -Force | Should -HaveCount 2
            Get-Content -LiteralPath "$TestDrive/out/notes.txt" | Should -Be 'notes'
        }

        It 'fetches what Get-ZLayerReferrer lists' {
            Add-ZLayerReferrer "$name/team/app:1.1" "$TestDrive/sbom.json" -ArtifactType application/spdx+json
            $files = Get-ZLayerReferrer "$name/team/app:1.1" -ArtifactType application/spdx+json | Receive-ZLayerArtifact -Destination "$TestDrive/evidence"
            $files.Name | Should -Be 'sbom.json'
        }

        It 'does nothing under -WhatIf' {
            Push-ZLayerArtifact "$name/files/never:1" "$TestDrive/notes.txt" -ArtifactType a/b -WhatIf | Should -BeNullOrEmpty
            Receive-ZLayerArtifact "$name/files/set:1" "$TestDrive/never" -WhatIf | Should -BeNullOrEmpty
            "$TestDrive/never" | Should -Not -Exist
        }
    }

    Context 'Remove-ZLayerRegistryTag' {
        BeforeAll { $delete = Start-Registry "$(New-Item -ItemType Directory "$TestDrive/deleting")" }
        AfterAll { Stop-Registry $delete }

        It 'deletes by digest, with every tag' {
            Copy-ZLayerImage "$name/team/app:1.0" "$($delete.Name)/app:1" | Out-Null
            Copy-ZLayerImage "$name/team/app:1.0" "$($delete.Name)/app:2" | Out-Null
            $tag = Get-ZLayerRegistryTag "$($delete.Name)/app" -Name 1 -Detailed
            Remove-ZLayerRegistryTag "$($delete.Name)/app@$($tag.Digest)" -WhatIf
            Get-ZLayerRegistryTag "$($delete.Name)/app" | Should -HaveCount 2
            Remove-ZLayerRegistryTag "$($delete.Name)/app@$($tag.Digest)" | Should -BeNullOrEmpty
            { Get-ZLayerImage "$($delete.Name)/app:2" -Remote -ErrorAction Stop } | Should -Throw -ErrorId 'ImageNotFound,*'
        }

        It 'deletes a tag alone, or names the digest' {
            Copy-ZLayerImage "$name/team/app:1.0" "$($delete.Name)/tags:1" | Out-Null
            $tag = Get-ZLayerRegistryTag "$($delete.Name)/tags" -Detailed
            $tag | Remove-ZLayerRegistryTag -ErrorVariable problems -ErrorAction SilentlyContinue
            if ($problems) {
                $problems[0].FullyQualifiedErrorId | Should -BeLike 'OperationNotSupported,*'
                $problems[0].ErrorDetails.RecommendedAction | Should -Match $tag.Digest.ToString()
            }
            else { { Get-ZLayerImage "$($delete.Name)/tags:1" -Remote -ErrorAction Stop } | Should -Throw -ErrorId 'ImageNotFound,*' }
        }

        It 'writes an error for what is not there' {
            { Remove-ZLayerRegistryTag "$($delete.Name)/app:none" -ErrorAction Stop } | Should -Throw -ErrorId 'ImageNotFound,*'
        }
    }
}

Describe 'A vault of a module' {
    It 'is asked by name, late, and only when it is needed' {
        $module = New-Item -ItemType Directory -Path "$TestDrive/modules/Microsoft.PowerShell.SecretManagement"
        Set-Content -LiteralPath "$module/Microsoft.PowerShell.SecretManagement.psm1" -Value @'
function Get-Secret {
    [CmdletBinding()] param([string] $Name, [string] $Vault)
    if ("$Vault/$Name" -ne 'Work/robot') { throw "no secret $Name in vault $Vault" }
    [pscredential]::new('robot', (ConvertTo-SecureString 'from-the-vault' -AsPlainText))
}
Export-ModuleMember Get-Secret
'@
        $text = Invoke-FreshPwsh @"
`$env:PSModulePath = '$TestDrive/modules' + [IO.Path]::PathSeparator + `$env:PSModulePath
Import-Module '$ModulePath'
"loaded: `$([bool](Get-Module Microsoft.PowerShell.SecretManagement))"
`$connection = Connect-ZLayerRegistry registry.invalid -VaultName Work -SecretName robot -NoVerify
"user: `$(`$connection.Username)"
try { Connect-ZLayerRegistry registry.invalid -VaultName Work -SecretName other -NoVerify } catch { "error: `$_" }
(`$connection | Format-List * -Force | Out-String)
"@
        $all = $text -join "`n"
        $all | Should -Match 'loaded: False'
        $all | Should -Match 'user: robot'
        $all | Should -Match 'error: .*no secret other in vault Work'
        $all | Should -Not -Match 'from-the-vault'
    }
}
