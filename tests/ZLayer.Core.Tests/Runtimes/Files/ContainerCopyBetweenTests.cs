using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Files;
using ZLayer.Core.Tests.Runtimes.Fake;

namespace ZLayer.Core.Tests.Runtimes.Files;

public sealed class ContainerCopyBetweenTests : FakeTestBase
{
    private static readonly ContainerCopyOptions Plainly = new();

    [Theory]
    [InlineData("/dir", "/target", "/target/dir/sub/b")]
    [InlineData("/dir", "/target/new", "/target/new/sub/b")]
    [InlineData("/dir/.", "/target", "/target/sub/b")]
    [InlineData("dir/sub", "/target", "/target/sub/b")]
    [InlineData("/dir/sub/b", "/target", "/target/b")]
    [InlineData("/dir/sub/b", "/target/c", "/target/c")]
    public async Task Files_get_the_places_that_they_would_get_by_way_of_this_machine(string from, string to, string expected)
    {
        await PrepareAsync();

        await Runtime.CopyBetweenContainersAsync("one", from, "two", to, Plainly, Soon);

        Assert.Equal("three\n", (await ExecAsync("two", "cat", expected)).StdOut);
    }

    [Fact]
    public async Task What_cannot_be_copied_is_refused()
    {
        await PrepareAsync();
        Task Copy(string from, string to) => Runtime.CopyBetweenContainersAsync("one", from, "two", to, Plainly, Soon);

        Assert.Equal(ZLayerErrorKind.ContainerPathNotFound, await KindAsync(() => Copy("/none", "/target")));
        Assert.Equal(ZLayerErrorKind.ContainerPathNotFound, await KindAsync(() => Copy("/dir", "/none/new")));
        Assert.Equal(ZLayerErrorKind.InvalidArgument, await KindAsync(() => Copy("/dir", "/target/file")));
        Assert.Equal(ZLayerErrorKind.ContainerNotFound, await KindAsync(() => Runtime.CopyBetweenContainersAsync("one", "/dir", "none", "/", Plainly, Soon)));
    }

    [Fact]
    public async Task A_container_is_not_copied_into_itself_whatever_it_is_called()
    {
        await PrepareAsync();
        var id = (await Runtime.InspectContainerAsync("one")).Id;

        Assert.Equal(ZLayerErrorKind.InvalidArgument, await KindAsync(() => Runtime.CopyBetweenContainersAsync("one", "/dir", id[..12], "/target", Plainly, Soon)));
    }

    private async Task PrepareAsync()
    {
        await RunAsync("one");
        await RunAsync("two");
        await ExecAsync("one", "sh", "-c", "mkdir /dir; mkdir /dir/sub; echo two > /dir/a; echo three > /dir/sub/b");
        await ExecAsync("two", "sh", "-c", "mkdir /target; echo old > /target/file");
    }
}
