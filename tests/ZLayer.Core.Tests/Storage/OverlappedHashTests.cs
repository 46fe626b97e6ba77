using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Tests.Storage;

public sealed class OverlappedHashTests
{
    [Theory]
    [InlineData(0, 1, false)]
    [InlineData(1_048_575, 4096, false)]
    [InlineData(1_048_577, 1_048_577, false)]
    [InlineData(5_000_000, 4097, false)]
    [InlineData(9_000_001, 700_001, false)]
    [InlineData(9_000_001, 700_001, true)]
    public void Content_of_any_size_in_blocks_of_any_size_has_its_digest(int size, int block, bool isInline)
    {
        var content = TemporaryStore.RandomBytes(size, 1);
        using var hash = new OverlappedHash(default) { IsInline = isInline };
        for (var round = 0; round < 2; round++)
        {
            foreach (var part in content.Chunk(block))
            {
                hash.Append(part);
            }

            Assert.Equal(Digest.Of(content), hash.Finish());
        }
    }

    [Fact]
    public void The_algorithm_is_that_of_the_model()
    {
        var content = TemporaryStore.RandomBytes(3_000_000, 2);
        using var hash = new OverlappedHash(TemporaryStore.Sha512([]));
        hash.Append(content.AsSpan(0, 10));
        hash.Append(content.AsSpan(10));
        Assert.Equal(TemporaryStore.Sha512(content), hash.Finish());
    }

    [Fact]
    public void Giving_up_in_the_middle_is_no_problem()
    {
        var hash = new OverlappedHash(default);
        hash.Append(TemporaryStore.RandomBytes(5_000_000, 3));
        hash.Dispose();
        hash.Dispose();
    }
}
