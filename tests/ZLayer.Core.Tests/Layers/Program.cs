using System.Diagnostics;

namespace ZLayer.Core.Tests.Layers;

/// <summary>Runs programs of the machine that serve as oracles.</summary>
internal static class Program
{
    public static bool Exists(string name)
        => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(directory => File.Exists(Path.Combine(directory, name)));

    public static string Run(string name, params string[] arguments)
        => TryRun(name, arguments, out var output) ? output : throw new InvalidOperationException($"{name} {string.Join(' ', arguments)} failed: {output}");

    public static bool TryRun(string name, string[] arguments, out string output)
    {
        var start = new ProcessStartInfo(name) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["LC_ALL"] = "C.UTF-8";
        start.Environment["TZ"] = "UTC";
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        output += error.Result;
        return process.ExitCode == 0;
    }
}
