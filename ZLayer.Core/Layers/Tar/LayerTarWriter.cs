using System.Buffers;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Layers;

/// <summary>
/// Writes a layer as a tar stream whose bytes depend on the entries alone: ustar headers, and PAX records only where ustar
/// cannot say it (long or non-ASCII names, large ids and sizes, extended attributes). User and group names stay empty.
/// Modification times are cut to whole seconds, as Docker and containerd do in layers: smaller, and the same on every file system.
/// </summary>
/// <remarks>
/// Small writes are gathered, so the output needs no buffer of its own. The output is not disposed. Not safe for concurrent use.
/// </remarks>
internal sealed class LayerTarWriter : ILayerOutput, IDisposable
{
    private const int BufferSize = 256 * 1024;

    private readonly Stream _output;
    private readonly TarHeaderEncoder _headers = new();
    private byte[]? _buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
    private int _used;
    private long _flushed;
    private TarEntry? _file;
    private long _remaining;
    private bool _completed;
    private long _newest = long.MinValue;

    /// <summary>Creates a writer.</summary>
    /// <param name="output">Where the tar stream goes; it stays open.</param>
    public LayerTarWriter(Stream output)
    {
        ArgumentNullException.ThrowIfNull(output);
        _output = output;
    }

    /// <summary>How many bytes of tar stream were written so far: after <see cref="BeginFile"/>, where the content starts.</summary>
    public long Position => _flushed + _used;

    /// <summary>The newest modification time of all entries so far, whole seconds; null when there is none.</summary>
    public DateTimeOffset? NewestModificationTime => _newest == long.MinValue ? null : DateTimeOffset.FromUnixTimeSeconds(_newest);

    /// <summary>Writes an entry that has no content: anything but a regular file of more than 0 bytes.</summary>
    /// <exception cref="ZLayerException">
    /// <see cref="ZLayerErrorKind.InvalidArgument"/> when the entry cannot be written to a tar stream.
    /// </exception>
    public void WriteEntry(TarEntry entry)
    {
        BeginFile(entry);
        EndFile();
    }

    /// <summary>Writes a regular file with all of its content.</summary>
    /// <param name="entry">The file; its size must be the length of the content.</param>
    /// <param name="content">The content.</param>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.InvalidArgument"/> when the size is another one.</exception>
    public void WriteFile(TarEntry entry, ReadOnlySpan<byte> content)
    {
        BeginFile(entry);
        WriteContent(content);
        EndFile();
    }

    /// <summary>Writes a regular file whose content comes from a stream.</summary>
    /// <param name="entry">The file; exactly <see cref="TarEntry.Size"/> bytes must follow in the stream.</param>
    /// <param name="content">The content, read to its end.</param>
    /// <exception cref="ZLayerException">
    /// <see cref="ZLayerErrorKind.StorageReadFailed"/> when the stream is shorter or longer: the file changed while it was read.
    /// </exception>
    public void WriteFile(TarEntry entry, Stream content)
    {
        ArgumentNullException.ThrowIfNull(content);
        BeginFile(entry);
        var buffer = Buffer;
        while (_remaining > 0)
        {
            if (_used == BufferSize)
            {
                Flush();
            }

            var count = content.Read(buffer, _used, (int)Math.Min(_remaining, BufferSize - _used));
            if (count == 0)
            {
                throw Changed(entry, $"it ended {_remaining} bytes early");
            }

            _used += count;
            _remaining -= count;
        }

        Span<byte> beyond = stackalloc byte[1];
        if (content.Read(beyond) > 0)
        {
            throw Changed(entry, $"it is longer than {entry.Size} bytes");
        }

        EndFile();
    }

    /// <summary>Writes the header of an entry; its content follows with <see cref="WriteContent"/>, then <see cref="EndFile"/>.</summary>
    /// <exception cref="ZLayerException">
    /// <see cref="ZLayerErrorKind.InvalidArgument"/> when the entry cannot be written to a tar stream.
    /// </exception>
    public void BeginFile(TarEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        _newest = Math.Max(_newest, entry.ModificationTime.ToUnixTimeSeconds());
        if (_file is not null || _completed)
        {
            throw new InvalidOperationException(_completed ? "The tar stream is complete." : "EndFile is missing.");
        }

        if (entry.Size != 0 && (entry.Type != TarEntryType.File || entry.Size < 0))
        {
            throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"Writing '{entry.Path}' to an archive: a {entry.Type} cannot have the size {entry.Size}.")
            { Subject = entry.Path };
        }

