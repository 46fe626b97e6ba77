using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Cli.Display;
using ZLayer.Core.Foundation.Text;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Operations;
using ZLayer.Core.Storage;

namespace ZLayer.Cli.Commands;

/// <summary><c>zlayer prune</c>: of the store, or of the containers of a runtime that do not run.</summary>
internal sealed class PruneCommand : EngineCommand
{
    private readonly Option<bool> _all = new("--all", "-a") { Description = "Also the step cache and the cache mounts of builds" };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Only say what would be removed" };
    private readonly Option<bool> _containers = OptionOf.Flag("--containers", "Instead remove the containers of a runtime that do not run");
    private readonly Option<string[]> _filters
        = OptionOf.List(
            "--filter", "KEY=VALUE", "What to remove: until (images and cache last used, containers made before then), label, id (of the build cache); with --containers until, label, label!");
    private readonly Option<string[]> _kinds
        = OptionOf.List(
            "--kind", "KIND", "Only this of the store: image, layer, build-cache; --all with image removes images with a name, too");
    private readonly Option<string?> _keep
        = OptionOf.Text("--keep-storage", "SIZE", "Keep this much of the build cache, the most recently used, such as 10GB");
    private readonly Option<bool> _force = OptionOf.Flag("--force", "Do not ask before containers are removed", "-f");

    public PruneCommand()
        : base(
            "prune",
            "Remove what no image refers to: unnamed images, extracted layers. Or, with --containers, containers that do not run.")
    {
        Options.Add(_all);
        Options.Add(_dryRun);
        Options.Add(_containers);
        Options.Add(_filters);
        Options.Add(_kinds);
        Options.Add(_keep);
        Options.Add(_force);
        Options.Add(CommonOptions.Runtime);
    }

    protected override bool WorksOnImageFiles(ParseResult parsed) => !parsed.GetValue(_containers);

    protected override bool LooksThroughStore => true;

    protected override Task ExecuteAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(_containers))
        {
            return ((Option[])[_all, _kinds, _keep]).FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } given
                ? throw new UsageException($"{given.Name} is for the store: it does not go with --containers.")
                : PruneContainersAsync(parsed, engine.Runtimes.Get(parsed.GetValue(CommonOptions.Runtime)), cancellationToken);
        }

        return parsed.GetValue(_force) || parsed.GetValue(CommonOptions.Runtime) is not null
            ? throw new UsageException("--force and --runtime are for containers.", "Add --containers.")
            : PruneStoreAsync(parsed, engine, cancellationToken);
    }

    private async Task PruneStoreAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken)
    {
        var options = ReadOptions(parsed);
        var word = options.DryRun ? "would be freed" : "freed";
        var results = await engine.PruneAsync(options, cancellationToken: cancellationToken);
        if (results.Sum(result => result.Removed.Count) == 0)
        {
            Screen.Line("nothing to remove");
        }

        foreach (var result in results)
        {
            foreach (var warning in result.Warnings)
            {
                Screen.Note($"warning: {warning}");
            }

            Screen.Line($"{result.Kind}: {result.Removed.Count} removed, {Texts.Size(result.ReclaimedBytes)} {word}");
        }
    }

    private PruneOptions ReadOptions(ParseResult parsed)
    {
        var filters = Filters.Parse(parsed.All(_filters), "until", "label", "id");
        var now = DateTimeOffset.UtcNow;
        return Chosen(parsed, filters["id"]) with
        {
            OlderThan = Filters.One("until", filters["until"]) is { } time
                ? now - OptionOf.Named("--filter", $"until={time}", _ => PointInTime.Parse(time, now))
                : null,
            Labels = filters["label"],
            KeepBytes = parsed.ReadValue(_keep, ByteSize.Parse),
            DryRun = parsed.GetValue(_dryRun),
        };
    }

    private PruneOptions Chosen(ParseResult parsed, IReadOnlyList<string> entries)
    {
        var (kinds, all) = (parsed.ReadAll(_kinds, ReadKind), parsed.GetValue(_all));
        if (entries.Count > 0)
        {
            return kinds.Any(kind => kind != StorageKind.BuildCache)
                ? throw new UsageException("--filter id is for entries of the build cache.", "Leave out --kind.")
                : PruneOptions.OfCacheEntries(entries);
        }

        // Without kinds what costs little to make again, and with --all what builds would have to make again.
        return kinds.Count > 0
            ? PruneOptions.Of(kinds, all)
            : new PruneOptions { Images = ImagePruning.Dangling, Layers = true, BuildCache = all };
    }

    private static StorageKind ReadKind(string text) => text.ToLowerInvariant() switch
    {
        "image" => StorageKind.Image,
        "layer" => StorageKind.Layer,
        "build-cache" => StorageKind.BuildCache,
        _ => throw new UsageException($"--kind {text}: expected image, layer or build-cache."),
    };

    // In docker's words, which scripts read.
    private async Task PruneContainersAsync(ParseResult parsed, IContainerRuntime runtime, CancellationToken cancellationToken)
    {
        var filter = ReadFilter(parsed);
        if (parsed.GetValue(_dryRun))
        {
            var found = await runtime.FindPrunableAsync(filter, cancellationToken);
            WritePruned(
                "Containers to delete:", [.. found.Select(container => container.Id)], found.Sum(
                    container => container.Size ?? 0), "Space to reclaim");
            return;
        }

        if (!parsed.GetValue(_force) && !Confirm(parsed))
        {
            Screen.Note("Nothing was removed.");
            Outcome = ExitCode.Failed;
            return;
        }

        var pruned = await runtime.PruneContainersAsync(filter, cancellationToken);
        WritePruned("Deleted Containers:", pruned.Removed, pruned.ReclaimedBytes, "Total reclaimed space");
    }

    private ContainerPruneFilter ReadFilter(ParseResult parsed)
    {
        var filters = Filters.Parse(parsed.All(_filters), "until", "label", "label!");
        return new ContainerPruneFilter
        {
            Until = Filters.One("until", filters["until"]) is { } time
                ? Values.Read(() => PointInTime.Parse(time, DateTimeOffset.UtcNow))
                : null,
            Labels = filters["label"],
            WithoutLabels = filters["label!"],
        };
    }

    private bool Confirm(ParseResult parsed)
    {
        Screen.Line(
            $"WARNING! This will remove all stopped containers{(parsed.All(_filters) is { Length: > 0 } filters ? $" that match {string.Join(" and ", filters)}" : "")}.");
        Screen.Ask("Are you sure you want to continue? [y/N] ");
        return Console.In.ReadLine()?.Trim().ToLowerInvariant() is "y" or "yes";
    }

    private static void WritePruned(string title, IReadOnlyList<string> ids, long bytes, string space)
    {
        if (ids.Count > 0)
        {
            Screen.Line(title);
            foreach (var id in ids)
            {
                Screen.Line(id);
            }

            Screen.Line("");
        }

        Screen.Line($"{space}: {Texts.Size(bytes)}");
    }
}
