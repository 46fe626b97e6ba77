using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Tests.Dockerfiles;

public sealed class DockerfileLinterTests
{
    private static string[] Lint(string text, DockerfileLintContext? context = null)
        => [.. DockerfileLinter.Lint(Dockerfile.Parse(text), context).Select(warning => $"{warning.Rule}:{warning.Location.Line}")];

    [Fact]
    public void Triggers_of_a_stage_set_variables_of_the_stages_on_it()
        => Assert.Empty(Lint("FROM scratch AS below\nONBUILD ENV A=b\nONBUILD ARG C=d\nFROM below\nLABEL x=$A$C"));

    [Fact]
    public void One_line_warns_once_of_one_thing()
        => Assert.Equal(["UndefinedVar:2"], Lint("FROM scratch\nARG A=$NONE B=$NONE"));

    [Theory]
    [InlineData("FROM a AS Build", "StageNameCasing:1")]
    [InlineData("FROM a AS build", "")]
    [InlineData("FROM a as build", "FromAsCasing:1")]
    [InlineData("from a AS build", "FromAsCasing:1")]
    [InlineData("from a as build", "")]
    [InlineData("FROM a\nRUN x \\\n\n y", "NoEmptyContinuation:3")]
    [InlineData("FROM a\nRUN x \\\n# ok\n y", "")]
    [InlineData("FROM a\nrun x\nRUN y", "ConsistentInstructionCasing:2")]
    [InlineData("from a\nrun x\nRUN y", "ConsistentInstructionCasing:3")]
    [InlineData("FROM a\nRun x", "ConsistentInstructionCasing:2")]
    [InlineData("FROM a AS b\nFROM a AS B", "DuplicateStageName:2|StageNameCasing:2")]
    [InlineData("FROM a AS scratch", "ReservedStageName:1")]
    [InlineData("FROM a AS context", "ReservedStageName:1")]
    [InlineData("FROM a\nCMD x", "JSONArgsRecommended:2")]
    [InlineData("FROM a\nENTRYPOINT x", "JSONArgsRecommended:2")]
    [InlineData("FROM a\nCMD [\"x\"]", "")]
    [InlineData("FROM a\nSHELL [\"bash\", \"-c\"]\nCMD x", "")]
    [InlineData("FROM a AS s\nSHELL [\"bash\", \"-c\"]\nFROM s\nCMD x", "")]
    [InlineData("FROM a\nRUN x\nHEALTHCHECK CMD x", "")]
    [InlineData("FROM a\nMAINTAINER x", "MaintainerDeprecated:2")]
    [InlineData("FROM a:$TAG", "UndefinedArgInFrom:1|InvalidDefaultArgInFrom:1")]
    [InlineData("ARG TAG=1\nFROM a:${TAG}", "")]
    [InlineData("ARG TAG\nFROM a:${TAG:-1}", "")]
    [InlineData("FROM --platform=$BUILDPLATFORM a", "")]
    [InlineData("FROM --platform=$BUILDPLATFROM a", "UndefinedArgInFrom:1")]
    [InlineData("FROM a\nWORKDIR x", "WorkdirRelativePath:2")]
    [InlineData("FROM a\nWORKDIR /x\nWORKDIR y", "")]
    [InlineData("FROM a\nWORKDIR C:/x", "")]
    [InlineData("# escape=`\nFROM a\nWORKDIR C:\\x", "")]
    [InlineData("FROM a\nARG D=/x\nWORKDIR $D", "")]
    [InlineData("FROM a\nARG D=x\nWORKDIR $D", "WorkdirRelativePath:3")]
    [InlineData("FROM a\nWORKDIR $HOME", "")]
    [InlineData("FROM a AS b\nWORKDIR /x\nFROM b\nWORKDIR y", "")]
    [InlineData("FROM scratch\nENV A=$B", "UndefinedVar:2")]
    [InlineData("FROM scratch\nARG B\nENV A=$B", "")]
    [InlineData("FROM scratch\nENV PATH=/x:$PATH", "")]
    [InlineData("FROM scratch\nENV B=1\nCOPY a $B", "")]
    [InlineData("FROM scratch\nENV A=${B:-1}", "UndefinedVar:2")]
    [InlineData("FROM scratch\nRUN echo $B", "")]
    [InlineData("FROM scratch\nCOPY --chown=$B a b", "UndefinedVar:2")]
    [InlineData("FROM scratch\nRUN --mount=type=cache,target=$B x", "UndefinedVar:2")]
    [InlineData("FROM alpine\nENV A=$B", "")]
    [InlineData("FROM scratch AS a\nARG B=1\nFROM a\nENV A=$B", "")]
    [InlineData("FROM scratch\nARG A=$B", "UndefinedVar:2")]
    [InlineData("FROM scratch\nCOPY <<E /x\n$B\nE", "UndefinedVar:2")]
    [InlineData("ARG G=1\nFROM scratch\nENV A=$G", "UndefinedVar:3")]
    [InlineData("ARG G=1\nFROM scratch\nARG G\nENV A=$G", "")]
    [InlineData("FROM scratch\nARG TARGETARCH\nENV A=$TARGETARCH", "")]
    [InlineData("FROM a\nCMD [\"x\"]\nCMD [\"y\"]", "MultipleInstructionsDisallowed:2")]
    [InlineData("FROM a\nENTRYPOINT [\"x\"]\nENTRYPOINT [\"y\"]", "MultipleInstructionsDisallowed:2")]
    [InlineData("FROM a\nHEALTHCHECK NONE\nHEALTHCHECK CMD y", "MultipleInstructionsDisallowed:2")]
    [InlineData("FROM a\nCMD [\"x\"]\nFROM b\nCMD [\"y\"]", "")]
    [InlineData("FROM a\nENV a b", "LegacyKeyValueFormat:2")]
    [InlineData("FROM a\nLABEL a b", "LegacyKeyValueFormat:2")]
    [InlineData("FROM --platform=$TARGETPLATFORM a", "RedundantTargetPlatform:1")]
    [InlineData("FROM --platform=\"${TARGETPLATFORM}\" a", "RedundantTargetPlatform:1")]
    [InlineData("FROM --platform=linux/amd64 a", "FromPlatformFlagConstDisallowed:1")]
    [InlineData("FROM --platform=linux/amd64 a AS build-amd64", "")]
    [InlineData("FROM --platform=linux/amd64 a AS linux", "")]
    [InlineData("FROM a\nARG API_TOKEN", "SecretsUsedInArgOrEnv:2")]
    [InlineData("FROM a\nENV DB_PASSWORD=x", "SecretsUsedInArgOrEnv:2")]
    [InlineData("FROM a\nENV AUTH=x GITHUB_TOKEN=y", "SecretsUsedInArgOrEnv:2|SecretsUsedInArgOrEnv:2")]
    [InlineData("FROM a\nENV PUBLIC_KEY=x TOKEN_FILE=y MONKEY=z KEYBOARD=q SECRET_VERSION=1", "")]
    [InlineData("ARG API_TOKEN\nFROM a", "")]
    [InlineData("ARG BASE\nFROM $BASE", "InvalidDefaultArgInFrom:2")]
    [InlineData("ARG BASE=Upper/Case\nFROM $BASE", "InvalidDefaultArgInFrom:2")]
    [InlineData("ARG BASE=a\nFROM ${BASE}:1", "")]
    [InlineData("FROM a\nEXPOSE 80/TCP", "ExposeProtoCasing:2")]
    [InlineData("FROM a\nEXPOSE 80/tcp", "")]
    [InlineData("FROM a\nEXPOSE 127.0.0.1:80:80", "ExposeInvalidFormat:2")]
    [InlineData("FROM a\nEXPOSE 80:80", "ExposeInvalidFormat:2")]
    [InlineData("FROM a\nARG P=80:80\nEXPOSE $P", "ExposeInvalidFormat:3")]
    [InlineData("# nothing of note\nFROM a AS b", "")]
    public void Each_rule_warns_where_it_is_broken(string text, string expected)
        => Assert.Equal(expected.Split('|', StringSplitOptions.RemoveEmptyEntries).Order(), Lint(text).Order());

