using System.Diagnostics;

namespace ZLayer.Core.Tests.Engines;

/// <summary>What a program said and how it ended.</summary>
public sealed record ProgramResult(int ExitCode, string Output, string Error)
{
    /// <summary>The output of a program that must succeed.</summary>
    public string Text
    {
        get
        {
            Assert.True(ExitCode == 0, $"exit code {ExitCode}: {Error}{Output}");
            return Output.Trim();
        }
    }
}

/// <summary>Finds and runs the programs that tests compare with.</summary>
public static class Programs
{
    /// <summary>The full path of a program on PATH; null when it is not there.</summary>
    public static string? Find(string program)
        => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin").Append("/sbin")
            .Select(directory => Path.Combine(directory, program)).FirstOrDefault(File.Exists);

    /// <summary>
    /// Makes a program of the lines of a script. Another process writes it: a child that any test starts meanwhile holds what this one has open until it
    /// runs its own program, and a file that is open for writing is not executed (ETXTBSY).
    /// </summary>
    public static void WriteScript(string path, string script)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", "cat > \"$0\" && chmod 755 \"$0\"", path]) { RedirectStandardInput = true };
        using var process = Process.Start(start)!;
        process.StandardInput.Write(script);
        process.StandardInput.Close();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    public static async Task<ProgramResult> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(Find(program) ?? program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} does not end.");
        }

        return new ProgramResult(process.ExitCode, await output, await error);
    }
}
