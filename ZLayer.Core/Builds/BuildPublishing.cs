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
    public async Task<PublishedBuild> PublishAsync(
        BuildOptions options, IReadOnlyList<IExporterInstance> outputs, Descriptor root, BuildEventSink events, CancellationToken cancellationToken)
    {
        var results = outputs.Count == 0 ? [] : await ExportAsync(options, outputs, root, events, cancellationToken).ConfigureAwait(false);
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
        BuildOptions options, IReadOnlyList<IExporterInstance> outputs, Descriptor root, BuildEventSink events, CancellationToken cancellationToken)
    {
        var source = new ExportSource
        {
            Root = root,
            Images = LoadPlatforms(options, root),
            Names = options.Tags,
            SourceDateEpoch = options.SourceDateEpoch,
        };
        var clock = Stopwatch.StartNew();
        foreach (var output in outputs)
        {
            events.Report(new ExportStarted(output.Name));
        }

        var results = await ExporterSet
            .RunAsync(outputs, source, o => new TransferEvents(events, o.Name), cancellationToken)
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
        var result = await publisher.PublishAsync(root, tag, push, new TransferEvents(events, name), cancellationToken).ConfigureAwait(false);
        events.Report(new ExportCompleted(name, clock.Elapsed));
        return result;
    }

    private IReadOnlyList<StoredImage> LoadPlatforms(BuildOptions options, Descriptor root)
        => options.Platforms.Count > 1
            ? [.. options.Platforms.Select(p => images.Load(root, p, "the result of the build"))]
            : [images.Load(root, options.Platforms.Count == 1 ? options.Platforms[0] : null, "the result of the build")];

    private sealed class TransferEvents(BuildEventSink events, string name) : IProgress<TransferProgress>
    {
        public void Report(TransferProgress value) => events.Report(new ExportProgress(name, value));
    }
}

/// <summary>Where the result of a build went.</summary>
/// <param name="Outputs">What the exporters wrote.</param>
/// <param name="Pushes">What was pushed.</param>
internal sealed record PublishedBuild(IReadOnlyList<ExportResult> Outputs, IReadOnlyList<PushResult> Pushes);
