using System.Text.Json.Serialization;

namespace ZLayer.Core.Runtimes.Docker.Wire;

/// <summary>The answer of <c>/info</c>, as far as it is looked at.</summary>
internal sealed record EngineMachine
{
    [JsonPropertyName("OperatingSystem")]
    public string? OperatingSystem { get; init; }

    [JsonPropertyName("OSType")]
    public string? OsType { get; init; }

    [JsonPropertyName("Architecture")]
    public string? Architecture { get; init; }

    [JsonPropertyName("KernelVersion")]
    public string? KernelVersion { get; init; }

    [JsonPropertyName("Driver")]
    public string? Driver { get; init; }

    [JsonPropertyName("CgroupVersion")]
    public string? CgroupVersion { get; init; }

    [JsonPropertyName("CgroupDriver")]
    public string? CgroupDriver { get; init; }

    [JsonPropertyName("DockerRootDir")]
    public string? DataRoot { get; init; }

    [JsonPropertyName("NCPU")]
    public int CpuCount { get; init; }

    [JsonPropertyName("MemTotal")]
    public long Memory { get; init; }

    [JsonPropertyName("Containers")]
    public int Containers { get; init; }

    [JsonPropertyName("ContainersRunning")]
    public int ContainersRunning { get; init; }

    [JsonPropertyName("ContainersPaused")]
    public int ContainersPaused { get; init; }

    [JsonPropertyName("ContainersStopped")]
    public int ContainersStopped { get; init; }

    [JsonPropertyName("Images")]
    public int Images { get; init; }

    [JsonPropertyName("SecurityOptions")]
    public IReadOnlyList<string>? SecurityOptions { get; init; }

    [JsonPropertyName("Warnings")]
    public IReadOnlyList<string>? Warnings { get; init; }

    /// <summary>The machine as a runtime tells it.</summary>
    public RuntimeHost ToHost()
        => new()
        {
            OperatingSystem = OperatingSystem,
            OsType = OsType,
            Architecture = Architecture,
            Kernel = KernelVersion,
            StorageDriver = Driver,
            CgroupVersion = CgroupVersion,
            CgroupDriver = CgroupDriver,
            DataRoot = DataRoot,
            CpuCount = CpuCount,
            Memory = Memory,
            Containers = Containers,
            ContainersRunning = ContainersRunning,
            ContainersPaused = ContainersPaused,
            ContainersStopped = ContainersStopped,
            Images = Images,
            // Docker writes name=seccomp,profile=default.
            SecurityOptions = [.. (SecurityOptions ?? []).Select(
                o => o.StartsWith("name=", StringComparison.Ordinal) ? o["name=".Length..] : o)],
            Warnings = Warnings ?? [],
        };
}
