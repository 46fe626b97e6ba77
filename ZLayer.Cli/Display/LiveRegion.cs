using Spectre.Console;
using Spectre.Console.Rendering;

namespace ZLayer.Cli.Display;

/// <summary>Redraws some lines at the bottom of the terminal several times a second until it is disposed; the last picture stays.</summary>
internal sealed class LiveRegion : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _end = new();
    private readonly Func<int, IReadOnlyList<DisplayLine>> _draw;
    private readonly Task _loop;

    /// <param name="draw">Gives the lines for a number of rows.</param>
    public LiveRegion(Func<int, IReadOnlyList<DisplayLine>> draw)
    {
        _draw = draw;
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        _loop = console.Live(Text.Empty).AutoClear(false).StartAsync(context => RedrawAsync(console, context));
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _loop;
        _end.Dispose();
    }

    private async Task RedrawAsync(IAnsiConsole console, LiveDisplayContext context)
    {
        while (!_end.IsCancellationRequested)
        {
            context.UpdateTarget(Render(console));
            await Task.Delay(Interval, _end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        context.UpdateTarget(Render(console));
    }

    private Rows Render(IAnsiConsole console)
    {
        var width = console.Profile.Width;
        return new Rows(
            _draw(Math.Max(4, console.Profile.Height - 1)).Select(IRenderable (line) => new Text(line.Fit(width), Look(line.Style))));
    }

    private static Style Look(LineStyle style) => style switch
    {
        LineStyle.Heading => new Style(decoration: Decoration.Bold),
        LineStyle.Done => new Style(Color.Blue),
        LineStyle.Cached => new Style(Color.Green),
        LineStyle.Dim => new Style(decoration: Decoration.Dim),
        LineStyle.Warning => new Style(Color.Yellow),
        LineStyle.Failed => new Style(Color.Red),
        _ => Style.Plain,
    };
}
