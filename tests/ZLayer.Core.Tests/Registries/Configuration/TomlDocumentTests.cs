using ZLayer.Core.Registries.Configuration;

namespace ZLayer.Core.Tests.Registries.Configuration;

/// <summary>TOML documents: what they mean, and what is refused.</summary>
public sealed class TomlDocumentTests
{
    [Fact]
    public void Toml_is_read_as_people_write_it()
    {
        var table = TomlDocument.Parse("""""
            # comment
            text = "a\tb \"c\" \u00e9 # no comment"   # comment
            'literal.key' = 'C:\path'
            long = """
            one \
               two
            three"""
            raw = '''
            x'y'''
            dotted.a . b = true
            date = 1979-05-27T07:32:00Z
            list = [
              "one", # first
              "two",
            ]
            inline = { a = "1", b.c = false }
            empty = []
            [table."quoted name"]
            number = -1_000
            [[array]]
            n = "1"
            [[array]]
            n = "2"
            [array.sub]
            of = "2"
            """"".ReplaceLineEndings("\r\n"));

        Assert.Equal("a\tb \"c\" é # no comment", table.Text("text"));
        Assert.Equal("C:\\path", table.Text("literal.key"));
        Assert.Equal("one two\r\nthree", table.Text("long"));
        Assert.Equal("x'y", table.Text("raw"));
        Assert.True(((TomlTable)((TomlTable)table["dotted"])["a"]).Flag("b"));
        Assert.Equal(["one", "two"], (List<object>)table["list"]);
        Assert.False(((TomlTable)((TomlTable)table["inline"])["b"]).Flag("c"));
        Assert.Equal("-1_000", ((TomlScalar)((TomlTable)((TomlTable)table["table"])["quoted name"])["number"]).Text);
        var array = table.Tables("array").ToList();
        Assert.Equal(["1", "2"], array.Select(t => t.Text("n")));
        Assert.Equal("2", ((TomlTable)array[1]["sub"]).Text("of"));
    }

    [Theory]
    [InlineData("x = 1979-05-27T07:32:00.999999-07:00", "1979-05-27T07:32:00.999999-07:00")]
    [InlineData("x = 1979-05-27 07:32:00Z # comment", "1979-05-27 07:32:00Z")]
    [InlineData("x = 1979-05-27", "1979-05-27")]
    [InlineData("x = 07:32:00", "07:32:00")]
    [InlineData("x = 0xDEAD_BEEF", "0xDEAD_BEEF")]
    [InlineData("x = -9223372036854775808", "-9223372036854775808")]
    [InlineData("x = 1_000.5e+1_0", "1_000.5e+1_0")]
    [InlineData("x = -inf", "-inf")]
    [InlineData("x = nan", "nan")]
    public void Numbers_and_dates_are_kept_as_they_are_written(string text, string expected)
        => Assert.Equal(new TomlScalar(expected), TomlDocument.Parse(text)["x"]);

    [Theory]
    [InlineData("x = \"\\u00e9\\U0001F600\\t\\\\\"", "é😀\t\\")]
    [InlineData("x = \"\"\"a\"\"b\"\"\"\"", "a\"\"b\"")]
    [InlineData("x = \'\'\'a\'b\'\'\'\'\'", "a\'b\'\'")]
    [InlineData("x = \"\"\"\\\n   \n  a\"\"\"", "a")]
    [InlineData("x = \"\"\"\na\\   \n\n  b\n\"\"\"", "ab\n")]
    [InlineData("x = \'\'\'\n\\n\'\'\'", "\\n")]
    [InlineData("\uFEFFx = \"after a mark\"", "after a mark")]
    public void Texts_of_every_kind_are_read(string text, string expected) => Assert.Equal(expected, TomlDocument.Parse(text).Text("x"));

    [Theory]
    [InlineData("a={b.c=1,b.d=2}")]
    [InlineData("[a]\nb.c=1\n[a.d]\ne=1")]
    [InlineData("[a]\nb.c=1\nb.d.e=1\n[a.b.f]\ng=1")]
    [InlineData("[a.b.c]\n[a.b]\n[a]")]
    [InlineData("[[a]]\n[a.b]\n[[a]]\n[a.b]")]
    [InlineData("[[a]]\n[[a.b]]\n[[a]]\n[[a.b]]")]
    [InlineData("[x]\na.b=1\nc=1\na.d=2")]
    [InlineData("[x.y]\n[x]\nz=1")]
    [InlineData("1.2=3\n1979-01-01=1\ntrue=1\n\"\"=1")]
    [InlineData("a=[\n1, # c\n2,\n]")]
    [InlineData("a=[[1,'x'],{b=2}]")]
    [InlineData("")]
    [InlineData("\r\n# nothing")]
    public void What_the_specification_allows_is_read(string text) => TomlDocument.Parse(text);

