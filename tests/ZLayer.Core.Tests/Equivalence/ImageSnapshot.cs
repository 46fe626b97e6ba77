using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ZLayer.Core.Tests.Equivalence;

/// <summary>What two builders must agree on: the files, the config without times, and which steps made layers.</summary>
public sealed class ImageSnapshot
{
    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private ImageSnapshot(JsonNode value) => Value = value;

    public JsonNode Value { get; }

    public static ImageSnapshot Parse(string json) => new(JsonNode.Parse(json)!);

    /// <summary>Reads the image of an OCI layout or docker-save archive, given as a tar file.</summary>
    public static ImageSnapshot FromArchive(string archive, Action<ImageTree> configure)
    {
        var directory = Directory.CreateTempSubdirectory("zlayer-snapshot-").FullName;
        try
        {
            TarFile.ExtractToDirectory(archive, directory, overwriteFiles: true);
            return FromDirectory(directory, configure);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    public static ImageSnapshot FromDirectory(string directory, Action<ImageTree> configure)
    {
        var (configPath, layers) = File.Exists(Path.Combine(directory, "index.json")) ? ReadOciLayout(directory) : ReadDockerSave(directory);
        var tree = new ImageTree();
        configure(tree);
        foreach (var layer in layers)
        {
            using var stream = Decompress(File.OpenRead(layer));
            tree.Apply(stream);
        }

        var config = JsonNode.Parse(File.ReadAllText(configPath))!.AsObject();
        return new ImageSnapshot(new JsonObject
        {
            ["platform"] = string.Join('/', new[] { "os", "architecture", "variant" }.Select(k => config[k]?.GetValue<string>()).Where(v => v is not null)),
            ["author"] = config["author"]?.DeepClone(),
            ["config"] = NormalizeConfig(config["config"]?.AsObject() ?? []),
            ["history"] = new JsonArray([.. (config["history"]?.AsArray() ?? []).Select(h => JsonValue.Create(h!["empty_layer"]?.GetValue<bool>() == true ? "empty" : "layer"))]),
            ["files"] = new JsonArray([.. tree.Describe().Select(line => JsonValue.Create(line))]),
        });
    }

    /// <summary>The image as text, without the files at <paramref name="paths"/>.</summary>
    public string Without(IReadOnlyCollection<string> paths)
    {
        var copy = Value.DeepClone().AsObject();
        copy["files"] = new JsonArray([.. copy["files"]!.AsArray().Select(f => f!.GetValue<string>())
            .Where(line => !paths.Any(path => line.Split(' ').Contains(path))).Select(line => JsonValue.Create(line))]);
        return copy.ToJsonString(Readable);
    }

    public override string ToString() => Value.ToJsonString(Readable) + "\n";

    private static (string Config, IReadOnlyList<string> Layers) ReadOciLayout(string directory)
    {
        string Blob(JsonNode descriptor) => Path.Combine(directory, "blobs", descriptor["digest"]!.GetValue<string>().Replace(':', '/'));
        var document = JsonNode.Parse(File.ReadAllText(Path.Combine(directory, "index.json")))!;
        while (document["manifests"] is JsonArray manifests)
        {
            document = JsonNode.Parse(File.ReadAllText(Blob(Assert.Single(manifests)!)))!;
        }

        return (Blob(document["config"]!), [.. (document["layers"]?.AsArray() ?? []).Select(l => Blob(l!))]);
    }

    private static (string Config, IReadOnlyList<string> Layers) ReadDockerSave(string directory)
    {
        var image = Assert.Single(JsonNode.Parse(File.ReadAllText(Path.Combine(directory, "manifest.json")))!.AsArray())!;
        return (Path.Combine(directory, image["Config"]!.GetValue<string>()),
            [.. (image["Layers"]?.AsArray() ?? []).Select(l => Path.Combine(directory, l!.GetValue<string>()))]);
    }

    private static Stream Decompress(FileStream file)
    {
        var gzip = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
        file.Position = 0;
        return gzip ? new GZipStream(file, CompressionMode.Decompress) : file;
    }

    /// <summary>Leaves out what is empty, and what Docker's engine writes beside the standard members.</summary>
    private static JsonObject NormalizeConfig(JsonObject config)
    {
        string[] engineOnly = ["Hostname", "Domainname", "AttachStdin", "AttachStdout", "AttachStderr", "Tty", "OpenStdin", "StdinOnce", "Image", "ArgsEscaped"];
        var result = new JsonObject();
        foreach (var (key, value) in config.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            var empty = value is null or JsonArray { Count: 0 } or JsonObject { Count: 0 } || (value is JsonValue v && v.TryGetValue(out string? s) && s.Length == 0);
            if (!empty && !engineOnly.Contains(key))
            {
                result[key] = Sort(value!);
            }
        }

        return result;
    }

    private static JsonNode Sort(JsonNode node) => node is JsonObject map
        ? new JsonObject(map.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => KeyValuePair.Create(p.Key, p.Value is null ? null : Sort(p.Value))))
        : node.DeepClone();
}
