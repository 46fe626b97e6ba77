using System.Text;
using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Tests.Dockerfiles;

[Trait("Kind", "Integration")]
public sealed class DockerfileMutationTests
{
    private const string Sample = """
        # syntax=docker/dockerfile:1
        # escape=\
        # check=skip=JSONArgsRecommended;error=false
        ARG BASE=alpine:3.20 TAG="${BASE##*:}"
        FROM --platform=$BUILDPLATFORM ${BASE} AS build
        # V the version
        ARG V=1 W
        ENV A=1 B="two $V" C='three' PATH=/x:${PATH:-/bin} \
            D=${A:+yes}${W:?set} E=${B//two/2}
        LABEL org.example.a="b c" "d e"=f
        RUN --mount=type=cache,target=/c,id=$V,sharing=locked,mode=0755 --mount=type=secret,id=s,env=S,required \
            --network=none --security=sandbox --device=v.com/d=all,required make -j4 && \
            # a comment

            echo "done"
        RUN <<-EOF && cat 3<<'X'
        	set -e
        	EOF
        $literal
        X
        COPY --from=0 --chown=1:1 --chmod=u=rwX --link --parents --exclude=**/*.m[a-d] ["a b", "c?/*", "/d/"]
        ADD --checksum=sha256:00 --keep-git-dir=true --unpack=false https://example.com/a.tgz <<f.txt /e/
        it's ${V}
        f.txt
        WORKDIR /w/$V
        USER ${U:-1000}:$G
        EXPOSE 80/tcp 8000-8010/udp $P
        VOLUME ["/v"] 
        STOPSIGNAL SIGINT
        SHELL ["/bin/bash", "-c"]
        HEALTHCHECK --interval=1m30s --retries=3 CMD ["true"]
        ONBUILD COPY <<o /p
        x
        o
        CMD ["a", "\u00fc"]
        ENTRYPOINT exec a
        MAINTAINER me
        FROM scratch
        COPY --from=build / /
        """;

    private const string Ignore = "# c\n*\n!src/**/*.c[a-z]\n/dist\n**/node_modules/**\n\\#x\n[^a]?b*\n";

    [Fact]
    public void The_sample_itself_is_valid()
        => Assert.Equal(2, Dockerfile.Parse(Sample).Stages.Count);

    [Fact]
    public void Damaged_Dockerfiles_parse_or_fail_with_the_one_error_type()
    {
        var random = new Random(20);
        byte[] original = Encoding.UTF8.GetBytes(Sample);
        int parsed = 0;
        for (int round = 0; round < 4_000; round++)
        {
            parsed += Survives(() => Exercise(Dockerfile.Parse(Mutate(original, random).AsMemory())));
        }

        // Both outcomes must occur, or the mutations are too weak or too strong to say anything.
        Assert.InRange(parsed, 100, 3_900);
    }

    [Fact]
    public void Damaged_ignore_files_parse_or_fail_with_the_one_error_type()
    {
        var random = new Random(21);
        byte[] original = Encoding.UTF8.GetBytes(Ignore);
        int parsed = 0;
        for (int round = 0; round < 4_000; round++)
        {
            string text = Encoding.UTF8.GetString(Mutate(original, random));
            parsed += Survives(() =>
            {
                var ignore = IgnoreFile.Parse(text);
                _ = ignore.Match("src/a/b.cc");
                _ = ignore.MayContainIncluded("src");
            });
        }

        Assert.InRange(parsed, 100, 3_999);
    }

    [Fact]
    public void Every_prefix_of_a_Dockerfile_parses_or_fails_with_the_one_error_type()
    {
        int parsed = Enumerable.Range(0, Sample.Length).Sum(length => Survives(() => Exercise(Dockerfile.Parse(Sample[..length]))));
        Assert.InRange(parsed, 100, Sample.Length - 1);
    }

    private static int Survives(Action action)
    {
        try
        {
            action();
            return 1;
        }
        catch (ZLayerException error)
        {
            Assert.True(error.Kind is ZLayerErrorKind.DockerfileSyntaxError or ZLayerErrorKind.InvalidArgument);
            Assert.NotEmpty(error.Details);
            Assert.NotNull(error.Subject);
            return 0;
        }
    }

    // Expansion may fail as well; each failure has the same type.
    private static void Exercise(Dockerfile file)
    {
        var scope = new VariableScope(new Dictionary<string, string> { ["V"] = "1", ["W"] = "w", ["P"] = "90", ["BASE"] = "b" }, file.Escape);
        foreach (Instruction instruction in file.Stages.SelectMany(stage => stage.Instructions.Prepend(stage.From)))
        {
            Assert.True(instruction.EndLine >= instruction.Location.Line);
            _ = Survives(() =>
            {
                Instruction expanded = instruction.Expand(scope);
                if (expanded is ExposeInstruction expose)
                {
                    _ = expose.ResolvePorts();
                }
            });
            if (instruction is OnBuildInstruction trigger)
            {
                Assert.Equal(trigger.Trigger.GetType(), Dockerfile.ParseInstruction(trigger.TriggerText, escape: file.Escape).GetType());
            }
        }

        _ = DockerfileOutline.Of(file);
    }

    private static byte[] Mutate(byte[] original, Random random)
    {
        const string Interesting = "\\`\"'$#{}[]<>-=:,;!*?\n\r\t /|\0é";
        List<byte> bytes = [.. original];
        for (int edits = random.Next(1, 4); edits > 0 && bytes.Count > 0; edits--)
        {
            int at = random.Next(bytes.Count);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveAt(at);
                    break;
                case 2:
                    bytes.Insert(at, (byte)Interesting[random.Next(Interesting.Length)]);
                    break;
                case 3:
                    bytes[at] = (byte)Interesting[random.Next(Interesting.Length)];
                    break;
                case 4:
                    bytes.RemoveRange(at, random.Next(Math.Min(40, bytes.Count - at)));
                    break;
                default:
                    bytes.InsertRange(at, bytes.GetRange(random.Next(at + 1), random.Next(Math.Min(40, bytes.Count - at))));
                    break;
            }
        }

        return [.. bytes];
    }
}
