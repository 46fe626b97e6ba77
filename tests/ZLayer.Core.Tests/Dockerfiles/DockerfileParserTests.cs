using System.Text;
using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Tests.Dockerfiles;

public sealed class DockerfileParserTests
{
    private static T Only<T>(string text)
        where T : Instruction
        => Assert.IsType<T>(Assert.Single(Dockerfile.Parse("FROM scratch\n" + text).Stages[0].Instructions));

    [Fact]
    public void Stages_hold_their_instructions_and_global_arguments_stand_apart()
    {
        var file = Dockerfile.Parse("""
            ARG BASE=alpine
            FROM $BASE AS Build
            RUN make
            FROM scratch
            COPY --from=build /out /
            CMD ["/app"]
            """);
        Assert.Equal("BASE", Assert.Single(Assert.Single(file.GlobalArguments).Arguments).Name);
        Assert.Equal(2, file.Stages.Count);
        Assert.Equal("build", file.Stages[0].Name);
        Assert.Null(file.Stages[1].Name);
        Assert.Equal([0, 1], file.Stages.Select(stage => stage.Index));
        Assert.Single(file.Stages[0].Instructions);
        Assert.Equal(2, file.Stages[1].Instructions.Count);
    }

    [Theory]
    [InlineData("build", 0)]
    [InlineData("BUILD", 0)]
    [InlineData("1", 1)]
    [InlineData("2", null)]
    [InlineData("-1", null)]
    [InlineData("none", null)]
    public void A_stage_is_found_by_name_or_number(string text, int? index)
        => Assert.Equal(index, Dockerfile.Parse("FROM a AS build\nFROM b").FindStage(text)?.Index);

    [Fact]
    public void Keywords_are_read_in_any_case_and_kept_as_written()
    {
        var file = Dockerfile.Parse("from scratch\nRun true\n");
        Assert.Equal("from", file.Stages[0].From.Keyword);
        Assert.Equal("RUN", file.Stages[0].Instructions[0].Name);
    }

    [Fact]
    public void Every_instruction_keeps_its_place()
    {
        var file = Dockerfile.Parse("# c\nFROM scratch\n\n  RUN a \\\n    # inside\n  b\n\tUSER me\n", "app/Dockerfile");
        Instruction run = file.Stages[0].Instructions[0];
        Assert.Equal(new SourceLocation("app/Dockerfile", 4, 3), run.Location);
        Assert.Equal(6, run.EndLine);
        Assert.Equal("app/Dockerfile:7:2", file.Stages[0].Instructions[1].Location.ToString());
        Assert.Equal(2, file.Stages[0].From.Location.Line);
    }

    [Theory]
    [InlineData("RUN a \\\n b", "a  b")]
    [InlineData("RUN a \\  \t\n b", "a  b")]
    [InlineData("RUN a \\\r\n b\r\n", "a  b")]
    [InlineData("RUN a \\\n# comment\n b", "a  b")]
    [InlineData("RUN a \\\n\n\n b", "a  b")]
    [InlineData("RUN a \\\n   # comment\n\tb \\\n c", "a \tb  c")]
    [InlineData("RUN \\\n a", "a")]
    [InlineData("RUN a\\\nb", "ab")]
    [InlineData("RUN a \\", "a")]
    [InlineData("RUN a \\\\", "a \\\\")]
    [InlineData("RUN a # no comment", "a # no comment")]
    [InlineData("\\\nRUN a", "a")]
    public void Continued_lines_are_joined(string text, string command)
        => Assert.Equal(command, Only<RunInstruction>(text).Command.Text);

    [Fact]
    public void Original_text_is_one_line_without_heredoc_bodies()
    {
        Assert.Equal("RUN a   b", Only<RunInstruction>("  RUN a \\\n  b  ").OriginalText);
        Assert.Equal("RUN cat <<E", Only<RunInstruction>("RUN cat <<E\nx\nE").OriginalText);
    }

