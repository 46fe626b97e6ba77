using System.Net.Sockets;
using ZLayer.Core.Runtimes.Docker.Wire;

namespace ZLayer.Core.Tests.Runtimes.Docker;

public sealed class TransferSocketTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly string _directory = Directory.CreateTempSubdirectory("zlayer-transfer-").FullName;
    private readonly Socket _engine;
    private readonly TransferSocket _transfer;

    public TransferSocketTests()
    {
        var address = new UnixDomainSocketEndPoint(Path.Combine(_directory, "engine.sock"));
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(address);
        listener.Listen();
        var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        client.Connect(address);
        _engine = listener.Accept();
        _transfer = new TransferSocket(client);
    }

    public void Dispose()
    {
        _transfer.Dispose();
        _engine.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Bytes_that_come_in_many_small_pieces_are_read_in_order()
    {
        var sent = Enumerable.Range(0, 200_000).SelectMany(BitConverter.GetBytes).ToArray();
        var sending = Task.Run(() =>
        {
            for (var at = 0; at < sent.Length; at += 100)
            {
                _engine.Send(sent.AsSpan(at, 100));
            }

            _engine.Shutdown(SocketShutdown.Send);
        });

        var read = new MemoryStream();
        await _transfer.CopyToAsync(read, 7000).WaitAsync(Limit);

        await sending.WaitAsync(Limit);
        Assert.Equal(sent, read.ToArray());
    }

    [Fact]
    public async Task No_more_than_a_part_is_read_ahead()
    {
        Assert.Equal(0, await _transfer.ReadAsync(Memory<byte>.Empty));
        _engine.Blocking = false;
        var piece = new byte[64 * 1024];
        var sent = 0L;
        for (var pause = 0; pause < 20;)
        {
            try
            {
                sent += _engine.Send(piece);
                pause = 0;
            }
            catch (SocketException)
            {
                pause++;
                await Task.Delay(20);
            }
        }

        Assert.InRange(sent, 512 * 1024, 4 * 1024 * 1024);
    }

    [Fact]
    public async Task What_is_read_ahead_survives_a_read_that_was_given_up()
    {
        using var cancellation = new CancellationTokenSource();
        var read = _transfer.ReadAsync(new byte[10], cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);

        _engine.Send("still here"u8);

        var buffer = new byte[10];
        await _transfer.ReadExactlyAsync(buffer).AsTask().WaitAsync(Limit);
        Assert.Equal("still here"u8.ToArray(), buffer);
    }

    [Fact]
    public async Task Disposing_ends_a_read_that_waits()
    {
        var read = _transfer.ReadAsync(new byte[10]).AsTask();

        _transfer.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => read.WaitAsync(Limit));
    }

    [Fact]
    public async Task Disposing_ends_a_write_that_waits_for_room()
    {
        var writing = Task.Run(() =>
        {
            while (true)
            {
                _transfer.Write(new byte[64 * 1024]);
            }
        });
        await Task.Delay(200);

        _transfer.Dispose();

        await Assert.ThrowsAsync<IOException>(() => writing.WaitAsync(Limit));
    }

    [Fact]
    public async Task What_came_before_the_connection_broke_is_read_first()
    {
        _engine.Send("last words"u8);
        // Unread input makes closing a reset.
        _transfer.Write("unread"u8);
        _engine.Dispose();

        var buffer = new byte[10];
        await _transfer.ReadExactlyAsync(buffer).AsTask().WaitAsync(Limit);
        Assert.Equal("last words"u8.ToArray(), buffer);
        await Assert.ThrowsAsync<IOException>(() => _transfer.ReadAsync(buffer).AsTask().WaitAsync(Limit));
    }
}
