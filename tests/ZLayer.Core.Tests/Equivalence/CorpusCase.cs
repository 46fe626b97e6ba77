using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace ZLayer.Core.Tests.Equivalence;

/// <summary>
/// One Dockerfile of the corpus under Fixtures/dockerfiles: its text, its context, how it is built and
/// what a current BuildKit makes of it (expected.json).
/// </summary>
public sealed record CorpusCase
{
    private static readonly JsonSerializerOptions JsonOptions = new(JsonSerializerDefaults.Web);

    /// <summary>The folder's name, <c>NN-what-it-shows</c>.</summary>
    public string Name { get; private init; } = "";

    /// <summary>Where the case is kept.</summary>
    public string Directory { get; private init; } = "";

    /// <summary>The oldest Docker engine that builds the file as today's BuildKit does; a note in build.json says why when it is not the syntax.</summary>
    public required string Engine { get; init; }

    public string Dockerfile { get; init; } = "Dockerfile";

    public string? Target { get; init; }

    public string? Platform { get; init; }

    public Dictionary<string, string> BuildArgs { get; init; } = [];

    public Dictionary<string, string> Labels { get; init; } = [];

    /// <summary>Secret id to text.</summary>
    public Dictionary<string, string> Secrets { get; init; } = [];

    /// <summary>Named context to a folder of the case.</summary>
    public Dictionary<string, string> Contexts { get; init; } = [];

    /// <summary>The folder www is served over HTTP, and its address given as the build argument BASE_URL.</summary>
    public bool Server { get; init; }

    /// <summary>Paths that ZLayer makes otherwise on purpose; a note in build.json says why. They are not compared.</summary>
    public string[] Differs { get; init; } = [];

    /// <summary>Programs that prepare.sh calls.</summary>
    public string[] Needs { get; init; } = [];

    public Version EngineVersion => Version.Parse(Engine);

    public string ExpectedPath => Path.Combine(Directory, "expected.json");

    public static string Root([CallerFilePath] string thisFile = "")
        => Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "Fixtures", "dockerfiles");

    public static IEnumerable<string> Names()
        => System.IO.Directory.GetDirectories(Root()).Select(d => Path.GetFileName(d)!).Order(StringComparer.Ordinal);

    public static CorpusCase Load(string name)
    {
        var directory = Path.GetFullPath(Path.Combine(Root(), name));
        var text = File.ReadAllText(Path.Combine(directory, "build.json"));
        return JsonSerializer.Deserialize<CorpusCase>(text, JsonOptions)! with { Name = name, Directory = directory };
    }

    /// <summary>The program of <see cref="Needs"/> that this machine lacks, or null.</summary>
    public string? MissingProgram()
        => Needs.FirstOrDefault(need => !Environment.GetEnvironmentVariable("PATH")!
            .Split(':').Any(folder => File.Exists(Path.Combine(folder, need))));

    /// <summary>
    /// Copies the case to <paramref name="destination"/> with the modes a fresh checkout has under umask 022, and runs
    /// its prepare.sh, which makes what git cannot keep: links, modes, owners, archives, repositories.
    /// </summary>
    public void Materialize(string destination)
    {
        CopyTree(Directory, destination);
        System.IO.Directory.CreateDirectory(Path.Combine(destination, "context"));
        var script = Path.Combine(destination, "prepare.sh");
        if (!File.Exists(script))
        {
            return;
        }

        var start = new ProcessStartInfo("/bin/sh", ["-c", "umask 022; set -e; . ./prepare.sh"])
        {
            WorkingDirectory = destination,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{Name}/prepare.sh failed: {errors}");
    }

    private static void CopyTree(string from, string to)
    {
        const UnixFileMode Shared = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        const UnixFileMode Execute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        System.IO.Directory.CreateDirectory(to);
        File.SetUnixFileMode(to, Shared | Execute);
        foreach (var directory in System.IO.Directory.GetDirectories(from))
        {
            CopyTree(directory, Path.Combine(to, Path.GetFileName(directory)));
        }

        foreach (var file in System.IO.Directory.GetFiles(from))
        {
            var copy = Path.Combine(to, Path.GetFileName(file));
            File.Copy(file, copy);
            var executable = (File.GetUnixFileMode(file) & UnixFileMode.UserExecute) != 0;
            File.SetUnixFileMode(copy, executable ? Shared | Execute : Shared);
        }
    }
}
