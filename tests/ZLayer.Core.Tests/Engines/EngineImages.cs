using System.Formats.Tar;

namespace ZLayer.Core.Tests.Engines;

/// <summary>Images for tests against an engine, made of the machine's own busybox: nothing is pulled.</summary>
public static class EngineImages
{
    private static readonly SemaphoreSlim Once = new(1);

    /// <summary>Imports busybox under a name, unless the engine has it.</summary>
    public static Task EnsureAsync(DockerEngineFixture docker, string name) => EnsureAsync(docker.RunAsync, name);

    /// <summary>Imports busybox under a name, unless the engine has it.</summary>
    /// <param name="docker">Runs the docker command line against the engine.</param>
    /// <param name="name">The image's name.</param>
    public static async Task EnsureAsync(Func<string[], Task<ProgramResult>> docker, string name)
    {
        await Once.WaitAsync();
        try
        {
            if ((await docker(["image", "inspect", "--format", "{{.Id}}", name])).ExitCode == 0)
            {
                return;
            }

            var directory = Directory.CreateTempSubdirectory("zlayer-busybox-").FullName;
            try
            {
                var archive = Path.Combine(directory, "busybox.tar");
                await WriteAsync(archive);
                _ = (await docker(["import", "--change", "ENV PATH=/bin", "--change", "CMD [\"sh\"]", "--change", "LABEL zlayer.test=1", archive, name])).Text;
            }
            finally
            {
                Directory.Delete(directory, recursive: true);
            }
        }
        finally
        {
            Once.Release();
        }
    }

    private static async Task WriteAsync(string path)
    {
        var busybox = Programs.Find("busybox");
        Skip.If(busybox is null, "busybox is not installed (apt-get install busybox-static)");
        var applets = (await Programs.RunAsync(busybox!, "--list")).Text.Split('\n');
        await using var file = File.Create(path);
        await using var tar = new TarWriter(file, TarEntryFormat.Ustar);
        foreach (var directory in (string[])["bin/", "etc/", "tmp/", "root/", "home/", "var/"])
        {
            await tar.WriteEntryAsync(new UstarTarEntry(TarEntryType.Directory, directory) { Mode = directory == "tmp/" ? (UnixFileMode)0x3FF : (UnixFileMode)0x1ED });
        }

        await tar.WriteEntryAsync(busybox!, "bin/busybox");
        foreach (var applet in applets.Where(applet => applet != "busybox"))
        {
            await tar.WriteEntryAsync(new UstarTarEntry(TarEntryType.SymbolicLink, "bin/" + applet) { LinkName = "busybox" });
        }

        await WriteTextAsync(tar, "etc/passwd", "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/home:/bin/sh\n");
        await WriteTextAsync(tar, "etc/group", "root:x:0:\nvideo:x:44:\nuser:x:1000:\n");
    }

    private static async Task WriteTextAsync(TarWriter tar, string name, string text)
    {
        using var content = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text));
        await tar.WriteEntryAsync(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = content, Mode = (UnixFileMode)0x1A4 });
    }
}
