using System.Diagnostics;
using System.Text.RegularExpressions;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Terminals;

/// <summary>A real terminal with a shell in it: a window of a tmux server of its own. Keys are typed into it, and its screen is read.</summary>
internal sealed class TmuxWindow : IAsyncDisposable
{
    public const string Prompt = "outside>";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly string _server = $"zlayer-{Guid.NewGuid():N}";

    private TmuxWindow()
    {
    }

    public static bool IsInstalled { get; } = Programs.Find("tmux") is not null;

    /// <summary>Opens a window with a shell.</summary>
    /// <param name="environment">Variables of the shell.</param>
    /// <param name="directory">Its working directory.</param>
    public static async Task<TmuxWindow> OpenAsync(IReadOnlyDictionary<string, string> environment, string directory)
    {
        var window = new TmuxWindow();
        string[] variables = [.. environment.Select(v => $"{v.Key}={v.Value}"), $"PS1={Prompt} ", "LANG=C.UTF-8"];
        await window.TmuxAsync(["-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", "-c", directory, "env", .. variables, "bash", "--norc", "--noprofile"]);
        await window.SeeAsync(Regex.Escape(Prompt));
        return window;
    }

    /// <summary>Types a line and Enter.</summary>
    public async Task TypeLineAsync(string text)
    {
        await TypeAsync(text);
        await PressAsync("Enter");
    }

    /// <summary>Types characters.</summary>
    public Task TypeAsync(string text) => TmuxAsync("send-keys", "-l", "--", text);

    /// <summary>Presses keys by tmux's names: <c>C-c</c>, <c>Left</c>, <c>Enter</c>.</summary>
    public Task PressAsync(params string[] keys) => TmuxAsync(["send-keys", .. keys]);

    public Task ResizeAsync(int columns, int rows) => TmuxAsync("resize-window", "-x", $"{columns}", "-y", $"{rows}");

    /// <summary>The screen, and what has scrolled out of it.</summary>
    public async Task<string> ScreenAsync() => (await TmuxAsync("capture-pane", "-p", "-S", "-")).TrimEnd('\n');

    /// <summary>
    /// Types a line and waits until a line of the screen has a pattern. Where a program is about to take over the terminal without a sign
    /// of it, and what was typed by then is lost, the line is typed again.
    /// </summary>
    public async Task TypeUntilAsync(string text, string pattern)
    {
        var clock = Stopwatch.StartNew();
        for (var typed = TimeSpan.MinValue; !Regex.IsMatch(await ScreenAsync(), pattern, RegexOptions.Multiline); await Task.Delay(50))
        {
            if (clock.Elapsed > Patience)
            {
                await SeeAsync(pattern);
                return;
            }

            if (typed == TimeSpan.MinValue || clock.Elapsed - typed > Patience / 10)
            {
                typed = clock.Elapsed;
                await TypeLineAsync(text);
            }
        }
    }

    /// <summary>Waits until a line of the screen has a pattern.</summary>
    public async Task<Match> SeeAsync(string pattern)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var screen = await ScreenAsync();
            if (Regex.Match(screen, pattern, RegexOptions.Multiline) is { Success: true } match)
            {
                return match;
            }

            Assert.True(clock.Elapsed < Patience, $"'{pattern}' does not appear:\n{screen}");
            await Task.Delay(50);
        }
    }

    /// <summary>Empties the screen, so that what is seen is new.</summary>
    public async Task ClearAsync()
    {
        await PressAsync("C-l");
        await TmuxAsync("clear-history");
    }

    /// <summary>A sum of the modes of the terminal as its shell sees them while no other program runs in it.</summary>
    public async Task<string> ModesAsync(string mark)
    {
        await TypeLineAsync($"echo {mark}=$(stty -g | cksum | cut -d' ' -f1)");
        return (await SeeAsync($"^{mark}=(\\d+)$")).Groups[1].Value;
    }

    public async ValueTask DisposeAsync() => await TmuxAsync("kill-server");

    private async Task<string> TmuxAsync(params string[] arguments)
    {
        var result = await Programs.RunAsync("tmux", ["-L", _server, .. arguments]);
        return result.ExitCode == 0 || arguments is ["kill-server"] ? result.Output : throw new InvalidOperationException($"tmux {string.Join(' ', arguments)}: {result.Error}");
    }
}
