using System.Globalization;
using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Tests.Builds;

namespace ZLayer.Core.Tests.Faults;

/// <summary>Contexts that are deep, wide or large.</summary>
public sealed class LargeBuildTests
{
    private const long MemoryLimit = 250_000_000;

    [SkippableFact]
    public async Task A_path_of_four_thousand_characters_is_copied_and_told_where_it_cannot_be_unpacked()
    {
        Skip.IfNot(Tests.Layers.Program.Exists("sh"), "needs sh");
        await using var fixture = new BuildFixture();
        var segment = new string('d', 199);
        var deep = string.Join('/', Enumerable.Repeat(segment, 20)); // 3,999 characters.
        Tests.Layers.Program.Run("sh", "-c", $"cd '{fixture.Context}' && for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19; do mkdir {segment} && cd {segment}; done && echo deep > {segment}");
        try
        {
            var result = await fixture.BuildAsync("FROM scratch AS a\nCOPY . /\nFROM scratch\nCOPY --from=a / /\n");
            Assert.Equal("deep\n", fixture.Merged(result)[deep].Content);
            Assert.Equal(20, fixture.Files(result).Length);
            // To be unpacked, the whole path with the data root's before it must stay below the kernel's limit.
            var error = Assert.Throws<ZLayerException>(() => fixture.Engine.Layers.EnsureDirectory(fixture.Load(result).Config.RootFs.DiffIds[0]));
            Assert.Equal(ZLayerErrorKind.InvalidArchive, error.Kind);
            Assert.Contains("too long", error.Message, StringComparison.Ordinal);
            StoreChecks.AssertTidy(fixture.Engine);
        }
        finally
        {
            Tests.Layers.Program.Run("rm", "-rf", fixture.Context, fixture.Engine.Layout.Layers);
        }
    }

    [SkippableFact]
    public async Task Fifty_thousand_small_files_fit_in_the_memory()
    {
        Skip.IfNot(CommandLine.IsBuilt, CommandLine.WhyNot);
        await using var fixture = new BuildFixture();
        for (var directory = 0; directory < 100; directory++)
        {
            var path = Path.Combine(fixture.Context, "files", directory.ToString(CultureInfo.InvariantCulture));
            Directory.CreateDirectory(path);
            for (var file = 0; file < 500; file++)
            {
                await File.WriteAllBytesAsync($"{path}/{file}", Encoding.ASCII.GetBytes($"{directory} {file}"));
            }
        }

        fixture.Write("Dockerfile", "FROM scratch AS a\nCOPY files /files\nFROM scratch\nCOPY --from=a /files /files\n");
        for (var round = 0; round < 2; round++)
        {
            using var command = CommandLine.Start(fixture.Engine.Layout.Root, ["build", "-t", "many:1", fixture.Context]);
            var (ended, peak) = await command.MeasureAsync();
            Assert.True(ended.ExitCode == 0, ended.Error);
            Assert.InRange(peak, 1, MemoryLimit);
        }

        var image = fixture.Engine.Images.Get("many:1");
        using var tar = fixture.Engine.Layers.OpenTar(image.Config.RootFs.DiffIds[0]);
        Assert.Equal(50_101, Tests.Layers.Tars.Read(tar).Count);
    }

    [SkippableFact]
    public async Task A_file_of_three_gigabytes_passes_through_little_memory()
    {
        Skip.IfNot(CommandLine.IsBuilt, CommandLine.WhyNot);
        await using var fixture = new BuildFixture();
        Skip.If(new DriveInfo(fixture.Context).AvailableFreeSpace < 8_000_000_000, "needs 8 GB of disk");
        const long Length = 3_221_225_472;
        await using (var file = new FileStream(Path.Combine(fixture.Context, "large"), FileMode.Create))
        {
            file.SetLength(Length);
        }

        fixture.Write("Dockerfile", "FROM scratch\nCOPY large /large\n");
        using var command = CommandLine.Start(fixture.Engine.Layout.Root, ["build", "-t", "large:1", fixture.Context]);
        var (ended, peak) = await command.MeasureAsync();
        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.InRange(peak, 1, MemoryLimit);
        var image = fixture.Engine.Images.Get("large:1");
        using var tar = fixture.Engine.Layers.OpenTar(image.Config.RootFs.DiffIds[0]);
        using var reader = new ZLayer.Core.Layers.LayerTarReader(tar);
        Assert.Equal(Length, reader.MoveNext()!.Size);
        Assert.Null(reader.MoveNext());
    }
}
