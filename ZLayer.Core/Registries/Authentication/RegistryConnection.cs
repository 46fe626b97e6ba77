namespace ZLayer.Core.Registries;

/// <summary>A registry that answered, and who one is to it. It holds no secret.</summary>
public sealed record RegistryConnection
{
    /// <summary>Host and optional port as image references write it.</summary>
    public required string Registry { get; init; }

    /// <summary>The address of its API.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>The user name that the registry accepted; null for anonymous access and tokens.</summary>
    public string? Username { get; init; }

    /// <summary>How one proves oneself to it: <c>Bearer</c>, <c>Basic</c>, or null when it asks for nothing.</summary>
    public string? Authentication { get; init; }

    /// <summary>The file that now keeps the credential in plain text; null when it is not kept, or a credential helper keeps it.</summary>
    public string? PlainTextFile { get; init; }

    /// <summary>The registry.</summary>
    public override string ToString() => Registry;
}
