using ZLayer.Core.Oci;
using System.Buffers;
using System.Security.Cryptography;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Builds.Files;

/// <summary>Reads files once: for their digest, and for whoever else wants the bytes. One thread at a time.</summary>
internal sealed class FileHasher(CancellationToken cancellationToken) : IDisposable
{
    private const int BufferSize = 256 * 1024;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[]? _buffer = ArrayPool<byte>.Shared.Rent(BufferSize);

    /// <summary>Takes the content of an open file, a block at a time.</summary>
    public delegate void BlockConsumer(ReadOnlySpan<byte> block);

    /// <summary>What is known of an empty file.</summary>
    public static KnownContent Empty { get; } = new(Sha256Value.From(SHA256.HashData([])), HasAttributes: false);

    /// <summary>Hashes a file.</summary>
    public KnownContent Hash(FileNode file)
    {
        using var stream = file.Tree.OpenRead(file);
        var attributes = ReadAttributes(file, stream);
        return new KnownContent(Read(file, stream, wantHash: true, static _ => { }), attributes is not null);
    }

    /// <summary>The attributes that a layer keeps, of an open file.</summary>
    public static IReadOnlyDictionary<string, byte[]>? ReadAttributes(FileNode file, Stream stream)
        => stream is not HostFileStream host ? file.Tree.GetExtendedAttributes(file)
            : host.GetAttribute(KeptAttributes.Capability) is { } value ? KeptAttributes.Make(value)
            : null;

    /// <summary>Reads an open file to its end.</summary>
    /// <param name="file">The file as it was; its content must have that size.</param>
    /// <param name="stream">Its content.</param>
    /// <param name="wantHash">False when the digest is known already.</param>
    /// <param name="consume">Takes the content.</param>
    /// <returns>The sha256; zeros when it is not wanted.</returns>
    /// <exception cref="ZLayerException">StorageReadFailed: the file changed while it was read.</exception>
    public Sha256Value Read(FileNode file, Stream stream, bool wantHash, BlockConsumer consume)
    {
        var buffer = _buffer ?? throw new ObjectDisposedException(nameof(FileHasher));
        var remaining = file.Size;
        if (remaining <= BufferSize)
        {
            return ReadSmall(file, stream, wantHash, consume);
        }

        while (remaining > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var count = stream.Read(buffer.AsSpan(0, (int)Math.Min(BufferSize, remaining)));
            if (count == 0)
            {
                throw Changed(file);
            }

            remaining -= count;
            if (wantHash)
            {
                _hash.AppendData(buffer, 0, count);
            }

            consume(buffer.AsSpan(0, count));
        }

        RequireEnd(file, stream);
        var result = default(Sha256Value);
        if (wantHash)
        {
            _hash.GetHashAndReset(result);
        }

        return result;
    }

    public void Dispose()
    {
        _hash.Dispose();
        if (_buffer is not null)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = null;
        }
    }

    private Sha256Value ReadSmall(FileNode file, Stream stream, bool wantHash, BlockConsumer consume)
    {
        var content = _buffer.AsSpan(0, (int)file.Size);
        for (var filled = 0; filled < content.Length;)
        {
            var count = stream.Read(content[filled..]);
            if (count == 0)
            {
                throw Changed(file);
            }

            filled += count;
        }

        RequireEnd(file, stream);
        consume(content);
        var result = default(Sha256Value);
        if (wantHash)
        {
            SHA256.HashData(content, result);
        }

        return result;
    }

    private static void RequireEnd(FileNode file, Stream stream)
    {
        Span<byte> beyond = stackalloc byte[1];
        if (stream.Read(beyond) != 0)
        {
            throw Changed(file);
        }
    }

    /// <summary>The error that a file changed while it was read.</summary>
    internal static ZLayerException Changed(FileNode file)
        => new(ZLayerErrorKind.StorageReadFailed, $"Reading '{file.Path}' in {file.Tree.Description}: the file changed while it was read.")
        {
            Subject = file.Path,
            Advice = "Let nothing write to these files while they are read, then run it again.",
        };
}
