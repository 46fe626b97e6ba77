using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Foundation.Linux;
using ZLayer.Core.Runtimes.Files;
using ZLayer.Core.Storage;
using ZLayer.Core.Tests.Layers;

namespace ZLayer.Core.Tests.Storage;

/// <summary>Where output goes whose path is no regular file.</summary>
public sealed class StagedOutputTests : IDisposable
{
    private static readonly byte[] Content = Encoding.ASCII.GetBytes(new string('x', 300_000));

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [SkippableTheory]
    [InlineData(LinuxFileStatus.CharacterDevice)]
    [InlineData(LinuxFileStatus.BlockDevice)]
    [InlineData(LinuxFileStatus.Socket)]
    public async Task A_device_or_socket_is_refused_and_stays_what_it_is(uint type)
    {
        Skip.IfNot(Linux.IsRoot, "needs root");
        var node = _directory.Combine("node");
        // A device of the numbers of /dev/null; the test never touches that itself.
        Linux.MakeNode(node, type, type == LinuxFileStatus.Socket ? 0u : 1u, type == LinuxFileStatus.CharacterDevice ? 3u : 0u);
        File.CreateSymbolicLink(_directory.Combine("link"), node);

        foreach (var path in (string[])[node, _directory.Combine("link")])
        {
            var error = await Assert.ThrowsAsync<ZLayerException>(() => WriteAsync(path));
            Assert.Equal((ZLayerErrorKind.InvalidArgument, path), (error.Kind, error.Subject));
        }

        Assert.Equal(type, Linux.Status(node)!.Value.Type);
        Assert.Equal(2, Directory.EnumerateFileSystemEntries(_directory.Path).Count());
    }

    [SkippableFact]
    public async Task A_pipe_is_written_into_and_stays_a_pipe()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Linux only");
        var pipe = _directory.Combine("pipe");
        Linux.MakeNode(pipe, LinuxFileStatus.Fifo);

        var writing = Task.Run(() => WriteAsync(pipe));
        var read = await File.ReadAllBytesAsync(pipe);
        await writing;

        Assert.Equal(Content, read);
        Assert.Equal(LinuxFileStatus.Fifo, Linux.Status(pipe)!.Value.Type);
    }

    [SkippableFact]
    public async Task To_wait_for_a_reader_of_a_pipe_can_be_cancelled()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Linux only");
        var pipe = _directory.Combine("pipe");
        Linux.MakeNode(pipe, LinuxFileStatus.Fifo);
        using var stop = new CancellationTokenSource();

        var nobody = Task.Run(() => WriteAsync(pipe, stop.Token));
        await Waiting.RequireAsync(nobody);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => nobody.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task A_link_is_followed_to_what_is_there_or_will_be()
    {
        var target = _directory.CreateDirectory("elsewhere") + "/file";
        var link = _directory.Combine("link");
        File.CreateSymbolicLink(link, "elsewhere/file");

        await WriteAsync(link);
        Assert.Equal(Content, await File.ReadAllBytesAsync(target));
        await WriteAsync(link);

        Assert.Equal("elsewhere/file", new FileInfo(link).LinkTarget);
        Assert.Single(Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(target)!));
    }

    [SkippableTheory]
    [InlineData("victim")]
    [InlineData("nothing")]
    [InlineData("pipe")]
    [InlineData("/dev/stdout")]
    [InlineData("another")]
    public async Task A_link_that_another_user_made_in_a_directory_of_everybody_is_not_followed(string target)
    {
        Skip.IfNot(Linux.IsRoot, "needs root");
        var shared = MakeShared();
        var victim = _directory.Combine("victim");
        File.WriteAllText(victim, "untouched");
        Linux.MakeNode(_directory.Combine("pipe"), LinuxFileStatus.Fifo);
        var link = shared + "/image.tar";
        File.CreateSymbolicLink(link, target.StartsWith('/') ? target : target == "another" ? "other" : "../" + target);
        // A link of one's own leads to it: the kernel looks at each.
        File.CreateSymbolicLink(shared + "/other", "../victim");
        var stranger = target == "another" ? shared + "/other" : link;
        Linux.ChangeOwner(stranger, 65534, 65534);

        var error = await Assert.ThrowsAsync<ZLayerException>(() => WriteAsync(link).WaitAsync(TimeSpan.FromSeconds(10)));

        Assert.Equal((ZLayerErrorKind.AccessDenied, stranger), (error.Kind, error.Subject));
        Assert.Equal("untouched", File.ReadAllText(victim));
        Assert.False(File.Exists(_directory.Combine("nothing")));
        Assert.Equal(2, Directory.EnumerateFileSystemEntries(shared).Count());
        Assert.Throws<ZLayerException>(() => OutputPlace.IsStreamAt(link, "copy"));
        Assert.Throws<ZLayerException>(() => UserFile.TryGetDescriptor(link, out _));
        Assert.Throws<ZLayerException>(() => HostPath.Resolve(link));
    }

    [SkippableTheory]
    [InlineData(65534, 0, 0x3FF)]
    [InlineData(65534, 65534, 0x3FF)]
    [InlineData(0, 65534, 0x1ED)]
    public async Task A_link_of_the_caller_or_of_the_owner_of_the_directory_or_in_another_directory_is_followed(uint owner, uint maker, int mode)
    {
        Skip.IfNot(Linux.IsRoot, "needs root");
        var shared = MakeShared();
        File.CreateSymbolicLink(shared + "/link", "../target");
        Linux.ChangeOwner(shared, owner, 0);
        Linux.ChangeOwner(shared + "/link", maker, 0);
        File.SetUnixFileMode(shared, (UnixFileMode)mode);

        await WriteAsync(shared + "/link");

        Assert.Equal(Content, await File.ReadAllBytesAsync(_directory.Combine("target")));
    }

    [Fact]
    public async Task A_link_that_leads_in_a_circle_is_an_error_and_stays()
    {
        var link = _directory.Combine("link");
        File.CreateSymbolicLink(link, "link");

        Assert.Equal(ZLayerErrorKind.StorageWriteFailed, (await Assert.ThrowsAsync<ZLayerException>(() => WriteAsync(link))).Kind);
        Assert.Equal("link", new FileInfo(link).LinkTarget);
    }

    [Fact]
    public async Task A_directory_is_refused()
        => Assert.Equal(ZLayerErrorKind.InvalidArgument, (await Assert.ThrowsAsync<ZLayerException>(() => WriteAsync(_directory.Path))).Kind);

    [Fact]
    public async Task A_name_may_be_as_long_as_names_can_be()
    {
        var path = _directory.Combine(new string('n', 255));
        await WriteAsync(path);
        Assert.Equal(Content.Length, new FileInfo(path).Length);
    }

    [Fact]
    public async Task A_failure_leaves_what_was_there()
    {
        var path = _directory.Combine("file");
        File.WriteAllText(path, "old");

        await Assert.ThrowsAsync<InvalidOperationException>(() => StagedOutput.WriteAsync(path, "write", stream => throw new InvalidOperationException(), default));

        Assert.Equal("old", File.ReadAllText(path));
        Assert.Single(Directory.EnumerateFileSystemEntries(_directory.Path));
    }

    private string MakeShared()
    {
        var shared = _directory.CreateDirectory("shared");
        File.SetUnixFileMode(shared, (UnixFileMode)0x3FF);
        return shared;
    }

    private static Task WriteAsync(string path, CancellationToken cancellationToken = default)
        => StagedOutput.WriteAsync(path, "write the archive", async stream => await stream.WriteAsync(Content, cancellationToken), cancellationToken);
}
