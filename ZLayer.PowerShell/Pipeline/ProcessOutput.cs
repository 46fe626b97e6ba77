using System.Management.Automation;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.PowerShell.Pipeline;

/// <summary>
/// Where what a process wrote goes: its standard output to the output stream, its standard error to the error stream, as PowerShell has it of
/// programs; or, where streams are named, what was written to these to the output stream. With a file, the standard output goes there byte for byte.
/// </summary>
internal sealed class ProcessOutput : IAsyncDisposable
{
    /// <summary>The id of the errors that are lines of a standard error.</summary>
    public const string ErrorId = "StandardError";

    /// <summary>The name by which the view of such an error is found.</summary>
    private const string TypeName = "ZLayer.PowerShell.StandardErrorLine";

    private readonly IReadOnlyList<LogStream> _streams;
    private readonly FileStream? _file;

    /// <param name="streams">The streams whose lines are wanted as output; none for the usual.</param>
    /// <param name="path">The full path of a file for the standard output, which is replaced; null for none.</param>
    public ProcessOutput(IReadOnlyList<LogStream> streams, string? path)
    {
        _streams = streams;
        _file = path is null ? null : new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read);
    }

    /// <summary>The full path of a file for the output; null for none.</summary>
    /// <exception cref="ZLayerException">InvalidArgument: the output is wanted in an object too, or the path is not of the file system.</exception>
    public static string? ResolvePath(string? path, Func<string, string> resolve, bool asResult)
        => path is not null && asResult
            ? throw new ZLayerException(ZLayerErrorKind.InvalidArgument, "-AsResult returns the output, and -OutputPath writes it to a file; only one can be meant.") { Subject = path }
            : path is null ? null : resolve(path);

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

    /// <summary>Closes the file.</summary>
    public ValueTask DisposeAsync() => _file?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static ErrorRecord ToError(LogRecord line)
    {
        var error = new ErrorRecord(new RemoteException(line.Text), ErrorId, ErrorCategory.FromStdErr, OutputLine.Of(line));
        PSObject.AsPSObject(error).TypeNames.Insert(0, TypeName);
        return error;
    }
}
