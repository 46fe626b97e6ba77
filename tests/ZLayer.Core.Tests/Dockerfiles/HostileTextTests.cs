using System.Text;
using ZLayer.Core.Builds;
using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Errors;
using ZLayer.Core.Images;
using ZLayer.Core.Oci;
using ZLayer.Core.Runtimes.Oci;
using ZLayer.Core.Tests.Builds;

namespace ZLayer.Core.Tests.Dockerfiles;

/// <summary>
/// Texts that a stranger makes to cost much. Where it is time, the sizes are such that work which grows with their square takes hours and work which
/// grows with them takes moments; the bound in between is a minute.
/// </summary>
[Trait("Kind", "Integration")]
public sealed class HostileTextTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Values_that_double_are_refused_at_the_line_that_makes_them_too_long()
    {
        var text = new StringBuilder("FROM scratch\nENV A0=0123456789abcdef\n");
        for (var i = 1; i <= 40; i++)
        {
            text.Append($"ENV A{i}=$A{i - 1}$A{i - 1}\n");
        }

        await using var fixture = new BuildFixture();
        var error = await Assert.ThrowsAsync<ZLayerException>(() => SoonAsync(() => fixture.BuildAsync(text.ToString())));

        Assert.Equal(ZLayerErrorKind.DockerfileSyntaxError, error.Kind);
        Assert.Equal("Dockerfile:19:1", error.Subject); // 16 times 2 to the 17th is the first that is longer than 2 to the 20th.
        Assert.Contains("longer than 1048576 characters", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ENV B${0}=$A\n")]
    [InlineData("ARG B${0}=$A\n")]
    public async Task Variables_that_are_too_long_together_are_refused(string line)
    {
        var text = new StringBuilder($"FROM scratch\nENV A={new string('x', 60_000)}\n");
        for (var i = 0; i < 200; i++)
        {
            text.Append(line.Replace("${0}", $"{i}", StringComparison.Ordinal));
        }

        await using var fixture = new BuildFixture();
        var error = await Assert.ThrowsAsync<ZLayerException>(() => SoonAsync(() => fixture.BuildAsync(text.ToString())));

        Assert.Equal(ZLayerErrorKind.DockerfileSyntaxError, error.Kind);
        Assert.Contains("together longer than", error.Message, StringComparison.Ordinal);
        Assert.StartsWith("Dockerfile:7", error.Subject, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ARG B=$A$A$A$A\n")]
    [InlineData("LABEL b=$A$A$A$A\n")]
    public async Task Labels_and_history_that_no_config_can_hold_are_refused(string line)
    {
        var text = $"FROM scratch\nARG A={new string('x', 60_000)}\n" + string.Concat(Enumerable.Repeat(line, 200));
        await using var fixture = new BuildFixture();
        var error = await Assert.ThrowsAsync<ZLayerException>(() => SoonAsync(() => fixture.BuildAsync(text)));

        Assert.Contains("labels and history", error.Message, StringComparison.Ordinal);
        Assert.StartsWith("Dockerfile:7", error.Subject, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("${A//a*b/x}")]
    [InlineData("${A/a*b/x}")]
    [InlineData("${A//a*a*b/x}")]
    [InlineData("${A//a?c/x}")]
    [InlineData("${A%%a*b}")]
    [InlineData("${A##*b}")]
    public async Task A_pattern_without_a_match_is_looked_for_once(string word)
    {
        var value = new string('a', 1_000_000);
        var scope = new VariableScope(new Dictionary<string, string> { ["A"] = value });

        Assert.Equal(value, await SoonAsync(() => Task.Run(() => VariableExpander.ExpandWord(word, scope))));
    }

    [Theory]
    [InlineData("aabab", "${A//a*b/x}", "x")]
    [InlineData("aab\nab", "${A//a*b/x}", "x\nx")]
    [InlineData("abcabc", "${A//?c/-}", "a-a-")]
    [InlineData("abc", "${A//**/-}", "-")]
    [InlineData("abc", "${A//***c/-}", "-")]
    [InlineData("aXbX", "${A//X/}", "ab")]
    [InlineData("aab", "${A/a*/y}", "y")]
    public void What_is_replaced_is_the_longest_match_at_each_place(string value, string word, string expected)
        => Assert.Equal(expected, VariableExpander.ExpandWord(word, new VariableScope(new Dictionary<string, string> { ["A"] = value })));

    [Fact]
    public void A_pattern_that_is_too_long_for_its_value_is_refused()
    {
        var scope = new VariableScope(new Dictionary<string, string> { ["A"] = new string('a', 1_000_000) });
        var pattern = string.Concat(Enumerable.Repeat("a*", 10_000));

        var error = Assert.Throws<ZLayerException>(() => VariableExpander.ExpandWord($"${{A//{pattern}b/x}}", scope));
        Assert.Contains("too long for a value of", error.Message, StringComparison.Ordinal);
        Assert.InRange(error.Message.Length, 1, 1000);
    }

    [Fact]
    public void Defaults_nested_without_end_do_not_overflow_the_stack()
    {
        var word = string.Concat(Enumerable.Repeat("${a:-", 100_000)) + new string('}', 100_000);
        Assert.Throws<ZLayerException>(() => VariableExpander.ExpandWord(word, new VariableScope(new Dictionary<string, string>())));
    }

    [Fact]
    public void Heredocs_without_an_end_do_not_read_the_file_again_for_each()
    {
        // Behind a mistyped keyword it is a guess that there is a heredoc at all.
        var text = "FROM scratch\n" + string.Concat(Enumerable.Repeat("RNU <<EOF\n", 900)) + string.Concat(Enumerable.Repeat("# line\n", 300_000));
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<ZLayerException>(() => Dockerfile.Parse(text));

        // Reading on to the end for each of them allocates some gigabytes.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 400_000_000);
    }

    [Fact]
    public void Heredocs_of_one_name_end_one_behind_the_other()
    {
        var run = (RunInstruction)Dockerfile.Parse("FROM scratch\nRUN cat <<-E <<E\n\tone\n\tE\ntwo\nE\nRUN true\n").Stages[0].Instructions[0];
        Assert.Equal(["\tone\n", "two\n"], run.Command.Heredocs.Select(heredoc => heredoc.Content));
    }

    [Fact]
    public async Task Thousands_of_double_stars_cost_no_more_than_one()
    {
        var path = string.Join('/', Enumerable.Repeat("d", 2000)) + "/file";
        var pattern = string.Concat(Enumerable.Repeat("**/", 4000));
        Assert.True(await SoonAsync(() => Task.Run(() => GlobPattern.Parse(pattern + "file", doubleStar: true).IsMatch(path))));
        Assert.False(await SoonAsync(() => Task.Run(() => GlobPattern.Parse(pattern + "other", doubleStar: true).IsMatch(path))));
        Assert.True(await SoonAsync(() => Task.Run(() => IgnoreFile.Parse(pattern + "file\n").Match(path).Excluded)));
        Assert.True(GlobPattern.Parse(new string('*', 10_000)).IsMatch("file"));
        var mixed = string.Concat(Enumerable.Repeat("**/x*/", 600));
        Assert.False(await SoonAsync(() => Task.Run(() => GlobPattern.Parse(mixed + "file", doubleStar: true).IsMatch(path.Replace('d', 'x') + "r"))));
    }

    [Fact]
    public void A_pattern_longer_than_any_path_is_refused()
    {
        Assert.Equal(ZLayerErrorKind.InvalidArgument, Assert.Throws<ZLayerException>(() => GlobPattern.Parse(string.Concat(Enumerable.Repeat("a*", 30_000)))).Kind);
        Assert.Throws<ZLayerException>(() => IgnoreFile.Parse(string.Concat(Enumerable.Repeat("?", 30_000))));
    }

    [Theory]
    [InlineData("[a-cx]", "b", true)]
    [InlineData("[a-cx]", "x", true)]
    [InlineData("[a-cx]", "d", false)]
    [InlineData("[^a-cx]", "d", true)]
    [InlineData("[^a-cx]", "c", false)]
    [InlineData("[c-ab]", "b", true)]
    [InlineData("[c-a]", "b", false)]
    [InlineData("[f-ha-ge]", "h", true)]
    [InlineData("[f-ha-ge]", "i", false)]
    public void A_class_of_several_ranges_holds_what_any_of_them_holds(string pattern, string path, bool matches)
        => Assert.Equal(matches, GlobPattern.Parse(pattern).IsMatch(path));

    [Fact]
    public async Task An_ignore_file_of_many_paths_is_looked_up_not_gone_through()
    {
        var text = new StringBuilder("skip\n");
        for (var i = 0; i < 150_000; i++)
        {
            text.Append(i % 2 == 0 ? $"dir{i}/file\n" : $"!skip/dir{i}/file\n");
        }

        await SoonAsync(() => Task.Run(() =>
        {
            var ignore = IgnoreFile.Parse(text.ToString());
            for (var i = 0; i < 150_000; i++)
            {
                Assert.Equal(i % 2 == 0, ignore.Match($"dir{i}/file/below").Excluded);
                Assert.Equal(i % 2 == 1, ignore.MayContainIncluded($"skip/dir{i}"));
            }

            return true;
        }));
    }

    [Fact]
    public void Of_paths_and_wildcards_the_last_that_matches_decides()
    {
        var ignore = IgnoreFile.Parse("a\n!a/b\n*.x\n!a/b/c.x\na/b/d\n!**/e\n");
        Assert.True(ignore.Match("a/f").Excluded);
        Assert.False(ignore.Match("a/b/f").Excluded);
        Assert.False(ignore.Match("a/b/c.x").Excluded);
        Assert.True(ignore.Match("a/b/d/f").Excluded);
        Assert.False(ignore.Match("a/b/d/e").Excluded);
        Assert.True(ignore.Match("g.x/h").Excluded);
        Assert.Equal(5, ignore.Match("a/b/d").Line);
    }

    [Fact]
    public async Task Variables_of_one_instruction_are_set_in_proportion_to_their_number()
    {
        var pairs = Enumerable.Range(0, 200_000).Select(i => new NameValue($"NAME{i}", "x")).ToList();
        var env = new EnvInstruction { Variables = [.. pairs, new NameValue("NAME7", "y")] };

        var config = await SoonAsync(() => Task.Run(() => ConfigInstructions.Apply(new ContainerDefaults(), env, "linux")));

        Assert.Equal(200_000, config.Env!.Count);
        Assert.Equal("NAME7=y", config.Env[7]);
    }

    [Fact]
    public async Task Arguments_of_one_instruction_are_declared_in_proportion_to_their_number()
    {
        var text = "FROM scratch\nARG" + string.Concat(Enumerable.Range(0, 60_000).Select(i => i % 6000 == 0 ? $" \\\n A{i}" : $" A{i}=1"));
        await using var fixture = new BuildFixture();
        Assert.NotNull(await SoonAsync(() => fixture.BuildAsync(text + "\nENV LAST=$A59999\n")));
    }

    [Theory]
    [InlineData("ENV A=1\n", 10_001)]
    [InlineData("FROM scratch\n", 20_000)]
    [InlineData("ARG A\n", 1_000_000)]
    public async Task Instructions_without_end_are_refused_at_the_first_that_is_too_many(string line, int count)
    {
        var text = "FROM scratch\n" + string.Concat(Enumerable.Repeat(line, count));
        var error = await Assert.ThrowsAsync<ZLayerException>(() => SoonAsync(() => Task.Run(() => Dockerfile.Parse(text))));
        Assert.Equal("Dockerfile:10001:1", error.Subject);
    }

    [Fact]
    public void Errors_without_end_are_told_in_part_and_none_quotes_a_whole_line()
    {
        var error = Assert.Throws<ZLayerException>(() => Dockerfile.Parse(string.Concat(Enumerable.Repeat(new string('x', 50_000) + "\n", 200))));
        Assert.All(error.Details, detail => Assert.InRange(detail.Length, 1, 1100));

        error = Assert.Throws<ZLayerException>(() => Dockerfile.Parse("FROM scratch\nENV a=b" + string.Concat(Enumerable.Repeat(" x", 30_000)) + "\n"));
        Assert.InRange(error.Details.Count, 1, 1001);
    }

    [SkippableFact]
    public async Task A_Dockerfile_without_an_end_is_refused()
    {
        Skip.IfNot(File.Exists("/dev/zero"), "needs /dev/zero");
        await using var fixture = new BuildFixture();
        var error = await Assert.ThrowsAsync<ZLayerException>(
            () => SoonAsync(() => fixture.Engine.BuildAsync(new BuildOptions { ContextDirectory = fixture.Context, DockerfilePath = "/dev/zero" })));
        Assert.Contains("larger than 16777216 bytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_of_users_is_read_row_by_row_and_no_further_than_needed()
    {
        using var rows = new EndlessRows("user:x:1000:1000::/home/user:/bin/sh\n");
        Assert.Equal("user", UserTable.ReadRows(rows, "/etc/passwd").First()[0]);
        Assert.InRange(rows.Position, 1, 1 << 17);
    }

    [Theory]
    [InlineData("user:x:1000:1000::/home/user:/bin/sh\n")]
    [InlineData("a row without an end")]
    public void A_table_of_users_without_an_end_is_refused(string row)
    {
        using var rows = new EndlessRows(row);
        var error = Assert.Throws<ZLayerException>(() => UserTable.ReadRows(rows, "/etc/passwd").Count());
        Assert.Equal("/etc/passwd", error.Subject);
        Assert.InRange(rows.Position, 1, UserTable.MaximumSize + (1 << 20));
    }

    private static Task<T> SoonAsync<T>(Func<Task<T>> work) => Task.Run(work).WaitAsync(Bound);

    private sealed class EndlessRows(string row) : Stream
    {
        private readonly byte[] _row = Encoding.ASCII.GetBytes(row);
        private long _position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => _position;
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            for (var i = 0; i < count; i++)
            {
                buffer[offset + i] = _row[(_position + i) % _row.Length];
            }

            _position += count;
            return count;
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }
    }
}