    [Theory]
    [InlineData("# bar is\nARG foo=1\nFROM a", "InvalidDefinitionDescription:3")]
    [InlineData("# foo is\nARG foo=1\nFROM a", "")]
    [InlineData("# of note\nFROM a AS b", "InvalidDefinitionDescription:3")]
    [InlineData("# b is\nFROM a AS b", "")]
    [InlineData("# of note\n\nFROM a AS b", "")]
    [InlineData("# of note\n#\nFROM a AS b", "")]
    [InlineData("# of note\nFROM a", "")]
    [InlineData("# b is\n# check=skip=StageNameCasing\nFROM a AS B", "")]
    public void Descriptions_are_checked_only_on_request(string text, string expected)
    {
        Assert.Equal(
            expected.Split('|', StringSplitOptions.RemoveEmptyEntries),
            Lint("# check=experimental=InvalidDefinitionDescription\n" + text));
        Assert.Empty(Lint(text));
    }

    [Fact]
    public void Warnings_carry_message_place_and_page()
    {
        DockerfileWarning warning = Assert.Single(Dockerfile.Parse("FROM scratch AS x\nENV NAME=a\nENV A=$NMAE", "web/Dockerfile").Warnings);
        Assert.Equal("UndefinedVar", warning.Rule);
        Assert.Equal("Usage of undefined variable '$NMAE' (did you mean $NAME?)", warning.Message);
        Assert.Equal("https://docs.docker.com/go/dockerfile/rule/undefined-var/", warning.Url);
        Assert.Equal("web/Dockerfile:3:1: UndefinedVar: " + warning.Message, warning.ToString());
    }

