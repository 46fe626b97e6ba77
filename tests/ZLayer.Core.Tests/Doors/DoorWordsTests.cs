using System.Text.RegularExpressions;

namespace ZLayer.Core.Tests.Doors;

/// <summary>Core does not know through which door its user came: what it says names options and commands in the words of both.</summary>
public sealed partial class DoorWordsTests
{
    // What Dockerfiles are written with: messages about them name it, whatever the door.
    private static readonly HashSet<string> InstructionFlags =
    [
        "--checksum", "--chmod", "--chown", "--device", "--exclude", "--from", "--interval", "--keep-git-dir", "--link", "--mount", "--network",
        "--parents", "--platform", "--retries", "--security", "--start-interval", "--start-period", "--timeout", "--unpack",
    ];

    // File, and why its texts name other options.
    private static readonly Dictionary<string, string> Reasons = new()
    {
        ["CdiDevices.cs"] = "of nvidia-ctk, which the user is advised to run",
        ["ConnectAdvice.cs"] = "of systemctl, which the user is advised to run",
        ["HealthCheck.Probes.cs"] = "of curl, in a script that runs in the container",
        ["TarContents.cs"] = "of tar, which the user is advised to run",
        ["UserModeNetwork.cs"] = "of pasta and slirp4netns, in scripts that Core runs",
    };

    [Fact]
    public void Texts_of_core_name_no_option()
    {
        List<string> named =
        [
            .. from file in Source()
               where !Reasons.ContainsKey(Path.GetFileName(file.Path))
               from text in TextsOf(file.Text)
               where NamesOption(file.Path, text)
               select $"{file.Path}: {text}",
        ];

        Assert.True(named.Count == 0, string.Join('\n', named));
    }

    [Fact]
    public void Texts_of_core_name_no_cmdlet_and_no_parameter()
    {
        List<string> named =
        [
            .. from file in Source()
               from text in TextsOf(file.Text)
               where CmdletOrParameter().IsMatch(text)
               select $"{file.Path}: {text}",
        ];

        Assert.True(named.Count == 0, string.Join('\n', named));
    }

    [Fact]
    public void Each_file_with_a_reason_has_such_a_text()
    {
        var files = Source().Where(file => TextsOf(file.Text).Any(text => NamesOption(file.Path, text)))
            .Select(file => Path.GetFileName(file.Path));

        Assert.All(Reasons.Keys, file => Assert.Contains(file, files));
    }

    [Fact]
    public void Texts_are_found_with_what_is_put_into_them()
    {
        Assert.Equal(
            [" --a", "say {}", "x --b", " --c"],
            TextsOf("F(\" --a\", $\"say {DoorWords.Of(\"--force\", \"-Force\")}\", \"x --b\", @\" --c\");"));
        Assert.True(NamesOption("ZLayer.Core/Images/A.cs", "Leave out --platform."));
        Assert.False(NamesOption("ZLayer.Core/Builds/A.cs", "FROM --platform is empty"));
        Assert.True(NamesOption("ZLayer.Core/Builds/A.cs", "Build with --push."));
        Assert.False(NamesOption("ZLayer.Core/Builds/A.cs", "--no-tags"));
        Assert.Empty(TextsOf("// \" --a\"\n/// <c>\" --b\"</c>\n"));
    }

    // What both doors stand on.
    private static IEnumerable<(string Path, string Text)> Source()
        => Repository.SourceOf("ZLayer.Core").Concat(Repository.SourceOf("ZLayer.Testing"));

    // One word alone is an argument of a program that Core starts.
    private static bool NamesOption(string file, string text)
        => !Argument().IsMatch(text)
            && Option().Matches(text).Any(match => !(IsOfDockerfiles(file) && InstructionFlags.Contains(match.Groups["option"].Value)));

    private static bool IsOfDockerfiles(string file)
        => file.StartsWith(Path.Combine("ZLayer.Core", "Builds"), StringComparison.Ordinal)
            || file.StartsWith(Path.Combine("ZLayer.Core", "Dockerfiles"), StringComparison.Ordinal);

    // Without comments, and without what stands in the words of both doors.
    private static IEnumerable<string> TextsOf(string source)
        => Text().Matches(BothDoors().Replace(Comment().Replace(source, ""), "")).Select(match => match.Groups["text"].Value);

    [GeneratedRegex(@"^\s*//.*$|(?<=[;{}),])\s*// .*$", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"(?:DoorWords\.)?\bOf\(\s*(?:\w+|\$?""[^""\n]*""),\s*\$?""[^""\n]*""\s*\)")]
    private static partial Regex BothDoors();

    [GeneratedRegex(@"""""""(?<text>[\s\S]*?)""""""|@""(?<text>(?:[^""]|"""")*)""|""(?<text>(?:\\.|[^""\\\n])*)""")]
    private static partial Regex Text();

    [GeneratedRegex(@"(?<![\w-])(?<option>--[a-z][a-z-]*)")]
    private static partial Regex Option();

    [GeneratedRegex(@"^--[a-z-]+(?:=\S*)?$")]
    private static partial Regex Argument();

    [GeneratedRegex(@"\b[A-Z][a-z]+-ZLayer[A-Z]|(?<![\w-])-[A-Z][a-z]+")]
    private static partial Regex CmdletOrParameter();
}
