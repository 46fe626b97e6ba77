using System.Formats.Tar;
using System.IO.Compression;
using ZLayer.Core.Builds.Files;
using ZLayer.Core.Errors;
using static ZLayer.Core.Tests.Builds.Files.CopyFixture;

namespace ZLayer.Core.Tests.Builds.Files;

public sealed class AddArchiveTests : IDisposable
{
    private readonly CopyFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void An_archive_is_opened_with_its_owners_modes_and_links()
    {
        Pack("a.tar", Dir("d", 0b111_000_000, 3, 4), Reg("d/file", "F", 0b110_000_000, 5, 6), Symlink("d/link", "file"), Hardlink("d/hard", "d/file"), Reg("top", "T"));

        Assert.Equal(
            ["d 0755 0:0 x", "d 0700 3:4 x/d", "f 0600 5:6 x/d/file F", "l 0777 0:0 x/d/link -> file", "h 0644 0:0 x/d/hard -> x/d/file", "f 0644 0:0 x/top T"],
            Normalize(Add("a.tar", "/x")));
    }

    [Fact]
    public void A_compressed_archive_is_recognised_by_its_content_and_not_by_its_name()
    {
        Pack("plain.tar", Reg("in", "I"));
        using (var from = File.OpenRead(Path.Combine(_fixture.Context, "plain.tar")))
        using (var gzip = new GZipStream(File.Create(Path.Combine(_fixture.Context, "odd.bin")), CompressionMode.Compress))
        {
            from.CopyTo(gzip);
        }

        _fixture.Write("not.tar.gz", "this is text");

        Assert.Equal(["d 0755 0:0 x", "f 0644 0:0 x/in I"], Add("odd.bin", "/x"));
        Assert.Equal(["d 0755 0:0 x", "f 0644 0:0 x/not.tar.gz this is text"], Add("not.tar.gz", "/x/"));
    }

