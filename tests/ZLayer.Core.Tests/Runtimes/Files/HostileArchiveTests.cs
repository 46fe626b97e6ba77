using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Files;
using ZLayer.Core.Tests.Layers;

namespace ZLayer.Core.Tests.Runtimes.Files;

/// <summary>A container is not trusted: whatever its archive says, nothing outside of the destination changes.</summary>
public sealed class HostileArchiveTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly string _destination;
    private readonly string _outside;

    public HostileArchiveTests()
    {
        _destination = _directory.CreateDirectory("destination");
        _outside = _directory.CreateDirectory("outside");
        File.WriteAllText(Path.Combine(_outside, "victim"), "untouched");
    }

    [Fact]
    public async Task A_path_that_climbs_out_is_refused()
        => await RefusesAsync([.. Tars.Header("a/", '5'), .. Tars.Header("a/../../outside/new", '0'), .. new byte[1024]]);

    [Fact]
    public async Task An_absolute_path_lies_outside_of_what_was_asked_for()
        => await RefusesAsync([.. Tars.Header("a/", '5'), .. Tars.Header(_outside + "/new", '0'), .. new byte[1024]]);

    [Fact]
    public async Task An_archive_does_not_begin_deep_inside()
        => await RefusesAsync([.. Tars.Header("../outside/new", '0'), .. new byte[1024]]);

    [Fact]
    public async Task An_entry_beside_what_was_asked_for_is_refused()
        => await RefusesAsync(Tars.Write(tar =>
        {
            tar.WriteEntry(Tars.Directory("a"));
            tar.Text("ab", "beside");
        }));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nothing_is_written_through_a_symbolic_link_of_the_archive(bool absolute)
        => await RefusesAsync(Tars.Write(tar =>
        {
            tar.WriteEntry(Tars.Directory("a"));
            tar.WriteEntry(Tars.SymbolicLink("a/link", absolute ? _outside : "../../outside"));
            tar.Text("a/link/new", "escaped");
        }));

    [Fact]
    public async Task A_file_that_comes_after_a_link_of_its_name_replaces_the_link()
    {
        await CopyAsync(Tars.Write(tar =>
        {
            tar.WriteEntry(Tars.Directory("a"));
            tar.WriteEntry(Tars.SymbolicLink("a/f", Path.Combine(_outside, "victim")));
            tar.Text("a/f", "new");
        }));
        Assert.Equal("new", File.ReadAllText(Path.Combine(_destination, "a/f")));
        RequireOutsideUntouched();
    }

    [Fact]
    public async Task A_link_that_stands_at_the_destination_is_replaced_and_not_written_through()
    {
        Directory.CreateDirectory(Path.Combine(_destination, "a"));
        File.CreateSymbolicLink(Path.Combine(_destination, "a/f"), Path.Combine(_outside, "victim"));
        await CopyAsync(Tars.Write(tar =>
        {
            tar.WriteEntry(Tars.Directory("a"));
            tar.Text("a/f", "new");
        }));
        Assert.Equal("new", File.ReadAllText(Path.Combine(_destination, "a/f")));
        RequireOutsideUntouched();
    }

    [Fact]
    public async Task A_link_to_a_directory_at_the_destination_is_not_walked_into()
    {
        Directory.CreateDirectory(Path.Combine(_destination, "a"));
        Directory.CreateSymbolicLink(Path.Combine(_destination, "a/sub"), _outside);
        await RefusesAsync(
            Tars.Write(tar =>
            {
                tar.WriteEntry(Tars.Directory("a"));
                tar.WriteEntry(Tars.Directory("a/sub"));
                tar.Text("a/sub/new", "escaped");
            }),
            ZLayerErrorKind.FileExists);
    }

    [Theory]
    [InlineData("../outside/victim")]
    [InlineData("outside/victim")]
    [InlineData("a/../../outside/victim")]
    public async Task A_hard_link_out_of_the_archive_is_refused(string target)
        => await RefusesAsync([.. Tars.Header("a/", '5'), .. Tars.Header("a/hard", '1', target), .. new byte[1024]]);

    [Fact]
    public async Task A_hard_link_through_a_symbolic_link_is_refused()
        => await RefusesAsync(Tars.Write(tar =>
        {
            tar.WriteEntry(Tars.Directory("a"));
            tar.WriteEntry(Tars.SymbolicLink("a/link", _outside));
            tar.WriteEntry(Tars.HardLink("a/hard", "a/link/victim"));
            tar.Text("a/hard", "escaped");
        }));

    [Fact]
    public async Task A_name_that_marks_a_removal_in_layers_is_a_name_like_any_other()
    {
        File.WriteAllText(Path.Combine(_destination, "keep"), "kept");
        await CopyAsync(Tars.Write(tar =>
        {
            tar.WriteEntry(Tars.Directory(""));
            tar.Text(".wh.keep", "text");
            tar.Text(".wh..wh..opq", "");
        }), "/a/.");
        Assert.Equal("kept", File.ReadAllText(Path.Combine(_destination, "keep")));
        Assert.Equal("text", File.ReadAllText(Path.Combine(_destination, ".wh.keep")));
    }

    [Fact]
    public async Task An_archive_that_ends_early_is_an_error()
        => await RefusesAsync(Tars.Write(tar =>
        {
            tar.WriteEntry(Tars.Directory("a"));
            tar.Text("a/f", new string('x', 100_000));
        })[..50_000]);

    [Fact]
    public async Task An_empty_archive_is_an_error() => await RefusesAsync(new byte[1024]);

    [Fact]
    public async Task A_connection_that_is_silent_is_given_up_when_that_is_asked_for()
    {
        using var cancellation = new CancellationTokenSource();
        var silent = new SilentStream(Tars.Write(tar => tar.Text("a", new string('x', 600_000)))[..400_000]);
        var copying = new ArchiveContainer(() => silent).CopyFromContainerAsync("web", "/a", _destination, new ContainerCopyOptions(), cancellation.Token);
        await silent.Waiting.WaitAsync(TimeSpan.FromSeconds(30));
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => copying.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    public void Dispose() => _directory.Dispose();

    private Task<string> CopyAsync(byte[] tar, string path = "/a")
        => new ArchiveContainer(() => new TrickleStream(tar, 3)).CopyFromContainerAsync("web", path, _destination, new ContainerCopyOptions());

    private async Task RefusesAsync(byte[] tar, ZLayerErrorKind kind = ZLayerErrorKind.InvalidArchive)
    {
        var failure = await Assert.ThrowsAsync<ZLayerException>(() => CopyAsync(tar));
        Assert.Equal(kind, failure.Kind);
        RequireOutsideUntouched();
    }

    private void RequireOutsideUntouched()
    {
        Assert.Equal([Path.Combine(_outside, "victim")], Directory.GetFileSystemEntries(_outside));
        Assert.Equal("untouched", File.ReadAllText(Path.Combine(_outside, "victim")));
        Assert.Equal(["destination", "outside"], Directory.GetFileSystemEntries(_directory.Path).Select(Path.GetFileName).Order());
    }

    /// <summary>Says nothing more after its content.</summary>
    private sealed class SilentStream(byte[] content) : MemoryStream(content)
    {
        private readonly TaskCompletionSource _waiting = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Waiting => _waiting.Task;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = Read(buffer.Span);
            if (count == 0)
            {
                _waiting.TrySetResult();
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            return count;
        }
    }
}
