using System.Diagnostics;

namespace ZLayer.Core.Tests.Equivalence;

/// <summary>
/// Builds a case with BuildKit and keeps what it made as expected.json. It works only when
/// ZLAYER_RECORD_BUILDCTL names a buildctl (and BUILDKIT_HOST a buildkitd of this machine); see eng/record-expected.sh.
/// </summary>
public static class BuildKitRecorder
{
    public static string? Buildctl => Environment.GetEnvironmentVariable("ZLAYER_RECORD_BUILDCTL") is { Length: > 0 } path ? path : null;

    public static ImageSnapshot Record(CorpusCase item, string directory, CorpusBase baseImage, string? serverAddress)
    {
        var output = Path.Combine(directory, "buildkit.tar");
        var start = new ProcessStartInfo(Buildctl!, Arguments(item, directory, baseImage, serverAddress, output))
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var standardOutput = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"BuildKit cannot build {item.Name}:\n{errors}{standardOutput.Result}");
        var snapshot = ImageSnapshot.FromArchive(output, tree => tree.NameContent(baseImage.BusyboxSha256, "busybox"));
        File.WriteAllText(item.ExpectedPath, snapshot.ToString());
        return snapshot;
    }

    private static List<string> Arguments(CorpusCase item, string directory, CorpusBase baseImage, string? serverAddress, string output)
    {
        List<string> arguments =
        [
            "build", "--progress=plain", "--no-cache", "--frontend=dockerfile.v0",
            "--local", $"context={directory}/context", "--local", $"dockerfile={directory}",
            "--opt", $"filename={item.Dockerfile}",
            "--oci-layout", $"base={baseImage.LayoutDirectory}",
            "--opt", $"context:test/base:1=oci-layout://base@{baseImage.ManifestDigest}",
            "--output", $"type=oci,dest={output}",
        ];
        void Option(string text) => arguments.AddRange(["--opt", text]);

        if (item.Target is not null)
        {
            Option($"target={item.Target}");
        }

        if (item.Platform is not null)
        {
            Option($"platform={item.Platform}");
        }

        foreach (var (key, value) in item.BuildArgs)
        {
            Option($"build-arg:{key}={value}");
        }

        if (serverAddress is not null)
        {
            Option($"build-arg:BASE_URL={serverAddress}");
        }

        foreach (var (key, value) in item.Labels)
        {
            Option($"label:{key}={value}");
        }

        foreach (var (name, folder) in item.Contexts)
        {
            arguments.AddRange(["--local", $"{name}={directory}/{folder}"]);
            Option($"context:{name}=local:{name}");
        }

        foreach (var (id, text) in item.Secrets)
        {
            var file = Path.Combine(directory, $"secret-{id}");
            File.WriteAllText(file, text);
            arguments.AddRange(["--secret", $"id={id},src={file}"]);
        }

        return arguments;
    }
}
