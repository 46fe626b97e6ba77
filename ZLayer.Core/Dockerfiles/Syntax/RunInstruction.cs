using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Dockerfiles;

/// <summary><c>RUN</c>: a command that makes a layer.</summary>
internal sealed record RunInstruction : Instruction
{
    /// <summary>What to run.</summary>
    public required CommandLine Command { get; init; }

    /// <summary>The <c>--mount</c> flags in order, as written.</summary>
    public IReadOnlyList<RunMount> Mounts { get; init => field = value.ToArray(); } = [];

    /// <summary>The mounts with final values, one for each of <see cref="Mounts"/>; empty before <see cref="Expand"/>.</summary>
    public IReadOnlyList<RunMountOptions> MountOptions { get; init => field = value.ToArray(); } = [];

    /// <summary>The value of <c>--network</c>.</summary>
    public RunNetwork Network { get; init; }

    /// <summary>The value of <c>--security</c>.</summary>
    public RunSecurity Security { get; init; }

    /// <summary>The <c>--device</c> flags in order.</summary>
    public IReadOnlyList<RunDevice> Devices { get; init => field = value.ToArray(); } = [];

    /// <summary>Computes <see cref="MountOptions"/>. The command itself keeps its variables: the shell replaces them.</summary>
    /// <inheritdoc/>
    internal override RunInstruction Expand(VariableScope scope)
        => this with { MountOptions = [.. Mounts.Select(mount => mount.Expand(scope))] };
}

/// <summary>The network of a RUN step.</summary>
internal enum RunNetwork
{
    /// <summary>The build's network.</summary>
    Default = 0,
    /// <summary>A loopback interface only.</summary>
    None,
    /// <summary>The host's network.</summary>
    Host,
}

/// <summary>The isolation of a RUN step.</summary>
internal enum RunSecurity
{
    /// <summary>The usual isolation.</summary>
    Sandbox = 0,
    /// <summary>All privileges.</summary>
    Insecure,
}

/// <summary>One <c>RUN --device</c>: a CDI device.</summary>
/// <param name="Name">The CDI name, such as <c>nvidia.com/gpu=all</c>.</param>
/// <param name="Required">True when the step fails without the device.</param>
internal sealed record RunDevice(string Name, bool Required);

/// <summary>One <c>RUN --mount</c> as written: CSV whose values may hold variables.</summary>
/// <param name="Text">The value of the flag.</param>
/// <param name="Location">Where the flag starts.</param>
internal sealed record RunMount(string Text, SourceLocation Location)
{
    /// <summary>The value of <c>from</c>, which may not hold variables, so that it is known before expansion; null when absent.</summary>
    public string? From { get; init; }

    /// <summary>Computes the final values.</summary>
    /// <param name="scope">The variables before the RUN instruction; it notes which ones were used.</param>
    /// <returns>The mount with final values.</returns>
    /// <exception cref="Errors.ZLayerException">
    /// <see cref="Errors.ZLayerErrorKind.DockerfileSyntaxError"/>: a key or value is not allowed.
    /// </exception>
    internal RunMountOptions Expand(VariableScope scope)
    {
        try
        {
            return RunMountParser.Parse(Text, value => VariableExpander.Word(value, scope));
        }
        catch (SyntaxException fault)
        {
            throw Location.SyntaxError($"--mount={Text}: {fault.Message}");
        }
    }
}

/// <summary>A <c>RUN --mount</c> with final values.</summary>
internal sealed record RunMountOptions
{
    /// <summary>What is mounted.</summary>
    public RunMountKind Kind { get; init; }

    /// <summary>The stage, image or named context that the files come from; null for the build context (bind) or nothing (cache).</summary>
    public string? From { get; init; }

    /// <summary>The path inside <see cref="From"/>, or a secret's id; null when absent.</summary>
    public string? Source { get; init; }

    /// <summary>The path in the step; null when absent (the kind has a default).</summary>
    public string? Target { get; init; }

    /// <summary>The id of a cache, secret or SSH agent; null when absent (the kind has a default).</summary>
    public string? Id { get; init; }

    /// <summary>True when the step cannot write to it: the default of bind, secret and ssh.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>How steps share a cache.</summary>
    public CacheSharing Sharing { get; init; }

    /// <summary>The limit of a tmpfs in bytes; null or 0 for none.</summary>
    public long? Size { get; init; }

    /// <summary>The permission bits of a cache directory, secret or socket; null for the kind's default (0755, 0400, 0600).</summary>
    public int? Mode { get; init; }

    /// <summary>The owner; null for 0.</summary>
    public uint? Uid { get; init; }

    /// <summary>The group; null for 0.</summary>
    public uint? Gid { get; init; }

    /// <summary>The environment variable that holds a secret; null when the secret is a file only.</summary>
    public string? Env { get; init; }

    /// <summary>True when the step fails if the secret or agent is absent.</summary>
    public bool Required { get; init; }
}

/// <summary>What a <c>RUN --mount</c> mounts.</summary>
internal enum RunMountKind
{
    /// <summary>Files of the context, a stage or an image.</summary>
    Bind = 0,
    /// <summary>A directory that persists between builds.</summary>
    Cache,
    /// <summary>A file system in memory.</summary>
    Tmpfs,
    /// <summary>A secret as a file or environment variable.</summary>
    Secret,
    /// <summary>The socket of an SSH agent.</summary>
    Ssh,
}

/// <summary>How steps that run at once share a cache mount.</summary>
internal enum CacheSharing
{
    /// <summary>All writers use it at once.</summary>
    Shared = 0,
    /// <summary>Each further writer gets a cache of its own.</summary>
    Private,
    /// <summary>One writer at a time.</summary>
    Locked,
}
