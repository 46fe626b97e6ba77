using System.Diagnostics;
using System.Globalization;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Linux;
using ZLayer.Core.Runtimes.Oci;

namespace ZLayer.Core.Builds.Run;

/// <summary>
/// The processes of a step: a PID namespace of their own, so that the kernel ends them all when its first process ends, which it does when this
/// process dies, however that comes.
/// </summary>
internal sealed class StepProcess
{
    private readonly ProcessStartInfo _start;
    private readonly IReadOnlyList<ReadOnlyMemory<byte>> _input;
    private readonly Action<StepOutput> _output;

    /// <summary>Describes the process.</summary>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="directory">Its working directory.</param>
    /// <param name="environment">Its environment.</param>
    /// <param name="input">What it reads.</param>
    /// <param name="output">Receives what it prints, from two threads.</param>
    public StepProcess(
        IReadOnlyList<string> command,
        string directory,
        IEnumerable<KeyValuePair<string, string?>> environment,
        IReadOnlyList<ReadOnlyMemory<byte>> input,
        Action<StepOutput> output)
    {
        _start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _start.Environment.Clear();
        foreach (var (name, value) in environment)
        {
            _start.Environment[name] = value;
        }

        _input = input;
        _output = output;
    }

    /// <summary>Runs it to its end and returns its exit code.</summary>
    public Task<int> RunAsync(CancellationToken cancellationToken)
    {
        // A thread of its own: the kernel's parent-death signal follows the thread that started the child, and pool threads come and go.
        var result = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                result.SetResult(Run(cancellationToken));
            }
            catch (OperationCanceledException)
            {
                result.SetCanceled(cancellationToken);
            }
            catch (Exception e)
            {
                result.SetException(e);
            }
        })
        { IsBackground = true, Name = "RUN step" };
        thread.Start();
        return result.Task;
    }

    private int Run(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var process = ProgramStart.Start(_start);
        using (cancellationToken.Register(() => Kill(process)))
        {
            var pumps = new[] { StartPump(process.StandardOutput, false), StartPump(process.StandardError, true) };
            WriteInput(process);
            process.WaitForExit();
            foreach (var pump in pumps)
            {
                pump.Join();
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
        return process.ExitCode;
    }

    private Thread StartPump(StreamReader reader, bool isError)
    {
        var thread = new Thread(() => new LinePump(isError, _output).Pump(reader.BaseStream)) { IsBackground = true, Name = "RUN output" };
        thread.Start();
        return thread;
    }

    private void WriteInput(Process process)
    {
        try
        {
            using var stream = process.StandardInput.BaseStream;
            foreach (var part in _input)
            {
                stream.Write(part.Span);
            }
        }
        catch (IOException)
        {
            // The process ended, or does not want all of its input.
        }
    }

    // The first process of the namespace takes all others with it, and its parent ends only after that.
    private static void Kill(Process process)
    {
        if (process.HasExited)
        {
            return;
        }

        var children = ChildrenOf(process.Id).ToList();
        foreach (var child in children)
        {
            _ = SystemCalls.Kill(child, SystemCalls.KillSignal);
        }

        if (children.Count == 0)
        {
            _ = SystemCalls.Kill(process.Id, SystemCalls.KillSignal);
        }
    }

    private static IEnumerable<int> ChildrenOf(int parent)
    {
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var process)
                && ParentOf(directory) == parent)
            {
                yield return process;
            }
        }
    }

    private static int ParentOf(string directory)
    {
        try
        {
            // pid (name) state parent …; the name may hold anything (proc_pid_stat(5)).
            var stat = File.ReadAllText($"{directory}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return int.Parse(fields[1], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (SystemErrors.IsSystemError(e))
        {
            // It ended meanwhile.
            return 0;
        }
    }
}
