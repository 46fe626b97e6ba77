using ZLayer.Core.Errors;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Storage;

/// <summary>
/// Everything that can be reached from what was added: blobs, and layers by DiffID. What is here but cannot be read is a doubt: it may
/// refer to anything. What is not here refers to nothing: an index names platforms that nobody pulled.
/// </summary>
internal sealed class Reachability(ContentStore content, LayerRecords records)
{
    private readonly HashSet<Digest> _blobs = [];
    private readonly HashSet<(Digest Document, string MediaType)> _visited = [];
    private readonly HashSet<Digest> _layers = [];
    private readonly List<string> _doubts = [];

    /// <summary>The digests of all blobs reached, here or not.</summary>
    public IReadOnlySet<Digest> Blobs => _blobs;

    /// <summary>The DiffIDs of all layers reached.</summary>
    public IReadOnlySet<Digest> Layers => _layers;

    /// <summary>What could not be read, as sentences.</summary>
    public IReadOnlyList<string> Doubts => _doubts;

    /// <summary>Adds a manifest, index, config or layer blob with all that it refers to.</summary>
    public void Add(Descriptor target, string subject)
    {
        _blobs.Add(target.Digest);

        // Not only once for each digest: an image from outside may list another's manifest as its layer.
        if (_visited.Add((target.Digest, target.MediaType)) && content.Contains(target.Digest))
        {
            TryAddReferences(target.Digest, target.MediaType, subject);
        }
    }

    /// <summary>Adds a digest of which only the text is known: a blob of any type, a layer, or both.</summary>
    public void Add(Digest digest, string subject)
    {
        if (_blobs.Contains(digest) && _layers.Contains(digest))
        {
            return;
        }

        AddLayer(digest);
        try
        {
            if (MediaTypeOf(content, digest, subject) is { } mediaType)
            {
                TryAddReferences(digest, mediaType, subject);
            }
        }
        catch (ZLayerException e)
        {
            AddDoubt(e.Message);
        }
    }

    /// <summary>Adds a layer with its blobs.</summary>
    public void AddLayer(Digest diffId)
    {
        if (_layers.Add(diffId))
        {
            _blobs.Add(diffId);
            foreach (var known in records.Read(diffId).Blobs)
            {
                _blobs.Add(known.Blob.Digest);
            }
        }
    }

    /// <summary>Notes that something could not be read.</summary>
    public void AddDoubt(string sentence) => _doubts.Add(sentence);

    private void TryAddReferences(Digest digest, string mediaType, string subject)
    {
        try
        {
            AddReferences(digest, mediaType, subject);
        }
        catch (ZLayerException e)
        {
            AddDoubt(e.Message);
        }
    }

    private void AddReferences(Digest digest, string mediaType, string subject)
    {
        if (MediaTypes.IsIndex(mediaType))
        {
            foreach (var child in OciJson.ParseIndex(content.ReadDocument(digest, subject), subject).Manifests)
            {
                Add(child, subject);
            }
        }
        else if (MediaTypes.IsManifest(mediaType))
        {
            var manifest = OciJson.ParseManifest(content.ReadDocument(digest, subject), subject);
            Add(manifest.Config, subject);
            foreach (var layer in manifest.Layers)
            {
                _blobs.Add(layer.Digest);
            }
        }
        else if (MediaTypes.IsConfig(mediaType))
        {
            foreach (var diffId in OciJson.ParseConfig(content.ReadDocument(digest, subject), subject).RootFs.DiffIds)
            {
                AddLayer(diffId);
            }
        }
    }

    /// <summary>
    /// What a blob of which only the digest is known is, where it is a document: one begins with '{', a layer, of any compression, does
    /// not.
    /// </summary>
    /// <exception cref="ZLayerException">As <see cref="ContentStore.ReadDocument"/>.</exception>
    internal static string? MediaTypeOf(ContentStore content, Digest digest, string subject)
    {
        if (content.GetSize(digest) is not (> 1 and <= OciJson.MaximumDocumentSize))
        {
            return null;
        }

        using (var stream = content.OpenRead(digest))
        {
            if (stream.ReadByte() != '{')
            {
                return null;
            }
        }

        var document = content.ReadDocument(digest, subject);
        return OciJson.DetectMediaType(document)
            ?? (document.AsSpan().IndexOf("\"diff_ids\""u8) >= 0 ? MediaTypes.OciConfig : null);
    }
}