    [Fact]
    public void Without_unpacking_an_archive_is_a_file()
    {
        Pack("a.tar", Reg("in", "I"));

        var lines = _fixture.Copy(["a.tar"], "/x/");

        Assert.StartsWith("f 0644 0:0 x/a.tar ", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Of_entries_with_one_path_the_last_counts_and_links_keep_what_they_led_to()
    {
        Pack("a.tar", Reg("f", "old"), Hardlink("g", "f"), Hardlink("h", "g"), Reg("f", "new"), Dir("d"), Reg("d/in", "I"), Reg("d", "file"), Reg("e", "E"), Reg("e/in", "I"));

        var lines = Normalize(Add("a.tar", "/x"));

        Assert.Contains("f 0644 0:0 x/g old", lines);
        Assert.Contains("h 0644 0:0 x/h -> x/g", lines);
        Assert.Contains("f 0644 0:0 x/f new", lines);
        Assert.Contains("f 0644 0:0 x/d file", lines);
        Assert.Contains("f 0644 0:0 x/e/in I", lines);
        Assert.DoesNotContain(lines, line => line.Contains("x/d/in", StringComparison.Ordinal) || line.EndsWith("x/e E", StringComparison.Ordinal));
    }

    [Fact]
    public void A_file_that_takes_the_name_of_its_own_link_stays_whole()
    {
        Pack("a.tar", Reg("f", "old"), Hardlink("g", "f"), Hardlink("f", "g"), Reg("g", "new"));

        Assert.Equal(["f 0644 0:0 x/f old", "f 0644 0:0 x/g new"], Normalize(Add("a.tar", "/x")).Skip(1));
    }

    [Fact]
    public void An_archive_added_after_another_leaves_the_links_of_the_first_alone()
    {
        Pack("a.tar", Reg("f", "old"), Hardlink("g", "f"));
        _fixture.Write("f", "new");
        using var tree = _fixture.OpenContext();
        var request = new CopyRequest
        {
            Sources = [new CopySource(tree, "a.tar") { Unpack = true }, new CopySource(tree, "f")], Destination = "/x/", Location = Location,
        };

        var lines = List(PreparedCopy.Prepare(request));

        Assert.Contains(lines, line => line.EndsWith("x/g old", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.EndsWith("x/f new", StringComparison.Ordinal));
    }

    [Fact]
    public void Chmod_says_nothing_of_the_directory_that_an_archive_is_opened_in()
    {
        Pack("a.tar", Reg("in", "I"));

        Assert.Equal(["d 0755 0:0 new", "f 0644 0:0 new/in I"], Add("a.tar", "/new/", r => r with { Chmod = "600" }));
    }

    [Fact]
    public void Chown_covers_the_content_and_parents_that_the_archive_leaves_out_are_made()
    {
        Pack("a.tar", Reg("deep/in/file", "F", uid: 9));

        Assert.Equal(
            ["d 0755 1:2 x", "d 0755 0:0 x/deep", "d 0755 0:0 x/deep/in", "f 0644 1:2 x/deep/in/file F"],
            Add("a.tar", "/x", r => r with { Chown = "1:2" }));
    }

    [Theory]
    [InlineData("../evil")]
    [InlineData("in/../../evil")]
    public void An_entry_that_leaves_the_destination_is_refused(string name)
    {
        Pack("a.tar", Reg("first", "1"), Reg(name, "evil"));

        var e = Assert.Throws<ZLayerException>(() => Add("a.tar", "/x"));

        Assert.Equal(ZLayerErrorKind.InvalidArchive, e.Kind);
        Assert.Contains("(Dockerfile:12:1)", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hostile_first_entry_does_not_turn_the_archive_into_a_file()
    {
        Pack("a.tar", Reg("../evil", "evil"));

        Assert.Throws<ZLayerException>(() => Add("a.tar", "/x"));
    }

    [Fact]
    public void Links_in_an_archive_stay_below_the_destination()
    {
        using var target = _fixture.Layer(Dir("etc"), Reg("etc/passwd", "root"));
        Pack("a.tar", Symlink("out", "/etc"), Reg("out/passwd", "mine"), Symlink("up", "../../.."), Reg("up/file", "F"));

        var lines = Add("a.tar", "/x", target: target);

        Assert.Equal(["d 0755 0:0 x", "l 0777 0:0 x/out -> /etc", "d 0755 0:0 x/etc", "f 0644 0:0 x/etc/passwd mine", "l 0777 0:0 x/up -> ../../..", "f 0644 0:0 x/file F"], Normalize(lines));
    }

    [Fact]
    public void A_hard_link_to_what_is_not_there_is_refused()
    {
        Pack("a.tar", Hardlink("evil", "etc/shadow"));

        Assert.Equal(ZLayerErrorKind.InvalidArchive, Assert.Throws<ZLayerException>(() => Add("a.tar", "/x")).Kind);
    }

    [Fact]
    public void A_hard_link_to_a_file_of_the_stage_copies_it_up()
    {
        using var target = _fixture.Layer(Dir("x"), Reg("x/old", "OLD"));
        Pack("a.tar", Hardlink("new", "old"));

        Assert.Equal(["d 0755 0:0 x", "f 0644 0:0 x/new OLD"], Normalize(Add("a.tar", "/x", target: target)));
    }

    [Fact]
    public void The_last_of_several_entries_of_one_name_counts_and_a_file_replaces_a_directory()
    {
        using var target = _fixture.Layer(Dir("x"), Dir("x/d"), Reg("x/d/below", "B"));
        Pack("a.tar", Reg("a", "1"), Dir("d"), Reg("d/in", "I"), Reg("a", "2"), Reg("d", "file"), Symlink("a", "d"), Reg("a", "3"));

        Assert.Equal(["d 0755 0:0 x", "f 0644 0:0 x/d file", "f 0644 0:0 x/a 3"], Add("a.tar", "/x", target: target));
    }

    [Fact]
    public void A_damaged_archive_is_an_error()
    {
        Pack("a.tar", Reg("one", new string('1', 5000)), Reg("two", new string('2', 5000)));
        var path = Path.Combine(_fixture.Context, "a.tar");
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..7000]);

        Assert.Equal(ZLayerErrorKind.InvalidArchive, Assert.Throws<ZLayerException>(() => Add("a.tar", "/x")).Kind);
    }

    [Fact]
    public void Archives_and_files_can_be_added_together()
    {
        Pack("a.tar", Reg("in", "I"));
        Pack("b.tar", Reg("in", "J"), Reg("more", "M"));
        _fixture.Write("c.txt", "C");

        Assert.Equal(
            ["d 0755 0:0 x", "f 0644 0:0 x/in J", "f 0644 0:0 x/more M", "f 0644 0:0 x/c.txt C"],
            _fixture.Copy(["a.tar", "b.tar", "c.txt"], "/x/", r => r with { Sources = [.. r.Sources.Select(s => s with { Unpack = true })] }));
    }

    private string[] Add(string source, string destination, Func<CopyRequest, CopyRequest>? change = null, IFileTree? target = null)
        => _fixture.Copy(
            [source], destination,
            r => (change?.Invoke(r) ?? r) with { Instruction = "ADD", Sources = [.. r.Sources.Select(s => s with { Unpack = true })] },
            target);

    // The platform's writer gives links mode 0644 unless told; what a link's mode says does not matter.
    private static IEnumerable<string> Normalize(IEnumerable<string> lines)
        => lines.Select(l => l.StartsWith('l') ? "l 0777" + l[6..] : l.StartsWith('h') ? "h 0644" + l[6..] : l.Replace("f 0000", "f 0644", StringComparison.Ordinal));

    private void Pack(string name, params TarEntry[] entries)
    {
        using var tar = _fixture.LayerFile(entries);
        using var file = File.Create(Path.Combine(_fixture.Context, name));
        tar.CopyTo(file);
    }
}
