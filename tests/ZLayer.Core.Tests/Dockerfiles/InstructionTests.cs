using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Tests.Dockerfiles;

public sealed class InstructionTests
{
    private static readonly Dictionary<string, string> Variables = new()
    {
        ["DIR"] = "/srv",
        ["NAME"] = "web app",
        ["PORT"] = "8080",
        ["USER"] = "me",
        ["EMPTY"] = "",
        ["PORTS"] = "80 443/tcp",
        ["MODE"] = "0700",
    };

    private static T Parse<T>(string text)
        where T : Instruction
        => Assert.IsType<T>(Dockerfile.ParseInstruction(text));

    private static T Expand<T>(string text)
        where T : Instruction
        => Assert.IsType<T>(Parse<T>(text).Expand(new VariableScope(Variables)));

    private static string Pairs(IEnumerable<NameValue> pairs) => string.Join('|', pairs.Select(pair => $"{pair.Name}={pair.Value}"));

    [Theory]
    [InlineData("FROM alpine", "alpine", null, null)]
    [InlineData("FROM alpine:3 AS Base", "alpine:3", "base", null)]
    [InlineData("FROM alpine as b-1_x.y", "alpine", "b-1_x.y", null)]
    [InlineData("FROM --platform=linux/arm64 alpine", "alpine", null, "linux/arm64")]
    [InlineData("FROM --platform=$BUILDPLATFORM alpine@sha256:abc AS x", "alpine@sha256:abc", "x", "$BUILDPLATFORM")]
    [InlineData("FROM --platform=\"linux/amd64\"  scratch", "scratch", null, "linux/amd64")]
    public void From_names_an_image_a_platform_and_a_stage(string text, string image, string? name, string? platform)
    {
        var from = Parse<FromInstruction>(text);
        Assert.Equal((image, name, platform), (from.Image, from.StageName, from.Platform));
    }

    [Fact]
    public void From_expands_image_and_platform()
    {
        var from = Expand<FromInstruction>("FROM --platform=${NONE:-linux/amd64} \"repo/$USER\":$PORT AS s");
        Assert.Equal(("repo/me:8080", "linux/amd64", "s"), (from.Image, from.Platform, from.StageName));
    }

