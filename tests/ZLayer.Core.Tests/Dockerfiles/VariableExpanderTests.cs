using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Tests.Dockerfiles;

public sealed class VariableExpanderTests
{
    private static readonly Dictionary<string, string> Variables = new()
    {
        ["HOME"] = "/root",
        ["SHELL"] = "bash",
        ["EMPTY"] = "",
        ["GREEK"] = "αβγ",
        ["FILE"] = "/srv/app/main.tar.gz",
        ["GLOB"] = "a*b?c",
        ["SPACED"] = "one  two",
        ["LEAD"] = "  x y",
        ["TRAIL"] = "x y  ",
        ["STAR"] = "\\*",
        ["LINES"] = "a\nb",
    };

    [Theory]
    // Plain text, quotes and escapes.
    [InlineData("plain", "plain")]
    [InlineData("", "")]
    [InlineData("it''s", "its")]
    [InlineData("'a'b'c'", "abc")]
    [InlineData(@"it\'s", "it's")]
    [InlineData(@"a\tb", "atb")]
    [InlineData(@"""a\tb""", @"a\tb")]
    [InlineData(@"""a\\b""", @"a\b")]
    [InlineData(@"'a\tb'", @"a\tb")]
    [InlineData(@"'a\\b'", @"a\\b")]
    [InlineData(@"end\", "end")]
    [InlineData(@"end\\", @"end\")]
    [InlineData(@"'end\'", @"end\")]
    [InlineData("\"it's\"", "it's")]
    [InlineData("'say \"x\"'", "say \"x\"")]
    [InlineData(@"""say \""x\""""", "say \"x\"")]
    [InlineData("a b", "a b")]
    [InlineData("γ'δ'ε", "γδε")]
    // Substitution.
    [InlineData("$HOME", "/root")]
    [InlineData("${HOME}", "/root")]
    [InlineData("a$HOME/b", "a/root/b")]
    [InlineData("a${HOME}b", "a/rootb")]
    [InlineData("$home", "")]
    [InlineData("a$NONE.b", "a.b")]
    [InlineData("a${NONE}b", "ab")]
    [InlineData("$.", "$.")]
    [InlineData("a$", "a$")]
    [InlineData("\"$HOME\"", "/root")]
    [InlineData("'$HOME'", "$HOME")]
    [InlineData(@"\$HOME", "$HOME")]
    [InlineData(@"\\$HOME", @"\/root")]
    [InlineData(@"""\$HOME""", "$HOME")]
    [InlineData(@"""\\$HOME""", @"\/root")]
    [InlineData("\"'$HOME'\"", "'/root'")]
    [InlineData(@"\${}x", "${}x")]
    [InlineData("$GREEK$GREEK", "αβγαβγ")]
    [InlineData("${HOME}}", "/root}")]
    [InlineData("$HOME_DIR", "")]
    [InlineData("$HOME-dir", "/root-dir")]
    // Positional and special parameters are never set.
    [InlineData("$1x", "x")]
    [InlineData("$12x", "x")]
    [InlineData("${12:-d}x", "dx")]
    [InlineData("$$", "")]
    [InlineData("$@@", "@")]
    [InlineData("${#}", "")]
    [InlineData("${?:-d}", "d")]
    [InlineData("${-:+d}", "")]
    // Defaults and alternatives.
    [InlineData("${HOME:-d}", "/root")]
    [InlineData("${NONE:-d}", "d")]
    [InlineData("${EMPTY:-d}", "d")]
    [InlineData("${EMPTY-d}", "")]
    [InlineData("${NONE-d}", "d")]
    [InlineData("${NONE:-}", "")]
    [InlineData("${HOME:+d}", "d")]
    [InlineData("${NONE:+d}", "")]
    [InlineData("${EMPTY:+d}", "")]
    [InlineData("${EMPTY+d}", "d")]
    [InlineData("${NONE+d}", "")]
    [InlineData("${NONE:-$HOME}", "/root")]
    [InlineData("${NONE:-${NADA:-deep}}", "deep")]
    [InlineData("${HOME:+${SHELL}}", "bash")]
    [InlineData("${HOME:+${HOME}:}x", "/root:x")]
    [InlineData(@"${NONE:-\$HOME:}x", "$HOME:x")]
    [InlineData(@"${NONE:-\${HOME}z}x", "${HOMEz}x")]
    [InlineData("${NONE:-a b}", "a b")]
    [InlineData("${NONE:-'a}b'}", "a}b")]
    [InlineData("${NONE:-a {b}", "a {b")]
    [InlineData("${HOME:?unused}", "/root")]
    [InlineData("${EMPTY?unused}", "")]
    [InlineData("a${SHELL:+-${SHELL}}.tgz", "a-bash.tgz")]
    // Prefixes and suffixes.
    [InlineData("${FILE#*/}", "srv/app/main.tar.gz")]
    [InlineData("${FILE##*/}", "main.tar.gz")]
    [InlineData("${FILE%.*}", "/srv/app/main.tar")]
    [InlineData("${FILE%%.*}", "/srv/app/main")]
    [InlineData("${FILE%/*}", "/srv/app")]
    [InlineData("${FILE#/srv}", "/app/main.tar.gz")]
    [InlineData("${FILE#app}", "/srv/app/main.tar.gz")]
    [InlineData("${FILE%.gz}", "/srv/app/main.tar")]
    [InlineData("${FILE%.zip}", "/srv/app/main.tar.gz")]
    [InlineData("${FILE#????}", "/app/main.tar.gz")]
    [InlineData("${FILE#}", "/srv/app/main.tar.gz")]
    [InlineData("${FILE##}", "/srv/app/main.tar.gz")]
    [InlineData("${FILE#*}", "/srv/app/main.tar.gz")]
    [InlineData("${FILE##*}", "")]
    [InlineData("${FILE%%*}", "")]
    [InlineData(@"${GLOB#a\*}", "b?c")]
    [InlineData(@"${GLOB%\?c}", "a*b")]
    [InlineData("${GLOB#$STAR}", "a*b?c")]
    [InlineData("${NONE#x}", "")]
    [InlineData("${GREEK#?}", "βγ")]
    [InlineData("${GREEK%?}", "αβ")]
    [InlineData("${FILE#*a*a}", "in.tar.gz")]
    [InlineData("${FILE##*a*a}", "r.gz")]
    // Replacement.
    [InlineData("${FILE/a/A}", "/srv/App/main.tar.gz")]
    [InlineData("${FILE//a/A}", "/srv/App/mAin.tAr.gz")]
    [InlineData("${FILE//a/}", "/srv/pp/min.tr.gz")]
    [InlineData(@"${FILE//\//_}", "_srv_app_main.tar.gz")]
    [InlineData("${FILE/app*gz/x}", "/srv/x")]
    [InlineData("${FILE/zzz/x}", "/srv/app/main.tar.gz")]
    [InlineData("${GLOB/$STAR/x}", "axb?c")]
    [InlineData("${GLOB//?/x}", "xxxxx")]
    [InlineData("${GLOB/$EMPTY/x}", "xa*b?c")]
    [InlineData("${NONE//a/b}", "")]
    [InlineData("${SHELL/b/$HOME}", "/rootash")]
    [InlineData(@"${SHELL//a/\}}", @"b\}sh")]
    public void A_word_expands_as_a_shell_would(string word, string expected)
        => Assert.Equal(expected, VariableExpander.ExpandWord(word, new VariableScope(Variables)));

    [Theory]
    [InlineData("it's")]
    [InlineData(@"it\\'s")]
    [InlineData("\"open")]
    [InlineData(@"""open\""")]
    [InlineData("'open")]
    [InlineData("${}")]
    [InlineData("a${}b")]
    [InlineData("${:}")]
    [InlineData("${:-x}")]
    [InlineData("${{HOME}")]
    [InlineData("${HOME")]
    [InlineData("${")]
    [InlineData("${HOME:")]
    [InlineData("${HOME:-x")]
    [InlineData("${.}")]
    [InlineData("${HOME:x}")]
    [InlineData("${HOME:=x}")]
    [InlineData("${HOME=x}")]
    [InlineData("${HOME:#x}")]
    [InlineData("${HOME:%x}")]
    [InlineData("${HOME^}")]
    [InlineData("${NONE?}")]
    [InlineData("${NONE:?}")]
    [InlineData("${EMPTY:?}")]
    [InlineData("${HOME/x}")]
    [InlineData("${HOME//}")]
    [InlineData("${HOME//x}")]
    [InlineData(@"${HOME#\x}")]
    [InlineData("${NONE:-${HOME}")]
    [InlineData("${NONE:-${NADA:?must be set}}")]
    public void A_malformed_word_is_an_error(string word)
    {
        var error = Assert.Throws<ZLayerException>(() => VariableExpander.ExpandWord(word, new VariableScope(Variables)));
        Assert.Equal(ZLayerErrorKind.DockerfileSyntaxError, error.Kind);
        Assert.Contains(word, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("${NONE?please set it}", "NONE: please set it")]
    [InlineData("${NONE:?for $SHELL}", "NONE: for bash")]
    [InlineData("${EMPTY:?}", "EMPTY: is not allowed to be empty")]
    [InlineData("${NONE?}", "NONE: is not allowed to be unset")]
    public void A_required_variable_says_what_the_author_wrote(string word, string expected)
    {
        var error = Assert.Throws<ZLayerException>(() => VariableExpander.ExpandWord(word, new VariableScope(Variables)));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a b", "a|b")]
    [InlineData("  a \t b ", "a|b")]
    [InlineData("a\"b c\"d", "ab cd")]
    [InlineData("a' b'", "a b")]
    [InlineData(@"a\ b", "a b")]
    [InlineData("x${SPACED}y", "xone|twoy")]
    [InlineData("x\"${SPACED}\"y", "xone  twoy")]
    [InlineData("x$LEAD", "x|x|y")]
    [InlineData("${TRAIL}z", "x|y|z")]
    [InlineData("$EMPTY", "")]
    [InlineData("\"\"", "")]
    [InlineData("a ${NONE:-b c} d", "a|b|c|d")]
    [InlineData("80${NONE:-81}", "8081")]
    [InlineData("<< EOF x", "<< EOF|x")]
    public void Words_split_after_expansion_at_unquoted_space(string text, string expected)
        => Assert.Equal(
            expected.Length == 0 ? [] : expected.Split('|'), VariableExpander.ExpandWords(text, new VariableScope(Variables)));

    [Fact]
    public void The_escape_character_is_that_of_the_file()
    {
        var scope = new VariableScope(Variables, '`');
        Assert.Equal("$HOME", VariableExpander.ExpandWord("`$HOME", scope));
        Assert.Equal(@"C:\/root", VariableExpander.ExpandWord(@"C:\$HOME", scope));
        Assert.Equal("a\"b", VariableExpander.ExpandWord("\"a`\"b\"", scope));
        Assert.Equal(@"\\", VariableExpander.ExpandWord(@"\\", scope));
    }

    [Theory]
    [InlineData(nameof(VariableExpansionOptions.KeepQuotes), "\"$SHELL\" '$SHELL'", "\"bash\" '$SHELL'")]
    [InlineData(nameof(VariableExpansionOptions.KeepEscapes), @"a\b $SHELL", @"a\b bash")]
    [InlineData(nameof(VariableExpansionOptions.KeepEscapes), @"""a\$b""", @"a\$b")]
    [InlineData(nameof(VariableExpansionOptions.IgnoreQuotes), "it's \"$SHELL\"", "it's \"bash\"")]
    [InlineData(nameof(VariableExpansionOptions.IgnoreQuotes), @"\$SHELL", "$SHELL")]
    [InlineData(nameof(VariableExpansionOptions.KeepUnset), "$NONE ${NONE} $SHELL", "$NONE ${NONE} bash")]
    [InlineData(nameof(VariableExpansionOptions.KeepUnset), "${NONE:-x} ${NONE+y}", "${NONE:-x} ${NONE+y}")]
    [InlineData(nameof(VariableExpansionOptions.KeepUnset), "${NONE##*/} ${NONE//a/b}", "${NONE##*/} ${NONE//a/b}")]
    public void Options_keep_what_they_name(string option, string word, string expected)
        => Assert.Equal(expected, VariableExpander.ExpandWord(word, new VariableScope(Variables), Enum.Parse<VariableExpansionOptions>(option)));

    [Fact]
    public void The_scope_notes_which_names_were_asked_for()
    {
        var scope = new VariableScope(Variables);
        VariableExpander.ExpandWord("$HOME ${NONE:-$SHELL} '$LEAD' ${ZERO}", scope);
        Assert.Equal(["HOME", "SHELL"], scope.Used);
        Assert.Equal(["NONE", "ZERO"], scope.Unset);
    }

    [Fact]
    public void A_wildcard_does_not_cross_lines()
        => Assert.Equal("a\nb", VariableExpander.ExpandWord("${LINES#*b}", new VariableScope(Variables)));

    [Fact]
    public void Deep_nesting_is_an_error_and_no_crash()
    {
        string word = string.Concat(Enumerable.Repeat("${A:-", 20_000)) + new string('}', 20_000);
        var error = Assert.Throws<ZLayerException>(() => VariableExpander.ExpandWord(word, new VariableScope(Variables)));
        Assert.Contains("too deeply", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pattern_of_many_stars_stays_fast()
    {
        var scope = new VariableScope(new Dictionary<string, string> { ["A"] = new string('a', 2000) });
        string stars = string.Concat(Enumerable.Repeat("*a", 40)) + "b";
        Assert.Equal(2000, VariableExpander.ExpandWord($"${{A##{stars}}}", scope).Length);
    }
}
