using System.IO.Compression;
using ZLayer.Core.Layers;

namespace ZLayer.Core.Tests.Layers;

public sealed class CompressibilityTests
{
    private const int Block = Compressibility.BlockSize;

    [Fact]
    public void Noise_and_what_was_compressed_are_incompressible()
    {
        Assert.True(IsIncompressible(Noise(1, Block)));
        Assert.True(IsIncompressible(Noise(2, Block / 4)));
        Assert.True(IsIncompressible(Gzip(Digits(1_000_000)).AsSpan(100, 3 * Block)));
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    public void Text_zeros_and_their_mixtures_with_noise_are_not(double share)
    {
        var noise = (int)(share * Block);
        Assert.False(IsIncompressible([.. Digits(Block - noise), .. Noise(3, noise)]));
        Assert.False(IsIncompressible([.. Noise(4, noise), .. new byte[Block - noise]]));
    }

    [Theory]
    [InlineData(2000)]
    [InlineData(1999)]
    [InlineData(30_001)]
    public void Noise_that_repeats_is_not(int period)
    {
        var noise = Noise(5, period);
        var content = new byte[Block];
        for (var i = 0; i < content.Length; i++)
        {
            content[i] = noise[i % period];
        }

        Assert.False(IsIncompressible(content));
    }

    [Theory]
    [InlineData(5_001, 20_000)]
    [InlineData(17, 63_000)]
    [InlineData(28_000, 31_400)]
    public void Noise_with_a_long_repeat_is_not_wherever_that_stands(int from, int to)
    {
        var content = Noise(6, Block + Block / 8);
        content.AsSpan(from, 500).CopyTo(content.AsSpan(to));
        Assert.True(IsIncompressible(content), "half a kilobyte is not worth trying");
        content.AsSpan(from, 3_000).CopyTo(content.AsSpan(to));
        Assert.False(IsIncompressible(content));
    }

    [Fact]
    public void Words_of_numbers_are_not()
    {
        // Each second byte is small, as in arrays of 16-bit numbers and in most code.
        var content = Noise(7, Block);
        for (var i = 0; i < content.Length; i += 2)
        {
            content[i] &= 0x3F;
        }

        Assert.False(IsIncompressible(content));
    }

    [Fact]
    public void What_is_too_short_to_tell_is_compressed() => Assert.False(IsIncompressible(Noise(8, Block / 4 - 1)));

    [Fact]
    public void Runs_end_where_the_kind_changes_and_a_short_rest_belongs_to_the_last()
    {
        byte[] content = [.. Digits(2 * Block), .. Noise(9, 3 * Block), .. Digits(100)];

        var first = Compressibility.FindRun(content, out var isFirstIncompressible);
        var second = Compressibility.FindRun(content.AsSpan(first), out var isSecondIncompressible);

        Assert.Equal((2 * Block, false), (first, isFirstIncompressible));
        Assert.Equal((3 * Block + 100, true), (second, isSecondIncompressible));
        Assert.Equal(0, Compressibility.FindRun([], out var isNothingIncompressible));
        Assert.False(isNothingIncompressible);
    }

    private static bool IsIncompressible(ReadOnlySpan<byte> content)
    {
        Assert.Equal(content.Length, Compressibility.FindRun(content, out var isIncompressible));
        return isIncompressible;
    }

    private static byte[] Noise(int seed, int length)
    {
        var content = new byte[length];
        new Random(seed).NextBytes(content);
        return content;
    }

    private static byte[] Digits(int length)
    {
        var random = new Random(length);
        var content = new byte[length];
        for (var i = 0; i < length; i++)
        {
            content[i] = (byte)random.Next('0', '9' + 1);
        }

        return content;
    }

    private static byte[] Gzip(byte[] content)
    {
        var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Optimal))
        {
            gzip.Write(content);
        }

        return output.ToArray();
    }
}
