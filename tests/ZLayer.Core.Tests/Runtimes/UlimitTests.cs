using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;

namespace ZLayer.Core.Tests.Runtimes;

public sealed class UlimitTests
{
    [Theory]
    [InlineData("nofile=1024", "nofile", 1024, 1024)]
    [InlineData("NOFILE=1024:2048", "nofile", 1024, 2048)]
    [InlineData("core=0:unlimited", "core", 0, -1)]
    [InlineData("stack=-1", "stack", -1, -1)]
    public void Limits_are_parsed(string text, string name, long soft, long hard)
        => Assert.Equal(new Ulimit(name, soft, hard), Ulimit.Parse(text));

    [Theory]
    [InlineData("files=1")]
    [InlineData("nofile")]
    [InlineData("nofile=")]
    [InlineData("nofile=a:b")]
    [InlineData("nofile=2:1")]
    [InlineData("nofile=-1:5")]
    [InlineData("nofile=1:2:3")]
    public void Text_that_is_no_limit_is_refused(string text)
    {
        var error = Assert.Throws<ZLayerException>(() => Ulimit.Parse(text));

        Assert.Equal(ZLayerErrorKind.InvalidArgument, error.Kind);
        Assert.Equal(text, error.Subject);
    }
}