        var extended = _headers.EncodeExtendedHeader(entry);
        if (!extended.IsEmpty)
        {
            Append(extended);
        }

        if (BufferSize - _used < TarFormat.BlockSize)
        {
            Flush();
        }

        _headers.EncodeHeader(entry, Buffer.AsSpan(_used, TarFormat.BlockSize));
        _used += TarFormat.BlockSize;
        _file = entry;
        _remaining = entry.Size;
    }

    /// <summary>Writes the next bytes of the content of the entry that <see cref="BeginFile"/> started.</summary>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.InvalidArgument"/> when they exceed the entry's size.</exception>
    public void WriteContent(ReadOnlySpan<byte> content)
    {
        var entry = _file ?? throw new InvalidOperationException("BeginFile is missing.");
        if (content.Length > _remaining)
        {
            throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"Writing '{entry.Path}' to an archive: the content is longer than {entry.Size} bytes.")
            { Subject = entry.Path };
        }

        Append(content);
        _remaining -= content.Length;
    }

    /// <summary>Ends the entry: pads its content to a whole block.</summary>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.InvalidArgument"/> when content is missing.</exception>
    public void EndFile()
    {
        var entry = _file ?? throw new InvalidOperationException("BeginFile is missing.");
        if (_remaining != 0)
        {
            throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"Writing '{entry.Path}' to an archive: {_remaining} of {entry.Size} bytes are missing.")
            { Subject = entry.Path };
        }

        _file = null;
        AppendZeros(TarFormat.Padding(entry.Size));
    }

    bool ILayerOutput.WantsDigests => false;

    void ILayerOutput.EndFile(ReadOnlySpan<byte> sha256) => EndFile();

    void ILayerOutput.WriteKnown(TarEntry entry, ReadOnlySpan<byte> sha256, Action write)
    {
        BeginFile(entry);
        write();
        EndFile();
    }

    /// <summary>Ends the tar stream with two zero blocks and flushes; nothing more can be written.</summary>
    public void Complete()
    {
        if (_file is not null)
        {
            throw new InvalidOperationException("EndFile is missing.");
        }

        if (!_completed)
        {
            AppendZeros(2 * TarFormat.BlockSize);
            Flush();
            _output.Flush();
            _completed = true;
        }
    }

    /// <summary>Releases the writer; without <see cref="Complete"/> the tar stream is left unfinished.</summary>
    public void Dispose()
    {
        if (_buffer is not null)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = null;
        }
    }

    private byte[] Buffer => _buffer ?? throw new ObjectDisposedException(nameof(LayerTarWriter));

    private void Append(ReadOnlySpan<byte> bytes)
    {
        var buffer = Buffer;
        if (bytes.Length <= BufferSize - _used)
        {
            bytes.CopyTo(buffer.AsSpan(_used));
            _used += bytes.Length;
            return;
        }

        Flush();
        if (bytes.Length >= BufferSize)
        {
            _output.Write(bytes);
            _flushed += bytes.Length;
            return;
        }

        bytes.CopyTo(buffer);
        _used = bytes.Length;
    }

    private void AppendZeros(int count)
    {
        if (BufferSize - _used < count)
        {
            Flush();
        }

        Buffer.AsSpan(_used, count).Clear();
        _used += count;
    }

    private void Flush()
    {
        _output.Write(Buffer, 0, _used);
        _flushed += _used;
        _used = 0;
    }

    internal static ZLayerException Changed(TarEntry entry, string how)
        => new(ZLayerErrorKind.StorageReadFailed, $"Reading '{entry.Path}' into an archive: the file changed while it was read; {how}.")
        {
            Subject = entry.Path,
            Advice = "Let nothing write to these files while they are read, then run it again.",
        };
}
