using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Storage.Remembered;

/// <summary>
/// A whole sha256 digest as numbers: 32 bytes and no text, for the hundreds of thousands of which only few are ever shown.
/// </summary>
/// <param name="A">The first 64 bits; see <see cref="DigestMarks.KeyOf(Digest)"/>.</param>
/// <param name="B">The second.</param>
/// <param name="C">The third.</param>
/// <param name="D">The last.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct DocumentId(ulong A, ulong B, ulong C, ulong D) : IComparable<DocumentId>
{
    private const string Prefix = "sha256:";
    private const int HashSize = 32;

    /// <summary>The number of a digest; false when it is of another algorithm.</summary>
    public static bool TryOf(Digest digest, out DocumentId id)
    {
        Span<byte> hash = stackalloc byte[HashSize];
        var text = digest.ToString().AsSpan();
        var isOurs = text.Length == Prefix.Length + (2 * HashSize) && text.StartsWith(Prefix, StringComparison.Ordinal)
            && Convert.FromHexString(text[Prefix.Length..], hash, out _, out _) == OperationStatus.Done;
        id = isOurs ? Of(hash) : default;
        return isOurs;
    }

    /// <summary>The number of what a digest is in ASCII; false when it is none, or of another algorithm.</summary>
    public static bool TryOf(ReadOnlySpan<byte> text, out DocumentId id)
    {
        Span<byte> hash = stackalloc byte[HashSize];
        var isOurs = text.Length == Prefix.Length + (2 * HashSize) && Ascii.Equals(text[..Prefix.Length], Prefix)
            && Convert.FromHexString(text[Prefix.Length..], hash, out _, out _) == OperationStatus.Done;
        id = isOurs ? Of(hash) : default;
        return isOurs;
    }

    /// <summary>The digest.</summary>
    public Digest ToDigest()
    {
        Span<byte> hash = stackalloc byte[HashSize];
        BinaryPrimitives.WriteUInt64BigEndian(hash, A);
        BinaryPrimitives.WriteUInt64BigEndian(hash[8..], B);
        BinaryPrimitives.WriteUInt64BigEndian(hash[16..], C);
        BinaryPrimitives.WriteUInt64BigEndian(hash[24..], D);
        return Digest.FromSha256(hash);
    }

    public int CompareTo(DocumentId other)
        => A != other.A ? A.CompareTo(other.A)
            : B != other.B ? B.CompareTo(other.B)
            : C != other.C ? C.CompareTo(other.C)
            : D.CompareTo(other.D);

    // The digits are random enough.
    public override int GetHashCode() => (int)A;

    public bool Equals(DocumentId other) => A == other.A && B == other.B && C == other.C && D == other.D;

    private static DocumentId Of(ReadOnlySpan<byte> hash)
        => new(
            BinaryPrimitives.ReadUInt64BigEndian(hash),
            BinaryPrimitives.ReadUInt64BigEndian(hash[8..]),
            BinaryPrimitives.ReadUInt64BigEndian(hash[16..]),
            BinaryPrimitives.ReadUInt64BigEndian(hash[24..]));
}

/// <summary>A document as a descriptor calls it: the same bytes mean something else as an index, a manifest or a config.</summary>
/// <param name="Id">The digest.</param>
/// <param name="Kind">See <see cref="KindOf"/>.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct TypedDocument(DocumentId Id, ulong Kind) : IComparable<TypedDocument>, IKeyed
{
    /// <summary>The kind of what refers to nothing.</summary>
    public const char Plain = '-';

    ulong IKeyed.Key => Id.A;

    /// <summary>'i' for an index, 'm' for a manifest, 'c' for a config, and <see cref="Plain"/> for everything else.</summary>
    public static char KindOf(string mediaType)
        => MediaTypes.IsIndex(mediaType) ? 'i' : MediaTypes.IsManifest(mediaType) ? 'm' : MediaTypes.IsConfig(mediaType) ? 'c' : Plain;

    /// <summary>A descriptor that calls the document so.</summary>
    public Descriptor ToDescriptor()
        => new()
        {
            MediaType = Kind switch { 'i' => MediaTypes.OciIndex, 'm' => MediaTypes.OciManifest, _ => MediaTypes.OciConfig },
            Digest = Id.ToDigest(),
            Size = 0,
        };

    public int CompareTo(TypedDocument other) => Id.CompareTo(other.Id) is var order && order != 0 ? order : Kind.CompareTo(other.Kind);
}
