using System.Diagnostics;
using System.Text;
using System.Threading.Channels;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Execution;
using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.PowerShell.Pipeline;

/// <summary>
/// A command or container that runs while input is written to it. Its output is read in the background, so that neither side waits for the
/// other: what has come is passed on whenever input is written, and the rest at the end.
/// </summary>
internal sealed class RunningCommand : IAsyncDisposable
{
    private const int Capacity = 1024;

    private readonly ContainerSession _session;
    private readonly CancellationTokenSource _cancellation;
    private readonly Channel<LogRecord> _lines = Channel.CreateBounded<LogRecord>(new BoundedChannelOptions(Capacity) { SingleReader = true, SingleWriter = true });
    private readonly MemoryStream _output = new();
    private readonly MemoryStream _error = new();
    private readonly Stopwatch _time = Stopwatch.StartNew();
    private readonly string _containerName;
    private readonly Task _reading;
    private bool _inputEnded;

    /// <param name="session">The connection; disposed of with this.</param>
    /// <param name="containerName">The container that lines name.</param>
    /// <param name="runtime">The runtime that lines name.</param>
    /// <param name="keep">Keeps the output for <see cref="FinishAsync"/> instead of passing it on.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public RunningCommand(ContainerSession session, string containerName, string runtime, bool keep, CancellationToken cancellationToken)
    {
        _session = session;
        _containerName = containerName;
        _cancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _reading = keep ? KeepAsync(_cancellation.Token) : ReadLinesAsync(runtime, _cancellation.Token);
    }

    /// <summary>Writes input, and passes output on meanwhile. Input that the process does not read any more is dropped.</summary>
    public async Task WriteAsync(ReadOnlyMemory<byte> bytes, Func<LogRecord, ValueTask> pass, CancellationToken cancellationToken)
    {
        if (_inputEnded || bytes.IsEmpty)
        {
            return;
        }

        var writing = WriteCoreAsync(bytes, cancellationToken);
        while (!writing.IsCompleted)
        {
            var more = _lines.Reader.WaitToReadAsync(cancellationToken).AsTask();
            await Task.WhenAny(writing, more);
            if (more.IsCompleted && !await more)
            {
                break;
            }

            await PassAsync(pass);
        }

        await writing;
        await PassAsync(pass);
    }

    /// <summary>Says that no more input comes.</summary>
    public async Task CloseInputAsync(CancellationToken cancellationToken)
    {
        if (!_inputEnded)
        {
            _inputEnded = true;
            await _session.CloseInputAsync(cancellationToken);
        }
    }

    /// <summary>Passes the rest of the output on and waits for the end.</summary>
    /// <returns>What the command did; with its output if that was kept.</returns>
    public async Task<ExecResult> FinishAsync(Func<LogRecord, ValueTask> pass, CancellationToken cancellationToken)
    {
        await foreach (var line in _lines.Reader.ReadAllAsync(cancellationToken))
        {
            await pass(line);
        }

        await _reading;
        var exitCode = await _session.WaitAsync(cancellationToken);
        return new ExecResult
        {
            ExitCode = exitCode,
            RawStdOut = _output.ToArray(),
            RawStdErr = _error.ToArray(),
            StdOut = Encoding.UTF8.GetString(_output.GetBuffer(), 0, (int)_output.Length),
            StdErr = Encoding.UTF8.GetString(_error.GetBuffer(), 0, (int)_error.Length),
            Duration = _time.Elapsed,
            ContainerName = _containerName,
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _cancellation.CancelAsync();
        await _session.DisposeAsync();
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _cancellation.Dispose();
    }

    private async Task WriteCoreAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await _session.Input.WriteAsync(bytes, cancellationToken);
            await _session.Input.FlushAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or ZLayerException { Kind: ZLayerErrorKind.RuntimeUnavailable })
        {
            // The process has ended or closed its input. What became of it is told by its exit code.
            _inputEnded = true;
        }
    }

    private async Task PassAsync(Func<LogRecord, ValueTask> pass)
    {
        while (_lines.Reader.TryRead(out var line))
        {
            await pass(line);
        }
    }

    private async Task ReadLinesAsync(string runtime, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var line in LogLines.ReadAsync(_session.ReadAsync(cancellationToken), _containerName, runtime, cancellationToken))
            {
                await _lines.Writer.WriteAsync(line, cancellationToken);
            }

            _lines.Writer.Complete();
        }
        catch (Exception exception)
        {
            _lines.Writer.Complete(exception);
        }
    }

    private async Task KeepAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var chunk in _session.ReadAsync(cancellationToken))
            {
                (chunk.Stream == LogStream.StdErr ? _error : _output).Write(chunk.Data.Span);
            }

            _lines.Writer.Complete();
        }
        catch (Exception exception)
        {
            _lines.Writer.Complete(exception);
        }
    }
}