    [Theory]
    [InlineData("FROM $NONE")]
    [InlineData("FROM $EMPTY AS x")]
    [InlineData("FROM --platform=$NONE scratch")]
    public void From_must_not_expand_to_nothing(string text)
    {
        var error = Assert.Throws<ZLayerException>(() => Expand<FromInstruction>(text));
        Assert.Equal("instruction:1:1", error.Subject);
        Assert.Contains("empty", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ENV a=1", "a=1")]
    [InlineData("ENV a=1 b=2", "a=1|b=2")]
    [InlineData("ENV a=\"1 2\" b='3 4'", "a=1 2|b=3 4")]
    [InlineData(@"ENV a=1\ 2", "a=1 2")]
    [InlineData("ENV a=", "a=")]
    [InlineData("ENV a=b=c", "a=b=c")]
    [InlineData("ENV a=$DIR/x b=${USER}", "a=/srv/x|b=me")]
    [InlineData("ENV a='$DIR'", "a=$DIR")]
    [InlineData("ENV a=\"$DIR\"", "a=/srv")]
    [InlineData("ENV a=1 b=$a", "a=1|b=")]
    [InlineData("ENV $USER=x", "me=x")]
    [InlineData("ENV a 1", "a=1")]
    [InlineData("ENV a b=c d", "a=b=c d")]
    [InlineData("ENV a   $DIR  x", "a=/srv  x")]
    [InlineData("ENV a 'it' \"is\"", "a=it is")]
    [InlineData("ENV a=x\\\n  b=y", "a=x|b=y")]
    [InlineData("ENV a=$NAME", "a=web app")]
    [InlineData("ENV a=\"\"", "a=")]
    public void Env_sets_pairs_in_order(string text, string expected)
        => Assert.Equal(expected, Pairs(Expand<EnvInstruction>(text).Variables));

    [Theory]
    [InlineData("LABEL a=1 \"b c\"=\"d e\"", "a=1|b c=d e")]
    [InlineData("LABEL com.example.v='1.0'", "com.example.v=1.0")]
    [InlineData("LABEL a b c", "a=b c")]
    [InlineData("LABEL a=$DIR", "a=/srv")]
    [InlineData("LABEL multi=\"x \\\n  y\"", "multi=x   y")]
    public void Label_sets_pairs_in_order(string text, string expected)
        => Assert.Equal(expected, Pairs(Expand<LabelInstruction>(text).Labels));

    [Fact]
    public void Legacy_pairs_are_marked()
    {
        Assert.True(Parse<EnvInstruction>("ENV a b").Variables[0].IsLegacy);
        Assert.False(Parse<LabelInstruction>("LABEL a=b").Labels[0].IsLegacy);
    }

    [Theory]
    [InlineData("ARG a", "a")]
    [InlineData("ARG a=", "a=")]
    [InlineData("ARG a=1 b c=\"x y\"", "a=1|b|c=x y")]
    [InlineData("ARG a=$DIR/$NONE", "a=/srv/")]
    [InlineData("ARG a=${NONE:-d}", "a=d")]
    public void Arg_defines_names_with_and_without_defaults(string text, string expected)
        => Assert.Equal(
            expected,
            string.Join('|', Expand<ArgInstruction>(text).Arguments.Select(arg => arg.Default is null ? arg.Name : $"{arg.Name}={arg.Default}")));

    [Theory]
    [InlineData("CMD [\"a\", \"b c\"]", false, "a|b c")]
    [InlineData("CMD []", false, "")]
    [InlineData("CMD a b", true, "/bin/sh|-c|a b")]
    [InlineData("CMD $DIR", true, "/bin/sh|-c|$DIR")]
    [InlineData("CMD [ -f /x ]", true, "/bin/sh|-c|[ -f /x ]")]
    [InlineData("CMD ['a']", true, "/bin/sh|-c|['a']")]
    [InlineData("CMD [\"a\"", true, "/bin/sh|-c|[\"a\"")]
    [InlineData("CMD", true, "/bin/sh|-c|")]
    [InlineData("CMD [\"\\u00fc\\n\"]", false, "ü\n")]
    public void Cmd_has_a_shell_form_and_an_exec_form(string text, bool shell, string arguments)
    {
        CommandLine command = Parse<CmdInstruction>(text).Command;
        Assert.Equal(shell, command.IsShellForm);
        Assert.Equal(arguments, string.Join('|', command.ToArguments(["/bin/sh", "-c"])));
    }

    [Fact]
    public void Entrypoint_reads_as_cmd_does()
    {
        Assert.Equal(["/app", "-v"], Parse<EntrypointInstruction>("ENTRYPOINT [\"/app\", \"-v\"]").Command.Arguments);
        Assert.Equal("exec app", Parse<EntrypointInstruction>("ENTRYPOINT exec app").Command.Text);
        Assert.Empty(Parse<EntrypointInstruction>("ENTRYPOINT []").Command.Arguments);
    }

    [Fact]
    public void Commands_are_not_expanded()
    {
        Assert.Equal("echo $DIR", Expand<RunInstruction>("RUN echo $DIR").Command.Text);
        Assert.Equal(["$DIR"], Expand<CmdInstruction>("CMD [\"$DIR\"]").Command.Arguments);
        Assert.Equal("test $DIR", Expand<HealthcheckInstruction>("HEALTHCHECK CMD test $DIR").Command!.Text);
        Assert.Equal(["$DIR"], Expand<ShellInstruction>("SHELL [\"$DIR\"]").Shell);
        Assert.Equal("RUN $DIR", Expand<OnBuildInstruction>("ONBUILD RUN $DIR").TriggerText);
    }

    [Theory]
    [InlineData("WORKDIR /a b", "/a b")]
    [InlineData("WORKDIR $DIR/x", "/srv/x")]
    [InlineData("WORKDIR \"/a b\"", "/a b")]
    [InlineData("WORKDIR 'x'/$NONE", "x/")]
    public void Workdir_is_one_path(string text, string expected) => Assert.Equal(expected, Expand<WorkdirInstruction>(text).Path);

    [Theory]
    [InlineData("USER 1000:1000", "1000:1000")]
    [InlineData("USER $USER:${NONE:-g}", "me:g")]
    public void User_is_one_word(string text, string expected) => Assert.Equal(expected, Expand<UserInstruction>(text).User);

    [Theory]
    [InlineData("STOPSIGNAL SIGTERM", "SIGTERM")]
    [InlineData("STOPSIGNAL $NONE${EMPTY}9", "9")]
    public void Stopsignal_is_one_word(string text, string expected) => Assert.Equal(expected, Expand<StopSignalInstruction>(text).Signal);

    [Theory]
    [InlineData("VOLUME /a /b", "/a|/b")]
    [InlineData("VOLUME [\"/a b\", \"$DIR\"]", "/a b|/srv")]
    [InlineData("VOLUME $DIR/x", "/srv/x")]
    public void Volume_lists_paths(string text, string expected)
        => Assert.Equal(expected, string.Join('|', Expand<VolumeInstruction>(text).Paths));

    [Theory]
    [InlineData("EXPOSE 80", "80/tcp")]
    [InlineData("EXPOSE 80/udp 443", "80/udp|443/tcp")]
    [InlineData("EXPOSE 8000-8002/TCP", "8000/tcp|8001/tcp|8002/tcp")]
    [InlineData("EXPOSE $PORT/sctp", "8080/sctp")]
    [InlineData("EXPOSE $PORTS", "80/tcp|443/tcp")]
    [InlineData("EXPOSE 8${NONE:-1}", "81/tcp")]
    [InlineData("EXPOSE 127.0.0.1:8080:80", "80/tcp")]
    [InlineData("EXPOSE [::1]:8080:80/udp", "80/udp")]
    [InlineData("EXPOSE 9090:90", "90/tcp")]
    [InlineData("EXPOSE 8000-9000:80", "80/tcp")]
    [InlineData("EXPOSE 0", "0/tcp")]
    public void Expose_resolves_to_ports(string text, string expected)
        => Assert.Equal(expected, string.Join('|', Expand<ExposeInstruction>(text).ResolvePorts()));

    [Theory]
    [InlineData("EXPOSE ${NONE:-http}")]
    [InlineData("EXPOSE ${NONE:-65536}")]
    [InlineData("EXPOSE ${NONE:-80/icmp}")]
    public void Expose_refuses_words_that_are_no_ports_once_expanded(string text)
        => Assert.Throws<ZLayerException>(() => Expand<ExposeInstruction>(text).ResolvePorts());

    [Fact]
    public void Shell_takes_the_json_form()
        => Assert.Equal(["/bin/bash", "-o", "pipefail", "-c"], Parse<ShellInstruction>("SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]").Shell);

    [Fact]
    public void Healthcheck_reads_its_flags()
    {
        var check = Parse<HealthcheckInstruction>(
            "HEALTHCHECK --interval=1m30s --timeout=500ms --start-period=1.5h --start-interval=2s --retries=4 CMD [\"curl\", \"-f\"]");
        Assert.Equal(TimeSpan.FromSeconds(90), check.Interval);
        Assert.Equal(TimeSpan.FromMilliseconds(500), check.Timeout);
        Assert.Equal(TimeSpan.FromMinutes(90), check.StartPeriod);
        Assert.Equal(TimeSpan.FromSeconds(2), check.StartInterval);
        Assert.Equal(4, check.Retries);
        Assert.Equal(["curl", "-f"], check.Command!.Arguments);
    }

    [Theory]
    [InlineData("HEALTHCHECK NONE", null)]
    [InlineData("HEALTHCHECK none", null)]
    [InlineData("HEALTHCHECK CMD true", "true")]
    [InlineData("HEALTHCHECK cmd  a || exit 1", "a || exit 1")]
    [InlineData("HEALTHCHECK --interval=0 CMD true", "true")]
    [InlineData("HEALTHCHECK --interval=0s CMD true", "true")]
    public void Healthcheck_is_none_or_a_command(string text, string? command)
        => Assert.Equal(command, Parse<HealthcheckInstruction>(text).Command?.Text);

    [Fact]
    public void Onbuild_keeps_the_trigger_and_its_text()
    {
        var plain = Parse<OnBuildInstruction>("ONBUILD   copy --chown=a  x  /y");
        Assert.Equal("copy --chown=a  x  /y", plain.TriggerText);
        Assert.Equal("a", Assert.IsType<CopyInstruction>(plain.Trigger).Chown);
        Assert.Equal(new SourceLocation("instruction", 1, 11), plain.Trigger.Location);

        var heredoc = Parse<OnBuildInstruction>("ONBUILD RUN <<-EOF\n\techo hi\n\tEOF");
        Assert.Equal("RUN <<-EOF\n\techo hi\nEOF", heredoc.TriggerText);
        var again = Assert.IsType<RunInstruction>(Dockerfile.ParseInstruction(heredoc.TriggerText));
        Assert.Equal("echo hi\n", again.Command.ShellText);
    }

    [Fact]
    public void Maintainer_is_text()
        => Assert.Equal("Jo <jo@example.com>", Parse<MaintainerInstruction>("MAINTAINER Jo <jo@example.com>").Maintainer);

    [Fact]
    public void Copy_reads_every_flag()
    {
        var copy = Parse<CopyInstruction>(
            "COPY --from=build --chown=1:2 --chmod=u+x --link --parents --exclude=*.md --exclude=\"a b\" src/ $DIR/");
        Assert.Equal(("build", "1:2", "u+x"), (copy.From, copy.Chown, copy.Chmod));
        Assert.True(copy.Link);
        Assert.True(copy.Parents);
        Assert.Equal(["*.md", "a b"], copy.Excludes);
        Assert.Equal(["src/"], copy.Sources);
        Assert.Equal("$DIR/", copy.Destination);
    }

    [Fact]
    public void Add_reads_every_flag()
    {
        var add = Parse<AddInstruction>(
            "ADD --chown=u --chmod=0644 --link=true --keep-git-dir=false --checksum=sha256:aa --unpack --exclude=x https://e.org/a.tgz /a");
        Assert.Equal(("u", "0644", "sha256:aa"), (add.Chown, add.Chmod, add.Checksum));
        Assert.True(add.Link);
        Assert.False(add.KeepGitDir);
        Assert.True(add.Unpack);
        Assert.Equal(["x"], add.Excludes);
    }

    [Fact]
    public void Absent_flags_are_null_or_false()
    {
        var add = Parse<AddInstruction>("ADD a b");
        Assert.Null(add.Unpack);
        Assert.Null(add.KeepGitDir);
        Assert.Null(add.Checksum);
        Assert.False(add.Link);
        var copy = Parse<CopyInstruction>("COPY --link=FALSE --chown= a b");
        Assert.False(copy.Link);
        Assert.Null(copy.Chown);
        Assert.Null(copy.From);
    }

    [Theory]
    [InlineData("COPY a b /c/", "a|b", "/c/")]
    [InlineData("COPY [\"a b\", \"c\", \"/d e/\"]", "a b|c", "/d e/")]
    [InlineData("COPY $DIR/a \"$USER\" '$DIR'", "/srv/a|me", "$DIR")]
    [InlineData("COPY [\"$DIR\", \"/x\"]", "/srv", "/x")]
    [InlineData("COPY a\\\n b\\\n /c/", "a|b", "/c/")]
    [InlineData("COPY -- --x /y", "--x", "/y")]
    [InlineData("COPY [a] /b", "[a]", "/b")]
    public void Copy_takes_sources_and_a_destination(string text, string sources, string destination)
    {
        var copy = Expand<CopyInstruction>(text);
        Assert.Equal(sources, string.Join('|', copy.Sources));
        Assert.Equal(destination, copy.Destination);
    }

    [Fact]
    public void Copy_and_add_expand_their_flags_but_not_excludes()
    {
        var copy = Expand<CopyInstruction>("COPY --chown=$USER --chmod=$MODE --exclude=$DIR a b");
        Assert.Equal(("me", "0700"), (copy.Chown, copy.Chmod));
        Assert.Equal(["$DIR"], copy.Excludes);
        Assert.Equal("sha256:me", Expand<AddInstruction>("ADD --checksum=sha256:$USER a b").Checksum);
    }

    [Fact]
    public void A_bad_substitution_is_reported_at_the_instruction()
    {
        var file = Dockerfile.Parse("FROM scratch\n\n  WORKDIR ${x\n");
        var error = Assert.Throws<ZLayerException>(
            () => file.Stages[0].Instructions[0].Expand(new VariableScope(Variables)));
        Assert.Equal("Dockerfile:3:3", error.Subject);
        Assert.Equal(ZLayerErrorKind.DockerfileSyntaxError, error.Kind);
    }

    [Fact]
    public void A_volume_must_not_expand_to_nothing()
        => Assert.Throws<ZLayerException>(() => Expand<VolumeInstruction>("VOLUME /a $NONE"));
}
