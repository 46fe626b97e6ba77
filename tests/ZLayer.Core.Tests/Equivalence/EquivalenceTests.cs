using ZLayer.Core.Tests.Cli;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Equivalence;

/// <summary>Every Dockerfile of the corpus gives with ZLayer what it gives with BuildKit.</summary>
public sealed class EquivalenceTests(EquivalenceTests.Fixture fixture) : IClassFixture<EquivalenceTests.Fixture>
{
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
        var item = Prepare(name);
        using var site = fixture.Materialize(item, "recorded");
        if (BuildKitRecorder.Buildctl is not null)
        {
            BuildKitRecorder.Record(item, site.Directory, fixture.Base, site.ServerAddress);
        }

        var expected = ImageSnapshot.Parse(File.ReadAllText(item.ExpectedPath));

        Assert.Equal(expected.Without(item.Differs), fixture.Build(item, site).Without(item.Differs));
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Image_equals_the_one_that_this_machines_docker_engine_builds(string name)
    {
        var item = Prepare(name);
        Skip.IfNot(fixture.Docker.Unavailable is null, fixture.Docker.Unavailable);
        Skip.If(fixture.Docker.Version < item.EngineVersion, $"the Docker engine {fixture.Docker.Version} is older than {item.Engine}, which this Dockerfile needs");
        fixture.LoadBaseIntoDocker();
        using var site = fixture.Materialize(item, "live");

        var expected = DockerBuilder.Build(fixture.Docker, item, site.Directory, fixture.Base, site.ServerAddress);

        Assert.Equal(expected.Without(item.Differs), fixture.Build(item, site).Without(item.Differs));
    }

    private static CorpusCase Prepare(string name)
    {
        Skip.IfNot(Environment.IsPrivilegedProcess, "owners, devices and RUN as root are compared: this needs root");
        Skip.IfNot(CorpusBase.IsPossible, $"{CorpusBase.BusyboxPath} (package busybox-static) is not installed");
        var item = CorpusCase.Load(name);
        Skip.IfNot(item.MissingProgram() is null, $"{item.MissingProgram()} is not installed");
        return item;
    }

    /// <summary>A case with its context on disk, and the server of its files.</summary>
    public sealed class Site(string directory, StaticFileServer? server) : IDisposable
    {
        public string Directory => directory;

        public string? ServerAddress => server?.Address;

        public void Dispose() => server?.Dispose();
    }

    public sealed class Fixture : IDisposable
    {
        private readonly CliProcess _cli = new();
        private readonly Dictionary<string, ImageSnapshot> _built = [];
        private readonly Lazy<CorpusBase> _base;
        private readonly Lazy<DockerEngine> _docker;
        private readonly Lazy<bool> _loaded;

        public Fixture()
        {
            _base = new Lazy<CorpusBase>(() =>
            {
                var made = CorpusBase.Create(Path.Combine(_cli.Directory, "base"));
                _cli.Run("load", made.DockerArchivePath).Succeeded();
                return made;
            });
            _docker = new Lazy<DockerEngine>(() => new DockerEngine());
            _loaded = new Lazy<bool>(() => _docker.Value.Unavailable is null && _docker.Value.Docker("load", "-i", Base.DockerArchivePath).Length > 0);
        }

        public CorpusBase Base => _base.Value;

        public DockerEngine Docker => _docker.Value;

        public void LoadBaseIntoDocker() => Assert.True(_loaded.Value);

        public Site Materialize(CorpusCase item, string purpose)
        {
            var directory = Path.Combine(_cli.Directory, $"{item.Name}-{purpose}");
            item.Materialize(directory);
            return new Site(directory, item.Server ? new StaticFileServer(Path.Combine(directory, "www")) : null);
        }

        /// <summary>What ZLayer makes of a case: built once, for all that it is compared with.</summary>
        public ImageSnapshot Build(CorpusCase item, Site site)
        {
            if (_built.TryGetValue(item.Name, out var built))
            {
                return built;
            }

            _ = Base;
            var archive = Path.Combine(site.Directory, "zlayer.tar");
            _cli.Run([.. Arguments(item, site), "--output", "type=oci,dest=" + archive]).Succeeded();
            return _built[item.Name] = ImageSnapshot.FromArchive(archive, tree => tree.NameContent(Base.BusyboxSha256, "busybox"));
        }

        public void Dispose()
        {
            if (_docker.IsValueCreated)
            {
                _docker.Value.Dispose();
            }

            _cli.Dispose();
        }

        private static List<string> Arguments(CorpusCase item, Site site)
        {
            List<string> arguments =
            [
                "build", Path.Combine(site.Directory, "context"), "-f", Path.Combine(site.Directory, item.Dockerfile), "--no-cache", "--network", "none",
            ];
            void Add(string option, string value) => arguments.AddRange([option, value]);

            if (item.Target is not null)
            {
                Add("--target", item.Target);
            }

            if (item.Platform is not null)
            {
                Add("--platform", item.Platform);
            }

            foreach (var (key, value) in item.BuildArgs)
            {
                Add("--build-arg", $"{key}={value}");
            }

            if (site.ServerAddress is not null)
            {
                Add("--build-arg", $"BASE_URL={site.ServerAddress}");
            }

            foreach (var (key, value) in item.Labels)
            {
                Add("--label", $"{key}={value}");
            }

            foreach (var (id, text) in item.Secrets)
            {
                var file = Path.Combine(site.Directory, $"secret-{id}");
                File.WriteAllText(file, text);
                Add("--secret", $"id={id},src={file}");
            }

            foreach (var (name, folder) in item.Contexts)
            {
                Add("--build-context", $"{name}={site.Directory}/{folder}");
            }

            return arguments;
        }
    }
}
