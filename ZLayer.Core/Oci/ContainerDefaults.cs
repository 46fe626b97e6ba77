using System.Text.Json;
using System.Text.Json.Serialization;

namespace ZLayer.Core.Oci;

/// <summary>
/// The <c>config</c> member of an image config: what a container of the image starts with. Member names are Docker's.
/// </summary>
public sealed record ContainerDefaults
{
    /// <summary>The user: <c>name</c>, <c>uid</c>, <c>name:group</c>, <c>uid:gid</c>; empty is root.</summary>
    [JsonPropertyName("User")]
    public string? User { get; init; }

    /// <summary>Ports the container listens on, <c>80/tcp</c>.</summary>
    [JsonPropertyName("ExposedPorts")]
    public IReadOnlyDictionary<string, JsonElement>? ExposedPorts { get; init; }

    /// <summary>Environment, <c>NAME=value</c>, in order.</summary>
    [JsonPropertyName("Env")]
    public IReadOnlyList<string>? Env { get; init => field = value?.ToArray(); }

    /// <summary>The program that always runs.</summary>
    [JsonPropertyName("Entrypoint")]
    public IReadOnlyList<string>? Entrypoint { get; init => field = value?.ToArray(); }

    /// <summary>Arguments of the entry point, or the program where there is none.</summary>
    [JsonPropertyName("Cmd")]
    public IReadOnlyList<string>? Cmd { get; init => field = value?.ToArray(); }

    /// <summary>Paths that are volumes.</summary>
    [JsonPropertyName("Volumes")]
    public IReadOnlyDictionary<string, JsonElement>? Volumes { get; init; }

    /// <summary>The working directory.</summary>
    [JsonPropertyName("WorkingDir")]
    public string? WorkingDir { get; init; }

    /// <summary>Labels by key.</summary>
    [JsonPropertyName("Labels")]
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>The signal that stops the container.</summary>
    [JsonPropertyName("StopSignal")]
    public string? StopSignal { get; init; }

    /// <summary>The arguments were written in shell form and are escaped (Windows).</summary>
    [JsonPropertyName("ArgsEscaped")]
    public bool ArgsEscaped { get; init; }

    /// <summary>How health is checked (Docker's extension).</summary>
    [JsonPropertyName("Healthcheck")]
    public HealthcheckConfig? Healthcheck { get; init; }

    /// <summary>Instructions that run in builds on top of this image (Docker's extension).</summary>
    [JsonPropertyName("OnBuild")]
    public IReadOnlyList<string>? OnBuild { get; init => field = value?.ToArray(); }

    /// <summary>The shell of shell-form instructions (Docker's extension).</summary>
    [JsonPropertyName("Shell")]
    public IReadOnlyList<string>? Shell { get; init => field = value?.ToArray(); }

    /// <summary>Members that this version does not know, kept.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Extensions { get; set; }
}

/// <summary>A health check; durations are nanoseconds, 0 means inherited.</summary>
public sealed record HealthcheckConfig
{
    /// <summary><c>["NONE"]</c>, <c>["CMD", args…]</c> or <c>["CMD-SHELL", text]</c>.</summary>
    [JsonPropertyName("Test")]
    public IReadOnlyList<string>? Test { get; init => field = value?.ToArray(); }

    /// <summary>Time between checks, nanoseconds.</summary>
    [JsonPropertyName("Interval")]
    public long Interval { get; init; }

    /// <summary>Time limit of a check, nanoseconds.</summary>
    [JsonPropertyName("Timeout")]
    public long Timeout { get; init; }

    /// <summary>Time after start in which failures do not count, nanoseconds.</summary>
    [JsonPropertyName("StartPeriod")]
    public long StartPeriod { get; init; }

    /// <summary>Time between checks in the start period, nanoseconds.</summary>
    [JsonPropertyName("StartInterval")]
    public long StartInterval { get; init; }

    /// <summary>How many failures in a row make the container unhealthy.</summary>
    [JsonPropertyName("Retries")]
    public int Retries { get; init; }
}
