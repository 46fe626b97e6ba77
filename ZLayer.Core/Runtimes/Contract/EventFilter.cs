namespace ZLayer.Core.Runtimes;

/// <summary>Which events; what is empty does not restrict.</summary>
public sealed record EventFilter
{
    /// <summary>Begins with the events since then; null begins now.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Ends with the events until then; null goes on.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Types, any of them.</summary>
    public IReadOnlyList<string> Types { get; init => field = value.ToArray(); } = [];

    /// <summary>Actions, any of them.</summary>
    public IReadOnlyList<string> Actions { get; init => field = value.ToArray(); } = [];

    /// <summary>Containers by name or id, any of them.</summary>
    public IReadOnlyList<string> Containers { get; init => field = value.ToArray(); } = [];

    /// <summary>Labels, all of them: <c>key</c> or <c>key=value</c>.</summary>
    public IReadOnlyList<string> Labels { get; init => field = value.ToArray(); } = [];
}