    [Fact]
    public void Warnings_are_in_the_order_of_the_file()
    {
        int[] lines = [.. Dockerfile.Parse("FROM a AS B\nENV x y\nMAINTAINER m\nCMD x\nworkdir x\nCMD y").Warnings.Select(w => w.Location.Line)];
        Assert.True(lines.Length > 5);
        Assert.Equal(lines.Order(), lines);
    }

    [Theory]
    [InlineData("# check=skip=all\nFROM a AS B\nMAINTAINER m", "")]
    [InlineData("# check=skip=StageNameCasing\nFROM a AS B\nMAINTAINER m", "MaintainerDeprecated:3")]
    [InlineData("# check=skip=StageNameCasing,MaintainerDeprecated\nFROM a AS B\nMAINTAINER m", "")]
    [InlineData("# check=skip=stagenamecasing\nFROM a AS B", "StageNameCasing:2")]
    [InlineData("FROM a\n# check=skip=MaintainerDeprecated\nMAINTAINER m\nMAINTAINER n", "MaintainerDeprecated:4")]
    [InlineData("FROM a\n# check=skip=all\nCMD x", "")]
    [InlineData("FROM a\n# a note\n# check=skip=all\n# more\nCMD x", "")]
    [InlineData("FROM a\n# check=nonsense\nCMD x", "JSONArgsRecommended:3")]
    [InlineData("FROM a\n# check=experimental=all\n# odd\nARG b", "InvalidDefinitionDescription:4")]
    public void Check_comments_turn_rules_off_and_on(string text, string expected)
        => Assert.Equal(expected.Split('|', StringSplitOptions.RemoveEmptyEntries), Lint(text));

    [Fact]
    public void What_the_build_knows_makes_the_rules_sharper()
    {
        const string Text = "ARG N=0\nFROM alpine AS a\nARG SET\nENV A=$HOME B=$SET C=$NONE\nWORKDIR $HOME\nFROM a\nENV D=$NONE E=$SET";
        var context = new DockerfileLintContext
        {
            BaseEnvironment = stage => stage == 0 ? new Dictionary<string, string> { ["HOME"] = "root" } : null,
        };
        Assert.Equal(["UndefinedVar:4", "WorkdirRelativePath:5", "UndefinedVar:7"], Lint(Text, context));
        Assert.Equal(["UndefinedVar:7"], Lint(Text, context with { Stages = new HashSet<int> { 1 } }));
        Assert.Empty(Lint(Text));
    }

