using ZLayer.Core.Builds.Files;

namespace ZLayer.Core.Tests.Builds.Files;

public sealed class CopyManifestTests : IDisposable
{
    private readonly CopyFixture _fixture = new();

    public CopyManifestTests()
    {
        _fixture.Write("package.json", "{}");
        _fixture.Write("src/main.ts", "main");
        _fixture.Link("link", "src");
    }

    private string ManifestPath => Path.Combine(_fixture.Root, "cache", "manifest");

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void Nothing_changed_says_nothing()
    {
        Save();

        Assert.Null(Explain());
    }

    [Fact]
    public void Changed_content_is_named() => Assert.Equal("package.json: content changed", Explain(() => _fixture.Write("package.json", "{1}")));

    [Fact]
    public void Added_and_removed_files_are_named()
        => Assert.Equal("added src/x.ts, removed src/main.ts", Explain(() =>
        {
            _fixture.Write("src/x.ts", "x");
            File.Delete(Path.Combine(_fixture.Context, "src/main.ts"));
        }));

    [Fact]
    public void A_changed_mode_is_named()
        => Assert.Equal("package.json: mode changed", Explain(() => File.SetUnixFileMode(Path.Combine(_fixture.Context, "package.json"), (UnixFileMode)0b111_101_101)));

    [Fact]
    public void A_changed_link_and_a_changed_type_are_named()
        => Assert.Equal("link: link changed, package.json: type changed", Explain(() =>
        {
            File.Delete(Path.Combine(_fixture.Context, "link"));
            _fixture.Link("link", "elsewhere");
            File.Delete(Path.Combine(_fixture.Context, "package.json"));
            _fixture.Link("package.json", "src/main.ts");
        }));

    [Fact]
    public void Many_changes_are_three_names_and_a_count()
        => Assert.Equal("package.json: content changed, added f0, added f1, and 4 more changes", Explain(() =>
        {
            _fixture.Write("package.json", "{1}");
            for (var i = 0; i < 6; i++)
            {
                _fixture.Write($"f{i}", "f");
            }
        }));

    [Fact]
    public void A_damaged_manifest_counts_as_none()
    {
        Save();
        var bytes = File.ReadAllBytes(ManifestPath);
        bytes[^1] ^= 1;
        File.WriteAllBytes(ManifestPath, bytes);

        Assert.Null(CopyManifest.Load(ManifestPath));
        Assert.Null(CopyManifest.Load(ManifestPath + ".none"));
    }

    private string? Explain(Action? change = null)
    {
        Save();
        change?.Invoke();
        return Current().ExplainChanges(CopyManifest.Load(ManifestPath)!);
    }

    private void Save() => Current().Save(ManifestPath);

    private CopyManifest Current()
    {
        using var tree = _fixture.OpenContext();
        return _fixture.Prepare(tree, ["."], "/x").GetManifest();
    }
}
