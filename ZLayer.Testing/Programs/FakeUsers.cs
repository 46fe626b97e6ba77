using System.Globalization;

namespace ZLayer.Testing;

/// <summary>The users of fake containers: root, nobody, and numbers.</summary>
internal static class FakeUsers
{
    public static string NameOf(string user) => NumberOf(user) switch { 0 => "root", 65534 => "nobody", _ => user.Split(':')[0] };

    public static int NumberOf(string user)
    {
        var name = user.Split(':')[0];
        return int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : name is "" or "root" ? 0
            : name == "nobody" ? 65534
            : 1000;
    }

    /// <summary>What <c>id</c> prints.</summary>
    public static string Describe(string user, List<string> arguments)
    {
        var uid = NumberOf(user);
        var gid = user.Contains(':', StringComparison.Ordinal) ? NumberOf(user[(user.IndexOf(':', StringComparison.Ordinal) + 1)..]) : uid;
        return arguments switch
        {
            ["-u"] => string.Create(CultureInfo.InvariantCulture, $"{uid}\n"),
            ["-g"] => string.Create(CultureInfo.InvariantCulture, $"{gid}\n"),
            ["-un"] or ["-u", "-n"] => NameOf(user) + "\n",
            _ => string.Create(CultureInfo.InvariantCulture, $"uid={uid}({NameOf(user)}) gid={gid}({NameOf(user)})\n"),
        };
    }
}
