using System.Diagnostics;
using ZLayer.Core.Builds.Events;
using ZLayer.Core.Builds.Solving;
using ZLayer.Core.Exporters;
using ZLayer.Core.Images;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;

namespace ZLayer.Core.Builds;

/// <summary>Carries the result of a build on: to exporters and registries.</summary>
internal sealed class BuildPublishing(ExporterSet exporters, IImagePublisher publisher, ImageCatalog images, Func<ImagePusher> pusher)
{
    /// <summary>What pushes, with the credential that it was given.</summary>
    public ImagePusher Pusher => pusher();

    /// <summary>Checks every output, before the build.</summary>
    public IReadOnlyList<IExporterInstance> Resolve(BuildOptions options) => exporters.Resolve(options.Outputs);

    /// <summary>Runs the exporters, then pushes the tags where the build is to.</summary>
    /// <param name="options">The build.</param>
    /// <param name="outputs">The exporters.</param>
    /// <param name="built">What was built.</param>
    /// <param name="events">Hears of it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<PublishedBuild> PublishAsync(
        BuildOptions options, IReadOnlyList<IExporterInstance> outputs, BuiltImages built, BuildEventSink events, CancellationToken cancellationToken)
    {
        var root = built.Root;
        var results = outputs.Count == 0 ? [] : await ExportAsync(options, outputs, built, events, cancellationToken).ConfigureAwait(false);
        var pushes = new List<PushResult>();
        foreach (var tag in options.Push ? options.Tags : [])
        {
            pushes.Add(await PushAsync(options, root, tag, events, cancellationToken).ConfigureAwait(false));
        }

        return new PublishedBuild(results, pushes);
    }

    /// <summary>Pushes a manifest or index as it is.</summary>
    public Task<PushResult> PushAsync(Descriptor root, ImageReference destination, CancellationToken cancellationToken)
        => publisher.PublishAsync(root, destination, new PushOptions(), null, cancellationToken);

    private async Task<IReadOnlyList<ExportResult>> ExportAsync(
        BuildOptions options, IReadOnlyList<IExporterInstance> outputs, BuiltImages built, BuildEventSink events, CancellationToken cancellationToken)
    {
        var sources = outputs.ToDictionary(output => output, output => SourceOf(options, ExportTimes.Of(output), built, events));
        var clock = Stopwatch.StartNew();
        foreach (var output in outputs)
        {
            events.Report(new ExportStarted(output.Name));
        }

        var results = await ExporterSet
            .RunAsync(outputs, o => sources[o], o => new TransferEvents(events, o.Name), cancellationToken)
            .ConfigureAwait(false);
        foreach (var output in outputs)
        {
            events.Report(new ExportCompleted(output.Name, clock.Elapsed));
        }

        return results;
    }

    private async Task<PushResult> PushAsync(
        BuildOptions options, Descriptor root, ImageReference tag, BuildEventSink events, CancellationToken cancellationToken)
    {
        var name = $"pushing {tag.ToFamiliarString()}";
        var clock = Stopwatch.StartNew();
        events.Report(new ExportStarted(name));
        var push = new PushOptions { Compression = options.Compression, Level = options.CompressionLevel };
        var result = await publisher.PublishAsync(
            root, tag, push, new TransferEvents(events, name), cancellationToken).ConfigureAwait(false);
        events.Report(new ExportCompleted(name, clock.Elapsed));
        return result;
    }

    private ExportSource SourceOf(BuildOptions options, ExportTimes times, BuiltImages built, BuildEventSink events)
    {
        var epoch = times.Epoch ?? options.SourceDateEpoch;
        if (times.Rewrite && epoch is null)
        {
            events.Warn("rewrite-timestamp has no effect without source-date-epoch or SOURCE_DATE_EPOCH.");
        }

        // The layers of the build itself are no younger than its own time already.
        var root = times.Epoch is { } other && other != options.SourceDateEpoch ? built.Assemble(other, times.Rewrite) : built.Root;
        return new ExportSource
        {
            Root = root,
            Images = built.Platforms.Count > 1
                ? [.. built.Platforms.Select(p => images.Load(root, p, "the result of the build"))]
                : [images.Load(root, built.Platforms.Count == 1 ? built.Platforms[0] : null, "the result of the build")],
            Platforms = built.Platforms,
            Names = options.Tags,
            SourceDateEpoch = epoch,
        };
    }

    private sealed class TransferEvents(BuildEventSink events, string name) : IProgress<TransferProgress>
    {
        public void Report(TransferProgress value) => events.Report(new ExportProgress(name, value));
    }
}

/// <summary>What a build made.</summary>
/// <param name="Root">The manifest, or the index of several platforms.</param>
/// <param name="Platforms">The platforms that were asked for, in that order; empty where none was.</param>
/// <param name="Assemble">
/// Makes the same with another SOURCE_DATE_EPOCH; true to make no file of the build's layers younger than that.
/// </param>
internal sealed record BuiltImages(Descriptor Root, IReadOnlyList<Platform> Platforms, Func<DateTimeOffset, bool, Descriptor> Assemble);

/// <summary>Where the result of a build went.</summary>
/// <param name="Outputs">What the exporters wrote.</param>
/// <param name="Pushes">What was pushed.</param>
internal sealed record PublishedBuild(IReadOnlyList<ExportResult> Outputs, IReadOnlyList<PushResult> Pushes);
