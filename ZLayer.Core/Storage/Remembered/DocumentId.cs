using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Storage.Remembered;

/// <summary>A whole sha256 digest as numbers: 32 bytes and no text, for the hundreds of thousands of which only few are ever shown.</summary>
/// <param name="A">The first 64 bits; see <see cref="DigestMarks.KeyOf(Digest)"/>.</param>
/// <param name="B">The second.</param>
/// <param name="C">The third.</param>
/// <param name="D">The last.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct DocumentId(ulong A, ulong B, ulong C, ulong D) : IComparable<DocumentId>
{
    private const int Digits = 64;
    private const int PartDigits = 16;

    /// <summary>The number of a digest; false when it is of another algorithm.</summary>
    public static bool TryOf(Digest digest, out DocumentId id)
    {
        id = default;
        var text = digest.ToString().AsSpan();
        return text.Length == "sha256:".Length + Digits && text.StartsWith("sha256:", StringComparison.Ordinal)
            && TryPart(text[7..], out var a) && TryPart(text[23..], out var b) && TryPart(text[39..], out var c) && TryPart(text[55..], out var d)
            && Set(out id, a, b, c, d);
    }

    /// <summary>The number of what a digest is in ASCII; false when it is none, or of another algorithm.</summary>
    public static bool TryOf(ReadOnlySpan<byte> text, out DocumentId id)
    {
        id = default;
        return text.Length == "sha256:".Length + Digits && text.StartsWith("sha256:"u8)
            && TryPart(text[7..], out var a) && TryPart(text[23..], out var b) && TryPart(text[39..], out var c) && TryPart(text[55..], out var d)
            && Set(out id, a, b, c, d);
    }

    /// <summary>The digest.</summary>
    public Digest ToDigest()
    {
        Span<byte> hash = stackalloc byte[32];
        BinaryPrimitives.WriteUInt64BigEndian(hash, A);
        BinaryPrimitives.WriteUInt64BigEndian(hash[8..], B);
        BinaryPrimitives.WriteUInt64BigEndian(hash[16..], C);
        BinaryPrimitives.WriteUInt64BigEndian(hash[24..], D);
        return Digest.FromSha256(hash);
    }

    public int CompareTo(DocumentId other)
        => A != other.A ? A.CompareTo(other.A) : B != other.B ? B.CompareTo(other.B) : C != other.C ? C.CompareTo(other.C) : D.CompareTo(other.D);

    // The digits are random enough.
    public override int GetHashCode() => (int)A;

    public bool Equals(DocumentId other) => A == other.A && B == other.B && C == other.C && D == other.D;

    private static bool Set(out DocumentId id, ulong a, ulong b, ulong c, ulong d)
    {
        id = new DocumentId(a, b, c, d);
        return true;
    }

    private static bool TryPart(ReadOnlySpan<char> text, out ulong part)
        => ulong.TryParse(text[..PartDigits], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out part);

    private static bool TryPart(ReadOnlySpan<byte> text, out ulong part)
        => ulong.TryParse(text[..PartDigits], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out part);
}

/// <summary>A document as a descriptor calls it: the same bytes mean something else as an index, a manifest or a config.</summary>
/// <param name="Id">The digest.</param>
/// <param name="Kind">See <see cref="KindOf"/>.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct TypedDocument(DocumentId Id, ulong Kind) : IComparable<TypedDocument>
{
    /// <summary>The kind of what refers to nothing.</summary>
    public const char Plain = '-';

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
