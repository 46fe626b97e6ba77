using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace ZLayer.Core.Tests.Faults;

/// <summary>The command line as people run it: processes that can be interrupted and killed.</summary>
internal sealed class CommandLine : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();

    private CommandLine(Process process)
    {
        _process = process;
        _process.OutputDataReceived += (_, e) => Keep(_output, e.Data);
        _process.ErrorDataReceived += (_, e) => Keep(_error, e.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public static string Program { get; } = Path.Combine(Repository.Root, "out/cli/zlayer");

    public static bool IsBuilt => File.Exists(Program);

    public static string WhyNot => "needs the command line (dotnet build ZLayer.sln)";

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public string Output => Read(_output);

    public string Error => Read(_error);

    /// <summary>Starts the command line.</summary>
    /// <param name="root">The data root; null leaves it to the environment.</param>
    /// <param name="arguments">The command and its arguments.</param>
    /// <param name="environment">Variables to set; null removes one.</param>
    /// <param name="prefix">A program that starts it.</param>
    /// <param name="directory">The working directory.</param>
    public static CommandLine Start(
        string? root, string[] arguments, IReadOnlyDictionary<string, string?>? environment = null, string[]? prefix = null, string? directory = null)
    {
        string[] all = [.. prefix ?? [], Program, .. arguments, .. root is null ? Array.Empty<string>() : ["--root", root]];
        var start = new ProcessStartInfo(all[0], all[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = directory ?? "/" };
        start.Environment.Remove("ZLAYER_HOME");
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));
        start.Environment["DOTNET_gcServer"] = "0";
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        return new CommandLine(new Process { StartInfo = start });
    }

    /// <summary>Runs the command line to its end.</summary>
    public static async Task<EndedCommand> RunAsync(
        string? root, string[] arguments, IReadOnlyDictionary<string, string?>? environment = null, string[]? prefix = null, string? directory = null)
    {
        using var command = Start(root, arguments, environment, prefix, directory);
        return await command.EndAsync();
    }

    /// <summary>Waits for the end.</summary>
    public async Task<EndedCommand> EndAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(3));
        return new EndedCommand(_process.ExitCode, Output, Error);
    }

    /// <summary>Waits for the end, and tells how much memory the process used at most.</summary>
    public async Task<(EndedCommand Ended, long PeakBytes)> MeasureAsync()
    {
        var peak = 0L;
        while (!_process.HasExited)
        {
            peak = Math.Max(peak, ReadPeak());
            await Task.Delay(20);
        }

        return (await EndAsync(), peak);
    }

    public Task UntilOutputAsync(string text) => UntilAsync(() => (Output + Error).Contains(text, StringComparison.Ordinal), $"'{text}' is printed");

    public async Task UntilAsync(Func<bool> condition, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            if (_process.HasExited || watch.Elapsed > TimeSpan.FromSeconds(60))
            {
                throw new InvalidOperationException($"The command ended or waited too long before {what}.\n{Output}\n{Error}");
            }

            await Task.Delay(5);
        }
    }

    public void Interrupt() => Assert.Equal(0, SendSignal(_process.Id, 2));

    public void Kill() => _process.Kill();

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    // Output of a step may hold any character.
    private static void Keep(StringBuilder text, string? line)
    {
        lock (text)
        {
            if (line is not null && text.Length < 1_000_000)
            {
                text.Append(line).Append('\n');
            }
        }
    }

    private static string Read(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString();
        }
    }

    private long ReadPeak()
    {
        try
        {
            var line = File.ReadLines($"/proc/{_process.Id}/status").FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], System.Globalization.CultureInfo.InvariantCulture) * 1024;
        }
        catch (IOException)
        {
            return 0; // It has just ended.
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int SendSignal(int process, int signal);
}

/// <summary>A command that ended.</summary>
internal sealed record EndedCommand(int ExitCode, string Output, string Error);
