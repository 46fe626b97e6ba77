namespace ZLayer.Core.Runtimes;

/// <summary>Which of the containers that do not run to remove; what is empty does not restrict.</summary>
public sealed record ContainerPruneFilter
{
    /// <summary>Only containers that were made before this time.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Labels, all of them: <c>key</c> or <c>key=value</c>.</summary>
    public IReadOnlyList<string> Labels { get; init => field = value.ToArray(); } = [];

    /// <summary>Labels, none of them: <c>key</c> or <c>key=value</c>.</summary>
    public IReadOnlyList<string> WithoutLabels { get; init => field = value.ToArray(); } = [];
}
