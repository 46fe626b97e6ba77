using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Oci;

/// <summary>
/// A content digest, <c>algorithm:hex</c> (OCI image specification, descriptor, "Digests").
/// The registered algorithms sha256 and sha512 are supported; the hex part is lower case.
/// </summary>
[JsonConverter(typeof(DigestJsonConverter))]
public readonly struct Digest : IEquatable<Digest>, IComparable<Digest>
{
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    private readonly string? _text;

    private Digest(string text) => _text = text;

    /// <summary>True for <c>default</c>, which is no digest.</summary>
    public bool IsEmpty => _text is null;

    /// <summary><c>sha256</c> or <c>sha512</c>; empty for <c>default</c>.</summary>
    public string Algorithm => _text is null ? "" : _text[.._text.IndexOf(':', StringComparison.Ordinal)];

    /// <summary>The lower-case hexadecimal part: 64 characters for sha256, 128 for sha512.</summary>
    public string Hex => _text is null ? "" : _text[(_text.IndexOf(':', StringComparison.Ordinal) + 1)..];

    /// <summary>The first 12 characters of <see cref="Hex"/>, as people quote it.</summary>
    public string ShortHex => _text is null ? "" : Hex[..12];

    /// <summary>Parses <c>algorithm:hex</c>.</summary>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.InvalidArgument"/> when the text is not a digest.</exception>
    public static Digest Parse(string text)
        => TryParse(text, out var digest)
            ? digest
            : throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"'{text}' is not a digest.")
            {
                Subject = text,
                Advice = "Write 'sha256:' followed by 64 lower-case hexadecimal characters.",
            };

    /// <summary>Parses <c>algorithm:hex</c>; false when the text is not a digest of a known algorithm.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Digest digest)
    {
        digest = default;
        if (text is null)
        {
            return false;
        }

        var hexLength = text.StartsWith("sha256:", StringComparison.Ordinal) ? 64
            : text.StartsWith("sha512:", StringComparison.Ordinal) ? 128
            : -1;
        if (hexLength < 0 || text.Length != 7 + hexLength || text.AsSpan(7).ContainsAnyExcept(HexDigits))
        {
            return false;
        }

        digest = new Digest(text);
        return true;
    }

    /// <summary>The sha256 digest whose raw 32 bytes are given.</summary>
    public static Digest FromSha256(ReadOnlySpan<byte> hash)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(hash.Length, SHA256.HashSizeInBytes);
        return new Digest("sha256:" + Convert.ToHexStringLower(hash));
    }

    /// <summary>The sha512 digest whose raw 64 bytes are given.</summary>
    public static Digest FromSha512(ReadOnlySpan<byte> hash)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(hash.Length, SHA512.HashSizeInBytes);
        return new Digest("sha512:" + Convert.ToHexStringLower(hash));
    }

    /// <summary>Hashes <paramref name="content"/> with sha256.</summary>
    public static Digest Of(ReadOnlySpan<byte> content)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(content, hash);
        return FromSha256(hash);
    }

    /// <summary>The hash algorithm to verify this digest with.</summary>
    public HashAlgorithmName HashAlgorithm
        => Algorithm == "sha512" ? HashAlgorithmName.SHA512 : HashAlgorithmName.SHA256;

    /// <summary>A digest of the same algorithm as this one from the raw hash bytes.</summary>
    public Digest WithHash(ReadOnlySpan<byte> hash) => Algorithm == "sha512" ? FromSha512(hash) : FromSha256(hash);

    /// <inheritdoc/>
    public bool Equals(Digest other) => string.Equals(_text, other._text, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Digest other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _text is null ? 0 : string.GetHashCode(_text, StringComparison.Ordinal);

    /// <inheritdoc/>
    public int CompareTo(Digest other) => string.CompareOrdinal(_text, other._text);

    /// <summary>The canonical text, <c>sha256:…</c>; empty for <c>default</c>.</summary>
    public override string ToString() => _text ?? "";

    /// <summary>Compares by text.</summary>
    public static bool operator ==(Digest left, Digest right) => left.Equals(right);

    /// <summary>Compares by text.</summary>
    public static bool operator !=(Digest left, Digest right) => !left.Equals(right);

    /// <summary>Orders by text.</summary>
    public static bool operator <(Digest left, Digest right) => left.CompareTo(right) < 0;

    /// <summary>Orders by text.</summary>
    public static bool operator >(Digest left, Digest right) => left.CompareTo(right) > 0;

    /// <summary>Orders by text.</summary>
    public static bool operator <=(Digest left, Digest right) => left.CompareTo(right) <= 0;

    /// <summary>Orders by text.</summary>
    public static bool operator >=(Digest left, Digest right) => left.CompareTo(right) >= 0;
}
