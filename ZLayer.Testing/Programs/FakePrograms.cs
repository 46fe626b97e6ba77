using System.Globalization;
using System.Text;
using ZLayer.Core.Layers;

namespace ZLayer.Testing;

/// <summary>
/// The programs of fake containers: those of a small Linux image, as far as tests need them, and shell scripts in the container's files.
/// </summary>
internal static class FakePrograms
{
    /// <summary>The programs that every fake image has.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "[", "cat", "echo", "env", "false", "hostname", "id", "ls", "mkdir", "printenv", "printf", "pwd", "rm", "seq", "sh", "sleep", "tail",
        "test", "touch", "true", "uname", "wc", "whoami",
    ];

    /// <summary>Whether a command can be started: a program of the fake, or a script of the container.</summary>
    public static bool CanStart(FakeContainer container, FakeScope scope, string program)
        => Names.Contains(FakeFileSystem.NameOf(program)) || FindScript(container, scope, program) is not null;

    /// <summary>Runs a command to its end.</summary>
    /// <returns>Its exit code.</returns>
    public static async Task<int> RunAsync(FakeProcess process, FakeScope scope, IReadOnlyList<string> command)
    {
        if (command.Count == 0)
        {
            return 0;
        }

        var arguments = command.Skip(1).ToList();
        if (FindScript(process.Container, scope, command[0]) is { } script)
        {
            return await FakeShell.RunAsync(process, Child(scope), script, command).ConfigureAwait(false);
        }

        switch (FakeFileSystem.NameOf(command[0]))
        {
            case "true":
                return 0;
            case "false":
                return 1;
            case "sh":
                return await ShellAsync(process, scope, arguments).ConfigureAwait(false);
            case "sleep":
                return await SleepAsync(process, scope, arguments).ConfigureAwait(false);
            case "cat" or "wc":
                return await FakeFilePrograms.ReadAsync(process, scope, FakeFileSystem.NameOf(command[0]), arguments).ConfigureAwait(false);
            case "tail":
                return await FakeFilePrograms.TailAsync(process, scope, arguments).ConfigureAwait(false);
            case "env" when arguments.SkipWhile(a => a.Contains('=', StringComparison.Ordinal)).Any():
                return await EnvAsync(process, scope, arguments).ConfigureAwait(false);
            default:
                return Print(process, scope, FakeFileSystem.NameOf(command[0]), arguments)
                    ?? FakeFilePrograms.Run(process, scope, FakeFileSystem.NameOf(command[0]), arguments)
                    ?? NotFound(process, scope, command[0]);
        }
    }

    /// <summary>Writes a file of a container, with the directories above it.</summary>
    public static void WriteFile(FakeProcess process, string path, byte[] bytes, bool append)
    {
        var files = process.Container.Files;
        var target = files.Resolve(path) ?? path;
        var before = files.Find(target, followLast: false);
        var time = process.Container.State.Clock.Tick();
        files.Put(target, (before is { Type: TarEntryType.File } ? before : FakeFile.Text(time, "")) with
        {
            ModificationTime = time,
            Content = append && before is not null ? (byte[])[.. before.Content.Span, .. bytes] : bytes,
        });
    }

    private static FakeScope Child(FakeScope scope) => scope with { Environment = new(scope.Environment) };

    // A script is a file that may be executed and begins with #! and a shell.
    private static string? FindScript(FakeContainer container, FakeScope scope, string program)
    {
        IEnumerable<string> places = program.Contains('/', StringComparison.Ordinal)
            ? [FakeFileSystem.Normalize(program, scope.Directory)]
            : scope.Environment.GetValueOrDefault("PATH", FakeImage.SearchPath)
                .Split(':')
                .Select(d => FakeFileSystem.Normalize(program, d));
        foreach (var place in places)
        {
            if (container.Files.Find(place) is { IsExecutable: true } file && file.Content.Span.StartsWith("#!"u8))
            {
                var text = Encoding.UTF8.GetString(file.Content.Span);
                return text.Split('\n')[0].TrimEnd().EndsWith("sh", StringComparison.Ordinal) ? text : null;
            }
        }

        return null;
    }

    private static async Task<int> ShellAsync(FakeProcess process, FakeScope scope, List<string> arguments)
    {
        var child = Child(scope);
        var options = arguments.TakeWhile(a => a.StartsWith('-')).ToList();
        var rest = arguments.Skip(options.Count).ToList();
        if (options.Exists(o => o.Contains('c', StringComparison.Ordinal)) && rest.Count > 0)
        {
            return await FakeShell.RunAsync(process, child, rest[0], rest.Count > 1 ? rest[1..] : ["sh"]).ConfigureAwait(false);
        }

        if (rest.Count > 0)
        {
            return process.Container.Files.Find(FakeFileSystem.Normalize(rest[0], scope.Directory)) is { Type: TarEntryType.File } file
                ? await FakeShell.RunAsync(process, child, Encoding.UTF8.GetString(file.Content.Span), rest).ConfigureAwait(false)
                : NotFound(process, scope, rest[0]);
        }

        return await ReadCommandsAsync(process, child).ConfigureAwait(false);
    }

    // A shell without a script takes its commands from its input, as they come.
    private static async Task<int> ReadCommandsAsync(FakeProcess process, FakeScope scope)
    {
        var pending = "";
        while (await process.ReadAsync(scope.Input).ConfigureAwait(false) is { Length: > 0 } bytes)
        {
            pending += Encoding.UTF8.GetString(bytes);
            var end = pending.LastIndexOf('\n');
            if (end >= 0)
            {
                scope.Status = await FakeShell.RunAsync(process, scope, pending[..end], []).ConfigureAwait(false);
                pending = pending[(end + 1)..];
            }
        }

        return pending.Length > 0 ? await FakeShell.RunAsync(process, scope, pending, []).ConfigureAwait(false) : scope.Status;
    }

    private static async Task<int> SleepAsync(FakeProcess process, FakeScope scope, List<string> arguments)
    {
        var text = arguments.Count == 0 ? "" : arguments[0];
        if (text is "infinity" or "inf")
        {
            await process.SleepAsync(null).ConfigureAwait(false);
            return 0;
        }

        var factor = text.Length == 0 ? 1 : text[^1] switch { 'm' => 60, 'h' => 3600, 'd' => 86400, _ => 1 };
        if (!double.TryParse(
            text.TrimEnd('s', 'm', 'h', 'd'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds))
        {
            scope.Complain(process, $"sleep: invalid number '{text}'");
            return 1;
        }

        await process.SleepAsync(TimeSpan.FromSeconds(seconds * factor)).ConfigureAwait(false);
        return 0;
    }

    private static Task<int> EnvAsync(FakeProcess process, FakeScope scope, List<string> arguments)
    {
        var child = Child(scope);
        var variables = arguments.TakeWhile(a => a.Contains('=', StringComparison.Ordinal)).ToList();
        variables.Select(v => v.Split('=', 2)).ToList().ForEach(v => child.Environment[v[0]] = v[1]);
        return RunAsync(process, child, arguments.Skip(variables.Count).ToList());
    }

    private static int? Print(FakeProcess process, FakeScope scope, string program, List<string> arguments)
    {
        string? text = program switch
        {
            "echo" => Echo(arguments),
            "printf" => Printf(arguments),
            "pwd" => scope.Directory + "\n",
            "hostname" => scope.Hostname + "\n",
            "whoami" => FakeUsers.NameOf(scope.User) + "\n",
            "id" => FakeUsers.Describe(scope.User, arguments),
            "uname" => arguments.Contains("-m") ? "x86_64\n"
                : arguments.Contains("-a") ? $"Linux {scope.Hostname} 0.0.0-fake x86_64 Linux\n"
                : "Linux\n",
            "env" => string.Concat(
                scope.Environment.Where(e => !char.IsAsciiDigit(e.Key[0]))
                    .OrderBy(e => e.Key, StringComparer.Ordinal)
                    .Select(e => $"{e.Key}={e.Value}\n")),
            "printenv" when arguments.Count == 0 => string.Concat(
                scope.Environment.OrderBy(e => e.Key, StringComparer.Ordinal).Select(e => $"{e.Key}={e.Value}\n")),
            "printenv" => scope.Environment.TryGetValue(arguments[0], out var value) ? value + "\n" : "",
            "seq" => Sequence(arguments),
            _ => null,
        };
        if (text is null)
        {
            return null;
        }

        scope.Print(process, text);
        return program == "printenv" && text.Length == 0 ? 1 : 0;
    }

    private static string Echo(List<string> arguments)
    {
        var options = arguments.TakeWhile(a => a is "-n" or "-e" or "-ne" or "-en").ToList();
        var text = string.Join(' ', arguments.Skip(options.Count));
        return (options.Exists(o => o.Contains('e', StringComparison.Ordinal))
            ? Unescape(text)
            : text) + (options.Exists(o => o.Contains('n', StringComparison.Ordinal)) ? "" : "\n");
    }

    private static string Printf(List<string> arguments)
    {
        var text = new StringBuilder();
        var format = arguments.Count > 0 ? Unescape(arguments[0]) : "";
        var values = new Queue<string>(arguments.Skip(1));
        do
        {
            for (var i = 0; i < format.Length; i++)
            {
                if (format[i] != '%' || i + 1 == format.Length)
                {
                    text.Append(format[i]);
                }
                else
                {
                    text.Append(format[++i] == '%' ? "%" : values.TryDequeue(out var value) ? value : "");
                }
            }
        }
        while (values.Count > 0 && format.Contains('%', StringComparison.Ordinal));
        return text.ToString();
    }

    private static string Unescape(string text)
        => text.Replace("\\n", "\n", StringComparison.Ordinal).Replace("\\t", "\t", StringComparison.Ordinal)
            .Replace("\\r", "\r", StringComparison.Ordinal).Replace("\\033", "\u001b", StringComparison.Ordinal).Replace(
                "\\\\", "\\", StringComparison.Ordinal);

    private static string Sequence(List<string> arguments)
    {
        var numbers = arguments.Select(a => int.TryParse(a, CultureInfo.InvariantCulture, out var n) ? n : 0).ToList();
        var (first, last) = numbers is [var from, var to] ? (from, to) : (1, numbers.Count > 0 ? numbers[^1] : 0);
        return string.Concat(
            Enumerable.Range(first, Math.Max(0, last - first + 1)).Select(n => n.ToString(CultureInfo.InvariantCulture) + "\n"));
    }

    private static int NotFound(FakeProcess process, FakeScope scope, string program)
    {
        scope.Complain(process, $"sh: {program}: not found");
        return 127;
    }
}
