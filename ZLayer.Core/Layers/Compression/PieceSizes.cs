namespace ZLayer.Core.Layers;

/// <summary>
/// Where pieces of a layer may end. These numbers and the rules in <see cref="PieceCutter"/> decide the bytes of every compressed layer:
/// changing them changes digests.
/// </summary>
/// <param name="Minimum">No piece is cut shorter than this, except around files larger than <paramref name="Maximum"/>.</param>
/// <param name="Spread">How many bytes follow the minimum on average before a cut is found.</param>
/// <param name="Maximum">No piece is longer.</param>
internal readonly record struct PieceSizes(int Minimum, int Spread, int Maximum)
{
    /// <summary>
    /// 1 MiB to 8 MiB, 4 MiB on average: long enough to compress as well as the whole (within 0.5 %), short enough to be recompressed at
    /// once.
    /// </summary>
    public static PieceSizes Default => new(1 << 20, 3 << 20, 8 << 20);

    /// <summary>Whether a piece ends before an entry.</summary>
    /// <param name="length">The length of the piece so far.</param>
    /// <param name="afterLargeFile">Whether it ends with a file that was too long for one piece.</param>
    /// <param name="path">The hash of the entry's path.</param>
    /// <param name="total">The bytes of the entry, with headers and padding.</param>
    public bool CutsBefore(long length, bool afterLargeFile, ulong path, long total)
        => afterLargeFile || total > Maximum || length + total > Maximum
            || (length >= Minimum && (path >> 32) * (ulong)Spread < (ulong)total << 32);
}
