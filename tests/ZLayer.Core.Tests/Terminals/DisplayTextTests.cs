using System.Text;
using ZLayer.Core.Builds.Events;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Tests.Terminals;

public sealed class DisplayTextTests
{
    [Theory]
    [InlineData("plain text, (\"quoted\") C:\\dir\\new ~", "plain text, (\"quoted\") C:\\dir\\new ~")]
    [InlineData("grüße 日本語 🐳 é ❤️", "grüße 日本語 🐳 é ❤️")]
    [InlineData("\u001b]0;title\u0007", "\\x1b]0;title\\x07")]
    [InlineData("a\r\n\tb\u007f\u0085\u009b2J", "a\\r\\n\\tb\\x7f\\x85\\x9b2J")]
    [InlineData("\u202etxt.exe\u202c \u2066\u2069 \u200e\u200f\u061c", "\\u202etxt.exe\\u202c \\u2066\\u2069 \\u200e\\u200f\\u061c")]
    [InlineData("a\u200bb\u200d\ufeff\u00ad\u2060", "a\\u200bb\\u200d\\ufeff\\xad\\u2060")]
    [InlineData("a\u2028b\u2029", "a\\u2028b\\u2029")]
    [InlineData("\u3164\u115f", "\\u3164\\u115f")]
    [InlineData("\U000e0041\U000e0020", "\\U000e0041\\U000e0020")]
    [InlineData(null, "")]
    public void Line_shows_what_would_act_or_hide_as_an_escape(string? text, string shown)
        => Assert.Equal(shown, DisplayText.Line(text));

    // As values, since a lone surrogate does not survive on its way through the test runner.
    [Fact]
    public void Lone_surrogates_are_escaped_and_pairs_are_not()
        => Assert.Equal("\\ud83d🐳\\udc33\\ud83dx", DisplayText.Line("\ud83d🐳\udc33\ud83dx"));

    [Fact]
    public void No_text_at_all_gets_through_with_a_character_that_acts()
    {
        var random = new Random(11);
        var interesting = "\u001b\u0007\r\n\t\u0000\u007f\u0080\u009f\u00ad\u061c\u180e\u200b\u200f\u2028\u202e\u2060\u206f\ufeff\ufff9\ud800\udfffaß🐳".ToCharArray();
        for (var round = 0; round < 2000; round++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(1, 20)).Select(_ => random.Next(3) == 0 ? (char)random.Next(char.MaxValue + 1) : interesting[random.Next(interesting.Length)])]);

            AssertClean(DisplayText.Line(text));
            AssertClean(DisplayText.Output(text));
            AssertClean(DisplayText.Lines(text).Replace("\n", "", StringComparison.Ordinal).Replace("\t", "", StringComparison.Ordinal));
            Assert.Equal(DisplayText.Line(text), DisplayText.Line(DisplayText.Line(text)));
        }
    }

    [Theory]
    [InlineData("\u001b[1;31merror\u001b[0m: no", "error: no")]
    [InlineData(" 10%\r 50%\r100%\r", "100%")]
    [InlineData("\u001b]0;title\u0007shown\u001b]8;;http://a\u001b\\link", "shownlink")]
    [InlineData("\u001b(B\u001b[2J\u001b[H\u001b[?25ldone", "done")]
    [InlineData("a\tb", "a b")]
    [InlineData("cut \u001b[31", "cut ")]
    [InlineData("cut \u001b]0;for ever", "cut ")]
    [InlineData("\u001b", "\\x1b")]
    [InlineData("back\b\b\u202e", "back\\x08\\x08\\u202e")]
    public void Output_is_what_is_seen_on_a_terminal(string line, string seen)
        => Assert.Equal(seen, DisplayText.Output(line));

    [Fact]
    public void Errors_quote_others_in_words_that_are_fit_for_a_display()
    {
        var error = new ZLayerException(ZLayerErrorKind.RegistryError, "it said \u001b]0;x\u0007\nerror: no\n")
        {
            Subject = "a\u001bb",
            Details = ["one\u202e", "two\nthree"],
            Advice = "see\r\u0007",
        };

        Assert.Equal("it said \\x1b]0;x\\x07\\nerror: no", error.Message);
        Assert.Equal(["one\\u202e", "two\\nthree"], error.Details);
        Assert.Equal("see\\r\\x07", error.Advice);
        Assert.Equal("a\u001bb", error.Subject);
    }

    [Fact]
    public void Lines_of_a_build_are_fit_for_a_display_but_for_what_its_steps_print()
    {
        Assert.Equal("#1 [\\x1bs 1/1] RUN a\\nb", new InstructionStarted(1, 0, 0, "\u001bs 1/1", "RUN a\nb").ToString());
        Assert.Equal("#1 \u001b[31mred", new InstructionOutput(1, 0, 0, "\u001b[31mred", IsError: false).ToString());
    }

    private static void AssertClean(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            Assert.False(Rune.IsControl(rune) || Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.LineSeparator or System.Globalization.UnicodeCategory.ParagraphSeparator, $"U+{rune.Value:X4} is in '{text}'");
            Assert.NotInRange(rune.Value, 0x202a, 0x202e);
            Assert.NotInRange(rune.Value, 0x2066, 0x2069);
        }

        Assert.Equal(text, new string([.. text.EnumerateRunes().SelectMany(rune => rune.ToString())]));
    }
}
