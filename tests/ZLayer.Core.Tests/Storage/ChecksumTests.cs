using ZLayer.Core.Storage.Remembered;

namespace ZLayer.Core.Tests.Storage;

public sealed class ChecksumTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(100)]
    public void Every_changed_bit_every_zero_more_and_every_byte_less_shows(int length)
    {
        var data = new byte[length];
        new Random(length).NextBytes(data);
        var checksum = new byte[Checksum.Size];
        Checksum.Write(data, checksum);
        Assert.True(Checksum.Matches(data, checksum));

        for (var bit = 0; bit < length * 8; bit++)
        {
            data[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(Checksum.Matches(data, checksum));
            data[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.False(Checksum.Matches([.. data, 0], checksum));
        Assert.False(Checksum.Matches([.. data, .. new byte[32]], checksum));
        Assert.All(Enumerable.Range(0, length), shorter => Assert.False(Checksum.Matches(data.AsSpan(0, shorter), checksum)));
    }

    [Fact]
    public void Words_that_change_places_show()
    {
        var data = Enumerable.Range(0, 128).Select(i => (byte)i).ToArray();
        var checksum = new byte[Checksum.Size];
        Checksum.Write(data, checksum);
        byte[] swapped = [.. data[32..64], .. data[..32], .. data[64..]];
        Assert.False(Checksum.Matches(swapped, checksum));
        swapped = [.. data[8..16], .. data[..8], .. data[16..]];
        Assert.False(Checksum.Matches(swapped, checksum));
    }
}
