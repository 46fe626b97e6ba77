using System.Buffers.Binary;
using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Docker.Streams;
using ZLayer.Core.Runtimes.Observation;
using ZLayer.Core.Tests.Layers;

namespace ZLayer.Core.Tests.Runtimes.Docker;

public sealed class OutputReaderTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4096)]
    [InlineData(1 << 20)]
    public async Task Frames_come_whole_and_in_order_however_the_bytes_arrive(int seed)
    {
        byte[] bytes = [.. Frame(1, "one\n"), .. Frame(2, "two"), .. Frame(1, ""), .. Frame(2, "three\n"), .. Frame(0, "echo")];
        var pieces = await ReadAsync(new TrickleStream(bytes, seed), isFramed: true);

        Assert.Equal([(LogStream.StdOut, "one\n"), (LogStream.StdErr, "two"), (LogStream.StdErr, "three\n"), (LogStream.StdIn, "echo")], pieces.Select(p => (p.Stream, Text(p.Data))));
        Assert.All(pieces, piece => Assert.True(piece.Begins));
    }

    [Fact]
    public async Task A_frame_larger_than_the_buffer_comes_in_pieces_and_only_the_first_begins_it()
    {
        var payload = new byte[10 * 1024 * 1024 + 17];
        new Random(3).NextBytes(payload);
        byte[] bytes = [.. Frame(1, payload), .. Frame(2, "end")];
        var pieces = await ReadAsync(new MemoryStream(bytes), isFramed: true);

        Assert.All(pieces, piece => Assert.InRange(piece.Data.Length, 1, OutputReader.MaximumPiece));
        Assert.Equal(payload, pieces.SkipLast(1).SelectMany(piece => piece.Data));
        Assert.Equal([true, .. Enumerable.Repeat(false, pieces.Count - 2), true], pieces.Select(piece => piece.Begins));
    }

    [Fact]
    public async Task A_header_that_promises_4_GB_allocates_nothing_of_it()
    {
        var bytes = Frame(1, "x");
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4), uint.MaxValue);
        using var reader = new OutputReader(new MemoryStream(bytes), isFramed: true);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Equal("x", Text((await reader.ReadAsync(default))!.Value.Data.ToArray()));
        var failure = await Assert.ThrowsAsync<ZLayerException>(async () => await reader.ReadAsync(default));

        Assert.Equal(ZLayerErrorKind.RuntimeUnavailable, failure.Kind);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(10)]
    public async Task A_stream_that_ends_inside_of_a_frame_gives_what_came_and_then_fails(int length)
    {
        byte[] bytes = [.. Frame(1, "first\n"), .. Frame(1, "second\n")[..length]];
        using var reader = new OutputReader(new TrickleStream(bytes, 5), isFramed: true);

        Assert.Equal("first\n", Text((await reader.ReadAsync(default))!.Value.Data.ToArray()));
        var failure = await Assert.ThrowsAsync<ZLayerException>(async () =>
        {
            while (await reader.ReadAsync(default) is { } piece)
            {
                Assert.Equal("se", Text(piece.Data.ToArray()));
            }
        });
        Assert.Equal(ZLayerErrorKind.RuntimeUnavailable, failure.Kind);
        Assert.NotNull(failure.Advice);
    }

    [Fact]
    public async Task What_is_not_framed_is_not_taken_for_frames()
    {
        using var reader = new OutputReader(new MemoryStream("plain text of a terminal\r\n"u8.ToArray()), isFramed: true);
        Assert.Equal(ZLayerErrorKind.RuntimeError, (await Assert.ThrowsAsync<ZLayerException>(async () => await reader.ReadAsync(default))).Kind);
    }

    [Fact]
    public async Task A_failure_that_the_engine_puts_into_the_stream_is_an_error_with_its_words()
    {
        using var reader = new OutputReader(new MemoryStream([.. Frame(1, "out"), .. Frame(3, "the log file is gone\n")]), isFramed: true);
        Assert.NotNull(await reader.ReadAsync(default));
        var failure = await Assert.ThrowsAsync<ZLayerException>(async () => await reader.ReadAsync(default));
        Assert.Equal(ZLayerErrorKind.RuntimeError, failure.Kind);
        Assert.Contains("the log file is gone", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_bytes_of_a_terminal_come_as_they_are()
    {
        byte[] bytes = [1, 0, 0, 0, 0, 0, 0, 9, 0xFF, 0xFE];
        var pieces = await ReadAsync(new TrickleStream(bytes, 3), isFramed: false);
        Assert.Equal(bytes, pieces.SelectMany(piece => piece.Data));
        Assert.All(pieces, piece => Assert.Equal(LogStream.StdOut, piece.Stream));
    }

    [Fact]
    public async Task Times_are_taken_from_frames_and_from_each_part_of_a_line_that_the_engine_split()
    {
        var first = new string('a', 16384);
        byte[] bytes =
        [
            .. Frame(1, "2026-03-04T05:06:07.123456789Z " + first), .. Frame(2, "2026-03-04T05:06:07.200000000Z other\n"),
            .. Frame(1, "2026-03-04T05:06:08.000000001Z bbb\n"), .. Frame(1, "no time\n"),
        ];
        using var reader = new OutputReader(new TrickleStream(bytes, 1000), isFramed: true);
        var lines = await LinesAsync(LogChunks.ReadTimedFramesAsync(reader, default));

        Assert.Equal(["other", first + "bbb", "no time"], lines.Select(line => line.Text));
        Assert.Equal(new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero).AddTicks(1234567), lines[1].Time);
        Assert.Equal(LogStream.StdErr, lines[0].Stream);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100_000)]
    public async Task Times_are_taken_from_the_lines_of_a_terminal(int seed)
    {
        var first = new string('a', 16384);
        var text = "2026-03-04T05:06:07.123456789Z one\r\n2026-03-04T05:06:08.5+01:00 \r\n2026-03-04T05:06:09.000000000Z " + first
            + "2026-03-04T05:06:10.000000000Z bbb\r\nplain\r\n2026-03-04T05:06:11.000000000Z last";
        using var reader = new OutputReader(new TrickleStream(Encoding.UTF8.GetBytes(text), seed), isFramed: false);
        var lines = await LinesAsync(LogChunks.ReadTimedLinesAsync(reader, hasDetails: false, default));

        Assert.Equal(["one", "", first + "bbb", "plain", "last"], lines.Select(line => line.Text));
        Assert.Equal(new DateTimeOffset(2026, 3, 4, 4, 6, 8, 500, TimeSpan.Zero), lines[1].Time);
        Assert.Equal(9, lines[2].Time.Second);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100_000)]
    public async Task Attributes_of_a_terminals_log_make_no_entry_shorter(int seed)
    {
        var first = new string('a', 16384);
        var text = "2026-03-04T05:06:07.1Z k=v+w one\r\n2026-03-04T05:06:08Z  two\r\n2026-03-04T05:06:09Z k=v " + first
            + "2026-03-04T05:06:10Z k=v bbb\r\n2026-03-04T05:06:11Z k=v last";
        using var reader = new OutputReader(new TrickleStream(Encoding.UTF8.GetBytes(text), seed), isFramed: false);
        var lines = await LinesAsync(LogChunks.ReadTimedLinesAsync(reader, hasDetails: true, default));

        Assert.Equal(["k=v+w one", " two", $"k=v {first}k=v bbb", "k=v last"], lines.Select(line => line.Text));
    }

    [Theory]
    [InlineData("2026-03-04T05:06:07Z x", true)]
    [InlineData("2026-03-04T05:06:07.1Z x", true)]
    [InlineData("2026-03-04T05:06:07.123456789-11:30 x", true)]
    [InlineData("2026-13-04T05:06:07Z x", false)]
    [InlineData("2026-02-30T05:06:07Z x", false)]
    [InlineData("2026-03-04T05:06:07Zx", false)]
    [InlineData("2026-03-04T05:06:07", false)]
    [InlineData("2026-03-04T05:06:07.", false)]
    [InlineData("0001-01-01T00:00:00+10:00 x", false)]
    [InlineData("2026-03-04 05:06:07Z x", false)]
    public void A_time_is_one_of_RFC_3339_with_a_space(string text, bool expected)
    {
        Assert.Equal(expected, EngineTime.TryRead(Encoding.ASCII.GetBytes(text), out _, out _, out var length));
        Assert.Equal(expected ? text.Length - 1 : 0, length);
    }

    [Theory]
    [InlineData("2026-03-04T05:06:07.123456789Z x", 1234567, 89)]
    [InlineData("2026-03-04T05:06:07.12345678Z x", 1234567, 80)]
    [InlineData("2026-03-04T05:06:07.1234567Z x", 1234567, 0)]
    [InlineData("2026-03-04T05:06:07.000000001+01:00 x", 0, 1)]
    [InlineData("2026-03-04T05:06:07.9999999999999Z x", 9999999, 99)]
    public void Nanoseconds_are_kept_beside_the_time(string text, long ticks, int nanoseconds)
    {
        Assert.True(EngineTime.TryRead(Encoding.ASCII.GetBytes(text), out var time, out var kept, out _));
        Assert.Equal((ticks, nanoseconds), (time.Ticks % TimeSpan.TicksPerSecond, kept));
    }

    [Fact]
    public async Task Chunks_carry_the_nanoseconds_that_the_engine_tells()
    {
        byte[] log = [.. Frame(1, "2026-03-04T05:06:07.123456789Z one\n"), .. Frame(2, "2026-03-04T05:06:08Z two\n")];
        using var framed = new OutputReader(new MemoryStream(log), isFramed: true);
        using var bare = new OutputReader(new MemoryStream("2026-03-04T05:06:07.123456789Z one\n2026-03-04T05:06:08Z two\n"u8.ToArray()), isFramed: false);

        Assert.Equal([89, 0], (await LogChunks.ReadTimedFramesAsync(framed, default).ToListAsync()).Select(chunk => chunk.Nanoseconds));
        Assert.Equal([89, 0], (await LogChunks.ReadTimedLinesAsync(bare, hasDetails: false, default).ToListAsync()).Select(chunk => chunk.Nanoseconds));
    }

    internal static byte[] Frame(byte type, string payload) => Frame(type, Encoding.UTF8.GetBytes(payload));

    internal static byte[] Frame(byte type, byte[] payload)
    {
        var frame = new byte[8 + payload.Length];
        frame[0] = type;
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(4), (uint)payload.Length);
        payload.CopyTo(frame, 8);
        return frame;
    }

    private static async Task<List<LogRecord>> LinesAsync(IAsyncEnumerable<LogChunk> chunks) => await LogLines.ReadAsync(chunks, "web", "docker").ToListAsync();

    private static async Task<List<(LogStream Stream, byte[] Data, bool Begins)>> ReadAsync(Stream stream, bool isFramed)
    {
        using var reader = new OutputReader(stream, isFramed);
        var pieces = new List<(LogStream, byte[], bool)>();
        while (await reader.ReadAsync(default) is { } piece)
        {
            pieces.Add((piece.Stream, piece.Data.ToArray(), piece.BeginsFrame));
        }

        return pieces;
    }

    private static string Text(byte[] data) => Encoding.UTF8.GetString(data);
}
