namespace ZLayer.Core.Layers;

/// <summary>The names by which a layer says what is gone (OCI image specification, layer, "Whiteouts").</summary>
internal static class Whiteout
{
    /// <summary><c>.wh.name</c> hides <c>name</c> of the layers below.</summary>
    public const string Prefix = ".wh.";

    /// <summary>In a directory: everything that the layers below have in it is hidden.</summary>
    public const string Opaque = ".wh..wh..opq";

    /// <summary>Other names with this prefix are leftovers of AUFS that mean nothing.</summary>
    public const string MetadataPrefix = ".wh..wh.";
}
