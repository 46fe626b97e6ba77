using System.Text;
using System.Text.Json;
using ZLayer.Core.Tests.Engines;
using ZLayer.Core.Tests.Registries;

namespace ZLayer.Core.Tests.Cli;

/// <summary>What strangers wrote does not act on the terminal: no command prints it as it is.</summary>
public sealed class ForeignTextTests : IDisposable
{
    /// <summary>A title, a link, a cleared screen, a forged line, a direction mark, C1, an invisible character.</summary>
    private const string Evil = "a\u001b]0;title\u0007\u001b[2J\r\nerror: FORGED\u202egpj.exe\u009b31m\u200b\u2028\tb";

    private static readonly string EvilJson = JsonSerializer.Serialize(Evil);

    private readonly CliProcess _cli = new();

    public void Dispose() => _cli.Dispose();

    [Theory]
    [InlineData("tags NAME/evil")]
    [InlineData("tags --long NAME/evil")]
    [InlineData("catalog NAME")]
    [InlineData("pull NAME/refused:1")]
    [InlineData("pull NAME/strange:1")]
    [InlineData("pull NAME/evil:1")]
    [InlineData("pull NAME/evil:1 --verbose")]
    [InlineData("inspect --remote NAME/refused:1")]
    [InlineData("inspect --remote NAME/strange:1")]
    [InlineData("delete NAME/refused:1")]
    [InlineData("copy NAME/refused:1 NAME/other:1")]
    [InlineData("referrers NAME/evil@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void Registry_says_nothing_to_the_terminal(string command)
    {
        using var registry = new FakeRegistry(Answer);

        AssertClean(_cli.Run(command.Replace("NAME", registry.Name, StringComparison.Ordinal).Split(' ')));
    }

    [Theory]
    [InlineData("images")]
    [InlineData("history any")]
    [InlineData("ps -a")]
    [InlineData("ps -a --no-trunc")]
    [InlineData("top any")]
    [InlineData("diff any")]
    [InlineData("port any")]
    [InlineData("search any")]
    [InlineData("events --since 1 --until 2")]
    [InlineData("start any")]
    [InlineData("rm any")]
    [InlineData("commit any")]
    [InlineData("update --memory 1g any")]
    [InlineData("load ARCHIVE")]
    [InlineData("create --pull never any")]
    public async Task Engine_says_nothing_to_the_terminal(string command)
    {
        await using var engine = new ScriptedEngine(request => request.AnswerAsync(Answer(request.Line), keepOpen: true));
        _cli.Environment["DOCKER_HOST"] = engine.Host;
        var words = command.Replace("ARCHIVE", _cli.Write("archive.tar", "x"), StringComparison.Ordinal).Split(' ');

        AssertClean(_cli.Run([words[0], "--runtime", "docker", .. words[1..]]));
    }

    [Theory]
    [InlineData("FROM scratch\nCOPY a.txt /EVIL\n")]
    [InlineData("FROM scratch\nCOPY EVIL /\n")]
    [InlineData("FROM scratch AS EVIL\n")]
    [InlineData("FROM EVIL\n")]
    [InlineData("EVIL\n")]
    [InlineData("FROM scratch\nLABEL a=\"EVIL\" b='EVIL'\nENV C EVIL\nMAINTAINER EVIL\nUSER EVIL\nWORKDIR /EVIL\nCMD EVIL\n")]
    [InlineData("FROM scratch\nARG a=EVIL\nLABEL c=$a\nLABEL d=${a:?EVIL}\n")]
    [InlineData("FROM scratch\nCOPY <<a /b\nEVIL\na\n")]
    [InlineData("FROM scratch\nCOPY --from=EVIL a b\n")]
    [InlineData("FROM scratch\nADD http://EVIL/x /\n")]
    [InlineData("# escape=EVIL\nFROM scratch\n")]
    [InlineData("# syntax=EVIL\nFROM scratch\nSTOPSIGNAL EVIL\n")]
    public void Dockerfile_says_nothing_to_the_terminal(string dockerfile)
    {
        // A Dockerfile has its own line ends.
        var evil = Evil.Replace("\r\n", "\r", StringComparison.Ordinal);
        _cli.Write("context/Dockerfile", dockerfile.Replace("EVIL", evil, StringComparison.Ordinal));
        _cli.Write("context/a.txt", "a");

        foreach (var more in (string[][])[[], ["--check"], ["--target", "none"], ["--verbose", "-t", "t:1"]])
        {
            AssertClean(_cli.Run(["build", "context", .. more]));
        }

        AssertClean(_cli.Run("history", "t:1"));
        AssertClean(_cli.Run("images"));
    }

    [Fact]
    public void Files_with_such_names_are_told_of_in_escapes()
    {
        _cli.Write("context/Dockerfile", "FROM scratch\nCOPY . /\nCOPY nothing* /x\n");
        _cli.Write($"context/{Evil.Replace('/', '_')}", "a");
        _cli.Write("context/.dockerignore", $"[{Evil}\n");

        AssertClean(_cli.Run("build", "context"));
        AssertClean(_cli.Run("load", _cli.Write($"{Evil}.tar", "x")));
        AssertClean(_cli.Run("rmi", Evil));
        AssertClean(_cli.Run("run", $"--{Evil}"));
        AssertClean(_cli.Run(Evil));
    }

    [Fact]
    public void Documents_for_programs_stay_exact()
    {
        _cli.Write("context/Dockerfile", "FROM scratch\nLABEL a=\"x\u001by\u202ez\"\n");
        _cli.Run("build", "context", "-t", "t:1").Succeeded();

        var json = JsonDocument.Parse(_cli.Run("images", "--json").Succeeded().Output);

        Assert.Equal("x\u001by\u202ez", json.RootElement[0].GetProperty("labels").GetProperty("a").GetString());
    }

    private static FakeResponse Answer(FakeRequest request) => request.Path switch
    {
        "/v2/" => new FakeResponse(200),
        "/v2/_catalog" => FakeResponse.Json($$"""{"repositories":["good",{{EvilJson}},"../../x"]}"""),
        "/v2/evil/tags/list" => FakeResponse.Json($$"""{"name":"evil","tags":["good",{{EvilJson}},"../../x",""]}"""),
        "/v2/strange/manifests/1" => FakeResponse.Json($$"""{"schemaVersion":2,"mediaType":{{EvilJson}}}""").WithHeader("Content-Type", "application/x-\u009bstrange"),
        "/v2/evil/manifests/1" or "/v2/evil/manifests/good" => FakeResponse.Json(
            $$$"""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":{{{EvilJson}}},"digest":"sha256:{{{new string('b', 64)}}}","size":5,"platform":{"os":{{{EvilJson}}},"architecture":{{{EvilJson}}}}}]}""")
            .WithHeader("Content-Type", "application/vnd.oci.image.index.v1+json"),
        var path when path.Contains("/referrers/", StringComparison.Ordinal) => FakeResponse.Json(
            $$$"""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:{{{new string('b', 64)}}}","size":5,"artifactType":{{{EvilJson}}},"annotations":{{{{EvilJson}}}:{{{EvilJson}}}}}]}""")
            .WithHeader("Content-Type", "application/vnd.oci.image.index.v1+json"),
        _ => FakeResponse.Json($$"""{"errors":[{"code":{{EvilJson}},"message":{{EvilJson}},"detail":{{EvilJson}}}]}""", 400),
    };

    private static string Answer(string line)
    {
        var path = line.Split(' ')[1].Split('?')[0];
        var id = new string('c', 64);
        var body = path[(path.IndexOf('/', 1) + 1)..] switch
        {
            "images/json" => $$$"""[{"Id":"sha256:{{{id}}}","RepoTags":[{{{EvilJson}}},"good:1"],"RepoDigests":[{{{EvilJson}}}],"Created":1,"Size":1,"Labels":{"a":{{{EvilJson}}}}}]""",
            "images/any/json" => $$$"""{"Id":"sha256:{{{id}}}","RepoTags":[{{{EvilJson}}}],"Os":{{{EvilJson}}},"Architecture":{{{EvilJson}}},"Author":{{{EvilJson}}},"Comment":{{{EvilJson}}},"Created":"2024-01-01T00:00:00Z","Config":{"Env":[{{{EvilJson}}}]}}""",
            "images/any/history" => $$"""[{"Id":"x","Created":1,"CreatedBy":{{EvilJson}},"Comment":{{EvilJson}},"Tags":[{{EvilJson}}],"Size":1}]""",
            "images/search" => $$"""[{"name":{{EvilJson}},"description":{{EvilJson}},"star_count":1,"is_official":false}]""",
            "containers/json" => $$$"""[{"Id":"{{{id}}}","Names":[{{{EvilJson}}}],"Image":{{{EvilJson}}},"ImageID":{{{EvilJson}}},"Command":{{{EvilJson}}},"Created":1,"State":"running","Status":{{{EvilJson}}},"Labels":{"a":{{{EvilJson}}}},"Ports":[{"PrivatePort":1,"Type":{{{EvilJson}}}}]}]""",
            "containers/any/top" => $$"""{"Titles":[{{EvilJson}},"PID"],"Processes":[[{{EvilJson}},"1"]]}""",
            "containers/any/changes" => $$"""[{"Path":{{EvilJson}},"Kind":1}]""",
            "events" => $$$"""{"Type":{{{EvilJson}}},"Action":{{{EvilJson}}},"Actor":{"ID":{{{EvilJson}}},"Attributes":{{{{EvilJson}}}:{{{EvilJson}}}}},"time":1,"timeNano":1}""" + "\n",
            "images/load" => $$"""{"stream":{{EvilJson}}}""" + "\n" + $$"""{"stream":"Loaded image: a:1\n"}""" + "\n" + $$"""{"errorDetail":{"message":{{EvilJson}}},"error":{{EvilJson}}}""" + "\n",
            "containers/any/update" => $$"""{"Warnings":[{{EvilJson}}]}""",
            _ => null,
        };
        return body is null
            ? ScriptedEngine.Answer(500, $$"""{"message":{{EvilJson}}}""")
            : ScriptedEngine.Answer(200, body, "Content-Type: application/json\r\n");
    }

    private static void AssertClean(CliResult result)
    {
        Assert.NotEqual("", result.Output + result.Error);
        foreach (var text in (string[])[result.Output, result.Error])
        {
            foreach (var rune in text.EnumerateRunes().Where(rune => rune.Value is not ('\n' or '\t')))
            {
                Assert.False(Rune.IsControl(rune), $"U+{rune.Value:X4} in\n{text}");
                Assert.False(Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.Format or System.Globalization.UnicodeCategory.LineSeparator, $"U+{rune.Value:X4} in\n{text}");
            }

            Assert.DoesNotContain("internal error", text, StringComparison.Ordinal);
            Assert.DoesNotContain(text.Split('\n'), line => line.StartsWith("error: FORGED", StringComparison.Ordinal));
            Assert.DoesNotContain(text.Split('\n'), line => line.StartsWith("../", StringComparison.Ordinal));
        }
    }
}
