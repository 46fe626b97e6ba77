using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using ZLayer.Core.Builds;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Builds.Windows;

/// <summary>A Windows base image in a registry that has none of its foreign layers: they are where their urls say, or nowhere.</summary>
public sealed class WindowsForeignLayerTests(RegistryFixture registry) : IClassFixture<RegistryFixture>, IAsyncDisposable
{
    private static readonly BuildOptions Windows = new() { Platforms = [Platform.Parse("windows/amd64")] };
    private readonly BuildFixture _build = new();

    [SkippableFact]
    public async Task A_build_on_the_base_fetches_no_foreign_layer()
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        using var server = new LayerServer();
        var name = await PublishAsync(server, "win/unfetched:1");
        _build.Write("a", "1");

        var result = await _build.BuildAsync($"FROM {name}\nCOPY a /a\nWORKDIR /w\n", Windows);

        Assert.Empty(server.Requests);
        Assert.Equal(4, _build.Load(result).Config.RootFs.DiffIds.Count);
    }

    [SkippableFact]
    public async Task Files_of_the_base_are_fetched_from_their_urls_when_a_step_copies_them()
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        using var server = new LayerServer();
        var name = await PublishAsync(server, "win/fetched:1");

        var result = await _build.BuildAsync($"FROM scratch\nCOPY --from={name} /windows/LICENSE.TXT /license\n", Windows with { OsVersion = "10.0.20348.1" });

        Assert.Equal(["/0", "/1"], server.Requests.Order());
        Assert.Equal("license", _build.Merged(result)["Files/license"].Content);
    }

    [SkippableFact]
    public async Task A_pull_takes_foreign_layers_from_their_urls_and_says_when_nobody_has_them()
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        string there, gone;
        using (var server = new LayerServer())
        {
            there = await PublishAsync(server, "win/there:1");
            await _build.Engine.PullAsync(ImageReference.Parse(there), new PullOptions { Platform = Windows.Platforms[0] });
            gone = await PublishAsync(server, "win/gone:1");
            server.Serves = false;
            await using var empty = _build.CreateEngine("empty");

            var error = await Assert.ThrowsAsync<ZLayerException>(() => empty.PullAsync(ImageReference.Parse(gone), new PullOptions { Platform = Windows.Platforms[0] }));

            Assert.Equal(ZLayerErrorKind.ImageNotFound, error.Kind);
        }
    }

    [SkippableFact]
    public async Task A_copy_from_a_stage_without_its_foreign_layers_says_why_the_file_is_not_there()
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        using var server = new LayerServer();
        var name = await PublishAsync(server, "win/stage:1");
        _build.Write("a", "1");

        var error = await Assert.ThrowsAsync<ZLayerException>(() => _build.BuildAsync(
            $"FROM {name} AS one\nCOPY a /a\nFROM {name}\nCOPY --from=one /a /b\nCOPY --from=one /Windows/License.txt /l\n", Windows));

        Assert.Equal(ZLayerErrorKind.BuildStepInvalid, error.Kind);
        Assert.Contains("foreign layers", error.Message);
    }

    // The schemas of the OCI image specification, for the members that an image of ours has.
    [SkippableFact]
    public async Task The_documents_are_what_the_OCI_image_specification_asks_for()
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        using var server = new LayerServer();
        var name = await PublishAsync(server, "win/schema:1");
        _build.Write("a", "1");
        var result = await _build.BuildAsync($"FROM {name}\nCOPY a /a\nEXPOSE 80\nVOLUME /v\nHEALTHCHECK --interval=3s CMD x\nLABEL k=v\n", Windows);
        var image = _build.Load(result);

        using var manifest = JsonDocument.Parse(image.ManifestBytes);
        Assert.Equal(2, manifest.RootElement.GetProperty("schemaVersion").GetInt32());
        Assert.Equal(MediaTypes.OciManifest, manifest.RootElement.GetProperty("mediaType").GetString());
        foreach (var descriptor in manifest.RootElement.GetProperty("layers").EnumerateArray().Prepend(manifest.RootElement.GetProperty("config")))
        {
            Assert.Matches("^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$", descriptor.GetProperty("mediaType").GetString());
            Assert.Matches("^sha256:[a-f0-9]{64}$", descriptor.GetProperty("digest").GetString());
            Assert.True(descriptor.GetProperty("size").GetInt64() > 0);
        }

        using var config = JsonDocument.Parse(image.ConfigBytes);
        var root = config.RootElement;
        Assert.Equal(("amd64", "windows", WindowsBase.OsVersion), (Text(root, "architecture"), Text(root, "os"), Text(root, "os.version")));
        Assert.Equal("layers", Text(root.GetProperty("rootfs"), "type"));
        Assert.All(root.GetProperty("history").EnumerateArray().Select(h => Text(h, "created")).Append(Text(root, "created")),
            time => Assert.Matches(new Regex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"), time));
        Assert.Equal("{}", root.GetProperty("config").GetProperty("ExposedPorts").GetProperty("80/tcp").GetRawText());
        Assert.Equal("{}", root.GetProperty("config").GetProperty("Volumes").GetProperty("/v").GetRawText());
        Assert.Equal(3_000_000_000, root.GetProperty("config").GetProperty("Healthcheck").GetProperty("Interval").GetInt64());
        Assert.Equal(
            root.GetProperty("rootfs").GetProperty("diff_ids").GetArrayLength(),
            root.GetProperty("history").EnumerateArray().Count(h => !h.TryGetProperty("empty_layer", out var empty) || !empty.GetBoolean()));
        using var tar = _build.Engine.Layers.OpenTar(image.DiffIds[^1]);
        using var plain = new MemoryStream();
        tar.CopyTo(plain);
        Assert.Equal(image.DiffIds[^1], Digest.Of(plain.ToArray()));
    }

    public ValueTask DisposeAsync() => _build.DisposeAsync();

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;

    private async Task<string> PublishAsync(LayerServer server, string name)
    {
        var image = new WindowsBase(server.Url);
        server.Layers = image.Layers;
        var reference = ImageReference.Parse($"{registry.Registry}/{name}");
        using var client = new RegistryClient(new RegistryOptions(), new SessionCredentials());
        await client.UploadBlobAsync(reference, BlobSource.FromBytes(OciJson.ParseManifest(image.Manifest, name).Config, image.Config));
        await client.PutManifestAsync(reference.WithDigest(image.Target.Digest), image.Manifest, MediaTypes.DockerManifest);
        var index = OciJson.Serialize(new ImageIndex { MediaType = MediaTypes.DockerManifestList, Manifests = [image.Target] });
        await client.PutManifestAsync(reference, index, MediaTypes.DockerManifestList);
        return reference.ToString();
    }

    /// <summary>A host that has layers: <c>/0</c>, <c>/1</c>.</summary>
    private sealed class LayerServer : IDisposable
    {
        private readonly HttpListener _listener = new();
        private readonly List<string> _requests = [];

        public LayerServer()
        {
            Url = $"http://127.0.0.1:{RegistryFixture.FreePort()}";
            _listener.Prefixes.Add(Url + "/");
            _listener.Start();
            _ = ServeAsync();
        }

        public string Url { get; }

        public bool Serves { get; set; } = true;

        public IReadOnlyList<byte[]> Layers { get; set; } = [];

        public IReadOnlyList<string> Requests
        {
            get
            {
                lock (_requests)
                {
                    return [.. _requests];
                }
            }
        }

        public void Dispose() => _listener.Close();

        private async Task ServeAsync()
        {
            while (_listener.IsListening)
            {
                try
                {
                    var context = await _listener.GetContextAsync();
                    var path = context.Request.Url!.AbsolutePath;
                    lock (_requests)
                    {
                        _requests.Add(path);
                    }

                    if (Serves)
                    {
                        await context.Response.OutputStream.WriteAsync(Layers[path[1] - '0']);
                    }
                    else
                    {
                        context.Response.StatusCode = 404;
                    }

                    context.Response.Close();
                }
                catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
                {
                    // The test is over, or the client went away.
                }
            }
        }
    }
}
