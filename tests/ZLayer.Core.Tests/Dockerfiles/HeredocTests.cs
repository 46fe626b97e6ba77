using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Tests.Dockerfiles;

public sealed class HeredocTests
{
    private static readonly VariableScope Scope = new(new Dictionary<string, string> { ["WHO"] = "world" });

    private static RunInstruction Run(string text) => Assert.IsType<RunInstruction>(Dockerfile.ParseInstruction(text));

    private static CopyInstruction Copy(string text) => Assert.IsType<CopyInstruction>(Dockerfile.ParseInstruction(text));

    [Theory]
    [InlineData("RUN <<EOF\na\nb\nEOF", "a\nb\n")]
    [InlineData("RUN <<-EOF\n\ta\n\t\tb\n\tEOF", "a\nb\n")]
    [InlineData("RUN << EOF\na\nEOF", "a\n")]
    [InlineData("RUN <<- EOF\n\ta\n\tEOF", "a\n")]
    [InlineData("RUN << -EOF\na\n-EOF", "a\n")]
    [InlineData("RUN <<E\\'O\na\nE'O", "a\n")]
    [InlineData("RUN <<$EOF\na\n$EOF", "a\n")]
    [InlineData("RUN <<'EOF'\n$x\nEOF", "$x\n")]
    [InlineData("RUN <<\"E F\"\na\nE F", "a\n")]
    [InlineData("RUN <<EOF\nEOF", "")]
    [InlineData("RUN --network=none <<EOF\na\nEOF", "a\n")]
    public void A_run_that_is_only_a_heredoc_runs_its_body(string text, string script)
    {
        RunInstruction run = Run(text);
        Assert.True(run.Command.IsScript);
        Assert.Equal(["sh", "-c", script], run.Command.ToArguments(["sh", "-c"]));
    }

    [Fact]
    public void A_shebang_is_seen()
    {
        Assert.True(Run("RUN <<EOF\n#!/usr/bin/env python3\nprint()\nEOF").Command.HasShebang);
        Assert.False(Run("RUN <<EOF\nprint()\nEOF").Command.HasShebang);
        Assert.False(Run("RUN cat <<EOF\n#!/x\nEOF").Command.HasShebang);
        Assert.False(Run("RUN true").Command.HasShebang);
    }

    [Fact]
    public void A_command_with_heredocs_is_given_to_the_shell_with_them()
    {
        RunInstruction run = Run("RUN cat <<A 3<<-B > /x\n1\nA\n\t2\n\tB");
        Assert.False(run.Command.IsScript);
        Assert.Equal("cat <<A 3<<-B > /x\n1\nA\n\t2\nB", run.Command.ShellText);
        Assert.Equal([0, 3], run.Command.Heredocs.Select(heredoc => heredoc.FileDescriptor));
        Assert.Equal("2\n", run.Command.Heredocs[1].Text);
    }

    [Theory]
    [InlineData("RUN <<EOF\nx\nEOF", true)]
    [InlineData("RUN <<'EOF'\nx\nEOF", false)]
    [InlineData("RUN <<\"EOF\"\nx\nEOF", false)]
    [InlineData("RUN <<E'O'F\nx\nEOF", false)]
    public void A_quoted_word_turns_expansion_off(string text, bool expand) => Assert.Equal(expand, Run(text).Command.Heredocs[0].Expand);

    [Theory]
    [InlineData("RUN echo '<<EOF'")]
    [InlineData("RUN echo \"<<EOF\"")]
    [InlineData("RUN cat <<<EOF")]
    [InlineData("RUN x=$((1<<2))")]
    [InlineData("RUN cat<<EOF")]
    [InlineData("RUN echo it's <<EOF")]
    [InlineData("RUN echo \\<\\<EOF")]
    [InlineData("RUN [\"cat\", \"<<EOF\"]")]
    [InlineData("RUN echo <<")]
    public void Not_everything_with_two_angles_is_a_heredoc(string text) => Assert.Empty(Run(text).Command.Heredocs);

