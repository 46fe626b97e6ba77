using System.Security.Cryptography;
using ZLayer.Core.Errors;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Tests.Layers;

public sealed class DigestStreamTests
{
    private static readonly byte[] Content = RandomNumberGenerator.GetBytes(100_000);

    [Fact]
    public async Task What_is_read_is_hashed_and_counted()
    {
        await using var stream = new DigestStream(new MemoryStream(Content));
        await stream.ReadExactlyAsync(new byte[1234]);
        stream.ReadExactly(new byte[10]);
        Assert.Equal(Digest.Of(Content.AsSpan(0, 1244)), stream.CurrentDigest);
        stream.Drain();
        Assert.Equal(Content.Length, stream.ByteCount);
        stream.Verify(Digest.Of(Content), Content.Length, "the content");
    }

    [Fact]
    public async Task What_is_written_is_hashed_and_passed_on()
    {
        var output = new MemoryStream();
        await using (var stream = new DigestStream(output, HashAlgorithmName.SHA512, leaveOpen: true))
        {
            stream.Write(Content.AsSpan(0, 50));
            await stream.WriteAsync(Content.AsMemory(50));
            Assert.Equal(Digest.FromSha512(SHA512.HashData(Content)), stream.CurrentDigest);
        }

        Assert.Equal(Content, output.ToArray());
    }

    [Fact]
    public void Wrong_content_and_wrong_size_are_a_digest_mismatch()
    {
        using var stream = new DigestStream(new MemoryStream(Content));
        stream.Drain();
        var wrongDigest = Assert.Throws<ZLayerException>(() => stream.Verify(Digest.Of([]), null, "layer 1"));
        var wrongSize = Assert.Throws<ZLayerException>(() => stream.Verify(Digest.Of(Content), 5, "layer 1"));
        Assert.Equal(ZLayerErrorKind.DigestMismatch, wrongDigest.Kind);
        Assert.Equal(ZLayerErrorKind.DigestMismatch, wrongSize.Kind);
        Assert.Contains("layer 1", wrongDigest.Message, StringComparison.Ordinal);
    }
}
