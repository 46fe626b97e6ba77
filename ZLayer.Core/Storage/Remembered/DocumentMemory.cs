using System.Text;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Storage.Remembered;

/// <summary>
/// The facts of the documents of a store: remembered, or read once and then remembered. What a document refers to follows from its digest,
/// so that what is remembered can never be wrong about it; whether it is still here, and whole, the file says.
/// </summary>
internal sealed class DocumentMemory : IDisposable
{
    private const string Kind = "documents";

    private readonly ContentStore _content;
    private readonly Lazy<FileMemory> _memory;
    private readonly StampReader _files;

    /// <summary>Opens the memory of a store.</summary>
    public DocumentMemory(StoreLayout layout, ContentStore content)
    {
        layout.Recover();
        _content = content;
        _memory = new Lazy<FileMemory>(() => FileMemory.Open(layout, Kind)); // Most removals ask for no document.
        _files = StampReader.Open(Path.Combine(layout.Blobs, "sha256"));
    }

    /// <summary>How many documents were read from their files: work that should not grow with the store.</summary>
    public int DocumentsRead { get; private set; }

    /// <summary>
    /// Whether facts that are remembered are taken without a look at the document's file. A document that is gone counts then as if it were
    /// here, and damage is not noticed: both keep more, never less.
    /// </summary>
    public bool TrustsMemory { get; init; }

    /// <summary>The facts of an index; null when it is not here.</summary>
    /// <exception cref="Errors.ZLayerException">StorageReadFailed, InvalidManifest or DigestMismatch.</exception>
    public IndexFacts? FindIndex(Digest digest, string subject)
        => Find(digest, 'i', subject, IndexFacts.Decode, bytes => IndexFacts.Of(OciJson.ParseIndex(bytes, subject)));

    /// <summary>The facts of a manifest; null when it is not here.</summary>
    /// <exception cref="Errors.ZLayerException">As <see cref="FindIndex"/>.</exception>
    public ManifestFacts? FindManifest(Digest digest, string subject)
        => Find(digest, 'm', subject, ManifestFacts.Decode, bytes => ManifestFacts.Of(OciJson.ParseManifest(bytes, subject)));

    /// <summary>The facts of a config; null when it is not here.</summary>
    /// <exception cref="Errors.ZLayerException">As <see cref="FindIndex"/>.</exception>
    public ConfigFacts? FindConfig(Digest digest, string subject)
        => Find(digest, 'c', subject, ConfigFacts.Decode, bytes => ConfigFacts.Of(OciJson.ParseConfig(bytes, subject)));

    /// <summary>Keeps what was read; see <see cref="FileMemory.Save"/>.</summary>
    public void Save(bool complete)
    {
        if (_memory.IsValueCreated)
        {
            _memory.Value.Save(complete);
        }
    }

    public void Dispose() => _files.Dispose();

    // The same document means something else where a descriptor calls it by another type, so the kind is part of the key.
    private T? Find<T>(Digest digest, char kind, string subject, Func<ReadOnlyMemory<byte>, T> decode, Func<byte[], T> parse)
        where T : DocumentFacts
    {
        if (digest.Algorithm != "sha256")
        {
            return _content.Contains(digest) ? Read(digest, subject, parse) : null;
        }

        Span<byte> key = stackalloc byte[33];
        key[0] = (byte)kind;
        Convert.FromHexString(HexOf(digest), key[1..], out _, out _);
        if (TrustsMemory && _memory.Value.TryGet(key, out var known))
        {
            return decode(known);
        }

        if (!TryReadStamp(digest, out var stamp))
        {
            return null;
        }

        if (_memory.Value.TryGet(key, stamp, out known))
        {
            return decode(known);
        }

        var facts = Read(digest, subject, parse);
        Remember(key, stamp, facts);
        return facts;
    }

    private bool TryReadStamp(Digest digest, out FileStamp stamp)
    {
        try
        {
            return _files.TryRead(HexOf(digest), out stamp);
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            throw StorageErrors.Reading($"read blob {digest}", _content.GetPath(digest), e);
        }
    }

    private static ReadOnlySpan<char> HexOf(Digest digest) => digest.ToString().AsSpan("sha256:".Length);

    private T Read<T>(Digest digest, string subject, Func<byte[], T> parse)
    {
        DocumentsRead++;
        return parse(_content.ReadDocument(digest, subject));
    }

    private void Remember(ReadOnlySpan<byte> key, in FileStamp stamp, DocumentFacts facts)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.UTF8);
        if (facts.TryEncode(writer))
        {
            writer.Flush();
            _memory.Value.Add(key, stamp, bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
        }
    }
}
