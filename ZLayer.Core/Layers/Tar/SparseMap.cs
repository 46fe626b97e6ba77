namespace ZLayer.Core.Layers;

/// <summary>
/// Where the data of a file lies that is stored without its holes: in the old GNU format, or in the versions 0.0, 0.1 and 1.0 of the one in
/// PAX records (GNU tar manual, "Storing Sparse Files"). Everything else of the file is zero.
/// </summary>
internal sealed class SparseMap
{
    /// <summary>As long as a file of ext4 can be; a few bytes can claim more than any machine reads in a year.</summary>
    private const long MaximumSize = 16L << 40;

    private readonly List<Segment> _segments;

    private SparseMap(List<Segment> segments, long size)
    {
        _segments = segments;
        Size = size;
    }

    /// <summary>How many numbers a map may have.</summary>
    public static int MaximumNumbers => 1 << 20;

    /// <summary>The length of the file with its holes.</summary>
    public long Size { get; }

    /// <summary>Makes a map of offsets and lengths in turn.</summary>
    /// <param name="numbers">The numbers as the archive has them.</param>
    /// <param name="size">The length of the file with its holes.</param>
    /// <param name="stored">How many bytes of data follow.</param>
    /// <param name="offset">Where in the archive this is, for errors.</param>
    /// <exception cref="Errors.ZLayerException">InvalidArchive: the map contradicts itself or the data.</exception>
    public static SparseMap Create(IReadOnlyList<long> numbers, long size, long stored, long offset)
    {
        if (size is < 0 or > MaximumSize)
        {
            throw Invalid(offset, $"it would have {size} bytes");
        }

        if (numbers.Count % 2 != 0)
        {
            throw Invalid(offset, "its map has an offset without a length");
        }

        var segments = new List<Segment>(numbers.Count / 2);
        var (end, data) = (0L, 0L);
        for (var i = 0; i < numbers.Count; i += 2)
        {
            var (start, length) = (numbers[i], numbers[i + 1]);
            if (start < end || length < 0 || start > size || length > size - start)
            {
                throw Invalid(offset, "the parts of its map overlap or lie outside of it");
            }

            if (length > 0)
            {
                segments.Add(new Segment(start, length, data));
            }

            (end, data) = (start + length, data + length);
        }

        return data == stored
            ? new SparseMap(segments, size)
            : throw Invalid(offset, $"its map describes {data} bytes, and {stored} are stored");
    }

    /// <summary>What is at a position, for how many bytes, and where the data is among what is stored; -1 for a hole.</summary>
    public (long Length, long Stored) RunAt(long position)
    {
        var (low, high) = (0, _segments.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _segments[middle].End <= position ? (middle + 1, high) : (low, middle);
        }

        return low == _segments.Count ? (Size - position, -1)
            : _segments[low].Start > position ? (_segments[low].Start - position, -1)
            : (_segments[low].End - position, _segments[low].Stored + position - _segments[low].Start);
    }

    public static Errors.ZLayerException Invalid(long offset, string why)
        => LayerTarReader.Invalid(offset, $"a sparse file is damaged: {why}");

    private readonly record struct Segment(long Start, long Length, long Stored)
    {
        public long End => Start + Length;
    }
}
