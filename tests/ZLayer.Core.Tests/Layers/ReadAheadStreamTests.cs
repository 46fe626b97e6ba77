using ZLayer.Core.Layers;

namespace ZLayer.Core.Tests.Layers;

public sealed class ReadAheadStreamTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(256 * 1024)]
    [InlineData(5_000_000)]
    public void Everything_comes_in_order(int length)
    {
        var content = new byte[length];
        new Random(length).NextBytes(content);
        using var stream = new ReadAheadStream(new TrickleStream(content, 1));
        var read = new MemoryStream();
        stream.CopyTo(read, 10_000);
        Assert.Equal(content, read.ToArray());
        Assert.Equal(0, stream.Read(new byte[1]));
    }

    [Fact]
    public void Stopping_early_leaves_the_inner_stream_open_and_unused()
    {
        var inner = new MemoryStream(new byte[50_000_000]);
        using (var stream = new ReadAheadStream(inner))
        {
            stream.ReadExactly(new byte[100]);
        }

        var position = inner.Position;
        Assert.InRange(position, 100, 3_000_000);
        Thread.Sleep(20);
        Assert.Equal(position, inner.Position);
    }

    [Fact]
    public void An_error_comes_behind_what_was_read_before_it()
    {
        using var stream = new ReadAheadStream(new FailingStream());
        Assert.Equal(256 * 1024, stream.ReadAtLeast(new byte[256 * 1024], 256 * 1024));
        Assert.Throws<IOException>(() => stream.Read(new byte[1]));
    }

    private sealed class FailingStream : MemoryStream
    {
        private int _left = 256 * 1024;

        public override int Read(Span<byte> buffer)
        {
            if (_left == 0)
            {
                throw new IOException("broken");
            }

            var count = Math.Min(buffer.Length, _left);
            _left -= count;
            return count;
        }
    }
}