    [Fact]
    public void The_escape_directive_changes_continuations_and_escapes()
    {
        var file = Dockerfile.Parse("# escape=`\nFROM scratch\nCOPY a `\n C:\\dir\\\nENV A=`$x\n");
        Assert.Equal('`', file.Escape);
        Assert.Equal(@"C:\dir\", Assert.IsType<CopyInstruction>(file.Stages[0].Instructions[0]).Destination);
        var env = Assert.IsType<EnvInstruction>(file.Stages[0].Instructions[1]);
        Assert.Equal("$x", env.Expand(new VariableScope(new Dictionary<string, string>(), file.Escape)).Variables[0].Value);
    }

    [Theory]
    [InlineData("# syntax=docker/dockerfile:1\nFROM a", "docker/dockerfile:1")]
    [InlineData("#syntax = docker/dockerfile:1 extra words\nFROM a", "docker/dockerfile:1")]
    [InlineData("# SYNTAX=x\nFROM a", "x")]
    [InlineData("# escape=`\n# syntax=x\nFROM a", "x")]
    [InlineData("\ufeff# syntax=x\nFROM a", "x")]
    [InlineData("#!/usr/bin/env docker\n# syntax=x\nFROM a", "x")]
    [InlineData("  # syntax=x\nFROM a", "x")]
    [InlineData("# comment\n# syntax=x\nFROM a", null)]
    [InlineData("\n# syntax=x\nFROM a", null)]
    [InlineData("# unknown=1\n# syntax=x\nFROM a", null)]
    [InlineData("FROM a\n# syntax=x", null)]
    [InlineData("# syntax=\nFROM a", null)]
    [InlineData("// syntax=x\nhello", "x")]
    [InlineData("{ \"syntax\": \"x\" }", "x")]
    [InlineData("{ \"syntax\": 1 }", null)]
    [InlineData("{ \"syntax\": ", null)]
    [InlineData("", null)]
    public void The_syntax_directive_is_found(string text, string? expected) => Assert.Equal(expected, Dockerfile.DetectSyntax(text));

    [Fact]
    public void Directives_end_at_the_first_other_line()
    {
        var file = Dockerfile.Parse("# about this file\n# escape=`\nFROM scratch\nRUN a \\\n b");
        Assert.Equal('\\', file.Escape);
    }

    [Fact]
    public void The_check_directive_is_read()
    {
        DockerfileCheckOptions check = Dockerfile.Parse("# check=skip=A, B;error=true\nFROM scratch").Check;
        Assert.Equal(["A", ""], check.Skip);
        check = Dockerfile.Parse("# check=skip=A,B;experimental=all;error=true\nFROM scratch").Check;
        Assert.Equal(["A", "B"], check.Skip);
        Assert.True(check.ExperimentalAll);
        Assert.True(check.ErrorOnWarning);
        Assert.True(Dockerfile.Parse("# check=skip=all\nFROM scratch").Check.SkipAll);
        Assert.False(Dockerfile.Parse("FROM scratch").Check.ErrorOnWarning);
    }

    [Fact]
    public void Check_options_are_read_without_a_file_too()
    {
        Assert.Equal(["A"], DockerfileCheckOptions.Parse(" skip=A; error=1 ").Skip);
        Assert.True(DockerfileCheckOptions.Parse("skip=A; error=1").ErrorOnWarning);
        Assert.Same(DockerfileCheckOptions.Default, DockerfileCheckOptions.Parse(""));
        Assert.Equal(
            ZLayerErrorKind.InvalidArgument, Assert.Throws<ZLayerException>(() => DockerfileCheckOptions.Parse("sikp=A")).Kind);
    }

    [Fact]
    public void A_byte_order_mark_and_bytes_are_read()
    {
        byte[] bytes = [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes("FROM scratch\nLABEL a=ü\n")];
        var file = Dockerfile.Parse(bytes.AsMemory());
        Assert.Equal("ü", Assert.IsType<LabelInstruction>(file.Stages[0].Instructions[0]).Labels[0].Value);
        Assert.Equal(1, file.Stages[0].From.Location.Column);
    }

    [Fact]
    public void Comments_above_an_instruction_belong_to_it()
    {
        var file = Dockerfile.Parse("""
            # syntax=x
            # app  the program
            FROM scratch AS app
            # far away

            # PORT where it listens
            ARG PORT=80 HOST
            # a
            #
            # b
            RUN x
            """);
        Assert.Equal(["app  the program"], file.Stages[0].From.Comments);
        Assert.Equal(" the program", file.Stages[0].Description);
        var arg = Assert.IsType<ArgInstruction>(file.Stages[0].Instructions[0]);
        Assert.Equal(["PORT where it listens"], arg.Comments);
        Assert.Equal("where it listens", arg.Arguments[0].Description);
        Assert.Null(arg.Arguments[1].Description);
        Assert.Equal(["b"], file.Stages[0].Instructions[1].Comments);
    }

    [Theory]
    [InlineData(65535, true)]
    [InlineData(65536, false)]
    public void A_line_may_have_65535_bytes(int length, bool valid)
    {
        string text = "FROM scratch\nRUN " + new string('x', length - 4) + "\n";
        if (valid)
        {
            Assert.Single(Dockerfile.Parse(text).Stages);
        }
        else
        {
            var error = Assert.Throws<ZLayerException>(() => Dockerfile.Parse(text));
            Assert.Equal("Dockerfile:2:1", error.Subject);
        }
    }

    [Fact]
    public void The_line_limit_counts_bytes_and_not_characters()
        => Assert.Throws<ZLayerException>(() => Dockerfile.Parse("FROM scratch\nRUN " + new string('ü', 40_000)));

    [Fact]
    public void A_single_instruction_is_parsed_with_its_heredoc()
    {
        var run = Assert.IsType<RunInstruction>(Dockerfile.ParseInstruction("RUN <<EOF\necho hi\nEOF"));
        Assert.Equal("echo hi\n", run.Command.ShellText);
        var workdir = Assert.IsType<WorkdirInstruction>(Dockerfile.ParseInstruction("workdir /x", "config"));
        Assert.Equal("config:1:1", workdir.Location.ToString());
        Assert.IsType<FromInstruction>(Dockerfile.ParseInstruction("FROM x"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("# only a comment")]
    [InlineData("RUN a\nRUN b")]
    [InlineData("NOPE")]
    public void Anything_but_one_instruction_is_an_error(string text)
        => Assert.Throws<ZLayerException>(() => Dockerfile.ParseInstruction(text));
}
