using System.Globalization;

namespace ZLayer.Testing;

/// <summary>The columns in which the processes of fake containers are listed.</summary>
internal static class FakeColumns
{
    /// <summary>What ps shows with -f, or the columns that its -o names; those that the fake does not know are left out.</summary>
    public static IReadOnlyList<(string Name, string Title, Func<FakeProcess, string> Of)> For(IReadOnlyList<string> arguments)
    {
        (string Name, string Title, Func<FakeProcess, string> Of)[] all =
        [
            ("uid", "UID", p => FakeUsers.NameOf(p.Scope.User)),
            ("pid", "PID", p => p.Pid.ToString(CultureInfo.InvariantCulture)),
            ("ppid", "PPID", _ => "1"),
            ("c", "C", _ => "0"),
            ("stime", "STIME", p => p.StartedAt.ToString("HH:mm", CultureInfo.InvariantCulture)),
            ("tty", "TTY", p => p.Scope.Tty ? "pts/0" : "?"),
            ("time", "TIME", _ => "00:00:00"),
            ("cmd", "CMD", p => string.Join(' ', p.Scope.Arguments)),
            ("user", "USER", p => FakeUsers.NameOf(p.Scope.User)),
            ("comm", "COMMAND", p => FakeFileSystem.NameOf(p.Scope.Arguments[0])),
            ("args", "COMMAND", p => string.Join(' ', p.Scope.Arguments)),
        ];
        var chosen = arguments.SkipWhile(argument => argument != "-o").Skip(1).FirstOrDefault();
        return chosen is null
            ? all[..8]
            : [.. chosen.Split(',')
                .Select(name => Array.Find(all, column => column.Name == name))
                .Where(column => column.Name is not null)];
    }
}
