using System.Text;
using System.Text.Json.Nodes;
using ZLayer.Core.Builds.Files;
using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Tests.Equivalence;

namespace ZLayer.Core.Tests.Builds.Files;

/// <summary>
/// The Dockerfiles of the corpus that only copy, carried out without the solver: what BuildKit made of them is in expected.json.
/// </summary>
public sealed class CopyCorpusTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("zlayer-copy-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    public static TheoryData<string> Cases() => [.. CorpusCase.Names().Where(OnlyCopies)];

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Files_equal_those_that_buildkit_copies(string name)
    {
        var recorded = CorpusCase.Load(name);
        Skip.If(recorded.MissingProgram() is not null, $"{recorded.MissingProgram()} is not installed");
        Skip.If(File.Exists(Path.Combine(recorded.Directory, "prepare.sh")) && !Environment.IsPrivilegedProcess, "prepare.sh changes owners");
        recorded.Materialize(Path.Combine(_directory, "case"));
        var own = Path.Combine(_directory, "case", recorded.Dockerfile + ".dockerignore");
        var shared = Path.Combine(_directory, "case", "context", ".dockerignore");
        var ignore = new[] { own, shared }.FirstOrDefault(File.Exists) is { } path ? IgnoreFile.Parse(File.ReadAllText(path)) : null;
        var builder = new CopyOnlyBuilder(Path.Combine(_directory, "case", "context"), ignore, _directory);

        var tree = builder.Build(Dockerfile.Parse(File.ReadAllText(Path.Combine(recorded.Directory, recorded.Dockerfile))), recorded.Target);

        var expected = JsonNode.Parse(File.ReadAllText(recorded.ExpectedPath))!["files"]!.AsArray().Select(l => l!.GetValue<string>());
        Assert.Equal(expected, tree.Describe());
    }

    [Fact]
    public void Many_cases_of_the_corpus_only_copy() => Assert.True(Cases().Count >= 25, $"only {Cases().Count} cases");

    private static bool OnlyCopies(string name)
    {
        var recorded = CorpusCase.Load(name);
        if (recorded.Server || recorded.Contexts.Count > 0 || recorded.BuildArgs.Count > 0 || recorded.Platform is not null)
        {
            return false;
        }

        var file = Dockerfile.Parse(File.ReadAllText(Path.Combine(recorded.Directory, recorded.Dockerfile)));
        return file.Stages.All(s => s.From.Image == "scratch" && s.Instructions.All(IsPlainCopy))
            && file.Stages.Any(s => s.Instructions.Any(i => i is CopyInstruction or AddInstruction));
    }

    private static bool IsPlainCopy(Instruction instruction)
        => instruction is WorkdirInstruction or UserInstruction
        || (instruction is CopyInstruction { From: var from } && (from is null || !from.Contains('/', StringComparison.Ordinal)))
        || (instruction is AddInstruction add && !add.Sources.Any(RemoteSources.IsRemote));

    /// <summary>Carries out stages that only copy.</summary>
    private sealed class CopyOnlyBuilder(string context, IgnoreFile? ignore, string work)
    {
        private readonly Dictionary<string, List<string>> _layers = new(StringComparer.OrdinalIgnoreCase);
        private int _count;

        public ImageTree Build(Dockerfile file, string? target)
        {
            for (var i = 0; i < file.Stages.Count; i++)
            {
                var layers = BuildStage(file.Stages[i]);
                _layers[i.ToString(System.Globalization.CultureInfo.InvariantCulture)] = layers;
                _layers[file.Stages[i].Name ?? "last"] = layers;
                _layers["last"] = layers;
            }

            var tree = new ImageTree();
            foreach (var layer in _layers[target ?? "last"])
            {
                using var stream = File.OpenRead(layer);
                tree.Apply(stream);
            }

            return tree;
        }

        private List<string> BuildStage(Stage stage)
        {
            var layers = new List<string>();
            var workdir = "/";
            string? user = null;
            foreach (var instruction in stage.Instructions.Select(i => i.Expand(new VariableScope(new Dictionary<string, string>()))))
            {
                switch (instruction)
                {
                    case UserInstruction u:
                        user = u.User;
                        break;
                    case WorkdirInstruction w:
                        workdir = "/" + FileTreePaths.Clean(w.Path.StartsWith('/') ? w.Path : $"{workdir}/{w.Path}");
                        AddLayer(layers, (output, below) => DirectoryLayer.Write(output, workdir, user, below, DateTimeOffset.UnixEpoch));
                        break;
                    default:
                        Copy(layers, instruction, workdir);
                        break;
                }
            }

            return layers;
        }

        private void Copy(List<string> layers, Instruction instruction, string workdir)
        {
            var copy = instruction as CopyInstruction;
            var add = instruction as AddInstruction;
            using IFileTree from = copy?.From is { } name
                ? Stack(_layers[name])
                : new DirectoryTree(context, new DirectoryTreeOptions { Ignore = ignore });
            var sources = (copy?.Sources ?? add!.Sources)
                .Select(s => new CopySource(from, s) { ResetOwner = copy?.From is null, Unpack = add is not null && (add.Unpack ?? true) })
                .Concat((copy?.InlineFiles ?? add!.InlineFiles).Select(f => new CopySource(new InlineTree(f.Name, Encoding.UTF8.GetBytes(f.Content), DateTimeOffset.UnixEpoch), f.Name)
                { IsPattern = false, ResetOwner = true }))
                .ToList();
            var prepared = PreparedCopy.Prepare(new CopyRequest
            {
                Sources = sources,
                Destination = copy?.Destination ?? add!.Destination,
                WorkingDirectory = workdir,
                Chown = copy?.Chown ?? add?.Chown,
                Chmod = copy?.Chmod ?? add?.Chmod,
                Parents = copy?.Parents ?? false,
                Excludes = copy?.Excludes ?? add!.Excludes,
                Location = instruction.Location,
            });
            var link = copy?.Link ?? add!.Link;
            AddLayer(layers, (output, below) => prepared.WriteLayer(output, link ? null : below));
        }

        private void AddLayer(List<string> layers, Action<Stream, IFileTree?> write)
        {
            var path = Path.Combine(work, $"layer-{_count++}.tar");
            using (var below = layers.Count == 0 ? null : Stack(layers))
            using (var output = File.Create(path))
            {
                write(output, below);
            }

            layers.Add(path);
        }

        private static StackedTree Stack(List<string> layers) => new(layers.ConvertAll(l => (IFileTree)new TarTree(File.OpenRead(l), "a layer")), "a stage");
    }
}
