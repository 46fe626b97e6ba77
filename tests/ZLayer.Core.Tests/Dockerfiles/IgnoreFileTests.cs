using System.Diagnostics;
using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Tests.Dockerfiles;

public sealed class IgnoreFileTests
{
    [Theory]
    [InlineData("a", "a", true)]
    [InlineData("a", "a/b/c", true)]
    [InlineData("a", "ab", false)]
    [InlineData("a", "x/a", false)]
    [InlineData("/a", "a", true)]
    [InlineData("./a/", "a/b", true)]
    [InlineData("a/../b", "b", true)]
    [InlineData("  a  ", "a", true)]
    [InlineData("a\r", "a", true)]
    [InlineData("# a", "# a", false)]
    [InlineData(" # a", "# a", true)]
    [InlineData("a b", "a b", true)]
    [InlineData("\ufeffa", "a", true)]
    [InlineData("*", "a/b", true)]
    [InlineData("*.md", "README.md", true)]
    [InlineData("*.md", "docs/README.md", false)]
    [InlineData("*/*.md", "docs/README.md", true)]
    [InlineData("**/*.md", "README.md", true)]
    [InlineData("**/*.md", "a/b/README.md", true)]
    [InlineData("**/node_modules", "node_modules/x", true)]
    [InlineData("**/node_modules", "a/node_modules/b/c.js", true)]
    [InlineData("**/node_modules", "a/node_modules2", false)]
    [InlineData("node_modules/**", "node_modules", false)]
    [InlineData("node_modules/**", "node_modules/a/b", true)]
    [InlineData("temp?", "tempa", true)]
    [InlineData("temp?", "temp", false)]
    [InlineData("[a-c].txt", "b.txt", true)]
    [InlineData("\\#a", "#a", true)]
    [InlineData("\\!a", "!a", true)]
    [InlineData("a/b", "a", false)]
    [InlineData(".", "a", false)]
    [InlineData("..", "a", false)]
    [InlineData("/", "a", false)]
    [InlineData("**", "any/thing", true)]
    [InlineData("", "a", false)]
    [InlineData("Dockerfile", "dockerfile", false)]
    [InlineData(".git", ".git/config", true)]
    [InlineData(".git", ".gitignore", false)]
    public void A_pattern_excludes_a_path_and_what_is_below(string text, string path, bool excluded)
        => Assert.Equal(excluded, IgnoreFile.Parse(text).Match(path).Excluded);

    [Theory]
    [InlineData("*\n!a", "a", false)]
    [InlineData("*\n!a", "a/b", false)]
    [InlineData("*\n!a", "b", true)]
    [InlineData("!a\n*", "a", true)]
    [InlineData("*.md\n!README.md", "README.md", false)]
    [InlineData("*.md\n!README.md", "x.md", true)]
    [InlineData("*.md\n!README*.md\nREADME-secret.md", "README-secret.md", true)]
    [InlineData("*.md\n!README*.md\nREADME-secret.md", "README-public.md", false)]
    [InlineData("*.md\nREADME-secret.md\n!README*.md", "README-secret.md", false)]
    [InlineData("a\n!a/b", "a/b/c", false)]
    [InlineData("a\n!a/b", "a/c", true)]
    [InlineData("a\n!a/b\na/b/c", "a/b/c", true)]
    [InlineData("! a", "a", false)]
    [InlineData("*\n!/a", "a", false)]
    [InlineData("**\n!**/*.go", "x/y.go", false)]
    [InlineData("**\n!**/*.go", "x/y.c", true)]
    [InlineData("a\n!b", "c", false)]
    public void The_last_match_wins(string text, string path, bool excluded)
        => Assert.Equal(excluded, IgnoreFile.Parse(text).Match(path).Excluded);

    [Fact]
    public void A_match_names_its_line_and_pattern()
    {
        var ignore = IgnoreFile.Parse("# comment\n\n/dist/\n!dist/keep \n", "web/.dockerignore");
        Assert.Equal(new IgnoreMatch(true, 3, "/dist/"), ignore.Match("dist/a"));
        Assert.Equal(new IgnoreMatch(false, 4, "!dist/keep"), ignore.Match("dist/keep"));
        Assert.Equal(default, ignore.Match("src"));
        Assert.Equal(["dist", "!dist/keep"], ignore.Patterns);
        Assert.Equal("web/.dockerignore", ignore.Name);
        Assert.True(ignore.HasExceptions);
    }

    [Fact]
    public void The_context_itself_is_never_excluded()
    {
        var ignore = IgnoreFile.Parse("**");
        Assert.False(ignore.Match("").Excluded);
        Assert.False(ignore.Match(".").Excluded);
        Assert.True(ignore.MayContainIncluded(""));
    }

