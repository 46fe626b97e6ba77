using System.Diagnostics;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Registries;

/// <summary>What ZLayer pushes, skopeo reads; what skopeo pushes, ZLayer pulls.</summary>
public sealed class SkopeoTests(RegistryFixture registry) : IClassFixture<RegistryFixture>, IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("zlayer-skopeo-");

    [SkippableFact]
    public async Task Skopeo_inspects_and_copies_what_was_pushed()
    {
        using var store = Open();
        var image = TestImage.Create([TarLayer("a"), TarLayer("b")]);
        await store.Pusher.PushAsync(store.Add(image), Name("ours"), new PushOptions());

        var inspected = Run("inspect", "--tls-verify=false", $"docker://{Name("ours")}");
        Run("copy", "--src-tls-verify=false", $"docker://{Name("ours")}", $"oci:{_directory}/copy:1");

        Assert.Contains(image.Manifest.Digest.ToString(), inspected);
        Assert.Equal(
            image.ManifestBytes, File.ReadAllBytes(Path.Combine(_directory.FullName, "copy", "blobs", "sha256", image.Manifest.Digest.Hex)));
    }

    [SkippableTheory]
    [InlineData("oci", MediaTypes.OciManifest)]
    [InlineData("v2s2", MediaTypes.DockerManifest)]
    public async Task What_skopeo_pushes_is_pulled(string format, string mediaType)
    {
        using var store = Open();
        var image = TestImage.Create([TarLayer("x"), TarLayer("y")]);
        await store.Pusher.PushAsync(store.Add(image), Name("source"), new PushOptions());
        Run("copy", "--src-tls-verify=false", "--dest-tls-verify=false", "--format", format, $"docker://{Name("source")}", $"docker://{Name("theirs-" + format)}");

        using var fresh = new TestStore();
        var target = await fresh.Puller.PullAsync(Name("theirs-" + format), new PullOptions());

        Assert.Equal(mediaType, target.MediaType);
        foreach (var layer in image.Layers)
        {
            Assert.Equal(layer.Content, File.ReadAllBytes(fresh.Content.GetPath(layer.Descriptor.Digest)));
        }
    }

    [SkippableFact]
    public async Task An_index_goes_to_skopeo_and_back()
    {
        using var store = Open();
        var amd = TestImage.Create([TarLayer("amd")], "amd64");
        var arm = TestImage.Create([TarLayer("arm")], "arm64");
        var index = store.AddIndex(
            store.Add(amd) with { Platform = Platform.Parse("linux/amd64") }, store.Add(arm) with { Platform = Platform.Parse("linux/arm64") });
        await store.Pusher.PushAsync(index, Name("index"), new PushOptions());
        Run("copy", "--all", "--src-tls-verify=false", "--dest-tls-verify=false", $"docker://{Name("index")}", $"docker://{Name("index-back")}");

        using var fresh = new TestStore();
        var target = await fresh.Puller.PullAsync(Name("index-back"), new PullOptions { AllPlatforms = true });

        Assert.Equal(index.Digest, target.Digest);
        Assert.True(fresh.Content.Contains(amd.Layers[0].Descriptor.Digest));
        Assert.True(fresh.Content.Contains(arm.Layers[0].Descriptor.Digest));
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private static TestBlob TarLayer(string name)
    {
        using var tar = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(tar, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true))
        using (var writer = new System.Formats.Tar.TarWriter(gzip))
        {
            writer.WriteEntry(new System.Formats.Tar.PaxTarEntry(System.Formats.Tar.TarEntryType.RegularFile, name) { DataStream = new MemoryStream([1, 2, 3]) });
        }

        return TestBlob.Of(tar.ToArray(), MediaTypes.OciLayerGzip);
    }

    private static TestStore Open()
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        Skip.If(RegistryFixture.Find("skopeo") is null, "skopeo is not installed (apt-get install skopeo)");
        return new TestStore();
    }

    private static string Run(params string[] arguments)
    {
        var start = new ProcessStartInfo("skopeo") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("--insecure-policy");
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var problem = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"skopeo {string.Join(' ', arguments)}: {problem.Result}");
        return output;
    }

    private ImageReference Name(string repository) => ImageReference.Parse($"{registry.Registry}/{repository}:1");
}
