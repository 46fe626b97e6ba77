using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace ZLayer.Core.Tests.Cli;

/// <summary>Runs out/cli/zlayer as its users do, on a data root of its own.</summary>
public sealed class CliProcess : IDisposable
{
    public CliProcess()
    {
        Directory = System.IO.Directory.CreateTempSubdirectory("zlayer-cli-").FullName;
        Root = Path.Combine(Directory, "root");
    }

    public static string Program { get; } = FindProgram();

    public string Directory { get; }

    public string Root { get; }

    /// <summary>Variables on top of the tests' own.</summary>
    public Dictionary<string, string> Environment { get; } = new(StringComparer.Ordinal);

    /// <summary>Writes a file below <see cref="Directory"/> and returns its path.</summary>
    public string Write(string name, string content)
    {
        var path = Path.Combine(Directory, name);
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }

    public CliResult Run(params string[] arguments) => Run(input: null, arguments);

    public CliResult Run(string? input, string[] arguments)
    {
        using var process = Start(arguments);
        if (input is not null)
        {
            process.StandardInput.Write(input);
        }

        process.StandardInput.Close();
        return Finish(process);
    }

    public Process Start(params string[] arguments) => Start(Program, arguments);

    public Process Start(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ZLAYER_HOME"] = Root;
        start.Environment["DOCKER_CONFIG"] = Path.Combine(Directory, "docker");
        foreach (var (name, value) in Environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    public static CliResult Finish(Process process)
    {
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromMinutes(2)))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"zlayer does not end; it said: {error.Result}");
        }

        return new CliResult(process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);

    private static string FindProgram([CallerFilePath] string thisFile = "")
        => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", "..", "out", "cli", "zlayer"));
}

/// <summary>How one run of the command ended.</summary>
public sealed record CliResult(int ExitCode, string Output, string Error)
{
    /// <summary>Fails the test with everything that was said when the command did not succeed.</summary>
    public CliResult Succeeded()
    {
        Assert.True(ExitCode == 0, $"exit code {ExitCode}\n{Error}\n{Output}");
        return this;
    }
}
