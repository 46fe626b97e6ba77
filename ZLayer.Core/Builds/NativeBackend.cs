using System.Diagnostics;
using ZLayer.Core.Builds.Events;
using ZLayer.Core.Builds.Files;
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
    public async Task<BuildResult> BuildAsync(
        BuildOptions options, IProgress<BuildEvent>? events = null, CancellationToken cancellationToken = default)
    {
        var clock = Stopwatch.StartNew();
        Check(options);
        var sink = new BuildEventSink(events);
        var dockerfile = DockerfileSource.Read(options, sink.Warn, cancellationToken);
        (options, dockerfile) = await ResolveDateAsync(options, dockerfile, cancellationToken).ConfigureAwait(false);
        var plan = Plan(dockerfile, options, sink);
        var publish = publishing(null, null);
        var exporters = publish.Resolve(options);
        services.Layout.EnsureCreated();
        try
        {
            Announce(plan, sink);
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
    public async Task<PushResult> PushImageAsync(
        ImageReference image, RegistryCredential? credential = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        using var lease = services.Leases.Open($"push {image}", cancellationToken);
        return await publishing(credential, image).PushAsync(
            services.Images.GetTarget(image.ToString(), lease), image, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task TagImageAsync(string image, ImageReference tag, CancellationToken cancellationToken = default)
    {
        services.Images.SetName(image, tag);
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
        => manifests.PushAsync(
            publishing(credential, destination).Pusher, list, destination, new ManifestPushOptions(), null, cancellationToken);

    /// <inheritdoc/>
    public async Task<bool> ExportOciArchiveAsync(string image, string path, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<ImageReference> names = ImageReference.TryParse(image, out var name) ? [name] : [];
        using var lease = services.Leases.Open("save", cancellationToken);
        await archives
            .WriteAsync(
                [new ArchiveImage(
                    services.Images.GetTarget(image, lease), names)], new ArchiveOptions(), path, cancellationToken: cancellationToken)
            .ConfigureAwait(false);
        return true;
    }

    private static void Check(BuildOptions options)
    {
        if (options.Retries is < 0 or > 10)
        {
            throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"Retries must be 0 to 10, not {options.Retries}.");
        }

        if (options.Push && options.Tags.Count == 0)
        {
            throw new ZLayerException(ZLayerErrorKind.InvalidArgument, "A build that pushes needs at least one tag.")
            {
                Advice = $"Add {DoorWords.Of("--tag REGISTRY/NAME:TAG", "-Tag REGISTRY/NAME:TAG")}.",
            };
        }
    }

    private Task<(BuildOptions Options, Dockerfile Dockerfile)> ResolveDateAsync(
        BuildOptions options, Dockerfile dockerfile, CancellationToken cancellationToken)
    {
        return new SourceDate(FetchAsync).ResolveAsync(options, dockerfile);

        Task<CopySource> FetchAsync(string address, RemoteSourceOptions flags)
            => new RemoteSources(services.Layout, services.Http.Value, services.Environment).FetchAsync(address, flags, cancellationToken);
    }

    // What is wrong with a Dockerfile is no reason to keep back what else there is to say of it.
    private static BuildPlan Plan(Dockerfile dockerfile, BuildOptions options, BuildEventSink sink)
    {
        try
        {
            return new BuildPlanner(dockerfile, options).Plan();
        }
        catch (ZLayerException e) when (e.Kind is ZLayerErrorKind.BuildStepInvalid or ZLayerErrorKind.DockerfileSyntaxError)
        {
            Lint(dockerfile, new DockerfileLintContext { BuildArguments = options.BuildArguments }, sink);
            throw;
        }
    }

    private static void Announce(BuildPlan plan, BuildEventSink sink)
    {
        sink.Report(new BuildStarted(plan.Stages.Count, plan.Stages.Sum(s => s.Instructions.Count)));
        sink.Report(BuildPlanned.Of(plan.Stages));
        if (plan.UnusedArguments.Count > 0)
        {
            sink.Warn(
                $"No ARG takes the build {(plan.UnusedArguments.Count == 1 ? "argument" : "arguments")} {string.Join(", ", plan.UnusedArguments)}.");
        }
    }

    private static void Lint(Dockerfile dockerfile, DockerfileLintContext context, BuildEventSink sink)
    {
        foreach (var warning in DockerfileLinter.Lint(dockerfile, context))
        {
            sink.Warn(warning);
        }
    }

    // Rules about variables need the environment of the base images, so the images are found first.
    private static async Task LintAsync(BuildOptions options, BuildSession session, BuildEventSink sink)
    {
        var context = new DockerfileLintContext
        {
            BuildArguments = options.BuildArguments,
            Stages = session.Plan.Stages.Select(s => s.Stage.Index).ToHashSet(),
        };
        try
        {
            context = context with { BaseEnvironment = await session.FindEnvironmentsAsync().ConfigureAwait(false) };
        }
        finally
        {
            Lint(session.Plan.Dockerfile, context, sink);
        }

        DockerfileLinter.ThrowIfErrors(session.Plan.Dockerfile, sink.Warnings);
    }

    private async Task<BuildResult> SolveAsync(
        BuildOptions options, BuildPlan plan, BuildPublishing publish, IReadOnlyList<IExporterInstance> exporters, BuildEventSink sink, Stopwatch clock, CancellationToken cancellationToken)
    {
        var session = new BuildSession(services, options, plan, sink, cancellationToken);
        await using var end = session.ConfigureAwait(false);
        await LintAsync(options, session, sink).ConfigureAwait(false);
        var solved = await session.SolveAsync().ConfigureAwait(false);
        DockerfileLinter.ThrowIfErrors(plan.Dockerfile, sink.Warnings);
        var states = new List<StageState>();
        foreach (var target in plan.Targets)
        {
            var state = solved[target.StageId].State;
            states.Add(options.Squash ? await LayerSquash.SquashAsync(session, state, cancellationToken).ConfigureAwait(false) : state);
        }

        IReadOnlyList<Platform> platforms = options.Platforms.Count == 0 ? [] : [.. plan.Targets.Select(t => t.Platform)];
        var (root, first) = Assemble(options, states, platforms, cancellationToken);
        var built = new BuiltImages(root, platforms, (epoch, rewrite) =>
        {
            var limited = rewrite ? states.ConvertAll(s => LayerTimes.Limit(session, s, epoch, cancellationToken)) : states;
            var other = Assemble(options with { SourceDateEpoch = epoch }, limited, platforms, cancellationToken).Root;
            session.Lease.Protect(other.Digest);
            return other;
        });
        session.Lease.Protect(root.Digest);
        foreach (var tag in options.Tags)
        {
            services.References.Set(tag, root);
        }

        if (options.Tags.Count == 0 && options.Outputs.Count == 0)
        {
            services.References.Keep(root);
        }

        var published = await publish.PublishAsync(options, exporters, built, sink, cancellationToken).ConfigureAwait(false);
        var summaries = solved.Select(s => s.Summary).ToList();
        return new BuildResult
        {
            ImageId = first.ConfigDigest,
            Digest = published.Pushes.Count > 0 ? published.Pushes[0].Digest : root.Digest,
            Tags = options.Tags,
            Duration = clock.Elapsed,
            LayerCount = solved[plan.Targets[0].StageId].State.Layers.Count,
            Size = services.Images.SizeOf(root),
            IsManifestList = states.Count > 1,
            CacheHits = summaries.Sum(s => s.CacheHits),
            CacheableSteps = summaries.Sum(s => s.CacheableSteps),
            Stages = summaries,
            Outputs = published.Outputs,
            Pushes = published.Pushes,
            Warnings = sink.Warnings,
        };
    }

    private (Descriptor Root, AssembledImage First) Assemble(
        BuildOptions options, IReadOnlyList<StageState> states, IReadOnlyList<Platform> platforms, CancellationToken cancellationToken)
    {
        var assembler = new ImageAssembler(services.Content, options);
        Func<Digest, Descriptor> blobOf = layer => services.Layers.EnsureBlob(layer, Layers.LayerCompression.None, null, cancellationToken);
        var images = states.Select((state, i) => assembler.Assemble(state, platforms.ElementAtOrDefault(i), blobOf)).ToList();
        return (images.Count == 1 ? images[0].Manifest with { Platform = null } : assembler.AssembleIndex(images), images[0]);
    }
}
