using ZLayer.Core.Foundation.Linux;
using ZLayer.Core.Foundation.Streams;

namespace ZLayer.Core.Layers;

/// <summary>Reads an open file by its descriptor, and closes it.</summary>
internal sealed class DescriptorStream(int descriptor, string path) : ForwardStream
{
    private int _descriptor = descriptor;

    public int Descriptor => _descriptor;

    public override bool CanRead => true;

    public override int Read(Span<byte> buffer) => LinuxFiles.Read(_descriptor, buffer, path);

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
