using System.Security.Cryptography;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Tests.Faults;

/// <summary>What must hold of every data root, whatever happened to it.</summary>
internal static class StoreChecks
{
    /// <summary>Every blob is what its name says, every name leads to a complete image, and nothing half-written has a name.</summary>
    public static void AssertWhole(ZLayerEngine engine)
    {
        foreach (var blob in engine.Content.Enumerate())
        {
            using var content = engine.Content.OpenRead(blob.Digest);
            Assert.Equal(blob.Digest.Hex, Convert.ToHexStringLower(SHA256.HashData(content)));
        }

        foreach (var reference in engine.References.Enumerate())
        {
            AssertComplete(engine, reference.Target);
        }
    }

    /// <summary>Every part of an image is there.</summary>
    public static void AssertComplete(ZLayerEngine engine, Descriptor target)
    {
        var document = engine.Content.ReadDocument(target.Digest, "image");
        if (MediaTypes.IsIndex(target.MediaType))
        {
            Assert.All(OciJson.ParseIndex(document, "image").Manifests, m => AssertComplete(engine, m));
            return;
        }

        var manifest = OciJson.ParseManifest(document, "image");
        Assert.All(manifest.Layers.Append(manifest.Config), blob => Assert.Equal(blob.Size, engine.Content.GetSize(blob.Digest)));
    }

    /// <summary>No lease, staged file or working directory is left: nothing is under way any more.</summary>
    public static void AssertTidy(ZLayerEngine engine)
    {
        Assert.Empty(Directory.EnumerateFileSystemEntries(engine.Layout.Leases));
        Assert.Empty(Ingest(engine));
    }

    /// <summary>What lies in the staging directory, without the marks of content that is not flushed.</summary>
    public static IReadOnlyList<string> Ingest(ZLayerEngine engine)
        => [.. Directory.EnumerateFileSystemEntries(engine.Layout.Ingest).Select(p => Path.GetFileName(p)!).Where(n => n != "unflushed")];
}
