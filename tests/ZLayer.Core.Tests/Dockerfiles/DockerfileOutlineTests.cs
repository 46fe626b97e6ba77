using ZLayer.Core.Dockerfiles;

namespace ZLayer.Core.Tests.Dockerfiles;

public sealed class DockerfileOutlineTests
{
    private static readonly DockerfileOutline Outline = DockerfileOutline.Of(Dockerfile.Parse("""
        # VERSION the version to build
        ARG VERSION=1 BASE
        # build compiles it
        FROM golang:$VERSION AS build
        ARG VERSION
        # CGO whether C is linked
        ARG CGO=0
        FROM build AS test
        ARG CGO=1
        # BASE late words
        ARG BASE
        FROM scratch
        """));

    [Fact]
    public void Stages_are_listed_with_names_or_numbers()
    {
        Assert.Equal(["build", "test", "2"], Outline.Stages.Select(stage => stage.Name));
        Assert.Equal(["golang:$VERSION", "build", "scratch"], Outline.Stages.Select(stage => stage.Base));
        Assert.Equal([false, false, true], Outline.Stages.Select(stage => stage.IsDefault));
        Assert.Equal("compiles it", Outline.Stages[0].Description);
        Assert.Equal(4, Outline.Stages[0].Location.Line);
    }

    [Fact]
    public void Arguments_are_listed_once_with_what_is_known_of_them()
    {
        Assert.Equal(["VERSION", "BASE", "CGO"], Outline.Arguments.Select(argument => argument.Name));
        Assert.Equal(["1", null, "0"], Outline.Arguments.Select(argument => argument.Default));
        Assert.Equal(["the version to build", "late words", "whether C is linked"], Outline.Arguments.Select(argument => argument.Description));
        Assert.Equal([null, null, 0], Outline.Arguments.Select(argument => argument.Stage));
        Assert.Equal(2, Outline.Arguments[0].Location.Line);
    }
}
