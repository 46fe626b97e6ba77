namespace ZLayer.Core.Builds.Files;

/// <summary>
/// The extended attributes that layers keep: file capabilities, as Docker and containerd do. Others (security labels of the host, personal
/// <c>user.</c> notes) belong to the machine that a file lay on.
/// </summary>
internal static class KeptAttributes
{
    /// <summary>The name of the attribute.</summary>
    public const string Capability = "security.capability";

    /// <summary>Reads the attributes of a file of the host.</summary>
    public static IReadOnlyDictionary<string, byte[]>? Read(HostScanner scanner, FileNode node)
        => node.IsFile && scanner.GetAttribute(node, Capability) is { } value ? Make(value) : null;

    /// <summary>The set of the one attribute.</summary>
    public static IReadOnlyDictionary<string, byte[]> Make(byte[] capability)
        => new Dictionary<string, byte[]>(StringComparer.Ordinal) { [Capability] = capability };

    /// <summary>Leaves out what layers do not keep.</summary>
    public static IReadOnlyDictionary<string, byte[]>? Select(IReadOnlyDictionary<string, byte[]>? attributes)
        => attributes is not null && attributes.TryGetValue(Capability, out var value) ? Make(value) : null;
}
