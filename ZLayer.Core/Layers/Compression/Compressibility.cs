using System.Buffers.Binary;

namespace ZLayer.Core.Layers;

/// <summary>
/// Tells what deflate would not make smaller: archives, pictures, media, encrypted and random content. Trying it costs more than anything
/// else, and storing costs nothing. Whole numbers decide, so that every machine decides the same.
/// </summary>
internal static class Compressibility
{
    /// <summary>Content is judged in blocks of this length; a shorter rest is judged with what is before it.</summary>
    public const int BlockSize = 64 * 1024;

    private const int MinimumRest = BlockSize / 4;

    // Repeats are found by words of 8 bytes: those at each 32nd byte are remembered, and looked for in an eighth of the block. Short ones
    // are missed.
    private const int AnchorDistance = 32;
    private const int StripeDistance = 1024;
    private const int StripeLength = StripeDistance / 8;
    private const int TableBits = 12;

    /// <summary>How long the start of <paramref name="content"/> is that is of one kind, and which kind.</summary>
    public static int FindRun(ReadOnlySpan<byte> content, out bool isIncompressible)
    {
        var length = NextBlock(content);
        isIncompressible = IsIncompressible(content[..length]);
        while (length < content.Length)
        {
            var block = NextBlock(content[length..]);
            if (IsIncompressible(content.Slice(length, block)) != isIncompressible)
            {
                break;
            }

            length += block;
        }

        return length;
    }

    private static int NextBlock(ReadOnlySpan<byte> content) => content.Length < BlockSize + MinimumRest ? content.Length : BlockSize;

    private static bool IsIncompressible(ReadOnlySpan<byte> block)
        => block.Length >= MinimumRest && HasEvenValues(block) && CountRepeated(block) < block.Length / 64;

    // The sum of the squared frequencies is n²/256 where all values are equally frequent. At 17/16 of it, coding values by their frequency
    // saves 0.5 %.
    private static bool HasEvenValues(ReadOnlySpan<byte> block)
    {
        // Two tables: the same value twice in a row does not wait for itself.
        Span<int> even = stackalloc int[256];
        Span<int> odd = stackalloc int[256];
        even.Clear();
        odd.Clear();
        var i = 0;
        for (; i + 1 < block.Length; i += 2)
        {
            even[block[i]]++;
            odd[block[i + 1]]++;
        }

        if (i < block.Length)
        {
            even[block[i]]++;
        }

        var squares = 0L;
        for (var value = 0; value < 256; value++)
        {
            long count = even[value] + odd[value];
            squares += count * count;
        }

        return squares * 256 * 16 <= (long)block.Length * block.Length * 17;
    }

    private static int CountRepeated(ReadOnlySpan<byte> block)
    {
        Span<ushort> anchors = stackalloc ushort[1 << TableBits];
        anchors.Clear();
        var repeated = 0;
        var known = 0;
        for (var position = AnchorDistance; position + sizeof(ulong) <= block.Length;)
        {
            for (; known < position; known += AnchorDistance)
            {
                anchors[Slot(Word(block, known))] = (ushort)(known / AnchorDistance);
            }

            var word = Word(block, position);
            var candidate = anchors[Slot(word)] * AnchorDistance;
            var length = Word(block, candidate) == word ? block[position..].CommonPrefixLength(block[candidate..]) : 0;
            repeated += length;
            position += Math.Max(length, 1);
            var inStripe = position & (StripeDistance - 1);
            position += inStripe < StripeLength ? 0 : StripeDistance - inStripe;
        }

        return repeated;
    }

    private static ulong Word(ReadOnlySpan<byte> block, int position) => BinaryPrimitives.ReadUInt64LittleEndian(block[position..]);

    private static int Slot(ulong word) => (int)((word * 0x9E3779B97F4A7C15) >> (64 - TableBits));
}
