namespace ZLayer.Core.Runtimes;

/// <summary>What a load reports: <see cref="LoadStatus"/> or <see cref="LoadDone"/>.</summary>
public abstract record LoadProgress;

/// <summary>How far one part of a load is.</summary>
/// <param name="Id">The layer; null for the archive as a whole.</param>
/// <param name="Status">What is done.</param>
/// <param name="Current">Bytes so far.</param>
/// <param name="Total">All bytes; null when unknown.</param>
public sealed record LoadStatus(string? Id, string Status, long? Current = null, long? Total = null) : LoadProgress;

/// <summary>The load succeeded.</summary>
/// <param name="References">The names of the images, ids for those without a name.</param>
public sealed record LoadDone(IReadOnlyList<string> References) : LoadProgress
{
    /// <summary>The names of the images, ids for those without a name.</summary>
    public IReadOnlyList<string> References { get; init => field = value.ToArray(); } = References.ToArray();
}
