using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Tests.Dockerfiles;

public sealed class GlobPatternTests
{
    [Theory]
    [InlineData("a", "a", true)]
    [InlineData("a", "b", false)]
    [InlineData("a/b", "a/b", true)]
    [InlineData("a/b", "a/b/c", false)]
    [InlineData("/a//./b/../c", "a/c", true)]
    [InlineData("*", "abc", true)]
    [InlineData("*", "a/b", false)]
    [InlineData("*", "", true)]
    [InlineData("*.go", "main.go", true)]
    [InlineData("*.go", ".go", true)]
    [InlineData("*.go", "x/main.go", false)]
    [InlineData("a*", "a", true)]
    [InlineData("a*b*c", "axxbyyc", true)]
    [InlineData("a*b*c", "axxbyy", false)]
    [InlineData("*/*.txt", "d/f.txt", true)]
    [InlineData("*/*.txt", "f.txt", false)]
    [InlineData("a/*/c", "a/b/c", true)]
    [InlineData("a/*/c", "a/b/x/c", false)]
    [InlineData("**", "a/b", false)]
    [InlineData("a?c", "abc", true)]
    [InlineData("a?c", "ac", false)]
    [InlineData("a?c", "a/c", false)]
    [InlineData("?", "ü", true)]
    [InlineData("?", "😀", true)]
    [InlineData("??", "😀", false)]
    [InlineData("[abc]", "b", true)]
    [InlineData("[abc]", "d", false)]
    [InlineData("[a-c]x", "bx", true)]
    [InlineData("[^a-c]x", "bx", false)]
    [InlineData("[^a-c]x", "dx", true)]
    [InlineData("[^a]", "/", false)]
    [InlineData("[\\]]", "]", true)]
    [InlineData("[a\\-z]", "-", true)]
    [InlineData("[a\\-z]", "b", false)]
    [InlineData("[α-ω]", "λ", true)]
    [InlineData("[!a]", "!", true)]
    [InlineData("[*]", "*", true)]
    [InlineData("[*]", "x", false)]
    [InlineData("\\*", "*", true)]
    [InlineData("\\*", "x", false)]
    [InlineData("a\\[b", "a[b", true)]
    [InlineData("a.b+(c)|{d}^$", "a.b+(c)|{d}^$", true)]
    [InlineData("A", "a", false)]
    public void Within_segments_patterns_match_as_in_go(string pattern, string path, bool expected)
        => Assert.Equal(expected, GlobPattern.Parse(pattern).IsMatch(path));

    [Theory]
    [InlineData("**", "a/b/c", true)]
    [InlineData("**/x", "x", true)]
    [InlineData("**/x", "a/b/x", true)]
    [InlineData("**/x", "a/bx", false)]
    [InlineData("**/*.md", "README.md", true)]
    [InlineData("**/*.md", "a/b/README.md", true)]
    [InlineData("**/*.md", "a/b/README.mdx", false)]
    [InlineData("a/**", "a/b", true)]
    [InlineData("a/**", "a/b/c", true)]
    [InlineData("a/**", "a", false)]
    [InlineData("a/**", "ab", false)]
    [InlineData("a**", "abc/d", true)]
    [InlineData("a/**/z", "a/z", true)]
    [InlineData("a/**/z", "a/b/c/z", true)]
    [InlineData("a/**/z", "a/bz", false)]
    [InlineData("a/**/b/**/c", "a/x/b/y/z/c", true)]
    [InlineData("a/**/b/**/c", "a/x/c", false)]
    [InlineData("**/a/**", "x/a/y", true)]
    [InlineData("**/a/**", "x/a", false)]
    [InlineData("**b", "ab", true)]
    [InlineData("**b", "x/ab", true)]
    [InlineData("a**b", "ab", true)]
    [InlineData("a**b", "ax/b", true)]
    [InlineData("a**b", "axb", false)]
    [InlineData("**/[ab]?", "x/ac", true)]
    [InlineData("***", "a/b", true)]
    public void Double_stars_cross_segments(string pattern, string path, bool expected)
        => Assert.Equal(expected, GlobPattern.Parse(pattern, doubleStar: true).IsMatch(path));

    [Theory]
    [InlineData("a", "a/b/c", true)]
    [InlineData("a", "ab", false)]
    [InlineData("a/b", "a/b/c", true)]
    [InlineData("*.d", "x.d/y", true)]
    [InlineData("**/tmp", "a/tmp/b/c", true)]
    [InlineData("**/tmp", "a/tmpx/b", false)]
    [InlineData("a/*", "a/b/c", true)]
    [InlineData("a/*", "a", false)]
    public void Excludes_take_what_is_below_a_match(string pattern, string path, bool expected)
        => Assert.Equal(expected, GlobPattern.Parse(pattern, doubleStar: true).IsMatchOrParent(path));

    [Theory]
    [InlineData("a/b/c", "", true)]
    [InlineData("a/b/c", "a", true)]
    [InlineData("a/b/c", "a/b", true)]
    [InlineData("a/b/c", "a/b/c", false)]
    [InlineData("a/b/c", "a/x", false)]
    [InlineData("a/b/c", "ab", false)]
    [InlineData("a/*/c", "a/x", true)]
    [InlineData("a/*/c", "a/x/y", false)]
    [InlineData("a/b*", "a", true)]
    [InlineData("a/b*", "a/bc", false)]
    [InlineData("*.md", "a", false)]
    [InlineData("*.md", "", true)]
    [InlineData("**/*.md", "a/b/c", true)]
    [InlineData("a/**/x", "b", false)]
    [InlineData("a/**", "a/b", true)]
    public void A_walker_learns_where_nothing_can_match(string pattern, string directory, bool expected)
        => Assert.Equal(expected, GlobPattern.Parse(pattern, doubleStar: true).MayMatchBelow(directory));

    [Theory]
    [InlineData("[")]
    [InlineData("[a")]
    [InlineData("[]")]
    [InlineData("[]a]")]
    [InlineData("[-a]")]
    [InlineData("[a-]")]
    [InlineData("[^]")]
    [InlineData("a\\")]
    [InlineData("[a\\")]
    public void A_malformed_pattern_is_an_error(string pattern)
    {
        var error = Assert.Throws<ZLayerException>(() => GlobPattern.Parse(pattern));
        Assert.Equal(ZLayerErrorKind.InvalidArgument, error.Kind);
        Assert.Equal(pattern, error.Subject);
    }

    [Theory]
    [InlineData("a/b", "a/b")]
    [InlineData("./a/", "a")]
    [InlineData(".", "")]
    [InlineData("a\\*b", "a*b")]
    [InlineData("a/b*/c", null)]
    [InlineData("*", null)]
    public void A_pattern_without_wildcards_tells_its_path(string pattern, string? path)
    {
        var glob = GlobPattern.Parse(pattern);
        Assert.Equal(path, glob.LiteralPath);
        Assert.Equal(path is not null, glob.IsLiteral);
    }

    [Fact]
    public void No_pattern_is_slow()
    {
        var glob = GlobPattern.Parse(string.Concat(Enumerable.Repeat("*a", 60)) + "b");
        Assert.False(glob.IsMatch(new string('a', 20_000)));
        var deep = GlobPattern.Parse(string.Concat(Enumerable.Repeat("**/a*/", 40)) + "b", doubleStar: true);
        Assert.False(deep.IsMatch(string.Concat(Enumerable.Repeat("aa/", 2_000)) + "c"));
        Assert.True(GlobPattern.Parse("*" + new string('x', 200)).IsMatch("y" + new string('x', 200)));
    }
}
