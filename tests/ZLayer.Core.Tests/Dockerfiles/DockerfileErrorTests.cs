using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Tests.Dockerfiles;

public sealed class DockerfileErrorTests
{
    private static ZLayerException Fail(string text)
    {
        var error = Assert.Throws<ZLayerException>(() => Dockerfile.Parse(text));
        Assert.Equal(ZLayerErrorKind.DockerfileSyntaxError, error.Kind);
        return error;
    }

    [Theory]
    // Unknown words, with what was meant.
    [InlineData("RUNN true", 1, "unknown instruction: RUNN (did you mean RUN?)")]
    [InlineData("copyy a b", 1, "unknown instruction: copyy (did you mean COPY?)")]
    [InlineData("WORKDRI /x", 1, "did you mean WORKDIR?")]
    [InlineData("HELLO world", 1, "unknown instruction: HELLO")]
    [InlineData("\\", 1, "no instruction")]
    [InlineData("COPY --form=a b c", 6, "unknown flag: --form (did you mean --from?)")]
    [InlineData("COPY a --link b", 0, "")]
    [InlineData("RUN --mounts=type=ssh x", 5, "unknown flag: --mounts (did you mean --mount?)")]
    [InlineData("ADD --from=x a b", 5, "unknown flag: --from")]
    [InlineData("COPY --checksum=x a b", 6, "unknown flag: --checksum")]
    [InlineData("WORKDIR --x /a", 9, "WORKDIR takes no flags")]
    [InlineData("CMD --x /a", 5, "CMD takes no flags")]
    [InlineData("HEALTHCHECK --intervall=1s CMD x", 13, "did you mean --interval?")]
    // Flag grammar.
    [InlineData("COPY --chown a b", 6, "missing a value on flag: --chown")]
    [InlineData("COPY --link= a b", 6, "missing a value on flag: --link")]
    [InlineData("COPY --link=yes a b", 6, "expecting boolean value for flag --link, not: yes")]
    [InlineData("COPY --chown=a --chown=b a b", 16, "duplicate flag specified: --chown")]
    [InlineData("COPY --link --link a b", 13, "duplicate flag specified: --link")]
    [InlineData("RUN --network=hots x", 5, "did you mean host?")]
    [InlineData("RUN --security=none x", 5, "not one of sandbox, insecure")]
    [InlineData("COPY --exclude=[ a b", 6, "malformed")]
    [InlineData("COPY --from=$X a b", 6, "variable expansion is not supported for --from")]
    [InlineData("COPY --from='a' a b", 0, "")]
    // Arguments.
    [InlineData("COPY a", 6, "requires at least two arguments")]
    [InlineData("COPY", 1, "requires at least two arguments")]
    [InlineData("ADD a", 5, "requires at least two arguments")]
    [InlineData("COPY [\"a\"]", 6, "requires at least two arguments")]
    [InlineData("COPY x <<EOF\nEOF", 6, "cannot accept a heredoc as a destination")]
    [InlineData("COPY [\"a\", 1]", 6, "array of strings only")]
    [InlineData("CMD [\"a\", [\"b\"]]", 5, "array of strings only")]
    [InlineData("CMD [\"\\ud800\"]", 5, "surrogate")]
    [InlineData("RUN []", 5, "no command")]
    [InlineData("ENV", 1, "ENV requires at least one argument")]
    [InlineData("ENV a", 5, "ENV must have two arguments")]
    [InlineData("ENV a=1 b", 9, "can't find = in \"b\"")]
    [InlineData("ENV =1", 5, "ENV names can not be blank")]
    [InlineData("LABEL", 1, "LABEL requires at least one argument")]
    [InlineData("LABEL a", 7, "LABEL must have two arguments")]
    [InlineData("ARG", 1, "ARG requires at least one argument")]
    [InlineData("ARG a =1", 7, "ARG names can not be blank")]
    [InlineData("WORKDIR", 1, "WORKDIR requires exactly one argument")]
    [InlineData("USER", 1, "USER requires exactly one argument")]
    [InlineData("STOPSIGNAL", 1, "STOPSIGNAL requires exactly one argument")]
    [InlineData("MAINTAINER", 1, "MAINTAINER requires exactly one argument")]
    [InlineData("VOLUME", 1, "VOLUME requires at least one argument")]
    [InlineData("VOLUME []", 8, "VOLUME requires at least one argument")]
    [InlineData("VOLUME [\" \"]", 8, "empty string")]
    [InlineData("EXPOSE", 1, "EXPOSE requires at least one argument")]
    [InlineData("EXPOSE http", 8, "\"http\" is not a number")]
    [InlineData("EXPOSE 70000", 8, "not a number from 0 to 65535")]
    [InlineData("EXPOSE 80/icmp", 8, "not tcp, udp or sctp")]
    [InlineData("EXPOSE 90-80", 8, "runs backwards")]
    [InlineData("EXPOSE /tcp", 8, "names no port")]
    [InlineData("EXPOSE 1.2.3.x:80:80", 8, "not an IP address")]
    [InlineData("EXPOSE 80-90:80-81", 8, "differ in length")]
    [InlineData("SHELL", 1, "SHELL requires at least one argument")]
    [InlineData("SHELL []", 7, "SHELL requires at least one argument")]
    [InlineData("SHELL bash -c", 7, "JSON form")]
    [InlineData("HEALTHCHECK", 1, "HEALTHCHECK requires at least one argument")]
    [InlineData("HEALTHCHECK NONE x", 13, "takes no arguments")]
    [InlineData("HEALTHCHECK RUN x", 13, "unknown type \"RUN\"")]
    [InlineData("HEALTHCHECK CMD", 13, "missing command")]
    [InlineData("HEALTHCHECK CMD []", 13, "missing command")]
    [InlineData("HEALTHCHECK --interval=5 CMD x", 13, "not a duration")]
    [InlineData("HEALTHCHECK --timeout=1d CMD x", 13, "not a duration")]
    [InlineData("HEALTHCHECK --timeout=1us CMD x", 13, "less than 1ms")]
    [InlineData("HEALTHCHECK --timeout=-1s CMD x", 13, "less than 1ms")]
    [InlineData("HEALTHCHECK --timeout=99999999h CMD x", 13, "not a duration")]
    [InlineData("HEALTHCHECK --retries=-1 CMD x", 13, "not a number of 0 or more")]
    [InlineData("HEALTHCHECK --retries=many CMD x", 13, "not a number of 0 or more")]
    [InlineData("ONBUILD", 1, "ONBUILD requires at least one argument")]
    [InlineData("ONBUILD ONBUILD RUN x", 9, "triggers do not chain")]
    [InlineData("ONBUILD FROM x", 9, "FROM is not allowed as an ONBUILD trigger")]
    [InlineData("ONBUILD maintainer x", 9, "MAINTAINER is not allowed as an ONBUILD trigger")]
    [InlineData("ONBUILD RUNN x", 9, "did you mean RUN?")]
    [InlineData("ONBUILD COPY --form=x a b", 14, "did you mean --from?")]
    [InlineData("FROM", 1, "either one or three arguments")]
    [InlineData("FROM a b", 6, "either one or three arguments")]
    [InlineData("FROM a is b", 6, "either one or three arguments")]
    [InlineData("FROM a AS 1b", 6, "invalid name for build stage: \"1b\"")]
    [InlineData("FROM a AS b/c", 6, "invalid name for build stage")]
    [InlineData("FROM --platfrom=x a", 6, "did you mean --platform?")]
    public void Each_kind_of_error_says_what_and_where(string line, int column, string expected)
    {
        string text = "FROM scratch\n" + line;
        if (column == 0)
        {
            Assert.Single(Dockerfile.Parse(text).Stages);
            return;
        }

        ZLayerException error = Fail(text);
        Assert.Equal($"Dockerfile:2:{column}", error.Subject);
        Assert.Contains(expected, Assert.Single(error.Details), StringComparison.Ordinal);
        Assert.Equal(error.Details[0], error.Message);
    }

