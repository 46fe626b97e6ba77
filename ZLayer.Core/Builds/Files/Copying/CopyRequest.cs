using ZLayer.Core.Dockerfiles;

namespace ZLayer.Core.Builds.Files;

/// <summary>A COPY or ADD whose words are final and whose sources are at hand.</summary>
internal sealed record CopyRequest
{
    /// <summary>The sources in order; heredocs are sources too (<see cref="InlineTree"/>).</summary>
    public required IReadOnlyList<CopySource> Sources { get; init => field = value.ToArray(); }

    /// <summary>The destination as written; a relative one continues <see cref="WorkingDirectory"/>.</summary>
    public required string Destination { get; init; }

    /// <summary>The stage's working directory, absolute.</summary>
    public string WorkingDirectory { get; init; } = "/";

    /// <summary><c>--chown</c>: <c>user[:group]</c> by name or number; null keeps what the source says.</summary>
    public string? Chown { get; init; }

    /// <summary><c>--chmod</c>: octal or symbolic; null keeps the modes.</summary>
    public string? Chmod { get; init; }

    /// <summary><c>--parents</c>: the directories of the source path are kept below the destination.</summary>
    public bool Parents { get; init; }

    /// <summary><c>--exclude</c> patterns, relative to each source directory.</summary>
    public IReadOnlyList<string> Excludes { get; init => field = value.ToArray(); } = [];

    /// <summary>
    /// True for a Windows image: names of any case are one, and the layer is written as <see cref="Layers.WindowsLayer"/> has it.
    /// </summary>
    public bool IsWindows { get; init; }

    /// <summary>The instruction's name, for messages: <c>COPY</c>.</summary>
    public string Instruction { get; init; } = "COPY";

    /// <summary>Where the instruction stands.</summary>
    public SourceLocation Location { get; init; }

    /// <summary>The time given to what the step itself makes: parent directories.</summary>
    public DateTimeOffset CreationTime { get; init; } = DateTimeOffset.UnixEpoch;

    /// <summary>When set, no entry of the layer is younger than this (<c>SOURCE_DATE_EPOCH</c>).</summary>
    public DateTimeOffset? LatestTime { get; init; }

    /// <summary>Hears of what is copied otherwise than it may be meant.</summary>
    public Action<string>? Warning { get; init; }

    /// <summary>A time, no later than <see cref="LatestTime"/>.</summary>
    internal DateTimeOffset Clamp(DateTimeOffset time) => LatestTime is { } latest && time > latest ? latest : time;
}
