using ZLayer.Core.Builds.Files;
using ZLayer.Core.Errors;
using static ZLayer.Core.Tests.Builds.Files.CopyFixture;

namespace ZLayer.Core.Tests.Builds.Files;

/// <summary>What COPY makes of sources and destination; the rules were observed in BuildKit 0.32.</summary>
public sealed class CopySemanticsTests : IDisposable
{
    private readonly CopyFixture _fixture = new();

    public CopySemanticsTests()
    {
        _fixture.Write("a.txt", "A");
        _fixture.Write("b.txt", "B");
        _fixture.Write("dir/c.txt", "C");
        _fixture.Write("dir/sub/d.txt", "D");
        _fixture.Write("tool", "T", (UnixFileMode)0b111_101_101);
    }

    public void Dispose() => _fixture.Dispose();

    public static TheoryData<string[], string, string[]> Shapes() => new()
    {
        { ["a.txt"], "/x", ["f 0644 0:0 x A"] },
        { ["a.txt"], "x", ["d 0755 0:0 work", "f 0644 0:0 work/x A"] },
        { ["a.txt"], "/x/", ["d 0755 0:0 x", "f 0644 0:0 x/a.txt A"] },
        { ["a.txt"], ".", ["d 0755 0:0 work", "f 0644 0:0 work/a.txt A"] },
        { ["a.txt"], "/", ["f 0644 0:0 a.txt A"] },
        { ["/a.txt"], "/x", ["f 0644 0:0 x A"] },
        { ["./dir/../a.txt"], "/x", ["f 0644 0:0 x A"] },
        { ["a.txt", "b.txt"], "/x/", ["d 0755 0:0 x", "f 0644 0:0 x/a.txt A", "f 0644 0:0 x/b.txt B"] },
        { ["dir"], "/x", ["d 0755 0:0 x", "f 0644 0:0 x/c.txt C", "d 0755 0:0 x/sub", "f 0644 0:0 x/sub/d.txt D"] },
        { ["dir/"], "/x/", ["d 0755 0:0 x", "f 0644 0:0 x/c.txt C", "d 0755 0:0 x/sub", "f 0644 0:0 x/sub/d.txt D"] },
        { ["dir/sub"], "/deep/er", ["d 0755 0:0 deep", "d 0755 0:0 deep/er", "f 0644 0:0 deep/er/d.txt D"] },
        { ["*.txt"], "/x/", ["d 0755 0:0 x", "f 0644 0:0 x/a.txt A", "f 0644 0:0 x/b.txt B"] },
        { ["d*/s*"], "/x/", ["d 0755 0:0 x", "f 0644 0:0 x/d.txt D"] },
        { ["[ab].txt"], "/x/", ["d 0755 0:0 x", "f 0644 0:0 x/a.txt A", "f 0644 0:0 x/b.txt B"] },
        { ["nothing*"], "/x/", [] },
        { ["a.txt", "nothing*"], "/x/", ["d 0755 0:0 x", "f 0644 0:0 x/a.txt A"] },
        { ["tool"], "/bin/tool", ["d 0755 0:0 bin", "f 0755 0:0 bin/tool T"] },
        { ["a.txt"], "/x/../../y", ["f 0644 0:0 y A"] },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Sources_and_destination_decide_the_entries(string[] sources, string destination, string[] expected)
        => Assert.Equal(expected, _fixture.Copy(sources, destination, r => r with { WorkingDirectory = "/work" }));

    [Fact]
    public void A_missing_source_is_named_with_its_place_and_a_similar_name()
    {
        var e = Assert.Throws<ZLayerException>(() => _fixture.Copy(["A.TXT"], "/x"));

        Assert.Equal(ZLayerErrorKind.BuildStepInvalid, e.Kind);
        Assert.Equal("COPY A.TXT /x: no such file in the build context (Dockerfile:12:1).", e.Message);
        Assert.Equal("Dockerfile:12:1", e.Subject);
        Assert.Equal("Did you mean 'a.txt'?", e.Advice);
    }

    [Fact]
    public void A_source_that_dockerignore_hides_names_the_line()
    {
        var e = Assert.Throws<ZLayerException>(() => _fixture.Copy(["dir/sub"], "/x", ignore: "# comment\n*.md\ndir\n"));

        Assert.Equal("COPY dir/sub /x: no such file in the build context (Dockerfile:12:1). It is excluded by .dockerignore:3 \"dir\".", e.Message);
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("dir/../../a.txt")]
    [InlineData("/../a.txt")]
    public void A_path_that_leaves_the_context_is_refused(string source)
    {
        var e = Assert.Throws<ZLayerException>(() => _fixture.Copy([source], "/x"));

        Assert.Equal(ZLayerErrorKind.BuildStepInvalid, e.Kind);
        Assert.Contains("leaves the build context (Dockerfile:12:1)", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("*.txt")]
    [InlineData("a.txt", "b.txt")]
    public void Of_several_files_for_one_name_the_last_one_wins(params string[] sources)
    {
        _fixture.Write("a.txt", "first");
        _fixture.Write("b.txt", "last");

        Assert.EndsWith(" x last", Assert.Single(_fixture.Copy(sources, "/x")), StringComparison.Ordinal);
    }

    [Fact]
    public void Exclusions_are_patterns_and_not_the_lines_of_an_ignore_file()
    {
        _fixture.Write("p/#h", "1");
        _fixture.Write("p/a", "2");
        _fixture.Write("p/b", "3");

        Assert.Equal(["x", "x/a", "x/b"], Names("#h"));
        Assert.Equal(["x", "x/#h", "x/a", "x/b"], Names("/a"));
        Assert.Equal(["x", "x/a"], Names("*", "!a", ""));

        IEnumerable<string> Names(params string[] excludes)
            => _fixture.Copy(["p"], "/x", r => r with { Excludes = excludes }).Select(line => line.Split(' ')[3]);
    }

    [Theory]
    [InlineData("p/none*")]
    [InlineData("**/*.none")]
    [InlineData("q*/./a")]
    public void Parents_that_match_nothing_make_nothing(string pattern)
    {
        _fixture.Write("p/a", "1");

        Assert.Empty(_fixture.Copy([pattern], "/made/", r => r with { Parents = true }));
    }

    [Theory]
    [InlineData("5:", "5:0")]
    [InlineData(":5", "0:5")]
    [InlineData("5", "5:5")]
    public void An_empty_group_is_the_first_one(string chown, string owner)
    {
        _fixture.Write("a.txt", "1");

        Assert.Contains($" {owner} ", _fixture.Copy(["a.txt"], "/x", r => r with { Chown = chown })[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_cannot_become_a_file_or_a_file_a_directory()
    {
        using var file = _fixture.Layer(Reg("x", "old"));
        using var directory = _fixture.Layer(Dir("y"), Dir("y/a.txt"));

        Assert.Contains("'/x' is not a directory", Assert.Throws<ZLayerException>(() => _fixture.Copy(["dir"], "/x", target: file)).Message, StringComparison.Ordinal);
        Assert.Contains("'/x' is not a directory", Assert.Throws<ZLayerException>(() => _fixture.Copy(["a.txt"], "/x/in/", target: file)).Message, StringComparison.Ordinal);
        Assert.Contains("'/y/a.txt' is a directory", Assert.Throws<ZLayerException>(() => _fixture.Copy(["a.txt"], "/y/", target: directory)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Existing_directories_keep_mode_owner_and_are_named_in_the_layer()
    {
        using var target = _fixture.Layer(Dir("tmp", 0b1_111_111_111), Dir("home"), Dir("home/app", 0b111_101_000, 1000, 1000));

        Assert.Equal(["d 1777 0:0 tmp", "f 0644 0:0 tmp/a.txt A"], _fixture.Copy(["a.txt"], "/tmp", target: target));
        Assert.Equal(
            ["d 0755 0:0 home", "d 0750 1000:1000 home/app", "d 0755 0:0 home/app/new", "f 0644 0:0 home/app/new/a.txt A"],
            _fixture.Copy(["a.txt"], "/home/app/new/", target: target));
        Assert.Equal(["d 0755 0:0 home", "d 0750 1000:1000 home/app", "f 0644 0:0 home/app/c.txt C"], _fixture.Copy(["dir"], "/home/app", r => r with { Excludes = ["sub"] }, target));
    }

    [Fact]
    public void Nested_directories_take_the_mode_of_the_source()
    {
        File.SetUnixFileMode(Path.Combine(_fixture.Context, "dir/sub"), (UnixFileMode)0b111_000_000);
        using var target = _fixture.Layer(Dir("x"), Dir("x/sub", 0b111_111_111, 5, 5));

        Assert.Equal(["d 0755 0:0 x", "f 0644 0:0 x/c.txt C", "d 0700 0:0 x/sub", "f 0644 0:0 x/sub/d.txt D"], _fixture.Copy(["dir"], "/x", target: target));
    }

    [Fact]
    public void Links_of_the_stage_are_followed_within_its_root()
    {
        using var target = _fixture.Layer(Dir("real"), Symlink("absolute", "/real"), Symlink("out", "../../../real"), Symlink("loop", "loop"), Symlink("dangling", "/made"));

        Assert.Equal(["d 0755 0:0 real", "f 0644 0:0 real/a.txt A"], _fixture.Copy(["a.txt"], "/absolute/", target: target));
        Assert.Equal(["d 0755 0:0 real", "f 0644 0:0 real/a.txt A"], _fixture.Copy(["a.txt"], "/out", target: target));
        Assert.Equal(["f 0644 0:0 made A"], _fixture.Copy(["a.txt"], "/dangling", target: target));
        Assert.Contains("too many links", Assert.Throws<ZLayerException>(() => _fixture.Copy(["a.txt"], "/loop/", target: target)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_that_is_a_source_is_followed_and_links_in_directories_stay()
    {
        _fixture.Link("to-file", "dir/c.txt");
        _fixture.Link("to-dir", "dir");
        _fixture.Link("dir/up", "../a.txt");
        _fixture.Link("dir/away", "/etc/passwd");

        Assert.Equal(["d 0755 0:0 x", "f 0644 0:0 x/to-file C"], _fixture.Copy(["to-file"], "/x/"));
        Assert.Equal(["d 0755 0:0 x", "l 0777 0:0 x/away -> /etc/passwd", "f 0644 0:0 x/c.txt C", "l 0777 0:0 x/up -> ../a.txt"],
            _fixture.Copy(["to-dir"], "/x", r => r with { Excludes = ["sub"] }));
    }

    [Fact]
    public void Links_in_the_context_never_lead_out_of_it()
    {
        File.WriteAllText(Path.Combine(_fixture.Root, "secret"), "S");
        _fixture.Link("absolute", Path.Combine(_fixture.Root, "secret"));
        _fixture.Link("relative", "../secret");
        _fixture.Link("parent", "..");

        Assert.Throws<ZLayerException>(() => _fixture.Copy(["absolute"], "/x"));
        Assert.Throws<ZLayerException>(() => _fixture.Copy(["relative"], "/x"));
        Assert.Throws<ZLayerException>(() => _fixture.Copy(["parent/secret"], "/x"));
        Assert.Empty(_fixture.Copy(["parent/secre?"], "/x/"));
    }

    [Fact]
    public void Hard_links_within_one_copy_stay_hard_links()
    {
        File.WriteAllText(Path.Combine(_fixture.Context, "dir/one"), "1");
        Assert.Equal(0, HardLink(Path.Combine(_fixture.Context, "dir/one"), Path.Combine(_fixture.Context, "dir/two")));

        var lines = _fixture.Copy(["dir"], "/x", r => r with { Excludes = ["sub", "c.txt"] });

        Assert.Equal("h", lines[2][..1]);
        Assert.EndsWith("x/two -> x/one", lines[2], StringComparison.Ordinal);
    }

    [System.Runtime.InteropServices.DllImport("libc", EntryPoint = "link")]
    private static extern int HardLink([System.Runtime.InteropServices.MarshalAs(System.Runtime.InteropServices.UnmanagedType.LPUTF8Str)] string from, [System.Runtime.InteropServices.MarshalAs(System.Runtime.InteropServices.UnmanagedType.LPUTF8Str)] string to);

    [Fact]
    public void Chown_looks_names_up_in_the_stage_and_covers_what_is_made()
    {
        using var target = _fixture.Layer(
            Dir("etc"), Reg("etc/passwd", "root:x:0:0::/:/bin/sh\napp:x:1000:1001::/home/app:/bin/sh\n"), Reg("etc/group", "root:x:0:\nstaff:x:50:app\n"));

        Assert.Equal(["d 0755 1000:1001 x", "f 0644 1000:1001 x/a.txt A"], Chown("app", target));
        Assert.Equal(["d 0755 1000:50 x", "f 0644 1000:50 x/a.txt A"], Chown("app:staff", target));
        Assert.Equal(["d 0755 7:7 x", "f 0644 7:7 x/a.txt A"], Chown("7", null));
        Assert.Equal(["d 0755 7:8 x", "f 0644 7:8 x/a.txt A"], Chown("7:8", null));
        Assert.Equal(["d 0755 0:0 x", "f 0644 0:0 x/a.txt A"], Chown("root:root", null));
        Assert.Equal(["d 0755 0:5 x", "f 0644 0:5 x/a.txt A"], Chown(":5", null));
        Assert.Contains("--chown=nobody: no such user", Assert.Throws<ZLayerException>(() => Chown("nobody", target)).Message, StringComparison.Ordinal);
        Assert.Contains("an empty root file system", Assert.Throws<ZLayerException>(() => Chown("app", null)).Message, StringComparison.Ordinal);
    }

    private string[] Chown(string owner, IFileTree? target) => _fixture.Copy(["a.txt"], "/x/", r => r with { Chown = owner }, target);

    [Theory]
    [InlineData("0640", 0b110_100_100, false, 0b110_100_000)]
    [InlineData("4755", 0b110_100_100, false, 0b100_111_101_101)]
    [InlineData("u=rwX,go=rX", 0b111_000_000, true, 0b111_101_101)]
    [InlineData("u=rwX,go=rX", 0b110_000_000, false, 0b110_100_100)]
    [InlineData("u=rwX,go=rX", 0b100_001_000, false, 0b111_101_101)]
    [InlineData("go-rwx", 0b111_111_111, false, 0b111_000_000)]
    [InlineData("+x", 0b110_100_100, false, 0b111_101_101)]
    [InlineData("a-x,u+s", 0b111_111_111, false, 0b100_110_110_110)]
    [InlineData("g=u", 0b111_000_000, false, 0b111_111_000)]
    [InlineData("+t", 0b111_111_111, true, 0b001_111_111_111)]
    [InlineData("o=", 0b111_111_111, false, 0b111_111_000)]
    [InlineData("u=rwX,go=rX", 0b110_111_101_101, true, 0b111_101_101)]
    [InlineData("g=u", 0b010_111_101_101, true, 0b010_111_111_101)]
    [InlineData("a=rx", 0b001_111_111_111, true, 0b001_101_101_101)]
    [InlineData("u+t", 0b111_111_111, true, 0b001_111_111_111)]
    [InlineData("o+t", 0b111_111_111, true, 0b111_111_111)]
    [InlineData("a-X", 0b111_101_100, false, 0b110_100_100)]
    [InlineData("u+w-x", 0b101_101_101, false, 0b110_101_101)]
    public void Chmod_reads_octal_and_symbolic_modes(string text, int mode, bool isDirectory, int expected)
        => Assert.Equal(Convert.ToString(expected, 8), Convert.ToString(FileModeChange.TryParse(text)!.Apply(mode, isDirectory), 8));

    [Theory]
    [InlineData("")]
    [InlineData("10000")]
    [InlineData("0888")]
    [InlineData("u")]
    [InlineData("z+x")]
    [InlineData("u+q")]
    [InlineData("u=rw,,g=r")]
    public void A_wrong_mode_is_refused_before_anything_is_read(string mode)
    {
        var e = Assert.Throws<ZLayerException>(() => _fixture.Copy(["a.txt"], "/x", r => r with { Chmod = mode }));

        Assert.Equal(ZLayerErrorKind.BuildStepInvalid, e.Kind);
        Assert.Contains("(Dockerfile:12:1)", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Chmod_covers_files_and_directories_but_not_links()
    {
        _fixture.Link("dir/link", "c.txt");

        Assert.Equal(
            ["d 0700 0:0 x", "f 0700 0:0 x/c.txt C", "l 0777 0:0 x/link -> c.txt", "d 0700 0:0 x/sub", "f 0700 0:0 x/sub/d.txt D"],
            _fixture.Copy(["dir"], "/x", r => r with { Chmod = "700" }));
    }

    [Fact]
    public void Parents_keeps_the_directories_of_the_source_path()
    {
        Assert.Equal(["d 0755 0:0 x", "d 0755 0:0 x/dir", "d 0755 0:0 x/dir/sub", "f 0644 0:0 x/dir/sub/d.txt D"], Parents("dir/sub/d.txt"));
        Assert.Equal(["d 0755 0:0 x", "d 0755 0:0 x/sub", "f 0644 0:0 x/sub/d.txt D"], Parents("dir/./sub/d.txt"));
        Assert.Equal(["d 0755 0:0 x", "d 0755 0:0 x/dir", "f 0644 0:0 x/dir/c.txt C", "d 0755 0:0 x/dir/sub", "f 0644 0:0 x/dir/sub/d.txt D"], Parents("**/[cd].txt"));
        Assert.Equal(["d 0755 0:0 x", "f 0644 0:0 x/c.txt C"], Parents("*/./c.txt"));
        Assert.Throws<ZLayerException>(() => Parents("dir/none"));
    }

    private string[] Parents(string source) => _fixture.Copy([source], "/x/", r => r with { Parents = true });

    [Fact]
    public void Exclude_leaves_out_what_is_below_a_source_and_an_exception_brings_it_back()
    {
        Assert.Equal(["d 0755 0:0 x", "f 0644 0:0 x/c.txt C"], Exclude("sub"));
        Assert.Equal(["d 0755 0:0 x", "d 0755 0:0 x/sub"], Exclude("**/*.txt"));
        Assert.Equal(["d 0755 0:0 x", "d 0755 0:0 x/sub", "f 0644 0:0 x/sub/d.txt D"], Exclude("*", "!sub/d.txt"));
        Assert.Equal(["f 0644 0:0 x A"], _fixture.Copy(["a.txt"], "/x", r => r with { Excludes = ["*.txt"] }));
    }

    private string[] Exclude(params string[] patterns) => _fixture.Copy(["dir"], "/x", r => r with { Excludes = patterns });

    [Fact]
    public void A_heredoc_is_a_file_with_mode_0644()
    {
        var inline = new InlineTree("hello.txt", "hi"u8.ToArray(), DateTimeOffset.UnixEpoch);

        var lines = _fixture.Copy([], "/x/", r => r with { Sources = [new CopySource(inline, inline.Name) { IsPattern = false, ResetOwner = true }] });

        Assert.Equal(["d 0755 0:0 x", "f 0644 0:0 x/hello.txt hi"], lines);
    }

    [Fact]
    public void A_later_source_replaces_a_file_and_merges_a_directory()
    {
        _fixture.Write("other/c.txt", "other");
        _fixture.Write("other/sub/e.txt", "E");

        Assert.Equal(
            ["d 0755 0:0 x", "d 0755 0:0 x/sub", "f 0644 0:0 x/sub/d.txt D", "f 0644 0:0 x/c.txt other", "f 0644 0:0 x/sub/e.txt E"],
            _fixture.Copy(["dir", "other"], "/x"));
    }

    [Fact]
    public void Names_that_mean_removal_in_a_layer_are_refused()
    {
        _fixture.Write("dir/.wh.c.txt", "");

        Assert.Contains("cannot hold a file named '.wh.c.txt'", Assert.Throws<ZLayerException>(() => _fixture.Copy(["dir"], "/x")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Special_files_are_copied_and_sockets_become_empty_files()
    {
        using var socket = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
        _fixture.MakeDirectory("special");
        var path = Path.Combine(_fixture.Context, "special/socket");
        socket.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(path));
        File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
        Assert.Equal(0, MakeFifo(Path.Combine(_fixture.Context, "special/fifo"), 0b110_000_000));

        Assert.Equal(["d 0755 0:0 x", "p 0600 0:0 x/fifo", "f 0755 0:0 x/socket"], _fixture.Copy(["special"], "/x"));
    }

    [System.Runtime.InteropServices.DllImport("libc", EntryPoint = "mkfifo")]
    private static extern int MakeFifo([System.Runtime.InteropServices.MarshalAs(System.Runtime.InteropServices.UnmanagedType.LPUTF8Str)] string path, uint mode);

    [Fact]
    public void Files_of_a_stage_keep_their_owner_and_hard_links_unless_chown_says_otherwise()
    {
        using var from = _fixture.Layer(Dir("opt", uid: 3, gid: 4), Reg("opt/a", "A", uid: 5, gid: 6), Hardlink("opt/b", "opt/a"));
        string[] Copy(string? chown) => _fixture.Copy([], "/x", r => r with { Sources = [new CopySource(from, "/opt")], Chown = chown });

        Assert.Equal(["d 0755 0:0 x", "f 0644 5:6 x/a A", "h 0644 5:6 x/b -> x/a"], Copy(null));
        Assert.Equal(["d 0755 9:9 x", "f 0644 9:9 x/a A", "h 0644 9:9 x/b -> x/a"], Copy("9"));
    }

    [Fact]
    public void Hard_links_of_two_layers_are_not_taken_for_one_file()
    {
        using var stack = new StackedTree(
            [_fixture.Layer(Reg("d/a", "A"), Hardlink("d/b", "d/a")), _fixture.Layer(Reg("d/c", "C"), Hardlink("d/e", "d/c"))], "stage test");
        var copy = PreparedCopy.Prepare(new CopyRequest { Sources = [new CopySource(stack, "d")], Destination = "/x" });

        Assert.Equal(["d 0755 0:0 x", "f 0644 0:0 x/a A", "h 0644 0:0 x/b -> x/a", "f 0644 0:0 x/c C", "h 0644 0:0 x/e -> x/c"], List(copy));
        Assert.Equal(0, copy.UnknownFiles);
    }

    [Fact]
    public void No_time_is_later_than_the_latest_that_is_allowed()
    {
        var latest = DateTimeOffset.FromUnixTimeSeconds(1_000_000);
        using var tree = _fixture.OpenContext();
        using var layer = new MemoryStream();

        var summary = _fixture.Prepare(tree, ["dir"], "/x", r => r with { LatestTime = latest, CreationTime = DateTimeOffset.UtcNow }).WriteLayer(layer, null);

        Assert.Equal(latest, summary.NewestTime);
        layer.Position = 0;
        using var reader = new System.Formats.Tar.TarReader(layer);
        while (reader.GetNextEntry() is { } entry)
        {
            Assert.True(entry.ModificationTime <= latest, entry.Name);
        }
    }
}
