using System.Text;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Storage.Remembered;

/// <summary>
/// A name, or an image without one, as its file says; a <see cref="StoredReference"/> costs more to make. What is remembered of it is
/// looked into only where somebody asks: a removal goes through all names of a store, and needs to know of most but what they do not point
/// to.
/// </summary>
internal sealed class StoredName
{
    private const string TagsPart = "/" + ReferencePath.Tags + "/";
    private const int PlainHeader = 10;

    private readonly ReadOnlyMemory<byte> _remembered;
    private Descriptor? _target;
    private IReadOnlyList<string>? _digests;

    /// <summary>Describes a name that was read.</summary>
    /// <param name="path">The file's path below the directory of references, with '/'.</param>
    /// <param name="stored">What the file has.</param>
    /// <param name="updated">When the name was set to this target.</param>
    public StoredName(string path, Descriptor stored, DateTimeOffset updated)
    {
        Path = path;
        (_target, _digests) = Storage.RegistryDigests.Split(stored);
        Updated = updated;
    }

    private StoredName(string path, ReadOnlyMemory<byte> remembered, DateTimeOffset updated)
    {
        Path = path;
        _remembered = remembered;
        Updated = updated;
    }

    /// <summary>What is remembered of a file that is no name.</summary>
    public static ReadOnlySpan<byte> NoName => [0];

    /// <summary>The file's path below the directory of references, with '/'.</summary>
    public string Path { get; }

    /// <summary>When the name was set to this target.</summary>
    public DateTimeOffset Updated { get; }

    /// <summary>The manifest or index.</summary>
    public Descriptor Target => _target ??= DecodeTarget(_remembered.Span, Path);

    /// <summary>The digests by which registries have the image; see <see cref="StoredReference.RegistryDigests"/>.</summary>
    public IReadOnlyList<string> RegistryDigests => _digests ??= DecodeDigests(_remembered.Span, Path);

    /// <summary>Whether this keeps an image without a name.</summary>
    public bool IsUnnamed => IsUnnamedPath(Path);

    /// <summary>The name for messages, in full.</summary>
    public string Subject => IsUnnamed ? Target.Digest.ToString() : Path.Replace(TagsPart, ":", StringComparison.Ordinal);

    public static bool IsUnnamedPath(string path) => path.StartsWith(ReferencePath.Unnamed + "/", StringComparison.Ordinal);

    /// <summary>The same with the parsed name.</summary>
    public StoredReference ToReference(string root)
        => new(IsUnnamed ? null : Reference(root), Target, Updated) { RegistryDigests = RegistryDigests };

    /// <summary>The name.</summary>
    public ImageReference? Reference(string root) => ReferencePath.Parse(root, System.IO.Path.Combine(root, Path));

    /// <summary>The target as an index of documents knows it; false when its digest is not one of sha256.</summary>
    public bool TryType(out TypedDocument target)
    {
        DocumentId id;
        if (_target is null && _remembered.Span is [1, ..] plain)
        {
            var isOurs = DocumentId.TryOf(DigestOf(plain), out id);
            target = new TypedDocument(id, TypedDocument.KindOf(TypeOf(MediaTypeOf(plain))));
            return isOurs;
        }

        var isKnown = DocumentId.TryOf(Target.Digest, out id);
        target = new TypedDocument(id, TypedDocument.KindOf(Target.MediaType));
        return isKnown;
    }

    /// <summary>Whether it points to a digest.</summary>
    public bool PointsTo(Digest digest)
        => _target is null && _remembered.Span is [1, ..] plain
            ? Ascii.Equals(DigestOf(plain), digest.ToString())
            : Target.Digest == digest;

    /// <summary>
    /// What is remembered: the three members that every descriptor has and, in a further line, the digests of registries; or, for one that
    /// has more, its document.
    /// </summary>
    public byte[] Encode()
    {
        if (Target != new Descriptor { MediaType = Target.MediaType, Digest = Target.Digest, Size = Target.Size }
            || Target.MediaType.Length > byte.MaxValue
            || !Ascii.IsValid(Target.MediaType))
        {
            return [2, .. OciJson.Serialize(Storage.RegistryDigests.Join(Target, RegistryDigests))];
        }

        return [1, .. BitConverter.GetBytes(Target.Size), (byte)Target.MediaType.Length, .. Encoding.ASCII.GetBytes(
            $"{Target.MediaType}{Target.Digest}{(RegistryDigests.Count > 0 ? "\n" + Storage.RegistryDigests.Write(RegistryDigests) : "")}")];
    }

    public static StoredName? Decode(string path, ReadOnlyMemory<byte> bytes, DateTimeOffset updated)
        => bytes.Span[0] == 0 ? null : new StoredName(path, bytes, updated);

    private static Descriptor DecodeTarget(ReadOnlySpan<byte> bytes, string path)
        => bytes[0] == 2
            ? Storage.RegistryDigests.Split(OciJson.ParseDescriptor(bytes[1..], path)).Target
            : new Descriptor
            {
                MediaType = TypeOf(MediaTypeOf(bytes)),
                Digest = Digest.Parse(Encoding.ASCII.GetString(DigestOf(bytes))),
                Size = BitConverter.ToInt64(bytes[1..]),
            };

    private static ReadOnlySpan<byte> MediaTypeOf(ReadOnlySpan<byte> plain) => plain.Slice(PlainHeader, plain[PlainHeader - 1]);

    private static ReadOnlySpan<byte> DigestOf(ReadOnlySpan<byte> plain)
    {
        var text = plain[(PlainHeader + plain[PlainHeader - 1])..];
        return text.IndexOf((byte)'\n') is var end and >= 0 ? text[..end] : text;
    }

    private static IReadOnlyList<string> DecodeDigests(ReadOnlySpan<byte> bytes, string path)
        => bytes[0] == 2
            ? Storage.RegistryDigests.Split(OciJson.ParseDescriptor(bytes[1..], path)).Digests
            : bytes[PlainHeader..].IndexOf((byte)'\n') is var end and >= 0
                ? Storage.RegistryDigests.Read(Encoding.ASCII.GetString(bytes[(PlainHeader + end + 1)..]))
                : [];

    private static string TypeOf(ReadOnlySpan<byte> text)
    {
        foreach (var known in MediaTypes.Accepted)
        {
            if (text.Length == known.Length && Ascii.Equals(text, known))
            {
                return known;
            }
        }

        return Encoding.ASCII.GetString(text);
    }
}
