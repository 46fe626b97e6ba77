using System.Text.RegularExpressions;

namespace ZLayer.Core.Tests.Foundation;

/// <summary>
/// System calls are made in Foundation and nowhere else, and it knows nothing of the rooms above it. Which members of the class library are
/// used there alone is in eng/BannedSymbols.txt, and the compiler looks after it.
/// </summary>
public sealed partial class FoundationRulesTests
{
    [GeneratedRegex("""\b(?:Library|Dll)Import\s*\(\s*"libc""")]
    private static partial Regex CallOfLibc();

    [GeneratedRegex("""\bZLayer\.Core\.(?!Errors\b|Foundation\b)[A-Z]\w*""")]
    private static partial Regex OtherRoom();

    [Fact]
    public void System_calls_are_declared_in_Foundation_alone()
        => Assert.Empty(Files(inFoundation: false).Where(file => CallOfLibc().IsMatch(file.Text)).Select(file => file.Path));

    [Fact]
    public void Each_system_call_is_declared_once_for_each_form_of_its_arguments()
    {
        var declared = Files(inFoundation: true)
            .SelectMany(file => LibcDeclaration().Matches(file.Text))
            .Select(match => $"{match.Groups["entry"].Value}({Types(match.Groups["parameters"].Value)})")
            .ToList();

        Assert.NotEmpty(declared);
        Assert.Equal(declared.Distinct(), declared);
        Assert.Single(declared, call => call.StartsWith("statx(", StringComparison.Ordinal));
    }

    [Fact]
    public void Foundation_uses_no_room_but_Errors()
        => Assert.Empty(Files(inFoundation: true)
            .SelectMany(file => OtherRoom().Matches(file.Text).Select(match => $"{file.Path}: {match.Value}")));

    [GeneratedRegex("""LibraryImport\("libc", EntryPoint = "(?<entry>\w+)"[^\]]*\]\s*\w+ static partial [\w*]+ \w+\((?<parameters>[^)]*)\)""")]
    private static partial Regex LibcDeclaration();

    private static string Types(string parameters)
        => string.Join(", ", parameters.Split(',').Select(parameter => parameter.Trim().Split(' ')[0]));

    private static IEnumerable<(string Path, string Text)> Files(bool inFoundation)
    {
        var foundation = Path.Combine("ZLayer.Core", "Foundation") + Path.DirectorySeparatorChar;
        return Directory.EnumerateDirectories(Repository.Root, "ZLayer.*")
            .SelectMany(project => Repository.SourceOf(Path.GetFileName(project)))
            .Where(file => file.Path.StartsWith(foundation, StringComparison.Ordinal) == inFoundation);
    }
}
