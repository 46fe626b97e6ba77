using System.Diagnostics;
using ZLayer.Core.Builds.Events;
using ZLayer.Core.Builds.Planning;
using ZLayer.Core.Builds.Solving;
using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Errors;
using ZLayer.Core.Exporters;
using ZLayer.Core.Images.Archives;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Registries.Manifests;

namespace ZLayer.Core.Builds;

/// <summary>ZLayer's own builder: no daemon, images in the store, RUN through an OCI runtime.</summary>
internal sealed class NativeBackend(
    BuildServices services, Func<RegistryCredential?, ImageReference?, BuildPublishing> publishing, ArchiveWriter archives,
    ManifestLists manifests, Func<BuilderInfo> describe) : IBuildBackend
{
    /// <inheritdoc/>
    public string Name => "native";

    /// <inheritdoc/>
    public Task<BuilderInfo> DescribeAsync(CancellationToken cancellationToken = default) => Task.Run(describe, cancellationToken);

    /// <inheritdoc/>
    public async Task<BuildResult> BuildAsync(BuildOptions options, IProgress<BuildEvent>? events = null, CancellationToken cancellationToken = default)
    {
        var clock = Stopwatch.StartNew();
        options = Complete(options);
        var dockerfile = DockerfileSource.Read(options);
        var plan = new BuildPlanner(dockerfile, options).Plan();
        var publish = publishing(null, null);
        var exporters = publish.Resolve(options);
        var sink = new BuildEventSink(events);
        services.Layout.EnsureCreated();
        try
        {
            Announce(plan, options, sink);
            var result = await SolveAsync(options, plan, publish, exporters, sink, clock, cancellationToken).ConfigureAwait(false);
            sink.Report(new BuildCompleted(result));
            return result;
        }
        catch (Exception e)
        {
            var error = e as ZLayerException;
            sink.Report(new BuildFailed(error?.Kind, e is OperationCanceledException ? "The build was cancelled." : e.Message));
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<PushResult> PushImageAsync(ImageReference image, RegistryCredential? credential = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        using var lease = services.Leases.Open($"push {image}", cancellationToken);
        return await publishing(credential, image).PushAsync(services.Images.GetTarget(image.ToString(), lease), image, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task TagImageAsync(string image, ImageReference tag, CancellationToken cancellationToken = default)
    {
        services.Images.Tag(image, tag);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task CreateManifestAsync(ImageReference name, CancellationToken cancellationToken = default)
        => manifests.CreateAsync(name, new ManifestListOptions { Replace = true }, cancellationToken);

    /// <inheritdoc/>
    public Task AddManifestAsync(ImageReference list, string image, CancellationToken cancellationToken = default)
        => manifests.AddAsync(list, image, new ManifestEntryOptions { AllPlatforms = true }, localOnly: true, cancellationToken);

    /// <inheritdoc/>
    public Task<PushResult> PushManifestAsync(
        ImageReference list, ImageReference destination, RegistryCredential? credential = null, CancellationToken cancellationToken = default)
        => manifests.PushAsync(publishing(credential, destination).Pusher, list, destination, new ManifestPushOptions(), null, cancellationToken);

    /// <inheritdoc/>
    public async Task<bool> ExportOciArchiveAsync(string image, string path, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<ImageReference> names = ImageReference.TryParse(image, out var name) ? [name] : [];
        using var lease = services.Leases.Open("save", cancellationToken);
        await archives
            .WriteAsync([new ArchiveImage(services.Images.GetTarget(image, lease), names)], new ArchiveOptions(), path, cancellationToken: cancellationToken)
            .ConfigureAwait(false);
        return true;
    }

    private static BuildOptions Complete(BuildOptions options)
    {
        if (options.Retries is < 0 or > 10)
        {
            throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"Retries must be 0 to 10, not {options.Retries}.");
        }

        if (options.Push && options.Tags.Count == 0)
        {
            throw new ZLayerException(ZLayerErrorKind.InvalidArgument, "A build that pushes needs at least one tag.") { Advice = "Add --tag REGISTRY/NAME:TAG." };
        }

        if (options.SourceDateEpoch is null && options.BuildArguments.TryGetValue("SOURCE_DATE_EPOCH", out var text) && text.Length > 0)
        {
            return long.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var seconds)
                ? options with { SourceDateEpoch = DateTimeOffset.FromUnixTimeSeconds(seconds) }
                : throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"SOURCE_DATE_EPOCH is '{text}', which is not a number of seconds.") { Subject = "SOURCE_DATE_EPOCH" };
        }

        return options;
    }

    private static void Announce(BuildPlan plan, BuildOptions options, BuildEventSink sink)
    {
        sink.Report(new BuildStarted(plan.Stages.Count, plan.Stages.Sum(s => s.Instructions.Count)));
        sink.Report(new BuildPlanned([.. plan.Stages.Select(s => new PlannedStageSummary(
            s.Id, s.Title, s.Base.ToString()!, [.. s.Instructions.Select(i => i.ShownText)]))]));
        var lint = DockerfileLinter.Lint(plan.Dockerfile, new DockerfileLintContext
        {
            BuildArguments = options.BuildArguments,
            Stages = plan.Stages.Select(s => s.Stage.Index).ToHashSet(),
        });
        foreach (var warning in lint)
        {
            sink.Warn(warning);
        }

        DockerfileLinter.ThrowIfErrors(plan.Dockerfile, lint);
        if (plan.UnusedArguments.Count > 0)
        {
            sink.Warn($"No ARG takes the build {(plan.UnusedArguments.Count == 1 ? "argument" : "arguments")} {string.Join(", ", plan.UnusedArguments)}.");
        }
    }

    private async Task<BuildResult> SolveAsync(
        BuildOptions options, BuildPlan plan, BuildPublishing publish, IReadOnlyList<IExporterInstance> exporters, BuildEventSink sink, Stopwatch clock, CancellationToken cancellationToken)
    {
        var session = new BuildSession(services, options, plan, sink, cancellationToken);
        await using var end = session.ConfigureAwait(false);
        var solved = await session.SolveAsync().ConfigureAwait(false);
        var assembler = new ImageAssembler(services.Content, options);
        var images = new List<AssembledImage>();
        foreach (var target in plan.Targets)
        {
            var state = solved[target.StageId].State;
            state = options.Squash ? await LayerSquash.SquashAsync(session, state, cancellationToken).ConfigureAwait(false) : state;
            images.Add(assembler.Assemble(state, d => services.Layers.EnsureBlob(d, Layers.LayerCompression.None, null, cancellationToken)));
        }

        var root = images.Count == 1 ? images[0].Manifest with { Platform = null } : assembler.AssembleIndex(images);
        session.Lease.Protect(root.Digest);
        foreach (var tag in options.Tags)
        {
            services.References.Set(tag, root);
        }

        if (options.Tags.Count == 0 && options.Outputs.Count == 0)
        {
            services.References.Keep(root);
        }

        var published = await publish.PublishAsync(options, exporters, root, sink, cancellationToken).ConfigureAwait(false);
        var summaries = solved.Select(s => s.Summary).ToList();
        return new BuildResult
        {
            ImageId = images[0].ConfigDigest,
            Digest = published.Pushes.Count > 0 ? published.Pushes[0].Digest : root.Digest,
            Tags = options.Tags,
            Duration = clock.Elapsed,
            LayerCount = solved[plan.Targets[0].StageId].State.Layers.Count,
            Size = services.Images.SizeOf(root),
            IsManifestList = images.Count > 1,
            CacheHits = summaries.Sum(s => s.CacheHits),
            CacheableSteps = summaries.Sum(s => s.CacheableSteps),
            Stages = summaries,
            Outputs = published.Outputs,
            Pushes = published.Pushes,
            Warnings = sink.Warnings,
        };
    }
}