    [Theory]
    [InlineData("a=1\na=2", "line 2: 'a' is set twice")]
    [InlineData("'a'=1\na=2", "line 2: 'a' is set twice")]
    [InlineData("[a]\n[b]\n[a]", "line 3: 'a' is set twice")]
    [InlineData("a=1\n[a.b]", "line 2: 'a' is set twice")]
    [InlineData("a=1\na.b=2", "line 2: 'a' is set twice")]
    [InlineData("a.b.c=1\na.b=2", "line 2: 'b' is set twice")]
    [InlineData("a.b=1\n[a]\nc=2", "line 2: 'a' is set twice")]
    [InlineData("[a]\nb.c=1\n[a.b]\nd=1", "line 3: 'b' is set twice")]
    [InlineData("[a.b]\n[a]\nb.c=1", "line 3: 'b' is set twice")]
    [InlineData("[a.b]\n[a]\nb=1", "line 3: 'b' is set twice")]
    [InlineData("a={b=1}\na.c=2", "line 2: 'a' is set twice")]
    [InlineData("a={b=1}\n[a]\nc=2", "line 2: 'a' is set twice")]
    [InlineData("a={b=1}\n[a.c]\nd=2", "line 2: 'a' is set twice")]
    [InlineData("[[a]]\nb={c=1}\n[a.b]\nd=1", "line 3: 'b' is set twice")]
    [InlineData("[[a]]\nb={c=1}\n[a.b.e]\nd=1", "line 3: 'b' is set twice")]
    [InlineData("a={b=1,b=2}", "line 1: 'b' is set twice")]
    [InlineData("a={b={c=1},b.d=2}", "line 1: 'b' is set twice")]
    [InlineData("a=[1,\n{x=1,x=2}]", "line 2: 'x' is set twice")]
    [InlineData("a=[1]\n[[a]]", "line 2: 'a' is set twice")]
    [InlineData("a=[]\n[[a]]", "line 2: 'a' is set twice")]
    [InlineData("a=[{b=1}]\n[[a]]", "line 2: 'a' is set twice")]
    [InlineData("a=[{b=1}]\n[a.c]", "line 2: 'a' is set twice")]
    [InlineData("[a]\n[[a]]", "line 2: 'a' is set twice")]
    [InlineData("[[a]]\n[a]", "line 2: 'a' is set twice")]
    [InlineData("[[a]]\n[[a.b]]\n[a.b]", "line 3: 'b' is set twice")]
    [InlineData("[[a.b]]\n[a]\nb=1", "line 3: 'b' is set twice")]
    [InlineData("\nx=99999999999999999999999", "line 2: ")]
    [InlineData("x=01", "line 1: ")]
    [InlineData("x=1__0", "line 1: ")]
    [InlineData("x=1.", "line 1: ")]
    [InlineData("x=1979-02-30", "line 1: ")]
    [InlineData("x=25:00:00", "line 1: ")]
    [InlineData("x=True", "line 1: ")]
    [InlineData("x=\"\\uD800\"", "line 1: ")]
    [InlineData("x=\"\\U00110000\"", "line 1: ")]
    [InlineData("x=\"\\q\"", "line 1: ")]
    [InlineData("x=\"a\u0001b\"", "line 1: ")]
    [InlineData("# \0", "line 1: ")]
    [InlineData("x=1\ry=2", "line 1: ")]
    [InlineData("x=1\ny=1 z=2", "line 2: ")]
    [InlineData("[a] x", "line 1: ")]
    [InlineData("[]", "line 1: ")]
    [InlineData("[a.]", "line 1: ")]
    [InlineData("a.=1", "line 1: ")]
    [InlineData("a\n=1", "line 1: ")]
    [InlineData("a=\n1", "line 1: ")]
    [InlineData("a={x=1,,b=2}", "line 1: ")]
    [InlineData("a=[1,,2]", "line 1: ")]
    [InlineData("a=[1,2", "line 1: ")]
    [InlineData("a={x=1", "line 1: ")]
    [InlineData("a=\"\"\"\nb", "line ")]
    [InlineData("\na=\"m\\u006", "line 2: ")]
    [InlineData("a=\"m\\", "line 1: ")]
    [InlineData("\na=\"\\ud800\"\nb=1\n", "line 2: ")]
    [InlineData("a=\"\\U00110000\"\n", "line 1: ")]
    [InlineData("a=\"\\UFFFFFFFF\"\n", "line 1: ")]
    public void What_the_specification_forbids_is_refused_with_its_line(string text, string expected)
        => Assert.StartsWith(expected, Assert.Throws<FormatException>(() => TomlDocument.Parse(text)).Message);
}
