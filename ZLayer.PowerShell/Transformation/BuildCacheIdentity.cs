using System.Management.Automation;

namespace ZLayer.PowerShell.Transformation;

/// <summary>What a user names an entry of the build cache by: its id, or an object, whose data root it remembers.</summary>
/// <param name="Id">The id.</param>
/// <param name="Root">The data root of the object that this came from; null for a bare id.</param>
public sealed record BuildCacheIdentity(string Id, string? Root)
{
    /// <summary>The id.</summary>
    public override string ToString() => Id;
}

/// <summary>Takes ids, and objects of Get-ZLayerBuildCache in any form. Everything else is refused: other objects have ids too.</summary>
public sealed class BuildCacheIdentityAttribute : ValueTransformationAttribute<BuildCacheIdentity>
{
    private const string Entry = "ZLayer.Core.Storage.BuildCacheEntry";

    private protected override BuildCacheIdentity Convert(object input, PSObject wrapped, EngineIntrinsics engine)
    {
        if (input is string text)
        {
            return text.Trim() is { Length: > 0 } id ? new BuildCacheIdentity(id, null) : throw Refuse(input, Expected);
        }

        var origin = ObjectProperties.Origin(wrapped);
        return (origin is null or Entry) && ObjectProperties.Text(wrapped, "Id") is { } named
            ? new BuildCacheIdentity(named, ObjectProperties.Text(wrapped, "Root"))
            : throw Refuse(input, Expected);
    }

    private const string Expected = "an id of the build cache, or an object of Get-ZLayerBuildCache";
}
