using ZLayer.Core.Builds;
using ZLayer.Core.Builds.Events;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Tests.Builds.Windows;

/// <summary>Names, paths and links of Windows images.</summary>
public sealed class WindowsPathTests : IAsyncDisposable
{
    private static readonly BuildOptions Windows = new() { Platforms = [Platform.Parse("windows/amd64")], OsVersion = "10.0.20348.1" };
    private readonly BuildFixture _build = new();

    [Fact]
    public async Task Names_of_any_case_are_one_and_keep_the_first()
    {
        _build.Write("one", "1");
        _build.Write("two", "2");

        var result = await BuildAsync(
            "FROM scratch\nWORKDIR C:\\App\nCOPY one C:/APP/Config/File.txt\nCOPY two config\\FILE.TXT\nCOPY one \\app\\CONFIG\\sub\\\n");

        var layers = _build.Load(result).Config.RootFs.DiffIds;
        Assert.Equal(4, layers.Count);
        Assert.Equal(["Files", "Files/App", "Files/App/Config", "Files/App/Config/File.txt", "Files/App/Config/sub", "Files/App/Config/sub/one", "Hives"], _build.Files(result));
        Assert.Equal("2", _build.Merged(result)["Files/App/Config/File.txt"].Content);
        Assert.Equal("\\App", _build.Load(result).Config.Config!.WorkingDir);
    }

    [Theory]
    [InlineData("COPY a D:\\x", "C:")]
    [InlineData("COPY a \\\\server\\share", "UNC")]
    [InlineData("COPY a C:", "drive alone")]
    [InlineData("COPY bad:name C:\\", "':'")]
    [InlineData("COPY trailing. C:\\", "dot")]
    [InlineData("COPY a C:/a?b/", "'?'")]
    [InlineData("COPY a C:/x:y", "':'")]
    [InlineData("ADD a /ab:c", "':'")]
    [InlineData("COPY --link a /dir./x", "dot")]
    [InlineData("COPY --from=files a ..\\end.", "dot")]
    [InlineData("WORKDIR /w|x", "'|'")]
    [InlineData("WORKDIR /end.", "dot")]
    [InlineData("WORKDIR D:/x", "C:")]
    [InlineData("WORKDIR C:", "drive alone")]
    public async Task What_Windows_cannot_have_is_an_error_with_its_place(string instruction, string reason)
    {
        _build.Write("a", "1");
        _build.Write("bad:name", "1");
        _build.Write("trailing.", "1");
        var options = Windows with { NamedContexts = new Dictionary<string, string> { ["files"] = _build.Context } };

        var error = await Assert.ThrowsAsync<ZLayerException>(() => BuildAsync($"FROM scratch\n{instruction}\n", options));

        Assert.Equal(ZLayerErrorKind.BuildStepInvalid, error.Kind);
        Assert.Contains(reason, error.Message);
        Assert.Contains(":3", error.Message);
    }

    [Theory]
    [InlineData("in\\deep", "1040")]
    [InlineData("C:\\q\\in", "1040")]
    [InlineData("c:/Q/IN/deep", "1040")]
    [InlineData("over\\deep", "1040")]
    [InlineData("in\\file", "1024")]
    [InlineData("C:\\q\\nothing", "1024")]
    public async Task A_link_that_is_written_as_on_Windows_says_whether_it_leads_to_a_directory(string target, string attributes)
    {
        _build.Write("d/in/deep/x", "1");
        _build.Write("d/in/file", "1");
        File.CreateSymbolicLink(Path.Combine(_build.Context, "d", "link"), target);
        File.CreateSymbolicLink(Path.Combine(_build.Context, "d", "over"), "C:\\q\\in");

        var result = await BuildAsync("FROM scratch\nCOPY d C:\\q\\\n");

        var link = _build.LastLayer(result)["Files/q/link"].Entry;
        Assert.Equal((target, attributes), (link.LinkTarget, link.PaxRecords!["MSWINDOWS.fileattr"]));
    }

    [Fact]
    public async Task Names_of_one_copy_that_differ_in_case_only_are_one_file_and_a_warning()
    {
        _build.Write("d/Read.me", "1");
        _build.Write("d/read.me", "2");
        _build.Write("e/read.ME", "3");
        _build.Write("f/read.ME", "4");
        _build.Write("g/sub/one", "5");
        _build.Write("g/Sub/two", "6");

        var result = await BuildAsync(
            "FROM scratch\nCOPY d C:\\d\\\nCOPY e f C:\\d\\\nCOPY g C:\\g\\\n");

        var warning = Assert.Single(_build.Events.OfType<BuildWarning>(), w => w.Message.Contains("case", StringComparison.Ordinal));
        Assert.Contains("'read.me'", warning.Message);
        Assert.Contains("'Read.me'", warning.Message);
        Assert.Contains(":3", warning.Message);
        Assert.Equal("4", _build.Merged(result)["Files/d/Read.me"].Content);
    }

    [Fact]
    public async Task Names_of_one_archive_that_differ_in_case_only_are_one_file_and_a_warning()
    {
        using (var tar = new System.Formats.Tar.TarWriter(File.Create(Path.Combine(_build.Context, "a.tar"))))
        {
            foreach (var name in (string[])["in/a", "in/A"])
            {
                tar.WriteEntry(new System.Formats.Tar.PaxTarEntry(System.Formats.Tar.TarEntryType.RegularFile, name) { DataStream = new MemoryStream([1]) });
            }
        }

        await BuildAsync("FROM scratch\nADD a.tar C:\\x\\\n");

        Assert.Single(_build.Events.OfType<BuildWarning>(), w => w.Message.Contains("'A'", StringComparison.Ordinal) && w.Message.Contains("'a'", StringComparison.Ordinal));
    }

    public ValueTask DisposeAsync() => _build.DisposeAsync();

    // Paths with backslashes want another escape character.
    private Task<BuildResult> BuildAsync(string dockerfile, BuildOptions? options = null) => _build.BuildAsync($"# escape=`\n{dockerfile}", options ?? Windows);
}
