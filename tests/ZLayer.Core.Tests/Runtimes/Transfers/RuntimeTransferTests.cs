using System.Text.Json.Nodes;
using ZLayer.Core.Builds;
using ZLayer.Core.Errors;
using ZLayer.Core.Exporters;
using ZLayer.Core.Oci;
using ZLayer.Core.Tests.Builds;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Runtimes.Transfers;

[Collection(DockerEngineCollection.Name)]
public sealed class RuntimeTransferTests(DockerEngineFixture docker) : IAsyncLifetime
{
    private const int LayerSize = 3_000_000;

    private readonly BuildFixture _build = new();
    private readonly string _name = $"transfer-{Guid.NewGuid():N}";
    private ZLayerEngine _engine = null!;

    public Task InitializeAsync()
    {
        _engine = _build.CreateEngine("with-docker", docker.Host);
        var noise = new byte[LayerSize];
        new Random(1).NextBytes(noise);
        File.WriteAllBytes(Path.Combine(_build.Context, "noise"), noise);
        _build.Write("small", "small");
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        if (docker.IsAvailable)
        {
            await docker.RunAsync("rmi", "-f", $"{_name}:1", $"{_name}:2", $"{_name}:built");
        }

        await _engine.DisposeAsync();
        await _build.DisposeAsync();
    }

    [SkippableFact]
    public async Task An_image_arrives_in_the_engine_with_its_id_and_name()
    {
        Skip.IfNot(docker.IsAvailable, docker.Reason);
        var built = await BuildAsync("FROM scratch\nCOPY noise /\nENV A=b\n", "1");

        var sent = await _engine.SendToRuntimeAsync([$"{_name}:1"]);

        Assert.Equal([$"{_name}:1"], sent.References);
        Assert.True(sent.Bytes > LayerSize);
        var inspected = await InspectAsync("1");
        Assert.Equal(built.ImageId.ToString(), inspected["Id"]!.GetValue<string>());
        Assert.Equal("A=b", inspected["Config"]!["Env"]![1]!.GetValue<string>());
    }

    [SkippableFact]
    public async Task Layers_that_the_engine_has_are_not_sent_again()
    {
        Skip.IfNot(docker.IsAvailable, docker.Reason);
        await BuildAsync("FROM scratch\nCOPY noise /\n", "1");
        await BuildAsync("FROM scratch\nCOPY noise /\nCOPY small /\n", "2");
        await _engine.SendToRuntimeAsync([$"{_name}:1"]);

        var sent = await _engine.SendToRuntimeAsync([$"{_name}:2"]);

        Skip.If(await StoresInContainerdAsync(), "containerd's image store wants every layer");
        Assert.True(sent.Bytes < 100_000, $"{sent.Bytes} bytes were sent");
        Assert.Equal(2, (await InspectAsync("2"))["RootFS"]!["Layers"]!.AsArray().Count);
        Assert.Contains("noise", (await FilesAsync("2")));
        Assert.Contains("small", (await FilesAsync("2")));
    }

    [SkippableFact]
    public async Task A_build_goes_straight_into_the_engine()
    {
        Skip.IfNot(docker.IsAvailable, docker.Reason);
        var output = ExporterSpecification.Parse($"type=docker-engine,name={_name}:built");

        var result = await _build.BuildAsync("FROM scratch\nCOPY small /\n", new BuildOptions { Outputs = [output] }, _engine);

        Assert.Equal("docker", Assert.Single(result.Outputs).Destination);
        Assert.Equal(result.ImageId.ToString(), (await InspectAsync("built"))["Id"]!.GetValue<string>());
    }

    [SkippableFact]
    public async Task An_image_of_the_engine_comes_into_the_store_unchanged()
    {
        Skip.IfNot(docker.IsAvailable, docker.Reason);
        var built = await BuildAsync("FROM scratch\nCOPY noise small /\n", "1");
        await _engine.SendToRuntimeAsync([$"{_name}:1"]);
        await using var other = _build.CreateEngine("other", docker.Host);

        var received = Assert.Single(await other.ReceiveFromRuntimeAsync([$"{_name}:1"]));

        Assert.Equal($"{_name}:1", received.ToString());
        Assert.Equal(built.ImageId, received.Id);
        Assert.Equal(_engine.Images.Inspect($"{_name}:1").Config.RootFs.DiffIds, other.Images.Inspect($"{_name}:1").Config.RootFs.DiffIds);
    }

    [SkippableFact]
    public async Task An_image_with_a_damaged_layer_is_not_sent_and_the_damage_is_told()
    {
        Skip.IfNot(docker.IsAvailable, docker.Reason);
        await BuildAsync("FROM scratch\nCOPY noise /\n", "1");
        var layer = _engine.Images.Inspect($"{_name}:1").Manifest.Layers[0];
        var path = _engine.Content.GetPath(layer.Digest);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using (var file = File.OpenWrite(path))
        {
            file.Position = layer.Size / 2;
            file.Write("damage"u8);
        }

        var failure = await Assert.ThrowsAsync<ZLayerException>(() => _engine.SendToRuntimeAsync([$"{_name}:1"]));

        Assert.Equal(ZLayerErrorKind.DigestMismatch, failure.Kind);
        Assert.NotEqual(0, (await docker.RunAsync("image", "inspect", $"{_name}:1")).ExitCode);
    }

    [SkippableFact]
    public async Task An_unknown_image_of_the_engine_is_not_found()
    {
        Skip.IfNot(docker.IsAvailable, docker.Reason);

        var failure = await Assert.ThrowsAsync<ZLayerException>(() => _engine.ReceiveFromRuntimeAsync([$"{_name}:absent"]));

        Assert.Equal(ZLayerErrorKind.ImageNotFound, failure.Kind);
    }

    [Fact]
    public async Task An_output_to_an_unknown_runtime_fails_before_the_build()
    {
        var output = ExporterSpecification.Parse("type=docker-engine,runtime=nowhere");

        var failure = await Assert.ThrowsAsync<ZLayerException>(() => _build.BuildAsync("FROM scratch\nCOPY small /\n", new BuildOptions { Outputs = [output] }, _engine));

        Assert.Equal(ZLayerErrorKind.RuntimeNotFound, failure.Kind);
        Assert.Empty(_build.Completed);
    }

    private Task<BuildResult> BuildAsync(string dockerfile, string tag)
        => _build.BuildAsync(dockerfile, new BuildOptions { Tags = [ImageReference.Parse($"{_name}:{tag}")] }, _engine);

    private async Task<JsonNode> InspectAsync(string tag)
    {
        return JsonNode.Parse((await docker.RunAsync("image", "inspect", $"{_name}:{tag}")).Text)![0]!;
    }

    private async Task<string> FilesAsync(string tag)
    {
        var id = (await docker.RunAsync("create", $"{_name}:{tag}", "none")).Output.Trim();
        try
        {
            var path = _build.PathOf("files.tar");
            await docker.RunAsync("export", "-o", path, id);
            return (await Programs.RunAsync("tar", "-tf", path)).Output;
        }
        finally
        {
            await docker.RunAsync("rm", id);
        }
    }

    private async Task<bool> StoresInContainerdAsync() => (await docker.RunAsync("info")).Output.Contains("io.containerd.snapshotter", StringComparison.Ordinal);
}
