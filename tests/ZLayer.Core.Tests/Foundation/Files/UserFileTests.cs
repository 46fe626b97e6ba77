using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Foundation.Linux;
using ZLayer.Core.Tests.Layers;

namespace ZLayer.Core.Tests.Foundation.Files;

/// <summary>Files that people name: also pipes, whose other end may never come.</summary>
public sealed class UserFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [SkippableFact]
    public async Task A_pipe_is_read_to_its_end_however_late_its_writer_comes()
    {
        var pipe = MakePipe();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var reading = BoundedFile.ReadAsync(pipe, 1_000_000, limit.Token);
        Assert.False(reading.IsCompleted);

        await File.WriteAllBytesAsync(pipe, new byte[200_000]);

        Assert.Equal(200_000, (await reading).Length);
    }

    [SkippableFact]
    public async Task To_wait_for_a_writer_or_for_what_it_writes_can_be_cancelled()
    {
        var pipe = MakePipe();
        using var nobody = new CancellationTokenSource();
        var waiting = BoundedFile.ReadAsync(pipe, 100, nobody.Token);
        await Waiting.RequireAsync(waiting);
        await nobody.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(TimeSpan.FromSeconds(10)));

        using var silence = new CancellationTokenSource();
        var reading = Task.Run(() => UserFile.OpenRead(pipe, silence.Token).ReadByte());
        using var writer = new FileStream(pipe, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        await Waiting.RequireAsync(reading);
        await silence.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_read_that_waits_ends_with_its_own_token_and_when_the_stream_is_disposed(bool isCancelled)
    {
        var pipe = MakePipe();
        using var stop = new CancellationTokenSource();
        var stream = UserFile.OpenRead(pipe);
        using var writer = new FileStream(pipe, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        var reading = Task.Run(async () => await stream.ReadAsync(new byte[10], stop.Token));
        await Waiting.RequireAsync(reading);

        if (isCancelled)
        {
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(TimeSpan.FromSeconds(10)));
            // Another call may still read.
            writer.WriteByte(7);
            Assert.Equal(7, stream.ReadByte());
        }

        await stream.DisposeAsync();
        if (!isCancelled)
        {
            await Assert.ThrowsAsync<ObjectDisposedException>(() => reading.WaitAsync(TimeSpan.FromSeconds(10)));
        }

        Assert.Throws<ObjectDisposedException>(() => stream.ReadByte());
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_write_that_waits_ends_with_its_own_token_and_when_the_stream_is_disposed(bool isCancelled)
    {
        var pipe = MakePipe();
        using var reader = UserFile.OpenRead(pipe);
        using var stop = new CancellationTokenSource();
        using var stream = PipeStream.OpenWriter(pipe, default);
        var writing = Task.Run(async () => await stream.WriteAsync(new byte[1_000_000], stop.Token));
        await Waiting.RequireAsync(writing);

        if (isCancelled)
        {
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing.WaitAsync(TimeSpan.FromSeconds(10)));
        }
        else
        {
            await stream.DisposeAsync();
            await Assert.ThrowsAsync<ObjectDisposedException>(() => writing.WaitAsync(TimeSpan.FromSeconds(10)));
        }
    }

    [SkippableFact]
    public void A_device_without_an_end_is_too_long()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Linux only");
        Assert.Throws<FileTooLongException>(() => BoundedFile.Read("/dev/zero", 100_000));
        Assert.Empty(BoundedFile.Read("/dev/null", 100));
    }

    [Fact]
    public void A_regular_file_can_be_positioned_and_one_that_is_not_there_is_missing()
    {
        var path = _directory.Combine("file");
        File.WriteAllText(path, "0123456789");
        using (var file = UserFile.OpenRead(path))
        {
            file.Position = 8;
            Assert.Equal('8', file.ReadByte());
        }

        Assert.Equal(10, BoundedFile.Read(path, 10).Length);
        Assert.Throws<FileTooLongException>(() => BoundedFile.Read(path, 9));
        Assert.Throws<FileNotFoundException>(() => UserFile.OpenRead(_directory.Combine("absent")));
        Assert.Throws<UnauthorizedAccessException>(() => UserFile.OpenRead(_directory.Path));
    }

    [SkippableFact]
    public void A_path_to_a_descriptor_of_the_process_is_known_through_links()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Linux only");
        File.CreateSymbolicLink(_directory.Combine("out"), "/dev/stdout");

        Assert.True(UserFile.TryGetDescriptor(_directory.Combine("out"), out var descriptor));
        Assert.Equal(1, descriptor);
        Assert.True(UserFile.TryGetDescriptor("/dev/fd/7", out descriptor) && descriptor == 7);
        Assert.False(UserFile.TryGetDescriptor($"/proc/{Environment.ProcessId}/fd/1", out _));
        Assert.False(UserFile.TryGetDescriptor(_directory.Path, out _));
    }

    private string MakePipe()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Linux only");
        var path = _directory.Combine("pipe");
        Linux.MakeNode(path, LinuxFileStatus.Fifo);
        return path;
    }
}
