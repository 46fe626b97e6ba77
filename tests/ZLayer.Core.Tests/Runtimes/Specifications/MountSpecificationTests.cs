using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Core.Tests.Runtimes.Specifications;

public sealed class MountSpecificationTests
{
    private const string Home = "/home/someone";

    [Theory]
    [InlineData("/src:/dst", MountKind.Bind, "/src", "/dst")]
    [InlineData("./site:/srv", MountKind.Bind, "/home/someone/site", "/srv")]
    [InlineData("../site:/srv", MountKind.Bind, "/home/site", "/srv")]
    [InlineData(".:/src", MountKind.Bind, "/home/someone", "/src")]
    [InlineData("data:/srv", MountKind.Volume, "data", "/srv")]
    [InlineData("/data", MountKind.Volume, null, "/data")]
    [InlineData(@"C:\x:C:\y", MountKind.Bind, @"C:\x", @"C:\y")]
    [InlineData("c:/x:/y", MountKind.Bind, "c:/x", "/y")]
    [InlineData(@"C:\data", MountKind.Volume, null, @"C:\data")]
    [InlineData(@"data:D:\", MountKind.Volume, "data", @"D:\")]
    [InlineData(@"\\server\share:C:\y", MountKind.Bind, @"\\server\share", @"C:\y")]
    [InlineData(@"\\.\pipe\docker_engine:\\.\pipe\docker_engine", MountKind.NamedPipe, @"\\.\pipe\docker_engine", @"\\.\pipe\docker_engine")]
    [InlineData("./a=b:/x", MountKind.Bind, "/home/someone/a=b", "/x")]
    public void Short_notation_tells_paths_from_volumes(string text, MountKind kind, string? source, string target)
    {
        var mount = MountSpecification.Parse(text, Home);

        Assert.Equal((kind, source, target), (mount.Kind, mount.Source, mount.Target));
        Assert.Equal(kind == MountKind.Bind, mount.CreateSource);
    }

    [Fact]
    public void Short_notation_has_options()
    {
        var bind = MountSpecification.Parse("/src:/dst:ro,Z,rshared,cached", Home);
        var volume = MountSpecification.Parse("data:/dst:nocopy,z", Home);

        Assert.True(bind is { ReadOnly: true, SelinuxLabel: 'Z', Propagation: "rshared" });
        Assert.True(volume is { ReadOnly: false, SelinuxLabel: 'z', NoCopy: true });
        Assert.True(MountSpecification.Parse(@"C:\x:C:\y:ro", Home) is { Source: @"C:\x", Target: @"C:\y", ReadOnly: true });
    }

    [Theory]
    [InlineData("")]
    [InlineData(":/dst")]
    [InlineData("/src:")]
    [InlineData("data:relative")]
    [InlineData("relative")]
    [InlineData("a/b:/dst")]
    [InlineData("~/x:/dst")]
    [InlineData("/a:/b:/c")]
    [InlineData("/a:/b:ro:rw")]
    [InlineData("/a:/b:fast")]
    [InlineData("/a:/b:nocopy")]
    [InlineData("data:/b:rshared")]
    [InlineData("type=bind,source=/a")]
    [InlineData("type=bind,target=/a")]
    [InlineData("type=bind,source=a,target=/a")]
    [InlineData("type=cloud,target=/a")]
    [InlineData("type=volume,target=/a,tmpfs-size=1m")]
    [InlineData("type=tmpfs,target=/a,source=b")]
    [InlineData("type=tmpfs,target=/a,tmpfs-mode=9")]
    [InlineData("type=tmpfs,target=/a,tmpfs-size=big")]
    [InlineData("type=bind,source=/a,target=/b,bind-propagation=sideways")]
    [InlineData("type=bind,source=/a,target=/b,bind-recursive=readonly")]
    [InlineData("type=bind,source=/a,target=/b,readonly=maybe")]
    [InlineData("type=bind,source=/a,target=/b,speed=high")]
    [InlineData("type=bind,source,target=/b")]
    [InlineData("type=bind,source=/a,target=")]
    public void Text_that_is_no_mount_is_refused(string text)
    {
        Assert.Equal(ZLayerErrorKind.InvalidArgument, Assert.Throws<ZLayerException>(() => MountSpecification.Parse(text, Home)).Kind);
        Assert.False(MountSpecification.TryParse(text, Home, out _));
    }

    [Fact]
    public void Fields_describe_binds()
    {
        var mount = MountSpecification.Parse("type=bind,\"source=./a,b\",dst=/b,ro,bind-propagation=rprivate,bind-recursive=readonly,bind-create-src", Home);

        Assert.True(mount is { Kind: MountKind.Bind, Source: "/home/someone/a,b", Target: "/b", ReadOnly: true, Propagation: "rprivate", Recursion: "readonly", CreateSource: true });
        Assert.False(MountSpecification.Parse("type=bind,src=/a,dst=/b,readonly=false", Home) is { ReadOnly: true } or { CreateSource: true });
    }

    [Fact]
    public void Fields_describe_volumes()
    {
        var mount = MountSpecification.Parse("source=data,target=/b,volume-nocopy,volume-driver=local,volume-opt=type=nfs,\"volume-opt=o=addr=10.0.0.1,rw\",volume-label=a=b,volume-subpath=x", Home);

        Assert.True(mount is { Kind: MountKind.Volume, Source: "data", NoCopy: true, Driver: "local", Subpath: "x" });
        Assert.Equal(("nfs", "addr=10.0.0.1,rw", "b"), (mount.DriverOptions["type"], mount.DriverOptions["o"], mount.Labels["a"]));
        Assert.True(MountSpecification.Parse("type=volume,target=/b", Home) is { Kind: MountKind.Volume, Source: null });
        Assert.True(MountSpecification.Parse("type=image,source=busybox,target=/b,image-subpath=bin", Home) is { Kind: MountKind.Image, Source: "busybox", Subpath: "bin" });
    }

    [Fact]
    public void Fields_and_the_short_notation_describe_memory()
    {
        Assert.True(MountSpecification.Parse("type=tmpfs,target=/run,tmpfs-size=64m,tmpfs-mode=1770", Home) is { Kind: MountKind.Tmpfs, Size: 64 << 20, Mode: 0x3F8 });

        var mount = MountSpecification.ParseTmpfs("/run:size=64m,mode=1777,noexec,uid=5");
        Assert.True(mount is { Kind: MountKind.Tmpfs, Target: "/run", Size: 64 << 20, Mode: 0x3FF, Options: ["noexec", "uid=5"] });
        Assert.Equal(["size=50%"], MountSpecification.ParseTmpfs("/run:size=50%").Options);
        Assert.Equal(ZLayerErrorKind.InvalidArgument, Assert.Throws<ZLayerException>(() => MountSpecification.ParseTmpfs("run")).Kind);
        Assert.Equal(ZLayerErrorKind.InvalidArgument, Assert.Throws<ZLayerException>(() => MountSpecification.ParseTmpfs("/run:mode=rw")).Kind);
    }
}
