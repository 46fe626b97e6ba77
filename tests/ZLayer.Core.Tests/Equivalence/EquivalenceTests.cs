namespace ZLayer.Core.Tests.Equivalence;

/// <summary>Every Dockerfile of the corpus gives with ZLayer what it gives with BuildKit.</summary>
public sealed class EquivalenceTests : IClassFixture<EquivalenceTests.Fixture>
{
    private readonly Fixture _fixture;

    public EquivalenceTests(Fixture fixture) => _fixture = fixture;

    public static TheoryData<string> Cases => [.. CorpusCase.Names()];

    [Fact]
    public void The_corpus_holds_at_least_sixty_cases_and_each_has_its_recorded_image()
    {
        Assert.True(CorpusCase.Names().Count() >= 60);
        Assert.All(CorpusCase.Names(), name => Assert.True(File.Exists(CorpusCase.Load(name).ExpectedPath), $"{name}/expected.json is missing"));
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Image_equals_the_one_that_buildkit_builds(string name)
    {
        Skip.IfNot(CorpusBase.IsPossible, $"{CorpusBase.BusyboxPath} (package busybox-static) is not installed");
        var item = CorpusCase.Load(name);
        Skip.IfNot(item.MissingProgram() is null, $"{item.MissingProgram()} is not installed");
        var directory = Path.Combine(_fixture.Directory, name);
        item.Materialize(directory);
        using var server = item.Server ? new StaticFileServer(Path.Combine(directory, "www")) : null;
        Skip.If(BuildKitRecorder.Buildctl is null, "no buildctl is given to record with");
        var recorded = BuildKitRecorder.Record(item, directory, _fixture.Base, server?.Address);
        Assert.Equal(File.ReadAllText(item.ExpectedPath), recorded.ToString());
    }

    public sealed class Fixture : IDisposable
    {
        private CorpusBase? _base;

        public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("zlayer-corpus-").FullName;

        public CorpusBase Base => _base ??= CorpusBase.Create(Path.Combine(Directory, "base"));

        public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);
    }
}
