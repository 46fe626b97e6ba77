using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Observation;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Testing;

/// <summary>A container of a fake runtime.</summary>
internal sealed class FakeContainer
{
    public required FakeRuntimeState State { get; init; }

    public required string Id { get; init; }

    /// <summary>The number of the container: its address and its first process id follow from it.</summary>
    public required int Number { get; init; }

    public required ContainerSpecification Specification { get; init; }

    public required FakeImage Image { get; init; }

    public required FakeFileSystem Files { get; init; }

    public required string Hostname { get; init; }

    public required DateTimeOffset Created { get; init; }

    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    public required string Name { get; set; }

    public ContainerState Phase { get; set; } = ContainerState.Created;

    public bool IsPaused => Phase == ContainerState.Paused;

    public bool IsRunning => Phase is ContainerState.Running or ContainerState.Paused;

    /// <summary>Whether more may come of it: it runs, or is about to be started again.</summary>
    public bool IsAlive => IsRunning || Phase == ContainerState.Restarting;

    public bool IsRemoved { get; set; }

    public DateTimeOffset? StartedAt { get; set; }

    public DateTimeOffset? FinishedAt { get; set; }

    public int ExitCode { get; set; }

    /// <summary>How often it ended.</summary>
    public int Exits { get; set; }

    public string? Error { get; set; }

    public int RestartCount { get; set; }

    /// <summary>It was stopped on purpose: no policy starts it again.</summary>
    public bool WasStopped { get; set; }

    public FakeTimer? Restart { get; set; }

    public RestartPolicy? RestartPolicy { get; set; }

    public ResourceLimits Limits { get; set; } = ResourceLimits.None;

    public HealthDetail? Health { get; set; }

    public IReadOnlyList<PortMappingInfo> Ports { get; set; } = [];

    public FakeOutput Output { get; } = new();

    public FakeInput Input { get; set; } = new();

    /// <summary>Its own process, then the commands that run in it.</summary>
    public List<FakeProcess> Processes { get; } = [];

    /// <summary>How many samples of its use were taken.</summary>
    public int Samples { get; set; }
}
