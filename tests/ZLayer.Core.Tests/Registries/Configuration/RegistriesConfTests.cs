using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries.Configuration;

namespace ZLayer.Core.Tests.Registries.Configuration;

/// <summary>registries.conf: what is read of it, and where an image is then looked for.</summary>
public sealed class RegistriesConfTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("zlayer-conf-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Mirrors_come_in_order_and_the_registry_itself_last()
    {
        var rules = Parse("""
            unqualified-search-registries = ["registry.fedoraproject.org", "quay.io"]  # not looked at
            [aliases]
            "fedora" = "registry.fedoraproject.org/fedora"
            [[registry]]
            prefix = "docker.io"
            location = 'registry.internal/hub'
            insecure = true
            [[registry.mirror]]
            location = "one.internal:5000/hub"
            [[registry.mirror]]
            location = "two.internal/hub/"
            insecure = true
            """);

        Assert.Equal(
            ["one.internal:5000/hub/library/nginx:1 False", "two.internal/hub/library/nginx:1 True", "registry.internal/hub/library/nginx:1 True"],
            Routes(rules, "nginx:1"));
        // A push goes where the name says.
        Assert.Equal("docker.io/library/nginx:1", rules.RouteForPush(ImageReference.Parse("nginx:1")).Reference.ToString());
    }

    [Theory]
    [InlineData("mirror-by-digest-only = true", "", "app:1", 1)]
    [InlineData("mirror-by-digest-only = true", "", "app@sha256:0000000000000000000000000000000000000000000000000000000000000000", 2)]
    [InlineData("", "pull-from-mirror = \"digest-only\"", "app:1", 1)]
    [InlineData("", "pull-from-mirror = \"digest-only\"", "app@sha256:0000000000000000000000000000000000000000000000000000000000000000", 2)]
    [InlineData("", "pull-from-mirror = \"tag-only\"", "app:1", 2)]
    [InlineData("", "pull-from-mirror = \"tag-only\"", "app@sha256:0000000000000000000000000000000000000000000000000000000000000000", 1)]
    [InlineData("", "pull-from-mirror = \"all\"", "app:1", 2)]
    public void A_mirror_serves_the_pulls_that_it_is_for(string ofRegistry, string ofMirror, string image, int places)
    {
        var rules = Parse($"""
            [[registry]]
            location = "reg.example"
            {ofRegistry}
            [[registry.mirror]]
            location = "mirror.example"
            {ofMirror}
            """);

        Assert.Equal(places, Routes(rules, "reg.example/" + image).Count);
    }

    [Theory]
    [InlineData("a.example.com/team/app:1", "deep")]
    [InlineData("a.example.com/team2/app:1", "host")]
    [InlineData("b.example.com/app:1", "wild")]
    [InlineData("x.y.example.com:5000/app:1", "wild")]
    [InlineData("example.com/app:1", "example.com/app:1")]
    [InlineData("notexample.com/app:1", "notexample.com/app:1")]
    public void The_most_specific_prefix_counts(string image, string expected)
    {
        var rules = Parse("""
            [[registry]]
            prefix = "*.example.com"
            [[registry.mirror]]
            location = "wild.mirror"
            [[registry]]
            location = "a.example.com"
            [[registry.mirror]]
            location = "host.mirror"
            [[registry]]
            location = "a.example.com/team"
            [[registry.mirror]]
            location = "deep.mirror"
            """);

        Assert.StartsWith(expected, Routes(rules, image)[0]);
    }

    [Fact]
    public void A_wildcard_without_a_location_rewrites_nothing()
        => Assert.Equal(["a.example.com/app:1 True"], Routes(Parse("[[registry]]\nprefix = \"*.example.com\"\ninsecure = true"), "a.example.com/app:1"));

    [Fact]
    public void A_blocked_prefix_refuses_pulls_and_pushes_and_nothing_else()
    {
        var rules = Parse("[[registry]]\nlocation = \"reg.example/secret\"\nblocked = true");

        var error = Assert.Throws<ZLayerException>(() => Routes(rules, "reg.example/secret/app:1"));

        Assert.Equal(ZLayerErrorKind.RegistryBlocked, error.Kind);
        Assert.Contains("reg.example/secret", error.Message);
        Assert.Throws<ZLayerException>(() => rules.RouteForPush(ImageReference.Parse("reg.example/secret/app:1")));
        Assert.Single(Routes(rules, "reg.example/secrets/app:1"));
    }

    [Fact]
    public void Drop_ins_are_read_by_name_and_a_later_rule_of_the_same_prefix_counts()
    {
        var (main, first, second) = (Path.Combine(_directory, "main.conf"), Directory.CreateDirectory(Path.Combine(_directory, "a")), Directory.CreateDirectory(Path.Combine(_directory, "b")));
        File.WriteAllText(main, "[[registry]]\nlocation = \"reg.example\"\ninsecure = true\n[[registry]]\nlocation = \"other.example\"\ninsecure = true");
        File.WriteAllText(Path.Combine(first.FullName, "90-last.conf"), "[[registry]]\nlocation = \"reg.example\"\nblocked = true");
        File.WriteAllText(Path.Combine(second.FullName, "10-first.conf"), "[[registry]]\nlocation = \"reg.example\"");
        File.WriteAllText(Path.Combine(second.FullName, "notes.txt"), "not read");

        var rules = RegistriesConf.Read(main, [first.FullName, second.FullName, Path.Combine(_directory, "missing")]);

        Assert.Throws<ZLayerException>(() => Routes(rules, "reg.example/app"));
        Assert.Equal(["other.example/app:latest True"], Routes(rules, "other.example/app"));
    }

    [Theory]
    [InlineData("[[registry]\nlocation=\"a\"", "line 1")]
    [InlineData("a = 1\n[[registry]]\nlocation = reg.example", "line 3")]
    [InlineData("[[registry]]\nlocation = \"a\nb\"", "line 2")]
    [InlineData("[[registry]]\ninsecure = true", "neither prefix nor location")]
    [InlineData("[[registry]]\nprefix = \"reg.*.example\"", "wildcard")]
    [InlineData("[[registry]]\nlocation = \"a\"\n[[registry.mirror]]\ninsecure = true", "no location")]
    [InlineData("[[registry]]\nlocation = \"a\"\n[[registry.mirror]]\nlocation = \"b\"\npull-from-mirror = \"sometimes\"", "sometimes")]
    [InlineData("[registries.search]\nregistries = [\"a\"]", "version 1")]
    [InlineData("a = 1\na = 2", "set twice")]
    [InlineData("[[registry]]\nlocation = \"a\"\ninsecure = \"true\"", "line 3: 'insecure' is a text; it must be true or false, without quotes")]
    [InlineData("[[registry]]\nlocation = \"a\"\nblocked = 1", "line 3: 'blocked' is a number or date; it must be true or false, without quotes")]
    [InlineData("[[registry]]\n\nlocation = true", "line 3: 'location' is true or false; it must be a text in quotes")]
    [InlineData("[[registry]]\nprefix = [\"a\"]", "line 2: 'prefix' is a list; it must be a text in quotes")]
    [InlineData("[[registry]]\nlocation = \"a\"\nmirror-by-digest-only = \"false\"", "line 3: 'mirror-by-digest-only' is a text")]
    [InlineData("[[registry]]\nlocation = \"a\"\nmirror = \"b\"", "line 3: 'mirror' is a text; it must be an array of tables: [[mirror]]")]
    [InlineData("[[registry]]\nlocation = \"a\"\n[[registry.mirror]]\nlocation = 5", "line 4: 'location' is a number or date")]
    [InlineData("[registry]\nlocation = \"a\"", "line 1: 'registry' is a table; it must be an array of tables: [[registry]]")]
    [InlineData("registry = [\"a\"]", "line 1: 'registry' is a list; it must be an array of tables: [[registry]]")]
    [InlineData("a = 1\n\nb = 01", "line 3: ")]
    [InlineData("a = 1\n[[registry]\n", "line 2: ")]
    public void A_file_that_is_wrong_says_where_and_why(string text, string expected)
    {
        var path = Path.Combine(_directory, "registries.conf");
        File.WriteAllText(path, text);

        var error = Assert.Throws<ZLayerException>(() => RegistriesConf.Read(path, []));

        Assert.Equal(ZLayerErrorKind.StorageReadFailed, error.Kind);
        Assert.Contains(path, error.Message);
        Assert.Contains(expected, error.Message);
    }

    [Theory]
    [InlineData("[", "]")]
    [InlineData("{a=", "}")]
    [InlineData("[{a=[", "]}]")]
    public void Values_that_are_nested_too_deep_are_refused_however_deep_they_are(string open, string close)
    {
        foreach (var depth in (int[])[65, 100_000])
        {
            var text = $"a = {string.Concat(Enumerable.Repeat(open, depth))}1{string.Concat(Enumerable.Repeat(close, depth))}";

            Assert.StartsWith(
                "line 3: values are nested more than 64 deep",
                Assert.Throws<FormatException>(() => RegistriesConf.Parse("b = 1\n\n" + text)).Message);
        }
    }

    [Fact]
    public void A_header_that_is_too_deep_is_refused()
    {
        var path = string.Join('.', Enumerable.Repeat("a", 100_000));

        Assert.StartsWith(
            "line 2: keys are nested more than 64 deep", Assert.Throws<FormatException>(() => RegistriesConf.Parse($"\n[{path}]")).Message);
        Assert.StartsWith(
            "line 2: keys are nested more than 64 deep", Assert.Throws<FormatException>(() => RegistriesConf.Parse($"\n{path} = 1")).Message);
    }

    [Fact]
    public void Registries_are_read_on_behind_other_tables_and_from_braces_alike()
    {
        Assert.Equal(
            ["one.mirror/app:1 False", "two.mirror/app:1 False", "b.example/app:1 False"],
            Routes(
                Parse("""
                    [[registry]]
                    location = "a.example"
                    [aliases]
                    "fedora" = "registry.fedoraproject.org/fedora"
                    [[registry]]
                    location = "b.example"
                    [[registry.mirror]]
                    location = "one.mirror"
                    [registry.other]
                    unknown = 1979-05-27
                    [[registry.mirror]]
                    location = "two.mirror"
                    """),
                "b.example/app:1"));
        Assert.Equal(
            ["one.mirror/app:1 True", "b.example/app:1 False"],
            Routes(
                Parse("registry = [{ location = 'b.example', mirror = [{ location = 'one.mirror', insecure = true }] }]"), "b.example/app:1"));
    }

    [Fact]
    public void A_file_that_is_not_text_says_where()
    {
        var path = Path.Combine(_directory, "registries.conf");
        File.WriteAllBytes(path, [.. "[[registry]]\nlocation = \""u8, 0xFF, .. "\""u8]);

        Assert.Contains("line 2: the text is not UTF-8", Assert.Throws<ZLayerException>(() => RegistriesConf.Read(path, [])).Message);
    }

    [SkippableFact]
    public void A_file_that_never_ends_is_refused()
    {
        Skip.IfNot(OperatingSystem.IsLinux());

        Assert.Contains("longer than 1024 KiB", Assert.Throws<ZLayerException>(() => RegistriesConf.Read("/dev/zero", [])).Message);
    }

    private static RegistryRules Parse(string text) => new(RegistriesConf.Parse(text));

    private static IReadOnlyList<string> Routes(RegistryRules rules, string image)
        => [.. rules.RoutesForPull(ImageReference.Parse(image)).Select(route => $"{route.Reference} {route.IsInsecure}")];
}
