using System.Globalization;
using ZLayer.Core.Layers;
using ZLayer.Core.Storage;
using ZLayer.Core.Tests.Builds;

namespace ZLayer.Core.Tests.Faults;

/// <summary>Builds, compressions and collections of layers in pieces, killed beside each other.</summary>
public sealed class KilledPiecesTests
{
    private const int FileCount = 60;

    private readonly Random _random = new(14);

    [SkippableFact]
    public async Task Killing_builds_and_collections_at_any_moment_leaves_no_layer_in_parts()
    {
        Skip.IfNot(CommandLine.IsBuilt, CommandLine.WhyNot);
        await using var fixture = new BuildFixture();
        fixture.Write("Dockerfile", "FROM scratch\nCOPY files /files\n");
        for (var file = 0; file < FileCount; file++)
        {
            Change(fixture, file);
        }

        string[] build = ["build", "-t", "killed:1", "--output", $"type=oci,dest={Path.Combine(fixture.Context, "..", "image.tar")}", fixture.Context];
        var root = fixture.Engine.Layout.Root;
        for (var round = 0; round < 10; round++)
        {
            Change(fixture, _random.Next(FileCount));
            using (var first = CommandLine.Start(root, build))
            using (var second = CommandLine.Start(root, ["prune"]))
            {
                await Task.Delay(_random.Next(100, 900));
                first.Kill();
                await first.EndAsync();
                second.Kill();
                await second.EndAsync();
            }

            if (Directory.Exists(fixture.Engine.Layout.Blobs))
            {
                StoreChecks.AssertWhole(fixture.Engine);
            }
        }

        var last = await CommandLine.RunAsync(root, ["build", "-t", "killed:1", fixture.Context]);
        Assert.True(last.ExitCode == 0, last.Error);
        var layer = fixture.Engine.Images.Get("killed:1").Config.RootFs.DiffIds[0];
        Assert.True(fixture.Engine.Content.TryReadPieces(layer)?.Groups.Count > 2, "the layer is in pieces");
        fixture.Engine.Layers.EnsureBlob(layer, LayerCompression.Zstd);
        await fixture.Engine.PruneAsync(
            new PruneOptions { Images = ImagePruning.Dangling, Layers = true, BuildCache = true });
        StoreChecks.AssertTidy(fixture.Engine);
        StoreChecks.AssertWhole(fixture.Engine);
        using var tar = fixture.Engine.Layers.OpenTar(layer);
        Assert.Equal(FileCount + 1, Tests.Layers.Tars.Read(tar).Count);
    }

    // 200 KB each, so that the layer has several pieces.
    private void Change(BuildFixture fixture, int file)
    {
        var content = new byte[200_000];
        _random.NextBytes(content);
        fixture.Write(string.Create(CultureInfo.InvariantCulture, $"files/{file}"), Convert.ToBase64String(content));
    }
}
