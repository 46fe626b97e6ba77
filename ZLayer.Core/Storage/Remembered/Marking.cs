using ZLayer.Core.Errors;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Storage.Remembered;

/// <summary>
/// Marks everything that can be reached from what was added: blobs, and layers by DiffID, as <see cref="Reachability"/> does, but out of
/// what is remembered of documents and layer records. What is here but cannot be read is a doubt: it may refer to anything. What is not
/// here refers to nothing: an index names platforms that nobody pulled.
/// </summary>
/// <param name="content">The blobs.</param>
/// <param name="documents">What documents refer to.</param>
/// <param name="claims">Which blobs hold which layers.</param>
/// <param name="only">
/// What the caller asks about, where that is less than everything: nothing else is marked. With <see cref="DocumentMemory.TrustsMemory"/> a
/// document's file is looked at only if what it refers to matters.
/// </param>
internal sealed class Marking(ContentStore content, DocumentMemory documents, LayerClaims claims, MarkingScope? only = null)
{
    private readonly HashSet<(Digest Document, char Kind)> _visited = [];
    private readonly Stack<(Descriptor Target, string Subject)> _pending = new();
    private readonly List<string> _doubts = [];

    /// <summary>The digests of all blobs reached, here or not.</summary>
    public DigestMarks Blobs { get; } = new();

    /// <summary>The DiffIDs of all layers reached.</summary>
    public DigestMarks Layers { get; } = new();

    /// <summary>What could not be read, as sentences.</summary>
    public IReadOnlyList<string> Doubts => _doubts;

    /// <summary>Adds a manifest, index, config or layer blob with all that it refers to.</summary>
    public void Add(Descriptor target, string subject)
    {
        // Not by recursion: indexes from outside may be nested deeper than any stack.
        _pending.Push((target, subject));
        while (_pending.TryPop(out var next))
        {
            MarkBlob(DigestMarks.KeyOf(next.Target.Digest));
            TryAddReferences(next.Target.Digest, next.Target.MediaType, next.Subject);
        }
    }

    /// <summary>Adds a digest of which only the text is known: a blob of any type, a layer, or both.</summary>
    public void Add(Digest digest, string subject)
    {
        AddLayer(digest);
        try
        {
            if (Reachability.MediaTypeOf(content, digest, subject) is { } mediaType)
            {
                Add(new Descriptor { MediaType = mediaType, Digest = digest, Size = 0 }, subject);
            }
        }
        catch (ZLayerException e)
        {
            AddDoubt(e.Message);
        }
    }

    /// <summary>Adds a layer with its blobs.</summary>
    public void AddLayer(Digest diffId) => AddLayer(DigestMarks.KeyOf(diffId));

    /// <summary>Adds a layer, of whose DiffID the beginning is known, with its blobs.</summary>
    public void AddLayer(ulong diffId)
    {
        MarkBlob(diffId);
        if (only?.HasLayer(diffId) != false && Layers.Add(diffId))
        {
            foreach (var claim in claims.Of(diffId))
            {
                MarkBlob(claim.Blob);
            }
        }
    }

    /// <summary>Adds a blob alone, of whose digest the beginning is known.</summary>
    public void AddBlob(ulong blob) => MarkBlob(blob);

    /// <summary>Notes that something could not be read.</summary>
    public void AddDoubt(string sentence) => _doubts.Add(sentence);

    private void MarkBlob(ulong blob)
    {
        if (only?.HasBlob(blob) != false)
        {
            Blobs.Add(blob);
        }
    }

    private void TryAddReferences(Digest digest, string mediaType, string subject)
    {
        var kind = TypedDocument.KindOf(mediaType);
        if (kind == TypedDocument.Plain || !_visited.Add((digest, kind)))
        {
            return;
        }

        try
        {
            AddReferences(digest, kind, subject);
        }
        catch (ZLayerException e)
        {
            AddDoubt(e.Message);
        }
    }

    private void AddReferences(Digest digest, char kind, string subject)
    {
        switch (kind)
        {
            case 'i' when !documents.TrustsMemory || content.Contains(digest):
                foreach (var (descriptor, _) in documents.FindIndex(digest, subject)?.Entries ?? [])
                {
                    _pending.Push((descriptor, subject));
                }

                break;
            case 'm' when documents.FindManifest(digest, subject) is { } manifest && Matters(digest, manifest):
                foreach (var layer in manifest.Layers)
                {
                    MarkBlob(layer.Key);
                }

                _pending.Push((manifest.Config, subject));
                break;
            case 'c' when documents.FindConfig(digest, subject) is { } config && Matters(digest, config):
                foreach (var diffId in config.DiffIds)
                {
                    AddLayer(diffId);
                }

                break;
        }
    }

    // A document that is remembered may be gone. Where it refers to nothing that is asked about, that makes no difference.
    private bool Matters(Digest digest, ManifestFacts manifest)
        => !documents.TrustsMemory || !Asks(manifest) || content.Contains(digest);

    private bool Matters(Digest digest, ConfigFacts config)
        => !documents.TrustsMemory || (config.DiffIds.Any(AsksLayer) && content.Contains(digest));

    private bool Asks(ManifestFacts manifest)
        => manifest.Layers.Any(layer => AsksBlob(layer.Key)) || AsksBlob(DigestMarks.KeyOf(manifest.Config.Digest));

    private bool AsksBlob(ulong key) => only?.HasBlob(key) != false && !Blobs.Contains(key);

    private bool AsksLayer(ulong key) => AsksBlob(key) || (only?.HasLayer(key) != false && !Layers.Contains(key));
}

/// <summary>The blobs and layers that somebody asks about.</summary>
internal sealed class MarkingScope
{
    private readonly DigestMarks _blobs = new();
    private readonly DigestMarks _layers = new();

    /// <summary>
    /// Makes the scope of some blobs and layers. Layers that claim one of the blobs belong to it: they may keep the blob.
    /// </summary>
    public MarkingScope(IEnumerable<Digest> digests, LayerClaims claims)
    {
        foreach (var digest in digests)
        {
            _blobs.Add(digest);
            _layers.Add(digest);
        }

        foreach (var claim in claims.All)
        {
            if (_blobs.Contains(claim.Blob))
            {
                _layers.Add(claim.Layer);
            }
        }
    }

    /// <summary>The blobs, by the beginnings of their digests.</summary>
    public IEnumerable<ulong> Blobs => _blobs.Keys;

    /// <summary>The layers, by the beginnings of their DiffIDs.</summary>
    public IEnumerable<ulong> Layers => _layers.Keys;

    public bool HasBlob(ulong key) => _blobs.Contains(key);

    public bool HasLayer(ulong key) => _layers.Contains(key);
}
