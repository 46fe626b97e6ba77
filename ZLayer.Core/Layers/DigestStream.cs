using System.Security.Cryptography;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Streams;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Layers;

/// <summary>
/// Passes bytes through to or from another stream, hashing and counting them on the way. Use one instance in one direction.
/// </summary>
internal sealed class DigestStream : ForwardStream
{
    private readonly Stream _inner;
    private readonly bool _leaveOpen;
    private readonly bool _isSha512;
    private readonly IncrementalHash _hash;

    /// <summary>Wraps a stream with sha256.</summary>
    /// <param name="inner">Where bytes come from or go to; <see cref="Stream.Null"/> to hash alone.</param>
    /// <param name="leaveOpen">True when disposing this stream must not dispose <paramref name="inner"/>.</param>
    public DigestStream(Stream inner, bool leaveOpen = false)
        : this(inner, HashAlgorithmName.SHA256, leaveOpen)
    {
    }

    /// <summary>Wraps a stream with the algorithm of a digest that is to be verified.</summary>
    /// <param name="inner">Where bytes come from or go to.</param>
    /// <param name="algorithm">SHA256 or SHA512, as <see cref="Digest.HashAlgorithm"/> gives it.</param>
    /// <param name="leaveOpen">True when disposing this stream must not dispose <paramref name="inner"/>.</param>
    public DigestStream(Stream inner, HashAlgorithmName algorithm, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(inner);
        _inner = inner;
        _leaveOpen = leaveOpen;
        _isSha512 = algorithm == HashAlgorithmName.SHA512;
        _hash = IncrementalHash.CreateHash(algorithm);
    }

    /// <summary>How many bytes went through so far.</summary>
    public long ByteCount { get; private set; }

    /// <summary>The digest of the bytes that went through so far; more may follow.</summary>
    public Digest CurrentDigest
    {
        get
        {
            Span<byte> hash = stackalloc byte[SHA512.HashSizeInBytes];
            hash = hash[.._hash.GetCurrentHash(hash)];
            return _isSha512 ? Digest.FromSha512(hash) : Digest.FromSha256(hash);
        }
    }

    /// <inheritdoc/>
    public override bool CanRead => _inner.CanRead;

    /// <inheritdoc/>
    public override bool CanWrite => _inner.CanWrite;

    /// <summary>The same as <see cref="ByteCount"/>; it cannot be set.</summary>
    public override long Position
    {
        get => ByteCount;
        set => throw new NotSupportedException();
    }

    /// <summary>Reads what is left, so that the digest covers the whole stream.</summary>
    public void Drain(CancellationToken cancellationToken = default)
    {
        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(81920);
        try
        {
            while (Read(buffer) > 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Checks that the bytes so far are the content that a digest, and a size where it is known, promise.</summary>
    /// <param name="expected">The promised digest, of the algorithm that this stream hashes with.</param>
    /// <param name="expectedSize">The promised size in bytes; null when it is not known.</param>
    /// <param name="subject">What was read, for the message: <c>layer of docker.io/library/nginx:latest</c>.</param>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.DigestMismatch"/> when they are not.</exception>
    public void Verify(Digest expected, long? expectedSize, string subject)
    {
        if (expectedSize is { } size && size != ByteCount)
        {
            throw new ZLayerException(
                ZLayerErrorKind.DigestMismatch, $"Verifying {subject}: expected {size} bytes of {expected}, got {ByteCount}.")
            { Subject = expected.ToString() };
        }

        var actual = CurrentDigest;
        if (actual != expected)
        {
            throw new ZLayerException(
                ZLayerErrorKind.DigestMismatch, $"Verifying {subject}: the content has the digest {actual} instead of {expected}.")
            { Subject = expected.ToString() };
        }
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        var count = _inner.Read(buffer);
        Append(buffer[..count]);
        return count;
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await _inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        Append(buffer.Span[..count]);
        return count;
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        _inner.Write(buffer);
        Append(buffer);
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await _inner.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        Append(buffer.Span);
    }

    /// <inheritdoc/>
    public override void Flush() => _inner.Flush();

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => _inner.FlushAsync(cancellationToken);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _hash.Dispose();
            if (!_leaveOpen)
            {
                _inner.Dispose();
            }
        }

        base.Dispose(disposing);
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        _hash.AppendData(bytes);
        ByteCount += bytes.Length;
    }
}
