using System.Buffers;
using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Terminals;

namespace ZLayer.Core.Tests.Terminals;

public sealed class DetachKeysTests
{
    [Theory]
    [InlineData("ctrl-p,ctrl-q", new byte[] { 16, 17 })]
    [InlineData("CTRL-A", new byte[] { 1 })]
    [InlineData("ctrl-@,a,ctrl-_", new byte[] { 0, 97, 31 })]
    [InlineData(@"ctrl-[,ctrl-\,ctrl-],ctrl-^", new byte[] { 27, 28, 29, 30 })]
    public void Keys_are_the_bytes_that_a_terminal_sends(string text, byte[] expected)
        => Assert.Equal(expected, DetachKeys.Parse(text).Sequence.ToArray());

    [Theory]
    [InlineData("")]
    [InlineData("ctrl-")]
    [InlineData("ctrl-p,")]
    [InlineData("ctrl-1")]
    [InlineData("alt-x")]
    [InlineData("é")]
    public void What_is_no_key_is_refused(string text)
        => Assert.Equal(ZLayerErrorKind.InvalidArgument, Assert.Throws<ZLayerException>(() => DetachKeys.Parse(text)).Kind);

    [Theory]
    [InlineData("a,b", "xaby", "x", true)]
    [InlineData("a,b", "xaxb", "xaxb", false)]
    [InlineData("a,b", "aab", "a", true)]
    [InlineData("a,a,b", "aaab", "a", true)]
    [InlineData("a,b,a,c", "ababac", "ab", true)]
    [InlineData("a,b,a,c", "ababx", "ababx", false)]
    [InlineData("q", "hello q", "hello ", true)]
    public void Sequence_is_found_and_everything_else_goes_on(string keys, string typed, string forwarded, bool detached)
    {
        foreach (var pieceSize in new[] { 1, 2, typed.Length })
        {
            var matcher = new DetachKeyMatcher(DetachKeys.Parse(keys));
            var forward = new ArrayBufferWriter<byte>();
            var found = false;

            foreach (var piece in Encoding.ASCII.GetBytes(typed).Chunk(pieceSize))
            {
                found = found || matcher.Take(piece, forward);
            }

            matcher.Flush(forward);
            Assert.Equal(detached, found);
            Assert.Equal(forwarded, Encoding.ASCII.GetString(forward.WrittenSpan)[..(detached ? forwarded.Length : forward.WrittenCount)]);
        }
    }

    [Fact]
    public void Beginning_of_the_sequence_waits_for_the_next_key()
    {
        var matcher = new DetachKeyMatcher(DetachKeys.Default);
        var forward = new ArrayBufferWriter<byte>();

        Assert.False(matcher.Take([16], forward));
        Assert.Equal(0, forward.WrittenCount);

        Assert.False(matcher.Take([65], forward));
        Assert.Equal([16, 65], forward.WrittenSpan.ToArray());
    }

    [Fact]
    public void Random_input_is_never_changed_without_the_sequence()
    {
        var random = new Random(20);
        for (var round = 0; round < 2000; round++)
        {
            // Two letters make many beginnings of the sequence.
            var keys = string.Join(',', Enumerable.Range(0, random.Next(1, 5)).Select(_ => random.Next(2) == 0 ? "a" : "b"));
            var typed = string.Concat(Enumerable.Range(0, 12).Select(_ => random.Next(2) == 0 ? "a" : "b"));
            var expected = typed.IndexOf(keys.Replace(",", "", StringComparison.Ordinal), StringComparison.Ordinal);
            var matcher = new DetachKeyMatcher(DetachKeys.Parse(keys));
            var forward = new ArrayBufferWriter<byte>();

            var found = matcher.Take(Encoding.ASCII.GetBytes(typed), forward);

            Assert.Equal(expected >= 0, found);
            if (found)
            {
                Assert.Equal(typed[..expected], Encoding.ASCII.GetString(forward.WrittenSpan));
            }
            else
            {
                matcher.Flush(forward);
                Assert.Equal(typed, Encoding.ASCII.GetString(forward.WrittenSpan));
            }
        }
    }
}
