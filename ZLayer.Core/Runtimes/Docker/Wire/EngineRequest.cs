namespace ZLayer.Core.Runtimes.Docker.Wire;

/// <summary>A request to the engine.</summary>
/// <param name="Method">The method.</param>
/// <param name="Path">The path below the API version, already escaped and without a slash in front: <c>containers/json</c>.</param>
/// <param name="Purpose">What it is for.</param>
internal sealed record EngineRequest(HttpMethod Method, string Path, EnginePurpose Purpose)
{
    public EngineQuery Query { get; init; } = [];

    /// <summary>Further headers: <c>X-Registry-Auth</c>.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    public EngineBody? Body { get; init; }

    /// <summary>Whether the answer is a long stream of bytes, which comes over a connection of its own: a log, an archive.</summary>
    public bool IsTransfer { get; init; }

    /// <summary>Whether the path is used as it is, without the API version in front.</summary>
    public bool IsUnversioned { get; init; }

    public static EngineRequest Get(EnginePath path, EnginePurpose purpose) => new(HttpMethod.Get, path.ToString(), purpose);

    public static EngineRequest Head(EnginePath path, EnginePurpose purpose) => new(HttpMethod.Head, path.ToString(), purpose);

    public static EngineRequest Post(EnginePath path, EnginePurpose purpose) => new(HttpMethod.Post, path.ToString(), purpose);

    public static EngineRequest Put(EnginePath path, EnginePurpose purpose) => new(HttpMethod.Put, path.ToString(), purpose);

    public static EngineRequest Delete(EnginePath path, EnginePurpose purpose) => new(HttpMethod.Delete, path.ToString(), purpose);
}
