using System.Buffers;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Layers;

/// <summary>
/// Reads a tar stream entry by entry: ustar, PAX (local and global records), GNU (long names, base-256 numbers) and the old
/// V7 format; sparse files of all GNU formats get their holes back. The input is not trusted: checksums are verified, sizes are bounded,
/// and a path that climbs out of its root is refused. Absolute paths are taken as relative ones, as Docker does.
/// </summary>
/// <remarks>
/// What follows the end-of-archive blocks is ignored. A stream that just ends between two entries is accepted, as Docker
/// and GNU tar do; <see cref="HasEnd"/> tells. Not safe for concurrent use.
/// </remarks>
internal sealed class LayerTarReader : IDisposable
{
    private readonly TarInput _input;
    private readonly TarContentStream _content;
    private readonly TarExtendedHeaders _extended = new();
    private TarEntry? _current;
    private long _remaining;
    private long _position;
    private int _padding;
    private bool _ended;

    /// <summary>Creates a reader.</summary>
    /// <param name="input">
    /// A plain tar stream, read from where it stands; it need not be seekable, and skipped content is jumped over where it is.
    /// </param>
    /// <param name="leaveOpen">True when disposing the reader must not dispose <paramref name="input"/>.</param>
    public LayerTarReader(Stream input, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(input);
        _input = new TarInput(input, leaveOpen);
        _content = new TarContentStream(this);
    }

    /// <summary>
    /// The content of the current entry; empty for anything but a regular file. The next <see cref="MoveNext"/> skips what was not read.
    /// </summary>
    public Stream Content => _content;

    /// <summary>
    /// Where the content of the current entry starts, of a sparse file what is stored of it, counted in bytes from where the reader began.
    /// </summary>
    public long ContentOffset { get; private set; }

    /// <summary>Whether the blocks that mark the end of an archive were read: without them the rest may have been lost.</summary>
    public bool HasEnd { get; private set; }

    /// <summary>Moves to the next entry.</summary>
    /// <returns>The entry, or null at the end of the archive.</returns>
    /// <exception cref="ZLayerException">
    /// <see cref="ZLayerErrorKind.InvalidArchive"/> when the stream is not a tar stream, is cut short, or an entry is unacceptable.
    /// </exception>
    public TarEntry? MoveNext()
    {
        if (_ended)
        {
            return null;
        }

        SkipContent();
        _extended.BeginEntry();
        while (ReadHeader(out var header, out var offset))
        {
            if (header.IsExtension)
            {
                ReadExtension(header, offset);
            }
            else if (header.TypeFlag != TarHeader.VolumeLabel)
            {
                var entry = Open(header, offset);
                if (entry.Path.Length > 0 || entry.Type == TarEntryType.Directory)
                {
                    return entry;
                }

                // What has no name cannot be anywhere: it is passed over, as Docker does.
                SkipContent();
                _extended.BeginEntry();
            }
        }

        if (_extended.IsPending)
        {
            throw Invalid(_input.Position, "it ends where the entry of an extended header should follow");
        }

        _ended = true;
        _current = null;
        return null;
    }

    /// <summary>
    /// Reads the input to its end, so that a stream which hashes it has seen every byte. No entry can be read afterwards.
    /// </summary>
    public void Drain(CancellationToken cancellationToken = default)
    {
        _ended = true;
        _current = null;
        _remaining = 0;
        _input.Drain(cancellationToken);
    }

    /// <summary>Releases the reader, and disposes the input unless it was to stay open.</summary>
    public void Dispose() => _input.Dispose();

    internal long ContentLength => _current?.Size ?? 0;

    internal long ContentPosition => _position;

    /// <summary>Jumps over a hole of a sparse file where the content stands before one; 0 where it does not.</summary>
    internal long SkipHole()
    {
        if (_current?.Sparse?.RunAt(_position) is not ({ } hole, -1))
        {
            return 0;
        }

        _position += hole;
        return hole;
    }

    internal int ReadContent(Span<byte> buffer)
    {
        if (_current?.Sparse is { } map && _position < map.Size)
        {
            var (run, stored) = map.RunAt(_position);
            buffer = buffer[..(int)Math.Min(buffer.Length, run)];
            if (stored < 0)
            {
                buffer.Clear();
                _position += buffer.Length;
                return buffer.Length;
            }
        }

        if (_remaining == 0)
        {
            return 0;
        }

        var count = _input.Read(buffer[..(int)Math.Min(buffer.Length, _remaining)]);
        if (count == 0 && !buffer.IsEmpty)
        {
            throw Invalid(_input.Position, $"it ends {_remaining} bytes before the end of '{_current?.Path}'");
        }

        _remaining -= count;
        _position += count;
        return count;
    }

    private void SkipContent()
    {
        var skip = _remaining + _padding;
        if (skip > 0 && !_input.TrySkip(skip))
        {
            throw Invalid(_input.Position, $"it ends inside of '{_current?.Path}'");
        }

        _remaining = 0;
        _padding = 0;
    }

    /// <summary>Reads the next header block; false at the end of the archive.</summary>
    private bool ReadHeader(out TarHeader header, out long offset)
    {
        header = default;
        offset = _input.Position;
        Span<byte> block = stackalloc byte[TarFormat.BlockSize];
        var count = _input.ReadUpTo(block);
        if (count == 0)
        {
            return false;
        }

        if (count < TarFormat.BlockSize)
        {
            throw Invalid(_input.Position, "it ends inside of a header");
        }

        if (!block.ContainsAnyExcept((byte)0))
        {
            RequireEndOfArchive(block);
            HasEnd = true;
            return false;
        }

        header = TarHeader.Parse(block, offset);
        return true;
    }

    private void RequireEndOfArchive(Span<byte> block)
    {
        var offset = _input.Position;
        if (_input.ReadUpTo(block) > 0 && block.ContainsAnyExcept((byte)0))
        {
            throw Invalid(offset, "a zero block stands between entries");
        }
    }

    private void ReadExtension(in TarHeader header, long offset)
    {
        if (header.Size > TarFormat.MaximumExtendedHeader)
        {
            throw Invalid(offset, $"an extended header takes {header.Size} bytes; at most {TarFormat.MaximumExtendedHeader} are accepted");
        }

        var length = (int)header.Size;
        var total = length + TarFormat.Padding(length);
        var buffer = ArrayPool<byte>.Shared.Rent(total);
        try
        {
            if (_input.ReadUpTo(buffer.AsSpan(0, total)) < total)
            {
                throw Invalid(_input.Position, "it ends inside of an extended header");
            }

            _extended.Add(header.TypeFlag, buffer.AsSpan(0, length), offset);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private TarEntry Open(in TarHeader header, long offset)
    {
        var entry = _extended.Apply(header, offset);
        _remaining = entry.Size;
        _padding = TarFormat.Padding(entry.Size);
        _position = 0;
        var map = entry.Type != TarEntryType.File ? null
            : header.SparseBlock is { } block ? TarSparseHeaders.ReadOld(block, _remaining, _input, offset)
            : _extended.ReadSparseMap(ref _remaining, _input, offset);
        _current = entry = map is null ? entry : entry with { Size = map.Size, Sparse = map };
        ContentOffset = _input.Position;
        return entry;
    }

    internal static ZLayerException Invalid(long offset, string why)
        => new(ZLayerErrorKind.InvalidArchive, $"Reading a tar stream: {why} (offset {offset}).");
}
