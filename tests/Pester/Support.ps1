# What the test files share. Dot-sourced in BeforeAll.
$ErrorActionPreference = 'Stop'

$RepositoryRoot = (Resolve-Path "$PSScriptRoot/../..").Path
$ModulePath = if ($env:ZLAYER_TEST_MODULE) { $env:ZLAYER_TEST_MODULE } else { "$RepositoryRoot/out/ZLayer/ZLayer.psd1" }
$env:ZLAYER_HOME = $null
$ProgressPreference = 'SilentlyContinue'

. "$RepositoryRoot/eng/Invoke-Pwsh.ps1"

# The script text in a child of its own; the lines that it prints.
function Invoke-FreshPwsh {
    param([string] $Script)
    $file = Join-Path ([System.IO.Path]::GetTempPath()) "zlayer-$([guid]::NewGuid().ToString('n')).ps1"
    try {
        Set-Content -LiteralPath $file -Value $Script
        Invoke-Pwsh -NoProfile -NonInteractive -File $file 2>&1 | ForEach-Object { "$_" }
    }
    finally {
        Remove-Item -LiteralPath $file -ErrorAction Ignore
    }
}

# Publishes what the build laid out to a repository of its own below the directory, and installs it from there, as people do. The package,
# the repository, the installed manifest, and what was said meanwhile.
function Install-PackagedModule {
    param([string] $Directory)
    $package = & "$RepositoryRoot/eng/New-ModulePackage.ps1" -Source "$RepositoryRoot/out/ZLayer" -Destination (Join-Path $Directory 'package')
    $gallery = New-Item -ItemType Directory -Path (Join-Path $Directory 'gallery')
    $moduleHome = New-Item -ItemType Directory -Path (Join-Path $Directory 'home')
    # Repositories and modules of the user are kept below the home directory.
    $kept = $env:XDG_DATA_HOME, $env:HOME, $env:PSModulePath
    try {
        $env:HOME = $moduleHome.FullName
        $env:XDG_DATA_HOME = $env:PSModulePath = $null
        $said = Invoke-FreshPwsh @"
`$ErrorActionPreference = 'Stop'
Register-PSResourceRepository -Name zlayer-test -Uri '$gallery' -Trusted
Publish-PSResource -Path '$($package.FullName)' -Repository zlayer-test
Install-PSResource -Name ZLayer -Repository zlayer-test -Scope CurrentUser
"@
    }
    finally {
        $env:XDG_DATA_HOME, $env:HOME, $env:PSModulePath = $kept
    }
    [pscustomobject]@{
        Package  = $package.FullName
        Gallery  = $gallery.FullName
        Home     = $moduleHome.FullName
        Manifest = (Get-ChildItem -LiteralPath $moduleHome -Recurse -Force -Filter ZLayer.psd1).FullName
        Said     = $said
    }
}

# Waits until the condition holds; false when it does not within the limit.
function Wait-Until {
    param([scriptblock] $Condition, [int] $Seconds = 10)
    $until = [DateTime]::UtcNow.AddSeconds($Seconds)
    while ([DateTime]::UtcNow -lt $until) {
        if (& $Condition) { return $true }
        Start-Sleep -Milliseconds 20
    }
    return [bool](& $Condition)
}

# Compiles and imports the cmdlets of TestCmdlets.cs.
function Import-TestCmdlet {
    $library = Join-Path (Split-Path $ModulePath) 'lib'
    Add-Type -Path "$PSScriptRoot/TestCmdlets.cs" -IgnoreWarnings -WarningAction SilentlyContinue -ReferencedAssemblies @(
        "$library/ZLayer.PowerShell.dll", "$library/ZLayer.Core.dll", [psobject].Assembly.Location, 'System.Runtime', 'System.Collections', 'System.Threading')
    Import-Module ([ZLayer.Tests.Work].Assembly) -Scope Global
}

# A tar archive of a small root file system: a static busybox with a few of its commands. Null where there is no static busybox.
function New-RootFs {
    param([string] $Directory)
    $busybox = Get-Command busybox -CommandType Application -ErrorAction Ignore | Select-Object -First 1
    if (-not $busybox) { return $null }
    $root = New-Item -ItemType Directory -Path (Join-Path $Directory "rootfs-$([guid]::NewGuid().ToString('n'))")
    foreach ($name in 'bin', 'etc', 'tmp') { [void] (New-Item -ItemType Directory -Path "$root/$name") }
    Copy-Item -LiteralPath $busybox.Source -Destination "$root/bin/busybox"
    foreach ($name in 'sh', 'cat', 'echo', 'ls', 'sleep', 'true', 'false', 'test', 'mkdir', 'rm', 'id', 'seq', 'sort', 'env', 'printf', 'hostname', 'touch', 'tr', 'wc', 'nproc') {
        [void] (New-Item -ItemType SymbolicLink -Path "$root/bin/$name" -Target 'busybox')
    }
    Set-Content -LiteralPath "$root/etc/passwd" -Value 'root:x:0:0:root:/:/bin/sh'
    Set-Content -LiteralPath "$root/etc/group" -Value 'root:x:0:'
    $tar = Join-Path $Directory 'rootfs.tar'
    & tar --create --file $tar --directory "$root" --owner 0 --group 0 .
    if ($LASTEXITCODE -ne 0) { throw 'tar failed' }
    $tar
}

# A registry on the loopback interface. Null where docker-registry is not installed.
function Start-Registry {
    param([string] $Directory)
    $program = Get-Command docker-registry, registry -CommandType Application -ErrorAction Ignore | Select-Object -First 1
    if (-not $program) { return $null }
    $listener = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
    $listener.Start()
    $port = $listener.LocalEndpoint.Port
    $listener.Stop()
    $config = Join-Path $Directory "registry-$port.yml"
    Set-Content -LiteralPath $config -Value @"
version: 0.1
log:
  level: error
storage:
  filesystem:
    rootdirectory: $Directory/registry-$port
  delete:
    enabled: true
http:
  addr: 127.0.0.1:$port
"@
    $process = Start-Process -FilePath $program.Source -ArgumentList 'serve', $config -PassThru -RedirectStandardOutput "$config.out" -RedirectStandardError "$config.err"
    $ready = Wait-Until -Seconds 60 {
        try { [void] (Invoke-WebRequest -Uri "http://127.0.0.1:$port/v2/" -TimeoutSec 2); $true } catch { $false }
    }
    if (-not $ready) { throw "The registry did not start: $(Get-Content -LiteralPath "$config.err" -Raw)" }
    [pscustomobject]@{ Name = "localhost:$port"; Process = $process }
}

function Stop-Registry {
    param($Registry)
    if ($Registry) { $Registry.Process | Stop-Process -Force }
}

# The address of the Docker engine for tests: the one that ZLAYER_TEST_DOCKER_HOST names, which Invoke-Tests.ps1 sets where it
# started one. Null where there is none.
function Get-TestEngine { if ($env:ZLAYER_TEST_DOCKER_HOST) { $env:ZLAYER_TEST_DOCKER_HOST } }

# The runtimes that a test is for, as -ForEach takes them: the one in memory and, where there is one, the Docker engine.
function Get-TestRuntime {
    @{ Runtime = 'fake' }
    if (Get-TestEngine) { @{ Runtime = 'docker' } }
}

# Loads the module with a data root of its own in a directory, and with the test engine, which gets the image busybox.
function Initialize-ContainerTest {
    param([string] $Directory)
    Import-Module $ModulePath -Scope Global
    $env:ZLAYER_HOME = Join-Path $Directory 'root'
    if (Get-TestEngine) {
        $env:DOCKER_HOST = Get-TestEngine
        Add-TestImage $env:DOCKER_HOST $Directory busybox:latest
    }
}

# The connections of this process to the engine's socket that are open.
function Get-Connection {
    $socket = "$env:DOCKER_HOST" -replace '^unix://'
    $inodes = Get-ChildItem -LiteralPath "/proc/$PID/fd" | ForEach-Object { $_.LinkTarget } | Select-String -Pattern 'socket:\[(\d+)\]' | ForEach-Object { $_.Matches[0].Groups[1].Value }
    $peers = @(Get-Content /proc/net/unix | Where-Object { $_ -match ' 03 +(\d+)(?: |$)' -and $inodes -contains $Matches[1] })
    $peers.Count
}

# A Docker engine of its own, apart from the machine's, without networks. Null where none can be started.
function Start-TestEngine {
    $dockerd = Get-Command dockerd -CommandType Application -ErrorAction Ignore | Select-Object -First 1
    $docker = Get-Command docker -CommandType Application -ErrorAction Ignore | Select-Object -First 1
    if (-not $IsLinux -or -not $dockerd -or -not $docker -or [Environment]::UserName -ne 'root') { return $null }
    $directory = [System.IO.Directory]::CreateTempSubdirectory('zlayer-pester-').FullName
    $address = "unix://$directory/docker.sock"
    $process = Start-Process -FilePath $dockerd.Source -PassThru -RedirectStandardOutput "$directory/out" -RedirectStandardError "$directory/err" -ArgumentList @(
        '--data-root', "$directory/data", '--exec-root', "$directory/exec", '--pidfile', "$directory/pid", '-H', $address
        '--bridge=none', '--iptables=false', '--ip6tables=false')
    $engine = [pscustomobject]@{ Host = $address; Process = $process; Directory = $directory }
    $ready = Wait-Until -Seconds 60 { $process.HasExited -or $(& $docker.Source -H $address version *> $null; $LASTEXITCODE -eq 0) }
    if (-not $ready -or $process.HasExited) {
        Stop-TestEngine $engine
        return $null
    }
    $engine
}

# Asks the engine to end, which ends its containerd too, and removes what it kept.
function Stop-TestEngine {
    param($Engine)
    if (-not $Engine) { return }
    & kill -TERM $Engine.Process.Id 2> $null
    if (-not $Engine.Process.WaitForExit(20000)) { $Engine.Process.Kill($true) }
    & sh -c 'umount -R "$0"/exec/netns "$0"/data 2>/dev/null; rm -rf "$0"' $Engine.Directory
}

# Gives the engine an image of busybox under a name, unless it has it.
function Add-TestImage {
    param([string] $Engine, [string] $Directory, [string] $Name, [string[]] $Change = @('CMD ["sh"]'))
    & docker -H $Engine image inspect $Name *> $null
    if ($LASTEXITCODE -eq 0) { return }
    $tar = New-RootFs $Directory
    if (-not $tar) { throw 'A static busybox is needed (busybox-static).' }
    $arguments = @($Change | ForEach-Object { '--change', $_ })
    & docker -H $Engine import @arguments $tar $Name *> $null
    if ($LASTEXITCODE -ne 0) { throw "docker import $Name failed" }
}

# Whether RUN steps can work here.
function Test-RunStep { [bool](Get-Command crun, runc, youki -CommandType Application -ErrorAction Ignore) -and $IsLinux }