    [Fact]
    public void Only_run_copy_and_add_take_heredocs()
        => Assert.Equal("cat <<EOF", Assert.IsType<CmdInstruction>(Dockerfile.ParseInstruction("CMD cat <<EOF")).Command.Text);

    [Fact]
    public void Heredocs_count_as_lines_and_their_text_is_no_instruction()
    {
        var file = Dockerfile.Parse("FROM scratch\nRUN <<EOF\n# kept\n\nFROM x \\\nEOF\nUSER me\n");
        Assert.Equal("# kept\n\nFROM x \\\n", Assert.IsType<RunInstruction>(file.Stages[0].Instructions[0]).Command.ShellText);
        Assert.Equal(6, file.Stages[0].Instructions[0].EndLine);
        Assert.Equal(7, file.Stages[0].Instructions[1].Location.Line);
        Assert.Single(file.Stages);
    }

    [Fact]
    public void Line_ends_in_a_body_are_kept()
        => Assert.Equal("a\r\nb\n", Run("RUN <<EOF\r\na\r\nb\nEOF\r\n").Command.ShellText);

    [Fact]
    public void Copy_makes_files_of_heredocs()
    {
        CopyInstruction copy = Copy("COPY <<one.txt x <<'two.txt' <<-three /d/\nHello $WHO\none.txt\nHello $WHO\ntwo.txt\n\tt\nthree");
        Assert.Equal(["x"], copy.Sources);
        Assert.Equal("/d/", copy.Destination);
        Assert.Equal(
            [new InlineFile("one.txt", "Hello $WHO\n", true), new InlineFile("two.txt", "Hello $WHO\n", false), new InlineFile("three", "t\n", true)],
            copy.InlineFiles);

        CopyInstruction expanded = copy.Expand(Scope);
        Assert.Equal(["Hello world\n", "Hello $WHO\n", "t\n"], expanded.InlineFiles.Select(file => file.Content));
        Assert.All(expanded.InlineFiles, file => Assert.False(file.Expand));
    }

    [Theory]
    [InlineData("it's \"$WHO\"", "it's \"world\"")]
    [InlineData("\\$WHO", "$WHO")]
    [InlineData("${NONE:-it's}", "it's")]
    [InlineData("a\\\\b", "a\\b")]
    public void In_a_body_quotes_are_text_and_escapes_work(string body, string expected)
        => Assert.Equal(expected + "\n", Copy($"COPY <<E /x\n{body}\nE").Expand(Scope).InlineFiles[0].Content);

    [Fact]
    public void In_a_body_the_escape_is_a_backslash_whatever_the_file_says()
    {
        var file = Dockerfile.Parse("# escape=`\nFROM scratch\nCOPY <<E /x\n\\$WHO `$WHO\nE\n");
        var scope = new VariableScope(new Dictionary<string, string> { ["WHO"] = "w" }, file.Escape);
        var copy = Assert.IsType<CopyInstruction>(file.Stages[0].Instructions[0].Expand(scope));
        Assert.Equal("$WHO `w\n", copy.InlineFiles[0].Content);
    }

    [Fact]
    public void Add_takes_heredocs_too()
        => Assert.Equal("x\n", Assert.IsType<AddInstruction>(Dockerfile.ParseInstruction("ADD <<a /b\nx\na")).InlineFiles[0].Content);

    [Fact]
    public void A_heredoc_that_does_not_end_is_an_error_at_its_instruction()
    {
        var error = Assert.Throws<ZLayerException>(() => Dockerfile.Parse("FROM scratch\nRUN a\nRUN <<EOF\nx\n EOF\n"));
        Assert.Equal("Dockerfile:3:1", error.Subject);
        Assert.Contains("EOF", Assert.Single(error.Details), StringComparison.Ordinal);
    }

    [Fact]
    public void A_heredoc_behind_a_mistyped_keyword_is_one_error_and_not_many()
    {
        var error = Assert.Throws<ZLayerException>(() => Dockerfile.Parse("FROM scratch\nRNU <<EOF\necho a\necho b\nEOF\nUSER me"));
        Assert.Contains("did you mean RUN?", Assert.Single(error.Details), StringComparison.Ordinal);
    }
}
