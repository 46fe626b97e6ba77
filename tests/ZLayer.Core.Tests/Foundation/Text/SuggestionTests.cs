using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Tests.Foundation.Text;

public sealed class SuggestionTests
{
    [Theory]
    [InlineData("RNU", "RUN")]
    [InlineData("COPPY", "COPY")]
    [InlineData("xyz", null)]
    [InlineData("RUN", null)]
    public void Nearest_word_is_at_most_two_edits_away_and_not_the_same(string written, string? meant)
        => Assert.Equal(meant, Suggestion.Nearest(written, ["ENV", "RUN", "COPY"]));

    [Theory]
    [InlineData("compresion-levl", 3, "compression-level")]
    [InlineData("kompresion-levl", 2, null)]
    [InlineData("-x", 0, null)]
    public void Caller_says_how_many_edits_are_near_enough(string written, int maximum, string? meant)
        => Assert.Equal(meant, Suggestion.Nearest(written, ["compression-level", "-o"], maximum: maximum));

    [Fact]
    public void Near_words_come_with_the_nearest_first()
        => Assert.Equal(["alpine:3", "alpine:31", "alpine:32"], Suggestion.Near("alpin:3", ["busybox", "alpine:32", "alpine:31", "alpine:3", "alpin:3"], maximum: 2));
}
