using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ZLayer.Core.Tests.Equivalence;

/// <summary>
/// The image test/base:1 that the corpus starts from: Debian's static busybox under a fixed set of names, a few users
/// and directories. Written as an OCI layout and as a docker-save archive, without any code of ZLayer.
/// </summary>
public sealed class CorpusBase
{
    public const string Reference = "docker.io/test/base:1";
    public const string BusyboxPath = "/bin/busybox";

    private const string Applets =
        "ash awk basename cat chmod chown cp cut date dd df dirname du echo env expr false find grep gunzip gzip head hostname id install " +
        "ln ls mkdir mkfifo mknod mktemp mv od printenv printf pwd readlink realpath rm rmdir sed seq sh sha256sum sleep sort stat " +
        "sync tac tail tar tee test touch tr true uname uniq wc which xargs yes [";

    private CorpusBase(string directory, string busyboxSha256, string manifestDigest)
    {
        LayoutDirectory = directory;
        BusyboxSha256 = busyboxSha256;
        ManifestDigest = manifestDigest;
    }

    public string LayoutDirectory { get; }

    public string BusyboxSha256 { get; }

    public string ManifestDigest { get; }

    public string DockerArchivePath => LayoutDirectory + ".docker.tar";

    public static bool IsPossible => File.Exists(BusyboxPath);

    public static CorpusBase Create(string directory)
    {
        Directory.CreateDirectory(Path.Combine(directory, "blobs", "sha256"));
        var layer = WriteRootFs();
        var layerDigest = Write(directory, layer);
        var config = JsonSerializer.SerializeToUtf8Bytes(new JsonObject
        {
            ["architecture"] = "amd64",
            ["os"] = "linux",
            ["config"] = new JsonObject { ["Env"] = new JsonArray("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"), ["Cmd"] = new JsonArray("/bin/sh") },
            ["rootfs"] = new JsonObject { ["type"] = "layers", ["diff_ids"] = new JsonArray("sha256:" + layerDigest) },
            ["history"] = new JsonArray(new JsonObject { ["created_by"] = "test base" }),
        });
        var configDigest = Write(directory, config);
        var manifest = JsonSerializer.SerializeToUtf8Bytes(new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = "application/vnd.oci.image.manifest.v1+json",
            ["config"] = Descriptor("application/vnd.oci.image.config.v1+json", configDigest, config.Length),
            ["layers"] = new JsonArray(Descriptor("application/vnd.oci.image.layer.v1.tar", layerDigest, layer.Length)),
        });
        var manifestDigest = Write(directory, manifest);
        var entry = Descriptor("application/vnd.oci.image.manifest.v1+json", manifestDigest, manifest.Length);
        entry["annotations"] = new JsonObject { ["org.opencontainers.image.ref.name"] = "1", ["io.containerd.image.name"] = Reference };
        File.WriteAllText(Path.Combine(directory, "index.json"), new JsonObject { ["schemaVersion"] = 2, ["manifests"] = new JsonArray(entry) }.ToJsonString());
        File.WriteAllText(Path.Combine(directory, "oci-layout"), """{"imageLayoutVersion":"1.0.0"}""");

        var result = new CorpusBase(directory, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(BusyboxPath))), "sha256:" + manifestDigest);
        result.WriteDockerArchive(layer, config);
        return result;
    }

    private static JsonObject Descriptor(string mediaType, string hex, long size)
        => new() { ["mediaType"] = mediaType, ["digest"] = "sha256:" + hex, ["size"] = size };

    private static string Write(string directory, byte[] content)
    {
        var hex = Convert.ToHexStringLower(SHA256.HashData(content));
        File.WriteAllBytes(Path.Combine(directory, "blobs", "sha256", hex), content);
        return hex;
    }

    private void WriteDockerArchive(byte[] layer, byte[] config)
    {
        using var writer = new TarWriter(File.Create(DockerArchivePath), TarEntryFormat.Ustar);
        var manifest = """[{"Config":"config.json","RepoTags":["test/base:1"],"Layers":["layer.tar"]}]""";
        foreach (var (name, content) in new[] { ("config.json", config), ("layer.tar", layer), ("manifest.json", Encoding.UTF8.GetBytes(manifest)) })
        {
            writer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) });
        }
    }

    private static byte[] WriteRootFs()
    {
        var output = new MemoryStream();
        using (var writer = new TarWriter(output, TarEntryFormat.Ustar, leaveOpen: true))
        {
            void Add(TarEntryType type, string path, string mode, string? link = null, byte[]? content = null, int owner = 0)
            {
                var entry = new UstarTarEntry(type, path) { Mode = (UnixFileMode)Convert.ToInt32(mode, 8), Uid = owner, Gid = owner, ModificationTime = DateTimeOffset.UnixEpoch };
                if (link is not null)
                {
                    entry.LinkName = link;
                }

                if (content is not null)
                {
                    entry.DataStream = new MemoryStream(content);
                }

                writer.WriteEntry(entry);
            }

            void Text(string path, string content, string mode = "0644") => Add(TarEntryType.RegularFile, path, mode, content: Encoding.UTF8.GetBytes(content));

            foreach (var directory in new[] { "bin/", "dev/", "etc/", "home/", "opt/", "proc/", "sys/", "usr/", "usr/bin/", "var/" })
            {
                Add(TarEntryType.Directory, directory, "0755");
            }

            Add(TarEntryType.Directory, "root/", "0700");
            Add(TarEntryType.Directory, "tmp/", "1777");
            Add(TarEntryType.Directory, "home/app/", "0750", owner: 1000);
            Add(TarEntryType.RegularFile, "bin/busybox", "0755", content: File.ReadAllBytes(BusyboxPath));
            foreach (var applet in Applets.Split(' '))
            {
                Add(TarEntryType.SymbolicLink, "bin/" + applet, "0777", link: "busybox");
            }

            Text("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/nonexistent:/bin/false\napp:x:1000:1000:App:/home/app:/bin/sh\n");
            Text("etc/group", "root:x:0:\nstaff:x:50:app\nextra:x:60:app\napp:x:1000:\nnogroup:x:65534:\n");
            Text("etc/os-release", "ID=corpus\n");
        }

        return output.ToArray();
    }
}