    [Fact]
    public void An_empty_file_excludes_nothing()
    {
        Assert.True(IgnoreFile.Empty.IsEmpty);
        Assert.True(IgnoreFile.Parse("# nothing\n\n").IsEmpty);
        Assert.False(IgnoreFile.Empty.Match("a").Excluded);
    }

    [Theory]
    [InlineData("a", "a", false)]
    [InlineData("a", "b", true)]
    [InlineData("a\n!b", "a", false)]
    [InlineData("a\n!a/b/c", "a", true)]
    [InlineData("a\n!a/b/c", "a/b", true)]
    [InlineData("a\n!a/b/c", "a/x", false)]
    [InlineData("a\n!**/keep", "a/x/y", true)]
    [InlineData("**\n!*.md", "a", false)]
    [InlineData("**\n!*/x", "a", true)]
    [InlineData("**\n!*/x", "a/b", false)]
    [InlineData("!a/b\na", "a", false)]
    [InlineData("*\n!a", "a", true)]
    public void A_walker_skips_excluded_directories_without_exceptions_below(string text, string directory, bool expected)
        => Assert.Equal(expected, IgnoreFile.Parse(text).MayContainIncluded(directory));

    [Theory]
    [InlineData("a\n!\n", 2)]
    [InlineData("[", 1)]
    [InlineData("ok\n!a[\n", 2)]
    [InlineData("\n\nx\\", 3)]
    public void A_malformed_pattern_is_an_error_with_its_line(string text, int line)
    {
        var error = Assert.Throws<ZLayerException>(() => IgnoreFile.Parse(text));
        Assert.Equal(ZLayerErrorKind.InvalidArgument, error.Kind);
        Assert.Equal($".dockerignore:{line}", error.Subject);
    }

    [Fact]
    public void Exclude_flags_are_patterns_without_comments()
    {
        var excludes = IgnoreFile.FromPatterns(["#a", "*.md", "!README.md", "/x"]);
        Assert.True(excludes.Match("#a").Excluded);
        Assert.Equal(new IgnoreMatch(true, 2, "*.md"), excludes.Match("b.md"));
        Assert.False(excludes.Match("README.md").Excluded);
        Assert.False(excludes.Match("x").Excluded);
        Assert.Equal("--exclude:2", Assert.Throws<ZLayerException>(() => IgnoreFile.FromPatterns(["a", "["])).Subject);
        Assert.Throws<ZLayerException>(() => IgnoreFile.FromPatterns([""]));
    }

    [Fact]
    public void All_malformed_patterns_are_reported()
        => Assert.Equal(2, Assert.Throws<ZLayerException>(() => IgnoreFile.Parse("[\na\n!")).Details.Count);

    // Whatever a walker prunes must really be excluded: compares pruning with the verdict on every path.
    [Fact]
    public void Pruning_never_loses_an_included_path()
    {
        string[] names = ["a", "b", "ab"];
        string[] paths =
        [
            .. from x in names from y in names from z in names select $"{x}/{y}/{z}",
        ];
        string[] patterns = ["a", "*", "**", "!a/b", "!*/b", "!**/ab", "a/b", "*/a", "!ab/*/a", "**/b", "!b", "!a*", "a/**"];
        var random = new Random(7);
        for (int round = 0; round < 2_000; round++)
        {
            var ignore = IgnoreFile.Parse(string.Join('\n', Enumerable.Range(0, random.Next(1, 5)).Select(_ => patterns[random.Next(patterns.Length)])));
            foreach (string path in paths)
            {
                string[] segments = path.Split('/');
                bool pruned = !ignore.MayContainIncluded(segments[0]) || !ignore.MayContainIncluded($"{segments[0]}/{segments[1]}");
                Assert.False(pruned && !ignore.Match(path).Excluded, $"{string.Join(' ', ignore.Patterns)} lost {path}");
            }
        }
    }

    [Fact]
    public void Twenty_thousand_paths_are_matched_quickly()
    {
        var ignore = IgnoreFile.Parse(string.Join('\n', Enumerable.Range(0, 40).Select(i => (i % 4) switch
        {
            0 => $"dir{i}",
            1 => $"**/*.ext{i}",
            2 => $"*.tmp{i}",
            _ => $"**/cache{i}/**",
        })));
        string[] paths = [.. Enumerable.Range(0, 20_000).Select(i => $"node_modules/package-{i % 500}/lib/deep/file-{i}.js")];
        ignore.Match(paths[0]);
        var watch = Stopwatch.StartNew();
        Assert.DoesNotContain(paths, path => ignore.Match(path).Excluded);
        // Measured at some 25 ms; the bound only catches a change of kind, on any machine.
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"took {watch.ElapsedMilliseconds} ms");
    }
}
