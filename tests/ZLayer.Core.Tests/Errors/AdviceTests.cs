using System.Text.RegularExpressions;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Tests.Errors;

public sealed partial class AdviceTests
{
    // What names an option, a parameter, a cmdlet or a command of ours.
    [GeneratedRegex("""(?<![\w=-])--[a-z][a-z-]+|(?<![\w'.-])-[A-Z][a-z]\w+|\b[A-Z][a-z]+-ZLayer\w+|(?<![\w./:-])zlayer [a-z]+""")]
    private static partial Regex Named();

    [GeneratedRegex("""\bAdvice = (?<text>(?:[^;]|;(?!\s*$))*?)(?:,\s*$|;\s*$|\}\s*;?\s*$)""", RegexOptions.Multiline)]
    private static partial Regex Advised();

    [GeneratedRegex("""DoorWords\.Of\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)|DoorWords\.LogIn\([^()]*\)""")]
    private static partial Regex Worded();

    // Options of instructions, and of other people's programs.
    [GeneratedRegex("""COPY --from|FROM --platform|--link|--unpack|--checksum|tar without --sparse|generate --format|systemctl --user""")]
    private static partial Regex Foreign();

    [Fact]
    public void Advice_names_options_as_the_front_door_calls_them()
    {
        var error = new ZLayerException(ZLayerErrorKind.FileExists, "x exists.") { Advice = $"Use {DoorWords.Of("--force", "-Force")}, or {DoorWords.LogIn("r.test")}." };

        Assert.Equal("Use --force, or 'zlayer login r.test'.", error.AdviceFor(FrontDoor.CommandLine));
        Assert.Equal("Use -Force, or 'Connect-ZLayerRegistry r.test'.", error.AdviceFor(FrontDoor.PowerShell));
        Assert.Equal("Use --force or -Force, or 'zlayer login r.test' or 'Connect-ZLayerRegistry r.test'.", error.Advice);
    }

    [Theory]
    [InlineData("Try again.")]
    [InlineData("Broken \uFDD0 a \uFDD1 b.")]
    [InlineData("Broken \uFDD0 a \uFDD2 b.")]
    public void Advice_without_such_names_is_the_same_for_both(string advice)
        => Assert.Equal(DoorWords.For(advice, FrontDoor.CommandLine), DoorWords.For(advice, FrontDoor.PowerShell));

    [Fact]
    public void Advice_that_an_error_takes_over_keeps_the_words_of_both_doors()
    {
        var cause = new ZLayerException(ZLayerErrorKind.FileExists, "x exists.") { Advice = $"Use {DoorWords.Of("--force", "-Force")}." };
        var error = new ZLayerException(ZLayerErrorKind.FileExists, "Cannot write x.", cause) { AdviceWords = cause.AdviceWords };

        Assert.Equal("Use -Force.", error.AdviceFor(FrontDoor.PowerShell));
    }

    [Fact]
    public void No_advice_of_the_core_names_an_option_of_one_door_to_users_of_the_other()
    {
        var wrong = Repository.SourceOf("ZLayer.Core").Concat(Repository.SourceOf("ZLayer.Testing"))
            .SelectMany(file => Advised().Matches(file.Text).Select(match => (file.Path, Text: match.Groups["text"].Value)))
            .Where(advice => Named().IsMatch(Foreign().Replace(Worded().Replace(advice.Text, ""), "")))
            .Select(advice => $"{advice.Path}: {advice.Text}");

        Assert.Empty(wrong);
    }
}