    [Fact]
    public void Build_arguments_count_as_values()
    {
        const string Text = "FROM scratch\nARG DIR=rel\nWORKDIR $DIR";
        Assert.Equal(["WorkdirRelativePath:3"], Lint(Text));
        Assert.Empty(Lint(Text, new DockerfileLintContext { BuildArguments = new Dictionary<string, string> { ["DIR"] = "/abs" } }));
    }

    [Fact]
    public void A_bad_substitution_does_not_stop_the_rules()
        => Assert.Equal(["MaintainerDeprecated:3"], Lint("FROM scratch\nWORKDIR ${x\nMAINTAINER m"));

    [Fact]
    public void A_base_image_of_another_platform_warns()
    {
        var file = Dockerfile.Parse("FROM alpine\n");
        DockerfileWarning? warning = DockerfileLinter.InvalidBaseImagePlatform(file, file.Stages[0].From, "alpine", "linux/arm64", "linux/amd64");
        Assert.Equal("Base image alpine was pulled with platform \"linux/amd64\", expected \"linux/arm64\" for current build", warning!.Message);
        Assert.Null(warning.Url);
        file = Dockerfile.Parse("# check=skip=InvalidBaseImagePlatform\nFROM alpine\n");
        Assert.Null(DockerfileLinter.InvalidBaseImagePlatform(file, file.Stages[0].From, "alpine", "linux/arm64", "linux/amd64"));
    }

    [Theory]
    [InlineData("COPY dist/a b /x/", "dist", "Attempting to Copy file \"dist/a\" that is excluded by .dockerignore")]
    [InlineData("ADD /dist /x", "dist", "Attempting to Add file \"dist\" that is excluded by .dockerignore")]
    [InlineData("COPY . /x", "*", "Attempting to Copy file \".\" that is excluded by .dockerignore")]
    [InlineData("COPY . /x", "dist", null)]
    [InlineData("COPY src /x", "dist", null)]
    [InlineData("COPY --from=a dist /x", "dist", null)]
    [InlineData("COPY dist /x", "dist\n!dist/a", null)]
    [InlineData("ADD https://example.com/dist /x", "**", null)]
    [InlineData("RUN true", "**", null)]
    public void A_source_that_is_ignored_warns(string instruction, string ignore, string? expected)
    {
        var file = Dockerfile.Parse("FROM scratch\n" + instruction);
        var warnings = DockerfileLinter.CopyIgnoredFile(file, file.Stages[0].Instructions[0], IgnoreFile.Parse(ignore));
        Assert.Equal(expected, warnings.SingleOrDefault()?.Message);
    }

    [Fact]
    public void Warnings_fail_the_build_only_where_the_file_says_so()
    {
        var strict = Dockerfile.Parse("# check=error=true\nFROM a AS B\nMAINTAINER m");
        var error = Assert.Throws<ZLayerException>(() => DockerfileLinter.ThrowIfErrors(strict, strict.Warnings));
        Assert.Contains("MaintainerDeprecated, StageNameCasing", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, error.Details.Count);
        DockerfileLinter.ThrowIfErrors(strict, []);
        var lax = Dockerfile.Parse("FROM a AS B");
        DockerfileLinter.ThrowIfErrors(lax, lax.Warnings);
    }

    [Fact]
    public void All_rules_are_described()
    {
        Assert.Equal(22, DockerfileLinter.Rules.Count);
        Assert.Equal("https://docs.docker.com/go/dockerfile/rule/json-args-recommended/", DockerfileLinter.Rules["JSONArgsRecommended"].Url);
        Assert.Equal("https://docs.docker.com/go/dockerfile/rule/from-platform-flag-const-disallowed/", DockerfileLinter.Rules["FromPlatformFlagConstDisallowed"].Url);
        Assert.Single(DockerfileLinter.Rules.Values, rule => rule.IsExperimental);
    }
}
