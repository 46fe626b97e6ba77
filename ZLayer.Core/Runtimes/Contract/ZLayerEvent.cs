namespace ZLayer.Core.Runtimes;

/// <summary>Something that happened in a runtime.</summary>
public sealed record ZLayerEvent
{
    /// <summary>When.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>What engines tell of the time beyond what <see cref="Time"/> holds, in nanoseconds: 0 to 99.</summary>
    public int Nanoseconds { get; init; }

    /// <summary>To what: <c>container</c>, <c>image</c>, <c>network</c>, <c>volume</c>, <c>daemon</c>, …</summary>
    public required string Type { get; init; }

    /// <summary>What: <c>create</c>, <c>start</c>, <c>die</c>, <c>pull</c>, …</summary>
    public required string Action { get; init; }

    /// <summary>The name of the thing.</summary>
    public string? Name { get; init; }

    /// <summary>The id of the thing.</summary>
    public required string Id { get; init; }

    /// <summary>More about it: image, exit code, labels.</summary>
    public IReadOnlyDictionary<string, string> Attributes { get; init; } = new Dictionary<string, string>();

    /// <summary>The runtime.</summary>
    public required string Runtime { get; init; }

    /// <summary><c>container start web</c>.</summary>
    public override string ToString() => $"{Type} {Action} {Name ?? Id}";
}
