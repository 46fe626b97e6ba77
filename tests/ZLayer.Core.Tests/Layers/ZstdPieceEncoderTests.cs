using System.Text;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Tests.Layers;

/// <summary>The encoder of machines without libzstd: its frames are the same everywhere, and those of libzstd 1.5.7.</summary>
public sealed class ZstdPieceEncoderTests
{
    private const uint Pinned = 10507;

    [Theory]
    [InlineData(1, "e7f98cb4f9d0fa54")]
    [InlineData(3, "87673e4251452b3c")]
    [InlineData(9, "73b462fd65bbcff7")]
    [InlineData(19, "a530b0adb4a4878a")]
    public void Its_frames_never_change(int level, string golden)
    {
        var content = Content();
        using var encoder = new ManagedZstdPieceEncoder(level);

        var frame = Encode(encoder, content);

        Assert.Equal(golden, Digest.Of(frame).Hex[..16]);
        Assert.Equal(frame, Encode(encoder, content));
        using var decoded = Decompression.Open(new MemoryStream(frame));
        var back = new MemoryStream();
        decoded.CopyTo(back);
        Assert.Equal(content, back.ToArray());
    }

    [Fact]
    public void It_is_of_the_version_that_names_its_pieces() => Assert.Equal(Pinned, ManagedZstdPieceEncoder.VersionNumber);

    [SkippableFact]
    public void The_library_of_that_version_writes_the_same()
    {
        Skip.IfNot(Zstd.Installed?.VersionNumber == Pinned, "libzstd 1.5.7 is not installed");
        using var managed = new ManagedZstdPieceEncoder(3);
        using var native = new ZstdPieceEncoder(Zstd.Installed, 3);

        Assert.Equal(Encode(native, Content()), Encode(managed, Content()));
    }

    private static byte[] Encode(PieceEncoder encoder, byte[] content)
    {
        using var destination = new NativeBuffer(encoder.GetBound(content.Length));
        return destination.Span[..encoder.Encode(content, destination)].ToArray();
    }

    private static byte[] Content()
    {
        var random = new Random(7);
        var text = new StringBuilder();
        while (text.Length < 300_000)
        {
            text.Append(random.Next(100_000)).Append(" some words that repeat ").Append((char)random.Next(33, 126));
        }

        return Encoding.ASCII.GetBytes(text.ToString());
    }
}
