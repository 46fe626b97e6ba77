using System.Text.RegularExpressions;

namespace ZLayer.Core.Tests;

/// <summary>The rooms of Core use each other as docs/architecture.md draws them: downwards only.</summary>
public sealed partial class RoomsTests
{
    private const string Core = "ZLayer.Core";

    // Room to floor, the highest first.
    private static readonly Dictionary<string, int> Picture = ReadPicture();

    // Room to what is declared in it: the names of types and of its sub-rooms.
    private static readonly Dictionary<string, HashSet<string>> Declared = Directory.EnumerateDirectories(Path.Combine(Repository.Root, Core))
        .Select(directory => Path.GetFileName(directory))
        .Where(room => room is not ("bin" or "obj"))
        .ToDictionary(room => room, room => SourceOf(room).SelectMany(file => Declaration().Matches(file.Text).Select(match => match.Groups["name"].Value))
            .Concat(Directory.EnumerateDirectories(Path.Combine(Repository.Root, Core, room)).Select(sub => Path.GetFileName(sub)!))
            .ToHashSet(StringComparer.Ordinal));

    [Fact]
    public void The_picture_has_every_room_and_no_other()
        => Assert.Equal(Declared.Keys.Order(StringComparer.Ordinal), Picture.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void Rooms_use_rooms_below_them_alone()
        => Assert.Empty(
            from room in Declared.Keys
            from file in SourceOf(room)
            from used in UsesOf(file.Text)
            where used != room && Picture[used] <= Picture[room]
            select $"{file.Path} uses {used}");

    [Fact]
    public void No_room_uses_what_puts_the_rooms_together()
        => Assert.Empty(
            from room in Declared.Keys
            from file in SourceOf(room)
            where RootUse().IsMatch(file.Text)
            select file.Path);

    [Fact]
    public void Uses_are_found_in_every_form()
    {
        Assert.Equal(["Builds"], UsesOf("using ZLayer.Core.Builds.Files;"));
        Assert.Equal(["Builds"], UsesOf("using static ZLayer.Core.Builds.BuildOptions;"));
        Assert.Equal(["Registries"], UsesOf("var a = global::ZLayer.Core.Registries.RegistryClient.Of();"));
        Assert.Equal(["Oci", "Storage"], UsesOf("Oci.Digest a = default; object b = new Storage.StoreLayout(\"Images.ImageInfo\"); // Builds.BuildOptions").Order());
        Assert.Empty(UsesOf("engine.Images.Find(a); var b = Images.Find(a); /* Builds.BuildOptions */"));
    }

    // The code of a file without comments and texts.
    private static IEnumerable<string> UsesOf(string text)
    {
        var code = Ignored().Replace(text, " ");
        return QualifiedUse().Matches(code).Select(match => match.Groups["room"].Value)
            .Concat(RelativeUse().Matches(code).Where(match => Declared.TryGetValue(match.Groups["room"].Value, out var names) && names.Contains(match.Groups["name"].Value))
                .Select(match => match.Groups["room"].Value))
            .Where(Declared.ContainsKey)
            .Distinct();
    }

    private static IEnumerable<(string Path, string Text)> SourceOf(string room) => Repository.SourceOf(Path.Combine(Core, room));

    private static Dictionary<string, int> ReadPicture()
    {
        var rooms = File.ReadLines(Path.Combine(Repository.Root, "docs", "architecture.md")).Select(line => Floor().Match(line)).Where(match => match.Success)
            .Select((match, floor) => (Rooms: match.Groups["room"].Captures.Select(capture => capture.Value), Floor: floor));
        return rooms.SelectMany(floor => floor.Rooms.Select(room => (room, floor.Floor))).ToDictionary(pair => pair.room, pair => pair.Floor);
    }

    // Three spaces, the rooms of the floor, and what they are.
    [GeneratedRegex(@"^ {3}(?:(?<room>[A-Z][A-Za-z]+) {2,})+[a-z]")]
    private static partial Regex Floor();

    [GeneratedRegex(@"^\s*(?:public |internal |file |static |sealed |abstract |partial |readonly |ref |unsafe )*(?:class|record struct|record|struct|interface|enum|delegate \S+) (?<name>[A-Z]\w*)", RegexOptions.Multiline)]
    private static partial Regex Declaration();

    [GeneratedRegex(@"""""""[\s\S]*?""""""|@""(?:[^""]|"""")*""|""(?:\\.|[^""\\\n])*""|'(?:\\.|[^'\\\n])+'|//[^\n]*|/\*[\s\S]*?\*/")]
    private static partial Regex Ignored();

    [GeneratedRegex(@"\bZLayer\.Core\.(?<room>[A-Z]\w+)")]
    private static partial Regex QualifiedUse();

    [GeneratedRegex(@"(?<![\w.])(?<room>[A-Z]\w+)\.(?<name>[A-Z]\w*)")]
    private static partial Regex RelativeUse();

    [GeneratedRegex(@"^using ZLayer\.Core;", RegexOptions.Multiline)]
    private static partial Regex RootUse();
}
