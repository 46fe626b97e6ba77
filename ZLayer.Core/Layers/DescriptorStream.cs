namespace ZLayer.Core.Layers;

/// <summary>Reads an open file by its descriptor, and closes it.</summary>
internal sealed class DescriptorStream(int descriptor, string path) : Stream
{
    private int _descriptor = descriptor;

    public int Descriptor => _descriptor;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer) => LinuxFiles.Read(_descriptor, buffer, path);

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (_descriptor >= 0)
        {
            LinuxFiles.Close(_descriptor);
            _descriptor = -1;
        }

        base.Dispose(disposing);
    }
}
