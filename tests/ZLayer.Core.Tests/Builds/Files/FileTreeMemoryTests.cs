using ZLayer.Core.Tests.Layers;

namespace ZLayer.Core.Tests.Builds.Files;

/// <summary>Measures the whole process, so nothing else may run meanwhile.</summary>
[Collection(nameof(LayerMemoryTests))]
public sealed class FileTreeMemoryTests : IDisposable
{
    private readonly CopyFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void Memory_does_not_grow_with_the_files()
    {
        using (var file = File.Create(Path.Combine(_fixture.Context, "large")))
        {
            file.SetLength(300_000_000);
        }

        using var tree = _fixture.OpenContext();
        var copy = _fixture.Prepare(tree, ["."], "/x");
        var before = GC.GetTotalAllocatedBytes(precise: true);

        copy.WriteLayer(Stream.Null, null);

        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 20_000_000);
    }
}
