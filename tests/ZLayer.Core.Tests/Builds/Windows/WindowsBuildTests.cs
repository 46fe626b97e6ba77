using System.Text;
using System.Text.Json;
using ZLayer.Core.Builds;
using ZLayer.Core.Builds.Events;
using ZLayer.Core.Errors;
using ZLayer.Core.Exporters;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Tests.Engines;
using ZLayer.Testing;

namespace ZLayer.Core.Tests.Builds.Windows;

/// <summary>Windows images built where there is no Windows.</summary>
public sealed class WindowsBuildTests(RegistryFixture registry) : IClassFixture<RegistryFixture>, IAsyncDisposable
{
    private const string Base = "win/base:1";
    private static readonly BuildOptions Windows = new() { Platforms = [Platform.Parse("windows/amd64")] };
    private readonly BuildFixture _build = new();
    private readonly WindowsBase _base = new("http://127.0.0.1:9/layers");

    [Fact]
    public async Task A_copy_onto_a_base_whose_layers_are_nowhere_makes_a_layer_that_Windows_reads()
    {
        _base.AddTo(_build.Engine, Base);
        _build.Write("bin/app.exe", "MZ");

        var result = await BuildAsync($"FROM {Base}\nCOPY bin C:\\App\\\n", Windows);

        var layer = _build.LastLayer(result);
        Assert.Equal(["Hives", "Files", "Files/App", "Files/App/app.exe"], layer.Keys);
        Assert.Equal("MZ", layer["Files/App/app.exe"].Content);
        Assert.Equal("16", layer["Hives"].Entry.PaxRecords!["MSWINDOWS.fileattr"]);
        Assert.False(layer["Files"].Entry.PaxRecords!.ContainsKey("MSWINDOWS.rawsd"));
        var file = layer["Files/App/app.exe"].Entry.PaxRecords!;
        Assert.Equal("32", file["MSWINDOWS.fileattr"]);
        Assert.Equal(
            "AQAEgBQAAAAkAAAAAAAAADAAAAABAgAAAAAABSAAAAAgAgAAAQEAAAAAAAUSAAAAAgBMAAMAAAAAABgA/wEfAAECAAAAAAAFIAAAACACAAAAABQA/wEfAAEBAAAAAAAFEgAAAAAAGACpABIAAQIAAAAAAAUgAAAAIQIAAA==",
            file["MSWINDOWS.rawsd"]);
        Assert.Equal(layer["Files/App/app.exe"].Entry.ModificationTime.ToUnixTimeSeconds().ToString(), file["LIBARCHIVE.creationtime"]);
        var config = _build.Load(result).Config;
        Assert.Equal(3, config.RootFs.DiffIds.Count);
        Assert.Equal(("windows", WindowsBase.OsVersion), (config.Os, config.OsVersion));
        Assert.Equal(["Apply image", "Install update", "COPY bin C:\\App\\"], config.History!.Select(h => h.CreatedBy));
    }

    [Fact]
    public async Task The_manifest_keeps_the_foreign_entries_byte_for_byte_and_the_built_layer_has_no_urls()
    {
        _base.AddTo(_build.Engine, Base);
        _build.Write("a", "1");

        foreach (var format in (ImageFormat[])[ImageFormat.Oci, ImageFormat.Docker])
        {
            var result = await BuildAsync($"FROM {Base}\nCOPY a /a\n", Windows with { Format = format });

            var text = Encoding.UTF8.GetString(_build.Load(result).ManifestBytes.Span);
            Assert.All(_base.Entries, entry => Assert.Contains(entry, text, StringComparison.Ordinal));
            using var json = JsonDocument.Parse(text);
            Assert.False(json.RootElement.GetProperty("layers")[2].TryGetProperty("urls", out _));
        }
    }

