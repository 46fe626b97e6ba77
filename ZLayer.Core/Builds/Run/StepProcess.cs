using System.Diagnostics;
using ZLayer.Core.Foundation.Processes;

namespace ZLayer.Core.Builds.Run;

/// <summary>
/// The processes of a step: a PID namespace of their own, so that the kernel ends them all when its first process ends, which it does when
/// this process dies, however that comes.
/// </summary>
internal sealed class StepProcess
{
    private readonly ProgramStart _start;
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
        _start = new ProgramStart(command) { Directory = directory, Variables = environment, InheritsVariables = false };
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
        using var process = _start.Start();
        using (cancellationToken.Register(() => ProcessTree.KillChildren(process)))
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
}
