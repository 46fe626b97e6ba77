namespace ZLayer.Core.Layers;

/// <summary>
/// Finds the cuts inside of a file that is too long for one piece: where a rolling hash of the last 64 bytes says so, so that an insertion
/// moves the cuts along.
/// </summary>
internal struct InsideCuts(PieceSizes sizes)
{
    private const int Window = 64;

    private static readonly ulong[] Gear = MakeGear();

    private int _scanned;
    private ulong _rolling;

    /// <summary>Begins anew, at a place of the current piece.</summary>
    public void Begin(int from)
    {
        // The window before the first place where a cut is allowed is enough.
        _scanned = Math.Max(from, sizes.Minimum - Window);
        _rolling = 0;
    }

    /// <summary>Looks for the end of the current piece in what was received of it; 0 when there is none yet.</summary>
    /// <param name="piece">The stream since the last cut.</param>
    /// <param name="until">Where the file ends, from the last cut: no cut is there or behind.</param>
    public int Find(ReadOnlySpan<byte> piece, long until)
    {
        var end = (int)Math.Min(Math.Min(piece.Length, until - 1), sizes.Maximum);
        var threshold = ulong.MaxValue / (ulong)sizes.Spread;
        var rolling = _rolling;
        for (var i = _scanned; i < end; i++)
        {
            rolling = (rolling << 1) + Gear[piece[i]];
            if (rolling < threshold && i + 1 >= sizes.Minimum)
            {
                return i + 1;
            }
        }

        _rolling = rolling;
        _scanned = Math.Max(_scanned, end);
        return end == sizes.Maximum ? end : 0;
    }

    /// <summary>A random number for each byte value, the same on every machine.</summary>
    private static ulong[] MakeGear()
    {
        var gear = new ulong[256];
        for (var i = 0; i < gear.Length; i++)
        {
            gear[i] = PiecePath.Mix((ulong)(i + 1) * 0x9E3779B97F4A7C15);
        }

        return gear;
    }
}
