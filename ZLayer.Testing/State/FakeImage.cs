using ZLayer.Core.Oci;

namespace ZLayer.Testing;

/// <summary>An image of a fake runtime: a real config and real layers, held in memory.</summary>
internal sealed class FakeImage
{
    public const string SearchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private FakeImage(byte[] config, IReadOnlyList<byte[]> layers, FakeFileSystem files)
    {
        ConfigBytes = config;
        Config = OciJson.ParseConfig(config, "the image");
        Id = Digest.Of(config);
        Layers = layers;
        Files = files;
        ManifestDigest = Digest.Of(OciJson.Serialize(new ImageManifest
        {
            MediaType = MediaTypes.OciManifest,
            Config = new Descriptor { MediaType = MediaTypes.OciConfig, Digest = Id, Size = config.Length },
            Layers = [.. layers.Zip(
                Config.RootFs.DiffIds, (layer, id) => new Descriptor { MediaType = MediaTypes.OciLayer, Digest = id, Size = layer.Length })],
        }));
    }

    public Digest Id { get; }

    public Digest ManifestDigest { get; }

    public ImageConfig Config { get; }

    public byte[] ConfigBytes { get; }

    /// <summary>The layers as plain tar streams, base first.</summary>
    public IReadOnlyList<byte[]> Layers { get; }

    public FakeFileSystem Files { get; }

    /// <summary>Its names, in the order in which it got them.</summary>
    public List<ImageReference> Names { get; } = [];

    public string? Parent { get; init; }

    public string? Container { get; init; }

    public long Size => Layers.Sum(l => (long)l.Length);

    /// <summary>An image of layers that are known, with the config that belongs to them.</summary>
    public static FakeImage Of(ImageConfig config, IReadOnlyList<byte[]> layers) => Of(OciJson.Serialize(config), layers);

    /// <summary>As <see cref="Of(ImageConfig, IReadOnlyList{byte[]})"/>, with the bytes of the config.</summary>
    public static FakeImage Of(byte[] config, IReadOnlyList<byte[]> layers)
    {
        var files = new FakeFileSystem(DateTimeOffset.UnixEpoch);
        foreach (var layer in layers)
        {
            FakeLayer.Apply(files, new MemoryStream(layer));
        }

        return new FakeImage(config, layers, files);
    }

    /// <summary>The image with a further layer and another config.</summary>
    public FakeImage With(byte[] layer, ImageConfig config, string? container)
        => new(OciJson.Serialize(config), [.. Layers, layer], Extend(layer)) { Parent = Id.ToString(), Container = container };

    /// <summary>What a pull of any name brings: a small Linux whose container runs until it is stopped. One name gives one image.</summary>
    public static FakeImage Pulled(ImageReference reference, Platform platform, DateTimeOffset time)
    {
        var name = reference.FamiliarName;
        var layer = FakeLayer.Pack(Linux(time, $"{name}:{reference.Identifier}"));
        return Of(
            new ImageConfig
            {
                Created = time,
                Os = platform.Os,
                Architecture = platform.Architecture,
                Variant = platform.Variant,
                Config = new ContainerDefaults { Env = ["PATH=" + SearchPath], Cmd = ["sleep", "infinity"], WorkingDir = "/" },
                RootFs = new RootFs { DiffIds = [Digest.Of(layer)] },
                History =
                [
                    new HistoryEntry { Created = time, CreatedBy = $"ADD {name} in /" },
                    new HistoryEntry { Created = time, CreatedBy = "CMD [\"sleep\" \"infinity\"]", EmptyLayer = true },
                ],
            },
            [layer]);
    }

    private FakeFileSystem Extend(byte[] layer)
    {
        var files = Files.Copy();
        FakeLayer.Apply(files, new MemoryStream(layer));
        return files;
    }

    private static FakeFileSystem Linux(DateTimeOffset time, string name)
    {
        var files = new FakeFileSystem(time);
        foreach (var directory in (string[])["/bin", "/dev", "/etc", "/home", "/proc", "/root", "/sys", "/usr/bin", "/var/log"])
        {
            files.Put(directory, FakeFile.Directory(time));
        }

        foreach (var program in FakePrograms.Names)
        {
            files.Put("/bin/" + program, FakeFile.Text(time, "", 0x1ED));
        }

        files.Put("/tmp", FakeFile.Directory(time, 0x3FF));
        files.Put("/etc/os-release", FakeFile.Text(time, $"ID=fake\nPRETTY_NAME=\"{name}\"\n"));
        files.Put("/etc/passwd", FakeFile.Text(time, "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"));
        files.Put("/etc/group", FakeFile.Text(time, "root:x:0:\nnobody:x:65534:\n"));
        return files;
    }
}
