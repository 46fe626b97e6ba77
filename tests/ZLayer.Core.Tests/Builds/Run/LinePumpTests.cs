using System.Text;
using ZLayer.Core.Builds.Run;

namespace ZLayer.Core.Tests.Builds.Run;

public sealed class LinePumpTests
{
    [Fact]
    public void Lines_end_at_line_feeds_and_carriage_returns_before_them_go()
        => Assert.Equal(["a", "", "b\rc"], Pump("a\n\r\nb\rc\n"u8.ToArray()).Select(line => line.Line));

    [Fact]
    public void The_rest_without_an_end_is_a_partial_line()
    {
        var lines = Pump("whole\nrest"u8.ToArray());

        Assert.Equal([new StepOutput("whole", false), new StepOutput("rest", false, true)], lines);
    }

    [Fact]
    public void Bytes_that_are_not_text_are_replaced()
        => Assert.Equal("a\uFFFDb", Pump([(byte)'a', 0xFF, (byte)'b', (byte)'\n']).Single().Line);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Long_lines_are_cut_between_characters(int offset)
    {
        var text = new string('x', offset) + string.Concat(Enumerable.Repeat("€", 20_000));

        var lines = Pump(Encoding.UTF8.GetBytes(text + "\n"));

        Assert.Equal(text, string.Concat(lines.Select(line => line.Line)));
        Assert.All(lines.SkipLast(1), line => Assert.True(line.IsPartial));
        Assert.False(lines[^1].IsPartial);
        Assert.All(lines, line => Assert.InRange(Encoding.UTF8.GetByteCount(line.Line), 1, 16 << 10));
    }

    [Fact]
    public void Long_runs_of_bytes_that_are_no_text_do_not_stall()
    {
        var lines = Pump(Enumerable.Repeat((byte)0x80, 100_000).ToArray());

        Assert.Equal(100_000, lines.Sum(line => line.Line.Length));
    }

    private static List<StepOutput> Pump(byte[] bytes)
    {
        var lines = new List<StepOutput>();
        new LinePump(false, lines.Add).Pump(new MemoryStream(bytes));
        return lines;
    }
}
