namespace ZLayer.Core.Tests.Layers;

/// <summary>Random bytes of any length, which compress badly.</summary>
internal sealed class NoiseStream(long length, Action? onRead = null) : MemoryStream
{
    private readonly Random _random = new(1);
    private long _left = length;
    private int _reads;

    public override int Read(Span<byte> buffer)
    {
        if (++_reads % 64 == 0)
        {
            onRead?.Invoke();
        }

        var count = (int)Math.Min(buffer.Length, _left);
        _random.NextBytes(buffer[..count]);
        _left -= count;
        return count;
    }
}
