namespace ZLayer.Core.Runtimes.Specifications;

/// <summary>GPUs for a container.</summary>
public sealed partial record GpuRequest
{
    /// <summary>How many; -1 is all. Not together with <see cref="DeviceIds"/>.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Which, by index or UUID.</summary>
    public IReadOnlyList<string> DeviceIds { get; init => field = value.ToArray(); } = [];

    /// <summary><c>nvidia</c>, <c>amd</c> or <c>intel</c>.</summary>
    public string Vendor { get; init; } = "nvidia";

    /// <summary>What the driver must offer; <c>gpu</c> when empty.</summary>
    public IReadOnlyList<string> Capabilities { get; init => field = value.ToArray(); } = [];

    /// <summary>Options of the driver.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = new Dictionary<string, string>();
}
