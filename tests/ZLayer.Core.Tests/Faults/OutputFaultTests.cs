using ZLayer.Core.Builds;
using ZLayer.Core.Errors;
using ZLayer.Core.Exporters;
using ZLayer.Core.Images;
using ZLayer.Core.Oci;
using ZLayer.Core.Tests.Builds;
using ZLayer.Core.Tests.Layers;

namespace ZLayer.Core.Tests.Faults;

/// <summary>What leaves the store and what comes in, with hostile images and full disks.</summary>
public sealed class OutputFaultTests
{
    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_image_whose_link_leads_out_cannot_write_through_it(bool asSave)
    {
        Skip.IfNot(OperatingSystem.IsLinux() && Environment.UserName == "root", "needs root to make what images hold");
        await using var fixture = new BuildFixture();
        var outside = fixture.PathOf("outside");
        Directory.CreateDirectory(outside);
        await File.WriteAllTextAsync(Path.Combine(outside, "kept"), "kept");
        AddHostile(fixture.Engine, outside);
        var destination = fixture.PathOf("exported");
        try
        {
            if (asSave)
            {
                await fixture.Engine.SaveAsync(["hostile:1"], new SaveOptions { Path = destination, Format = SaveFormat.Directory });
            }
            else
            {
                await fixture.BuildAsync("FROM hostile:1\n", new BuildOptions { Outputs = [ExporterSpecification.Parse($"type=local,dest={destination}")] });
            }

            // Where the link leads, seen from the image's root, as for Docker.
            Assert.Equal("evil", await File.ReadAllTextAsync(destination + outside + "/evil"));
        }
        catch (ZLayerException e)
        {
            Assert.Equal(ZLayerErrorKind.InvalidArchive, e.Kind);
        }

        Assert.Equal(["kept"], Directory.EnumerateFileSystemEntries(outside).Select(Path.GetFileName));
        Assert.Equal("kept", await File.ReadAllTextAsync(Path.Combine(outside, "kept")));
    }

    [SkippableFact]
    public async Task A_step_on_an_image_whose_link_leads_out_stays_inside()
    {
        Skip.IfNot(BuildFixture.CanRun, BuildFixture.WhyNot);
        await using var fixture = new BuildFixture();
        var outside = fixture.PathOf("outside");
        Directory.CreateDirectory(outside);
        AddHostile(fixture.Engine, outside);
        BuildFixture.AddBase(fixture.Engine);
        var result = await fixture.BuildAsync(
            $"FROM hostile:1 AS h\nFROM {BuildFixture.Base}\nRUN --mount=type=bind,from=h,target=/h cat /h{outside}/evil > /got\n", new BuildOptions { Network = BuildNetwork.None });
        Assert.Equal("evil", fixture.Merged(result)["got"].Content);
        Assert.Empty(Directory.EnumerateFileSystemEntries(outside));
    }

    [SkippableTheory]
    [InlineData("save")]
    [InlineData("save docker")]
    [InlineData("save directory")]
    [InlineData("tar")]
    [InlineData("local")]
    [InlineData("oci")]
    public async Task An_output_that_does_not_fit_is_StorageFull_and_leaves_no_file(string how)
    {
        await using var fixture = new BuildFixture();
        using var disk = SmallDisk.Mount(fixture.PathOf("disk"), 8);
        disk.FillUpTo(1 << 20);
        await File.WriteAllBytesAsync(Path.Combine(fixture.Context, "noise"), Noise(3_000_000));
        const string Text = "FROM scratch\nCOPY noise /\n";
        await fixture.BuildAsync(Text, new BuildOptions { Tags = [ImageReference.Parse("x:1")] });
        var destination = fixture.PathOf("disk/out");
        var error = await Assert.ThrowsAsync<ZLayerException>(() => how switch
        {
            "save" => fixture.Engine.SaveAsync(["x:1"], new SaveOptions { Path = destination }),
            "save docker" => fixture.Engine.SaveAsync(["x:1"], new SaveOptions { Path = destination, Format = SaveFormat.DockerArchive }),
            "save directory" => fixture.Engine.SaveAsync(["x:1"], new SaveOptions { Path = destination, Format = SaveFormat.OciDirectory }),
            _ => fixture.BuildAsync(Text, new BuildOptions { Outputs = [ExporterSpecification.Parse($"type={how},dest={destination}")] }),
        });
        Assert.Equal(ZLayerErrorKind.StorageFull, error.Kind);
        if (how is not ("local" or "save directory"))
        {
            Assert.Equal(["ballast"], Directory.EnumerateFileSystemEntries(disk.Path).Select(Path.GetFileName));
        }

        StoreChecks.AssertTidy(fixture.Engine);
    }

    [SkippableTheory]
    [InlineData("load")]
    [InlineData("import")]
    public async Task An_archive_that_does_not_fit_is_StorageFull_and_comes_in_when_there_is_space(string how)
    {
        await using var fixture = new BuildFixture();
        using var disk = SmallDisk.Mount(fixture.PathOf("disk"), 16);
        await File.WriteAllBytesAsync(Path.Combine(fixture.Context, "noise"), Noise(3_000_000));
        await fixture.BuildAsync("FROM scratch\nCOPY noise /\n", new BuildOptions { Tags = [ImageReference.Parse("x:1")] });
        var archive = fixture.PathOf("archive.tar");
        await fixture.Engine.SaveAsync(["x:1"], new SaveOptions { Path = archive, Format = how == "load" ? SaveFormat.OciArchive : SaveFormat.RootFsTar });
        foreach (var free in (int[])[0, 8192, 65536, 1 << 20])
        {
            await using var engine = fixture.CreateEngine("disk/root-" + free);
            disk.FillUpTo(free);
            var error = await Assert.ThrowsAsync<ZLayerException>(() => BringInAsync(engine, how, archive));
            Assert.Equal(ZLayerErrorKind.StorageFull, error.Kind);
            disk.Free();
            Assert.Empty(engine.Images.List());
            await BringInAsync(engine, how, archive);
            Assert.Single(engine.Images.List());
            StoreChecks.AssertWhole(engine);
            StoreChecks.AssertTidy(engine);
            Directory.Delete(engine.Layout.Root, recursive: true);
        }
    }

