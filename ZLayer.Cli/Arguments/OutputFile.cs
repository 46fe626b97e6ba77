using ZLayer.Core.Errors;
using ZLayer.Core.Terminals;

namespace ZLayer.Cli.Arguments;

/// <summary>A file that is written beside its place and takes it when it is whole, or standard output.</summary>
internal sealed class OutputFile : IAsyncDisposable
{
    private readonly string? _path;
    private readonly string? _partial;

    private OutputFile(string? path)
    {
        _path = path;
        _partial = path is null ? null : $"{path}.{Environment.ProcessId}.partial";
        Stream = _partial is null ? StandardStream.OpenOutput() : File.Create(_partial);
    }

    public Stream Stream { get; }

    /// <summary>Opens a file; null or <c>-</c> is standard output.</summary>
    public static OutputFile Open(string? path)
    {
        try
        {
            return new OutputFile(path is null or "-" ? null : Path.GetFullPath(path));
        }
        catch (Exception e) when (ZLayerException.From(e, isWrite: true) is { } cause)
        {
            throw new ZLayerException(cause.Kind, $"The file {path} cannot be written: {cause.Message}", e) { Subject = path, Advice = cause.Advice };
        }
    }

    /// <summary>The file is whole: it takes its place.</summary>
    public void Keep()
    {
        if (_partial is not null)
        {
            Stream.Dispose();
            File.Move(_partial, _path!, overwrite: true);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Stream.DisposeAsync();
        if (_partial is not null)
        {
            File.Delete(_partial);
        }
    }
}