    [Fact]
    public async Task A_push_sends_what_was_built_then_the_config_then_the_manifest()
    {
        _base.AddTo(_build.Engine, Base);
        _build.Write("a", "1");
        var result = await BuildAsync($"FROM {Base}\nCOPY a /a\n", Windows);
        var target = new RecordingPushTarget();
        var engine = _build.Engine;
        var pusher = new ImagePusher(
            target, new RegistryOptions(), new Core.Storage.StoreParts(engine.Content, engine.References, engine.Layers, new Core.Storage.LeaseStore(engine.Layout)), new BlobOrigins(engine.Layout));
        var destination = ImageReference.Parse("registry.example/win/app:1");

        await pusher.PushAsync(_build.Load(result).ManifestDescriptor, destination, new PushOptions());

        var manifest = target.Manifests[destination.ToString()];
        var pushed = OciJson.ParseManifest(manifest.Bytes, "pushed");
        Assert.Equal([$"blob {pushed.Layers[2].Digest}", $"blob {pushed.Config.Digest}", $"manifest {destination}"], target.Operations);
        Assert.Equal(MediaTypes.OciLayerGzip, pushed.Layers[2].MediaType);
        Assert.All(_base.Entries, entry => Assert.Contains(entry, Encoding.UTF8.GetString(manifest.Bytes), StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task A_real_registry_takes_the_image_without_its_foreign_layers_for_every_tag()
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        _base.AddTo(_build.Engine, Base);
        _build.Write("a", "1");
        var tags = ((string[])["1", "2"]).Select(t => ImageReference.Parse($"{registry.Registry}/win/pushed:{t}")).ToArray();

        var result = await BuildAsync($"FROM {Base}\nCOPY a /a\n", Windows with { Tags = tags, Push = true });

        Assert.Equal(2, result.Pushes.Count);
        Assert.Equal(result.Pushes[0].Digest, result.Digest);
        foreach (var tag in tags)
        {
            Assert.Equal("windows", (await _build.Engine.InspectRemoteAsync(tag, Platform.Parse("windows/amd64"))).Config.Os);
        }

        var raw = await Programs.RunAsync("skopeo", "inspect", "--raw", "--tls-verify=false", $"docker://{tags[1]}");
        Skip.If(Programs.Find("skopeo") is null, "skopeo is not installed");
        Assert.All(_base.Entries, entry => Assert.Contains(entry, raw.Output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Files_go_from_Windows_stages_to_Linux_stages_and_back()
    {
        _build.Write("ctx.txt", "content");

        var result = await BuildAsync(
            """
            FROM --platform=windows/amd64 scratch AS win
            COPY ctx.txt C:\Data\Ctx.txt
            FROM --platform=linux/amd64 scratch AS lin
            COPY --from=win c:\data\CTX.TXT /from-win.txt
            FROM scratch
            COPY --from=lin / C:\Out\
            COPY --from=win DATA C:\Again\
            """,
            Windows with { OsVersion = "10.0.20348.1" });

        Assert.Equal("content", _build.Merged(result)["Files/Out/from-win.txt"].Content);
        Assert.Equal("content", _build.Merged(result)["Files/Again/Ctx.txt"].Content);
    }

    [Fact]
    public async Task What_the_ordinary_layers_of_a_base_hold_is_seen_whatever_the_store_has_of_the_foreign_ones()
    {
        _base.AddTo(_build.Engine, Base);
        _build.Write("old", "1");
        _build.Write("new", "2");
        await BuildAsync($"FROM {Base}\nCOPY old C:\\Existing\\Old.txt\n", Windows with { Tags = [ImageReference.Parse("win/own:1")] });

        // A directory that is there takes the file into it, and keeps its name and its permissions.
        Assert.Equal("2", _build.LastLayer(await BuildAsync("FROM win/own:1\nCOPY new C:/EXISTING\n", Windows))["Files/Existing/new"].Content);
        Assert.Equal(["Files", "Hives"], _build.LastLayer(await BuildAsync("FROM win/own:1\nWORKDIR /existing\n", Windows)).Keys.Order(StringComparer.Ordinal));
        foreach (var instruction in (string[])["COPY new C:/existing/old.txt/new", "WORKDIR C:\\Existing\\Old.txt"])
        {
            var error = await Assert.ThrowsAsync<ZLayerException>(() => BuildAsync($"FROM win/own:1\n{instruction}\n", Windows));
            Assert.Equal(ZLayerErrorKind.BuildStepInvalid, error.Kind);
        }
    }

    [Fact]
    public async Task Linked_files_of_several_layers_of_a_Windows_stage_keep_their_own_content()
    {
        foreach (var name in (string[])["x", "y"])
        {
            _build.Write($"{name}/a", name);
            await Programs.RunAsync("ln", Path.Combine(_build.Context, name, "a"), Path.Combine(_build.Context, name, "b"));
        }

        var result = await BuildAsync(
            "FROM scratch AS one\nCOPY x C:\\d\\x\\\nCOPY y C:\\d\\y\\\nFROM scratch\nCOPY --from=one C:\\d C:\\d\n", Windows with { OsVersion = "10.0.20348.1" });

        var files = _build.Merged(result);
        Assert.Equal(["x", "y"], ((string[])["x", "y"]).Select(n => files[$"Files/d/{n}/a"].Content));
        Assert.Equal("Files/d/y/a", _build.LastLayer(result)["Files/d/y/b"].Entry.LinkTarget);
    }

    [Fact]
    public async Task Heredocs_links_and_archives_are_written_for_Windows()
    {
        _build.Write("d/file", "x");
        File.CreateSymbolicLink(Path.Combine(_build.Context, "d", "to-dir"), "sub");
        File.CreateSymbolicLink(Path.Combine(_build.Context, "d", "to-file"), "file");
        Directory.CreateDirectory(Path.Combine(_build.Context, "d", "sub"));
        using (var tar = new System.Formats.Tar.TarWriter(File.Create(Path.Combine(_build.Context, "a.tar"))))
        {
            tar.WriteEntry(new System.Formats.Tar.PaxTarEntry(System.Formats.Tar.TarEntryType.RegularFile, "in/tar.txt") { DataStream = new MemoryStream([1]) });
            tar.WriteEntry(new System.Formats.Tar.PaxTarEntry(System.Formats.Tar.TarEntryType.HardLink, "in/link.txt") { LinkName = "in/tar.txt" });
        }

        var result = await BuildAsync(
            "FROM scratch\nCOPY <<EOF C:\\here.txt\ntext\nEOF\nCOPY d C:\\d\\\nADD a.tar C:\\x\\\n", Windows with { OsVersion = "10.0.20348.1" });

        var files = _build.Merged(result);
        Assert.Equal("text\n", files["Files/here.txt"].Content);
        Assert.Equal(("sub", "1040"), (files["Files/d/to-dir"].Entry.LinkTarget, files["Files/d/to-dir"].Entry.PaxRecords!["MSWINDOWS.fileattr"]));
        Assert.Equal(("file", "1024"), (files["Files/d/to-file"].Entry.LinkTarget, files["Files/d/to-file"].Entry.PaxRecords!["MSWINDOWS.fileattr"]));
        Assert.Equal("Files/x/in/tar.txt", _build.LastLayer(result)["Files/x/in/link.txt"].Entry.LinkTarget);
    }

    [Fact]
    public async Task RUN_is_refused_before_anything_happens()
    {
        var error = await Assert.ThrowsAsync<ZLayerException>(() => BuildAsync("FROM scratch\nCOPY nothing /\nRUN dir\n", Windows));

        Assert.Equal(ZLayerErrorKind.OperationNotSupported, error.Kind);
        Assert.Contains("Windows host", error.Message);
        Assert.Contains(":4", error.Message);
        Assert.Empty(_build.Events);
    }

    [Fact]
    public async Task A_RUN_of_a_Linux_stage_beside_a_Windows_stage_is_not_refused_by_the_plan()
    {
        var error = await Assert.ThrowsAsync<ZLayerException>(() => BuildAsync(
            "FROM --platform=linux/amd64 nowhere.invalid/x AS l\nRUN true\nFROM scratch\nCOPY --from=l / /\n", Windows with { Pull = PullPolicy.Never }));

        Assert.Equal(ZLayerErrorKind.ImageNotFound, error.Kind);
    }

    [Fact]
    public async Task The_version_of_Windows_is_the_options_then_the_indexs_and_its_absence_is_an_error()
    {
        _base.AddTo(_build.Engine, Base);

        var overridden = await BuildAsync($"FROM {Base}\nLABEL a=b\n", Windows with { OsVersion = "10.0.26100.1" });
        var chosen = await BuildAsync("FROM scratch\n", new BuildOptions { Platforms = [Platform.Parse("windows(10.0.17763.9)/amd64")] });
        var error = await Assert.ThrowsAsync<ZLayerException>(() => BuildAsync("FROM scratch\n", Windows));
        var other = await Assert.ThrowsAsync<ZLayerException>(() => BuildAsync(
            $"FROM {Base}\nLABEL c=d\n", new BuildOptions { Platforms = [Platform.Parse("windows(10.0.14393.1)/amd64")], Pull = PullPolicy.Never }));

        Assert.Equal("10.0.26100.1", _build.Load(overridden).Config.OsVersion);
        Assert.Equal("10.0.17763.9", _build.Load(chosen).Config.OsVersion);
        Assert.Equal(ZLayerErrorKind.OsVersionUnresolved, error.Kind);
        Assert.Contains(other.Kind, new[] { ZLayerErrorKind.ImageNotFound, ZLayerErrorKind.PlatformNotAvailable });
    }

    [Fact]
    public async Task One_build_makes_an_index_of_Linux_and_Windows()
    {
        _build.Write("a", "1");

        var result = await BuildAsync(
            "FROM scratch\nCOPY a /a\n", new BuildOptions { Platforms = [Platform.Parse("linux/amd64"), Platform.Parse("windows(10.0.20348.1)/amd64")] });

        Assert.True(result.IsManifestList);
        var index = OciJson.ParseIndex(_build.Engine.Content.ReadDocument(result.Digest, "index"), "index");
        Assert.Equal(["linux/amd64", "windows(10.0.20348.1)/amd64"], index.Manifests.Select(m => m.Platform!.ToFullString()));
        var windows = _build.Engine.Images.Get(result.Digest.ToString(), Platform.Parse("windows/amd64"));
        using var tar = new LayerTarReader(_build.Engine.Layers.OpenTar(windows.DiffIds[0]));
        Assert.Equal("Hives", tar.MoveNext()!.Path);
    }

    [Fact]
    public async Task Owners_and_modes_have_no_effect_and_a_warning()
    {
        _build.Write("a", "1");

        var result = await BuildAsync("FROM scratch\nCOPY --chown=app --chmod=700 a C:\\a\n", Windows with { OsVersion = "10.0.1.1" });

        Assert.Equal(2, _build.Events.OfType<BuildWarning>().Count(w => w.Message.Contains("no effect", StringComparison.Ordinal)));
        Assert.Equal((0, 0), (_build.LastLayer(result)["Files/a"].Entry.Uid, _build.LastLayer(result)["Files/a"].Entry.Gid));
    }

    [Fact]
    public async Task A_second_build_takes_every_step_from_the_cache_and_makes_the_same_image()
    {
        _base.AddTo(_build.Engine, Base);
        _build.Write("a", "1");
        var dockerfile = $"FROM {Base}\nWORKDIR C:\\w\nCOPY a .\nCOPY --link a C:\\l\\\n";

        var first = await BuildAsync(dockerfile, Windows);
        var second = await BuildAsync(dockerfile, Windows);

        Assert.Equal(first.Digest, second.Digest);
        Assert.Equal(3, second.CacheHits);
    }

    [Fact]
    public async Task A_linked_copy_of_a_Linux_image_is_not_taken_for_one_of_a_Windows_image()
    {
        _build.Write("a", "1");

        await BuildAsync("FROM scratch\nCOPY --link a /a\n", new BuildOptions { Platforms = [Platform.Parse("linux/amd64")] });
        var result = await BuildAsync("FROM scratch\nCOPY --link a /a\n", Windows with { OsVersion = "10.0.1.1" });

        Assert.True(_build.LastLayer(result).ContainsKey("Files/a"));
    }

    [Fact]
    public async Task Squashing_keeps_what_Windows_keeps_with_a_file_and_leaves_the_base_alone()
    {
        _base.AddTo(_build.Engine, Base);
        _build.Write("a", "1");

        var result = await BuildAsync($"FROM {Base}\nCOPY a C:\\a\nCOPY a C:\\b\n", Windows with { Squash = true });

        Assert.Equal(3, _build.Load(result).Config.RootFs.DiffIds.Count);
        Assert.Equal("32", _build.LastLayer(result)["Files/b"].Entry.PaxRecords!["MSWINDOWS.fileattr"]);
    }

    public ValueTask DisposeAsync() => _build.DisposeAsync();

    // Paths with backslashes want another escape character.
    [Theory]
    [InlineData("local")]
    [InlineData("tar")]
    public async Task Outputs_of_files_hold_the_files_of_the_image_as_they_stand_in_it(string type)
    {
        _build.Write("d/one", "1");
        var output = _build.PathOf("output");

        await BuildAsync(
            "FROM scratch\nCOPY d C:\\App\\\nCOPY d/one C:\\two\n",
            Windows with { OsVersion = "10.0.20348.1", Outputs = [ExporterSpecification.Parse($"type={type},dest={output}")] });

        var root = output;
        if (type == "tar")
        {
            root = Directory.CreateDirectory(_build.PathOf("extracted")).FullName;
            Assert.DoesNotContain("MSWINDOWS", Encoding.Latin1.GetString(await File.ReadAllBytesAsync(output)), StringComparison.Ordinal);
            await System.Formats.Tar.TarFile.ExtractToDirectoryAsync(output, root, overwriteFiles: false);
        }

        Assert.Equal(["App", "App/one", "two"], Directory.EnumerateFileSystemEntries(root, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(root, f)).Order(StringComparer.Ordinal));
        Assert.Equal("1", await File.ReadAllTextAsync(Path.Combine(root, "App/one")));
    }

    private Task<BuildResult> BuildAsync(string dockerfile, BuildOptions options) => _build.BuildAsync($"# escape=`\n{dockerfile}", options);
}
