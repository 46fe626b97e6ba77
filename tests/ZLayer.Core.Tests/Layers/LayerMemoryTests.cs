using System.Diagnostics;
using ZLayer.Core.Layers;

namespace ZLayer.Core.Tests.Layers;

/// <summary>Measures the whole process, so nothing else may run meanwhile.</summary>
[CollectionDefinition(nameof(LayerMemoryTests), DisableParallelization = true)]
[Collection(nameof(LayerMemoryTests))]
[Trait("Kind", "Integration")]
public sealed class LayerMemoryTests
{
    [Fact]
    public void Memory_does_not_grow_with_the_layer()
    {
        // 200 MB that compress badly, so that much is under way; the layer itself is never held.
        using var process = Process.GetCurrentProcess();
        new LayerCompressor(null, 2).Compress(new NoiseStream(20_000_000), Stream.Null, LayerCompression.Gzip, level: 1);
        process.Refresh();
        var before = process.WorkingSet64;
        var peak = 0L;
        var managed = GC.GetTotalAllocatedBytes(precise: true);
        var source = new NoiseStream(200_000_000, () =>
        {
            process.Refresh();
            peak = Math.Max(peak, process.WorkingSet64);
        });
        var result = new LayerCompressor(null, 2).Compress(source, Stream.Null, LayerCompression.Gzip, level: 1);
        Assert.Equal(200_000_000, result.TarSize);
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - managed, 0, 20_000_000);
        Assert.InRange(peak - before, long.MinValue, 110_000_000);
    }
}