    [Fact]
    public async Task A_build_without_a_name_stays_until_it_is_pruned()
    {
        await using var fixture = new BuildFixture();
        fixture.Write("a", "1");
        var result = await fixture.BuildAsync("FROM scratch\nCOPY a /\n");
        await fixture.Engine.PruneAsync(new ZLayer.Core.Storage.PruneOptions { Layers = true, BuildCache = true });
        Assert.Equal(result.ImageId, fixture.Engine.Images.Get(result.ImageId.ToString()).ConfigDigest);
        StoreChecks.AssertComplete(fixture.Engine, fixture.Engine.Images.GetTarget(result.Digest.ToString()));
        await fixture.Engine.PruneAsync(new ZLayer.Core.Storage.PruneOptions { Images = ZLayer.Core.Storage.ImagePruning.Dangling });
        Assert.Null(fixture.Engine.Images.Find(result.Digest.ToString()));
    }

    [SkippableFact]
    public async Task An_ignore_file_that_cannot_be_read_is_told()
    {
        Skip.IfNot(CommandLine.IsBuilt, CommandLine.WhyNot);
        Skip.IfNot(OperatingSystem.IsLinux() && Environment.UserName == "root" && Tests.Layers.Program.Exists("setpriv"), "needs root and setpriv");
        await using var fixture = new BuildFixture();
        fixture.Write("Dockerfile", "FROM scratch\nCOPY . /app\n");
        fixture.Write(".dockerignore", "x\n");
        File.SetUnixFileMode(Path.Combine(fixture.Context, ".dockerignore"), UnixFileMode.None);
        ContextFaultTests.OpenToNobody(fixture);
        var ended = await CommandLine.RunAsync(fixture.PathOf("ofnobody"), ["build", fixture.Context], prefix: ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]);
        Assert.Equal(1, ended.ExitCode);
        Assert.DoesNotContain("internal error", ended.Error, StringComparison.Ordinal);
        Assert.Contains(".dockerignore", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_config_that_nobody_could_read_back_is_refused()
    {
        await using var fixture = new BuildFixture();
        var labels = new Dictionary<string, string> { ["large"] = new('x', OciJson.MaximumDocumentSize + 1) };
        var error = await Assert.ThrowsAsync<ZLayerException>(
            () => fixture.BuildAsync("FROM scratch\nLABEL a=b\n", new BuildOptions { Labels = labels, Tags = [ImageReference.Parse("x:1")] }));
        Assert.True(error.Kind is ZLayerErrorKind.InvalidManifest or ZLayerErrorKind.InvalidArgument, error.ToString());
        Assert.Null(fixture.Engine.Images.Find("x:1"));
    }

    [Fact]
    public async Task Many_stages_on_each_other_are_built()
    {
        await using var fixture = new BuildFixture();
        fixture.Write("a", "1");
        var text = "FROM scratch AS s0\nCOPY a /\n" + string.Concat(Enumerable.Range(1, 300).Select(i => $"FROM s{i - 1} AS s{i}\nLABEL l{i}={i}\n"));
        var result = await fixture.BuildAsync(text);
        Assert.Equal(300, fixture.Load(result).Config.Config!.Labels!.Count);
    }

    private static async Task BringInAsync(ZLayerEngine engine, string how, string archive)
    {
        if (how == "load")
        {
            await engine.LoadAsync(archive);
            return;
        }

        await using var tar = File.OpenRead(archive);
        await engine.ImportRootFsAsync(tar, new RootFsImportOptions { Tag = ImageReference.Parse("x:1") });
    }

    private static byte[] Noise(int length)
    {
        var bytes = new byte[length];
        new Random(5).NextBytes(bytes);
        return bytes;
    }

    // The lower layer has a link out, the upper one a file below it.
    private static void AddHostile(ZLayerEngine engine, string outside)
    {
        engine.Layout.EnsureCreated();
        Digest[] layers =
        [
            engine.Content.Write(Tars.Write(tar => tar.WriteEntry(Tars.SymbolicLink("d", outside)))),
            engine.Content.Write(Tars.Write(tar => tar.Text("d/evil", "evil"))),
        ];
        var config = OciJson.Serialize(new ImageConfig { Os = "linux", Architecture = Platform.Host.Architecture, RootFs = new RootFs { DiffIds = layers } });
        var manifest = OciJson.Serialize(new ImageManifest
        {
            MediaType = MediaTypes.OciManifest,
            Config = new Descriptor { MediaType = MediaTypes.OciConfig, Digest = engine.Content.Write(config), Size = config.Length },
            Layers = [.. layers.Select(l => new Descriptor { MediaType = MediaTypes.OciLayer, Digest = l, Size = engine.Content.GetSize(l)!.Value })],
        });
        engine.References.Set(
            ImageReference.Parse("hostile:1"),
            new Descriptor { MediaType = MediaTypes.OciManifest, Digest = engine.Content.Write(manifest), Size = manifest.Length });
    }
}
