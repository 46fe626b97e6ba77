using System.CommandLine;
using ZLayer.Cli.Display;
using ZLayer.Core.Storage;

namespace ZLayer.Cli.Commands;

/// <summary><c>zlayer prune</c></summary>
internal sealed class PruneCommand : EngineCommand
{
    private readonly Option<bool> _all = new("--all", "-a") { Description = "Also the step cache and the cache mounts of builds" };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Only say what would be removed" };

    public PruneCommand()
        : base("prune", "Remove what no image refers to: unnamed images, extracted layers, compressed pieces.")
    {
        Options.Add(_all);
        Options.Add(_dryRun);
    }

    protected override bool WorksOnImageFiles => true;

    protected override async Task ExecuteAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken)
    {
        var options = new PruneOptions
        {
            Images = ImagePruning.Dangling,
            Layers = true,
            Pieces = true,
            BuildCache = parsed.GetValue(_all),
            DryRun = parsed.GetValue(_dryRun),
        };
        var word = options.DryRun ? "would be freed" : "freed";
        var results = await engine.PruneAsync(options, cancellationToken);
        if (results.Sum(result => result.Removed.Count) == 0)
        {
            Console.Out.WriteLine("nothing to remove");
        }

        foreach (var result in results)
        {
            foreach (var warning in result.Warnings)
            {
                Console.Error.WriteLine($"warning: {warning}");
            }

            Console.Out.WriteLine($"{result.Kind}: {result.Removed.Count} removed, {Texts.Size(result.ReclaimedBytes)} {word}");
        }
    }
}
