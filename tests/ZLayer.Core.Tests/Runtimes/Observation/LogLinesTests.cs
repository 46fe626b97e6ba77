using System.Text;
using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Core.Tests.Runtimes.Observation;

public sealed class LogLinesTests
{
    private readonly LogLines _lines = new("web", "docker");
    private readonly List<LogRecord> _completed = [];

    [Fact]
    public void A_line_comes_when_its_end_does_and_streams_do_not_mix()
    {
        Add(LogStream.StdOut, "out begins ");
        Add(LogStream.StdErr, "error\n");
        Add(LogStream.StdOut, "and ends\nnext");
        _lines.Complete(_completed);
        Assert.Equal([(LogStream.StdErr, "error"), (LogStream.StdOut, "out begins and ends"), (LogStream.StdOut, "next")], _completed.Select(line => (line.Stream, line.Text)));
        Assert.All(_completed, line => Assert.Equal(("web", "docker"), (line.ContainerName, line.Runtime)));
    }

    [Fact]
    public void Lines_without_an_end_come_last_in_the_order_in_which_they_began()
    {
        Add(LogStream.StdErr, "first", DateTimeOffset.UnixEpoch);
        Add(LogStream.StdOut, "second", DateTimeOffset.UnixEpoch.AddSeconds(1));
        _lines.Complete(_completed);
        Assert.Equal(["first", "second"], _completed.Select(line => line.Text));
    }

    [Fact]
    public void A_carriage_return_before_the_end_belongs_to_it_and_any_other_to_the_line()
    {
        Add(LogStream.StdOut, "10%\r20%\r");
        Add(LogStream.StdOut, "\nplain\n\r\n\nlast\r");
        _lines.Complete(_completed);
        Assert.Equal(["10%\r20%", "plain", "", "", "last\r"], _completed.Select(line => line.Text));
        Assert.Equal(["\r\n", "\n", "\r\n", "\n", ""], _completed.Select(line => line.Terminator));
    }

    [Theory]
    [InlineData("a\r\n\r\r\nb\n\n\r", 1)]
    [InlineData("a\r\n\r\r\nb\n\n\r", 100)]
    [InlineData("\n", 1)]
    [InlineData("no end", 3)]
    public void Bytes_and_ends_of_all_lines_are_what_was_written(string text, int piece)
    {
        foreach (var part in text.Chunk(piece))
        {
            Add(LogStream.StdOut, new string(part));
        }

        _lines.Complete(_completed);
        Assert.Equal(text, string.Concat(_completed.Select(line => Encoding.UTF8.GetString(line.Bytes.Span) + line.Terminator)));
    }

    [Fact]
    public void Bytes_that_are_not_UTF8_survive()
    {
        byte[] bytes = [0x66, 0xFF, 0xC3, 0x0A, 0xC3];
        _lines.Add(new LogChunk(LogStream.StdOut, bytes), _completed);
        _lines.Add(new LogChunk(LogStream.StdOut, new byte[] { 0xA4, 0x0A }), _completed);
        Assert.Equal([0x66, 0xFF, 0xC3], _completed[0].Bytes.ToArray());
        Assert.Equal("f\uFFFD\uFFFD", _completed[0].Text);
        Assert.Equal("ä", _completed[1].Text);
    }

    [Fact]
    public void A_line_of_10_MB_in_small_pieces_is_one_record()
    {
        var piece = new byte[16 * 1024];
        Array.Fill(piece, (byte)'x');
        for (var i = 0; i < 640; i++)
        {
            _lines.Add(new LogChunk(LogStream.StdOut, piece, DateTimeOffset.UnixEpoch.AddSeconds(i)), _completed);
        }

        Assert.Empty(_completed);
        Add(LogStream.StdOut, "\n");
        var line = Assert.Single(_completed);
        Assert.Equal(640 * piece.Length, line.Text.Length);
        Assert.Equal(DateTimeOffset.UnixEpoch, line.Time);
    }

    [Fact]
    public void A_line_that_never_ends_comes_in_records_of_a_bounded_length()
    {
        var piece = new byte[1 << 20];
        for (var i = 0; i < 130; i++)
        {
            _lines.Add(new LogChunk(LogStream.StdOut, piece), _completed);
        }

        Assert.Equal([LogLines.MaximumLine, LogLines.MaximumLine], _completed.Select(line => line.Bytes.Length));
    }

    [Fact]
    public void A_line_without_a_time_has_that_of_its_arrival()
    {
        var before = DateTimeOffset.UtcNow;
        Add(LogStream.StdOut, "x\n");
        Assert.InRange(_completed[0].Time, before, DateTimeOffset.UtcNow);
    }

    private void Add(LogStream stream, string text, DateTimeOffset? time = null) => _lines.Add(new LogChunk(stream, Encoding.UTF8.GetBytes(text), time), _completed);
}
