using System.Security.Cryptography;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Tests.Storage;

public sealed class ResumableSha256Tests
{
    [Fact]
    public void States_are_kept_where_openssl_is()
    {
        Assert.True(ResumableSha256.IsSupported || !OperatingSystem.IsLinux());
    }

    [SkippableTheory]
    [InlineData(64)]
    [InlineData(6400)]
    [InlineData(99_968)]
    public void A_hash_goes_on_behind_any_block(int place)
    {
        Skip.IfNot(ResumableSha256.IsSupported);
        var content = new byte[100_001];
        new Random(3).NextBytes(content);
        using var first = new ResumableSha256();
        first.Append(content.AsSpan(0, place));
        using var second = ResumableSha256.Resume(first.TrySave(), place);
        second.Append(content.AsSpan(place));

        Assert.Equal(SHA256.HashData(content), second.Finish());
        first.Append([1]);
        Assert.Empty(first.TrySave());
    }

    // The number of bits does not fit 32 of them from 512 MiB on.
    [SkippableFact]
    public void A_hash_goes_on_behind_more_than_half_a_gibibyte()
    {
        Skip.IfNot(ResumableSha256.IsSupported);
        const int Count = 600;
        var block = new byte[1 << 20];
        using var expected = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var first = new ResumableSha256();
        for (var i = 0; i < Count; i++)
        {
            expected.AppendData(block);
            first.Append(block);
        }

        using var second = ResumableSha256.Resume(first.TrySave(), (long)Count * block.Length);
        expected.AppendData("end"u8);
        second.Append("end"u8);

        Assert.Equal(expected.GetHashAndReset(), second.Finish());
    }
}