    [Theory]
    [InlineData("", 1, "no instructions")]
    [InlineData("\n# only this\n", 2, "no instructions")]
    [InlineData("ARG a=1\n", 1, "no FROM")]
    [InlineData("RUN true", 1, "before the first FROM")]
    [InlineData("ARG a\nRUN true\nRUN false\nFROM x", 2, "before the first FROM")]
    [InlineData("# escape=x\nFROM scratch", 1, "invalid escape character")]
    [InlineData("# escape=`\n# escape=`\nFROM scratch", 2, "only one escape parser directive")]
    [InlineData("# syntax=a\n# syntax=b\nFROM scratch", 2, "only one syntax parser directive")]
    [InlineData("# check=sikp=all\nFROM scratch", 1, "did you mean skip?")]
    [InlineData("# check=error=perhaps\nFROM scratch", 1, "not true or false")]
    [InlineData("# check=skip\nFROM scratch", 1, "invalid check option")]
    public void Errors_of_the_whole_file_say_where_too(string text, int line, string expected)
    {
        ZLayerException error = Fail(text);
        Assert.Equal($"Dockerfile:{line}:1", error.Subject);
        Assert.Contains(expected, Assert.Single(error.Details), StringComparison.Ordinal);
    }

    [Fact]
    public void All_errors_of_a_file_are_reported_at_once()
    {
        ZLayerException error = Fail("""
            # escape=?
            FROM a b
            RUNN make
            COPY --form=x --chown a
            RUN --mount=type=x --mount=nope=1 --network=z true
            ENV a=1 b c=2 d
            WORKDIR /ok
            EXPOSE
            """);
        string[] places = [.. error.Details.Select(detail => string.Join(':', detail.Split(':')[1..3]))];
        Assert.Equal(["1:1", "2:6", "3:1", "4:6", "4:15", "4:23", "5:5", "5:20", "5:35", "6:9", "6:15", "8:1"], places);
        Assert.Equal("Dockerfile:1:1", error.Subject);
        Assert.Contains("12 errors", error.Message, StringComparison.Ordinal);
        Assert.NotNull(error.Advice);
    }

    [Fact]
    public void A_faulty_from_does_not_blame_the_lines_below()
        => Assert.Single(Fail("FROM\nRUN true\nUSER me\n").Details);

    [Fact]
    public void Places_in_continued_lines_are_those_of_the_file()
    {
        ZLayerException error = Fail("FROM scratch\nCOPY \\\n  # note\n   --form=x \\\n a b\n");
        Assert.Equal("Dockerfile:4:4", error.Subject);
    }

    [Fact]
    public void A_faulty_trigger_is_one_error()
        => Assert.Single(Fail("FROM scratch\nONBUILD COPY a").Details);
}
