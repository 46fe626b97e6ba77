using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ZLayer.Core.Oci;

/// <summary>The 32 bytes of a sha256, without the text that a <see cref="Digest"/> carries: trees of files keep many.</summary>
[InlineArray(Length)]
internal struct Sha256Value : IEquatable<Sha256Value>
{
    /// <summary>The number of bytes.</summary>
    public const int Length = 32;

    private byte _first;

    /// <summary>Takes 32 bytes.</summary>
    public static Sha256Value From(ReadOnlySpan<byte> hash)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(hash.Length, Length);
        var value = default(Sha256Value);
        hash.CopyTo(value);
        return value;
    }

    /// <summary>The bytes.</summary>
    [UnscopedRef]
    public readonly ReadOnlySpan<byte> Bytes => MemoryMarshal.CreateReadOnlySpan(in _first, Length);

    /// <summary>Writes the bytes.</summary>
    public readonly void CopyTo(Span<byte> to) => Bytes.CopyTo(to);

    /// <summary>The same as a digest.</summary>
    public readonly Digest ToDigest() => Digest.FromSha256(Bytes);

    /// <inheritdoc/>
    public readonly bool Equals(Sha256Value other) => Bytes.SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is Sha256Value other && Equals(other);

    /// <inheritdoc/>
    public override readonly int GetHashCode() => MemoryMarshal.Read<int>(Bytes);

    /// <summary>Compares the bytes.</summary>
    public static bool operator ==(Sha256Value left, Sha256Value right) => left.Equals(right);

    /// <summary>Compares the bytes.</summary>
    public static bool operator !=(Sha256Value left, Sha256Value right) => !left.Equals(right);
}
