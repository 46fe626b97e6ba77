using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Linux;
using ZLayer.Core.Runtimes.Files;
using ZLayer.Core.Tests.Layers;

namespace ZLayer.Core.Tests.Runtimes.Files;

/// <summary>Copies out of a container to what is neither a file nor a directory.</summary>
public sealed class SpecialDestinationTests : IDisposable
{
    private static readonly byte[] OneFile = Tars.Write(tar => tar.Text("file", "content"));

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [SkippableFact]
    public async Task A_device_is_never_replaced()
    {
        Skip.IfNot(Linux.IsRoot, "needs root");
        var device = _directory.Combine("file");
        Linux.MakeNode(device, LinuxFileStatus.CharacterDevice, 1, 3);

        var named = await Assert.ThrowsAsync<ZLayerException>(() => CopyAsync(OneFile, "/file", device));
        var below = await Assert.ThrowsAsync<ZLayerException>(() => CopyAsync(OneFile, "/file", _directory.Path));
        var linked = await Assert.ThrowsAsync<ZLayerException>(
            () => CopyAsync(Tars.Write(tar => tar.WriteEntry(Tars.SymbolicLink("file", "elsewhere"))), "/file", _directory.Path));

        Assert.Equal((ZLayerErrorKind.InvalidArgument, device), (named.Kind, named.Subject));
        Assert.Equal((ZLayerErrorKind.FileExists, ZLayerErrorKind.FileExists), (below.Kind, linked.Kind));
        Assert.Equal(LinuxFileStatus.CharacterDevice, Linux.Status(device)!.Value.Type);
        Assert.Single(Directory.EnumerateFileSystemEntries(_directory.Path));
    }

    [SkippableFact]
    public async Task A_pipe_takes_what_is_in_one_file()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Linux only");
        var pipe = _directory.Combine("pipe");
        Linux.MakeNode(pipe, LinuxFileStatus.Fifo);

        var copying = CopyAsync(OneFile, "/file", pipe);
        var read = await File.ReadAllTextAsync(pipe);

        Assert.Equal(pipe, await copying);
        Assert.Equal("content", read);
        var error = await Assert.ThrowsAsync<ZLayerException>(() => CopyAsync(Tars.Write(tar => tar.WriteEntry(Tars.Directory("dir"))), "/dir", pipe));
        Assert.Equal(ZLayerErrorKind.InvalidArgument, error.Kind);
        Assert.Equal(LinuxFileStatus.Fifo, Linux.Status(pipe)!.Value.Type);
    }

    private static Task<string> CopyAsync(byte[] archive, string path, string destination)
        => new ArchiveContainer(() => new MemoryStream(archive)).CopyFromContainerAsync("web", path, destination, new ContainerCopyOptions());
}
