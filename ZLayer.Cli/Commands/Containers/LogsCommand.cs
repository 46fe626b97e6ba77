using System.CommandLine;
using System.Globalization;
using System.Text;
using ZLayer.Cli.Arguments;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Observation;
using ZLayer.Core.Terminals;

namespace ZLayer.Cli.Commands.Containers;

/// <summary><c>zlayer logs CONTAINER</c></summary>
internal sealed class LogsCommand : RuntimeCommand
{
    private readonly Argument<string> _container = Container();
    private readonly Option<bool> _follow
        = OptionOf.Flag("--follow", "Go on with what is written from now on, until the container ends", "-f");
    private readonly Option<string?> _tail
        = OptionOf.Text("--tail", "LINES", "Begin so many lines before the end; 'all' or a negative number is all (default: all)", "-n");
    private readonly Option<string?> _since
        = OptionOf.Text("--since", "TIME", "Begin with what was written then: a time, or a duration before now such as 10m");
    private readonly Option<string?> _until = OptionOf.Text("--until", "TIME", "End with what was written then");
    private readonly Option<bool> _timestamps = OptionOf.Flag("--timestamps", "Put its time before each line", "-t");
    private readonly Option<bool> _details
        = OptionOf.Flag("--details", "Put what the log driver kept besides before each line, such as labels");

    public LogsCommand()
        : base("logs", "Show what a container wrote: its output on standard output, its errors on standard error.")
        => Add(_container, _follow, _tail, _since, _until, _timestamps, _details);

    protected override async Task ExecuteAsync(ParseResult parsed, IContainerRuntime runtime, CancellationToken cancellationToken)
    {
        var now = DateTimeOffset.UtcNow;
        var options = new LogOptions
        {
            Follow = parsed.GetValue(_follow),
            Tail = parsed.ReadValue(_tail, ReadTail) is >= 0 and var lines ? lines : null,
            Since = parsed.ReadValue(_since, text => PointInTime.Parse(text, now)),
            Until = parsed.ReadValue(_until, text => PointInTime.Parse(text, now)),
            Timestamps = parsed.GetValue(_timestamps),
            Details = parsed.GetValue(_details),
        };
        await using var output = StandardStream.OpenOutput();
        await using var error = StandardStream.OpenError();
        await foreach (var chunk in runtime.StreamLogsAsync(parsed.GetValue(_container)!, options, cancellationToken))
        {
            var target = chunk.Stream == LogStream.StdErr ? error : output;
            if (options.Timestamps && chunk.Timestamp is { } time)
            {
                target.Write(Stamp(time, chunk.Nanoseconds, chunk.Data.Span));
            }
            else
            {
                target.Write(chunk.Data.Span);
            }
        }
    }

    private static int ReadTail(string text)
        => text == "all" ? -1
            : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var lines) ? lines
            : throw new ZLayerException(ZLayerErrorKind.InvalidArgument, "not a number of lines.");

    private static byte[] Stamp(DateTimeOffset time, int nanoseconds, ReadOnlySpan<byte> line)
        => [.. Encoding.ASCII.GetBytes(PointInTime.Write(time.ToUniversalTime(), nanoseconds) + " "), .. line];
}
