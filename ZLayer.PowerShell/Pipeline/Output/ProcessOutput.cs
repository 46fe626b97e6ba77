using System.Management.Automation;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Observation;
using ZLayer.Core.Storage;

namespace ZLayer.PowerShell.Pipeline;

/// <summary>
/// Where what a process wrote goes: its standard output to the output stream, its standard error to the error stream, as PowerShell has it
/// of programs; or, where streams are named, what was written to these to the output stream. With a file, the standard output goes there
/// byte for byte.
/// </summary>
internal sealed class ProcessOutput : IAsyncDisposable
{
    /// <summary>The id of the errors that are lines of a standard error.</summary>
    public const string ErrorId = "StandardError";

    /// <summary>The name by which the view of such an error is found.</summary>
    private const string TypeName = "ZLayer.PowerShell.StandardErrorLine";

    private readonly IReadOnlyList<LogStream> _streams;
    private readonly OutputFile? _file;

    /// <param name="streams">The streams whose lines are wanted as output; none for the usual.</param>
    /// <param name="path">
    /// The full path of a file for the standard output, which is replaced when the process has ended; null for none.
    /// </param>
    /// <param name="cancellationToken">Ends the wait for who reads a pipe.</param>
    /// <exception cref="ZLayerException">The file cannot be written.</exception>
    public ProcessOutput(IReadOnlyList<LogStream> streams, string? path, CancellationToken cancellationToken)
    {
        _streams = streams;
        _file = path is null ? null : OutputFile.Open(path, "write the output", cancellationToken);
    }

    /// <summary>The full path of a file for the output; null for none.</summary>
    /// <exception cref="ZLayerException">
    /// InvalidArgument: the output is wanted elsewhere, too, or the path is not of the file system.
    /// </exception>
    public static string? ResolvePath(string? path, Func<string, string> resolve, IReadOnlyList<LogStream> streams, bool asResult)
    {
        if (asResult && (path is not null || streams.Count > 0))
        {
            throw Clash(
                "-AsResult returns the output in one object", path is null
                    ? "-Stream returns its lines"
                    : "-OutputPath writes it to a file");
        }

        if (path is not null && streams.Contains(LogStream.StdOut))
        {
            throw Clash("-OutputPath writes the standard output to a file", "-Stream StdOut returns its lines");
        }

        return path is null ? null : resolve(path);
    }

    private static ZLayerException Clash(string one, string other)
        => new(ZLayerErrorKind.InvalidArgument, $"{one}, and {other}; only one can be meant.");

    /// <summary>Passes a line on.</summary>
    public async ValueTask WriteAsync(LogRecord line, IPipelineSink sink)
    {
        if (_file is not null && line.Stream != LogStream.StdErr)
        {
            var (bytes, end) = OutputLine.BytesOf(line)!.Value;
            await _file.WriteAsync(bytes);
            await _file.WriteAsync(end);
        }
        else if (_streams.Count == 0 ? line.Stream != LogStream.StdErr : _streams.Contains(line.Stream))
        {
            await sink.WriteObjectAsync(OutputLine.Of(line));
        }
        else if (_streams.Count == 0)
        {
            await sink.WriteStandardErrorAsync(ToError(line));
        }
    }

    /// <summary>Gives the file its name: the process has ended.</summary>
    public ValueTask CompleteAsync() => _file?.CompleteAsync() ?? ValueTask.CompletedTask;

    /// <summary>Closes the file; one that is not complete is removed.</summary>
    public ValueTask DisposeAsync() => _file?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static ErrorRecord ToError(LogRecord line)
    {
        var error = new ErrorRecord(new RemoteException(line.Text), ErrorId, ErrorCategory.FromStdErr, OutputLine.Of(line));
        PSObject.AsPSObject(error).TypeNames.Insert(0, TypeName);
        return error;
    }
}
