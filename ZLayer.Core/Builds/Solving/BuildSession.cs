using System.Collections.Immutable;
using ZLayer.Core.Builds.Events;
using ZLayer.Core.Builds.Planning;
using ZLayer.Core.Builds.Run;
using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;
using ZLayer.Core.Storage.Pieces;

namespace ZLayer.Core.Builds.Solving;

/// <summary>One build while it runs: what its steps share. Stages are solved on demand, each once.</summary>
internal sealed class BuildSession : IAsyncDisposable
{
    private const string DefaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private readonly List<Lazy<Task<SolvedStage>>> _stages = [];
    private readonly CancellationTokenSource _end;
    private readonly Lazy<IStepRunner> _runner;
    private readonly SshAgents _agents;

    public BuildSession(
        BuildServices services, BuildOptions options, BuildPlan plan, BuildEventSink events, CancellationToken cancellationToken)
    {
        DefaultCacheMounts = ParseCacheMounts(options, plan.Dockerfile);
        Services = services;
        Options = options;
        Plan = plan;
        Events = events;
        _end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Lease = services.Leases.Open("build", cancellationToken);
        Steps = new StepCache(services.Steps, services.Layers, Lease, !options.NoCache);
        Bases = new BaseImages(services, options, Lease, events, _end.Token);
        Trees = new BuildTrees(services, options, this, _end.Token);
        _agents = new SshAgents(options, services.Environment);
        _runner = new Lazy<IStepRunner>(CreateRunner);
        Add(plan.Stages);
    }

    public BuildServices Services { get; }

    public BuildOptions Options { get; }

    public BuildPlan Plan { get; }

    public BuildEventSink Events { get; }

    /// <summary>Protects everything that the build stands on and makes, from before the first look into the store to the end.</summary>
    public Lease Lease { get; }

    public StepCache Steps { get; }

    public BaseImages Bases { get; }

    /// <summary>The trees that steps read: context, stages, images, named contexts.</summary>
    public BuildTrees Trees { get; }

    /// <summary>Bounds the steps that run at once.</summary>
    public SemaphoreSlim Slots { get; } = new(Math.Max(2, Environment.ProcessorCount));

    /// <summary>Executes RUN steps; made when the first one is reached.</summary>
    public IStepRunner Runner => _runner.Value;

    /// <summary>Mounts that every RUN gets.</summary>
    public IReadOnlyList<RunMountOptions> DefaultCacheMounts { get; }

    /// <summary>
    /// Finds the images that stages stand on, all at once, and protects those of the store that other instructions name, before the
    /// first step.
    /// </summary>
    /// <returns>The environment of a stage's base, by the stage's number; null where the Dockerfile says it, or it is not known.</returns>
    public async Task<Func<int, IReadOnlyDictionary<string, string>?>> FindEnvironmentsAsync()
    {
        Bases.Choose(ImagesNamed().Distinct());
        var stages = Plan.Stages;
        var finding = stages.Select(stage => EndOnFailureAsync(() => BaseEnvironment.FindAsync(Bases, stage))).ToList();
        var found = await TogetherAsync(finding).ConfigureAwait(false);
        var environments = stages.Zip(found)
            .DistinctBy(pair => pair.First.Stage.Index)
            .ToDictionary(pair => pair.First.Stage.Index, pair => pair.Second);
        return environments.GetValueOrDefault;
    }

    /// <summary>Solves every target and all that it needs; the first failure ends the others.</summary>
    public async Task<IReadOnlyList<SolvedStage>> SolveAsync()
    {
        IReadOnlyList<Task<SolvedStage>> all = [];
        for (IReadOnlyList<Task<SolvedStage>> started = Start(); started.Count > all.Count; started = Start())
        {
            // Triggers of images add stages while others are being solved.
            all = started;
            await ((Task)Task.WhenAll(all)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return await TogetherAsync(all).ConfigureAwait(false);
    }

    /// <summary>A stage of the plan, solved.</summary>
    public Task<SolvedStage> GetStageAsync(int id)
    {
        lock (_stages)
        {
            return _stages[id].Value;
        }
    }

    /// <summary>Begins the stages that triggers of an image read and nothing else needed.</summary>
    public void Require(PlannedStage user, IReadOnlyList<Instruction> triggers)
    {
        lock (_stages)
        {
            var added = Plan.Planner.Require(user, triggers);
            if (added.Count > 0)
            {
                Add(added);
                Events.Report(BuildPlanned.Of(Plan.Stages));
            }
        }
    }

    /// <summary>An image without layers, as FROM scratch gives it.</summary>
    public static StageState EmptyState(Platform platform, StageArguments arguments)
        => new()
        {
            Layers = ImmutableList<StageLayer>.Empty,
            History = ImmutableList<HistoryEntry>.Empty,
            Image = new ImageConfig
            {
                Os = platform.Os,
                Architecture = platform.Architecture,
                Variant = platform.Variant,
                OsVersion = platform.OsVersion,
                RootFs = new RootFs { DiffIds = [] },
                Config = EmptyConfig(platform),
            },
            Created = DateTimeOffset.UnixEpoch,
            Arguments = arguments,
        };

    /// <summary>What an image without layers sets.</summary>
    public static ContainerDefaults EmptyConfig(Platform platform)
        => platform.Os == "windows"
            ? new ContainerDefaults { WorkingDir = "\\" }
            : new ContainerDefaults { Env = [DefaultPath], WorkingDir = "/" };

    /// <summary>The state of a stage whose base is a named context.</summary>
    public async Task<StageState> StateOfContextAsync(StageBase.NamedContext context, Platform platform, StageArguments arguments)
    {
        if (BaseImages.IsScratch(context.Value))
        {
            return EmptyState(platform, arguments);
        }

        if (Bases.GetFromContext(context.Value, platform) is { } image)
        {
            return Bases.StateOf(await image.ConfigureAwait(false), arguments);
        }

        // A directory as base: its files are the one layer.
        var layer = await Trees.ToLayerAsync(context, platform, _end.Token).ConfigureAwait(false);
        return EmptyState(platform, arguments) with { Layers = [new StageLayer(layer, null)], BaseLayerCount = 1 };
    }

    /// <summary>Commits a layer's tar and remembers it as the plain blob of its DiffID.</summary>
    public Descriptor KeepLayer(ContentWriter writer)
    {
        var size = writer.Position;
        return KeepLayer(writer.Commit(), size);
    }

    /// <summary>Takes a layer into the store that was written in pieces.</summary>
    /// <exception cref="LostPieceException">A piece of an earlier version that it takes over is gone meanwhile.</exception>
    public Descriptor KeepLayer(PiecedLayerWriter writer)
    {
        var (digest, size) = writer.Commit();
        return KeepLayer(digest, size);
    }

    private Descriptor KeepLayer(Digest digest, long size)
    {
        var descriptor = new Descriptor { MediaType = MediaTypes.OciLayer, Digest = digest, Size = size };
        Services.Layers.AddBlob(digest, descriptor, verified: true);
        Lease.Protect(digest);
        return descriptor;
    }

    /// <summary>Warns where an instruction names files that the ignore file hides.</summary>
    public void WarnOfIgnored(Instruction instruction)
    {
        foreach (var warning in DockerfileLinter.CopyIgnoredFile(Plan.Dockerfile, instruction, Trees.Ignore))
        {
            Events.Warn(warning);
        }
    }

    /// <summary>The socket of an SSH agent; null when none of that id was given.</summary>
    public string? FindAgent(string id) => _agents.Find(id);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        if (_runner.IsValueCreated)
        {
            await _runner.Value.DisposeAsync().ConfigureAwait(false);
        }

        await Trees.DisposeAsync().ConfigureAwait(false);
        _agents.Dispose();
        Lease.Dispose();
        _end.Dispose();
        Slots.Dispose();
    }

    private void Add(IEnumerable<PlannedStage> stages)
        => _stages.AddRange(stages.Select(s => new Lazy<Task<SolvedStage>>(() => Task.Run(() => SolveAsync(s)))));

    private List<Task<SolvedStage>> Start()
    {
        lock (_stages)
        {
            return _stages.ConvertAll(s => s.Value);
        }
    }

    private Task<SolvedStage> SolveAsync(PlannedStage stage)
        => EndOnFailureAsync(() => new StageSolver(this, stage).SolveAsync(_end.Token));

    private async Task<T> EndOnFailureAsync<T>(Func<Task<T>> act)
    {
        try
        {
            return await act().ConfigureAwait(false);
        }
        catch
        {
            await _end.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    // The cause is the first task that failed by itself, not one that the failure cancelled.
    private static async Task<T[]> TogetherAsync<T>(IReadOnlyList<Task<T>> tasks)
    {
        var all = Task.WhenAll(tasks);
        await ((Task)all).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (tasks.FirstOrDefault(t => t.IsFaulted)?.Exception?.InnerException is { } cause)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(cause);
        }

        return await all.ConfigureAwait(false);
    }

    // Of FROM, COPY --from and RUN --mount=from, as they are written: variables and triggers of bases are left to when they are known.
    private IEnumerable<string> ImagesNamed()
        => Plan.Stages.Where(stage => !stage.IsReplaced).SelectMany(stage => stage.Instructions
            .SelectMany(instruction => StageReferences.NamesIn(instruction).Where(name => IsImage(stage, instruction, name)))
            .Concat(stage.Base is StageBase.Image image ? [image.Name] : []));

    private bool IsImage(PlannedStage stage, Instruction instruction, string name)
        => name != NamedContexts.Scratch
            && NamedContexts.Find(Options, name) is null
            && Plan.Planner.FindRead(stage, instruction, name) is null;

    private IStepRunner CreateRunner()
        => Services.CreateRunner(new StepRunnerOptions
        {
            OciRuntime = Options.OciRuntime,
            SearchPath = Services.Environment.GetValueOrDefault("PATH")?.Split(':', StringSplitOptions.RemoveEmptyEntries) ?? [],
            AllowHostNetwork = Plan.Consent.AllowsHostNetwork,
            Warning = Events.Warn,
        });

    private static List<RunMountOptions> ParseCacheMounts(BuildOptions options, Dockerfile dockerfile)
    {
        var mounts = new List<RunMountOptions>();
        foreach (var text in options.DefaultCacheMounts)
        {
            var flag = text.StartsWith("type=", StringComparison.Ordinal) ? text : "type=cache," + text;
            var run = (RunInstruction)Dockerfile.ParseInstruction($"RUN --mount={flag} true", "default cache mount");
            mounts.AddRange(((RunInstruction)run.Expand(new VariableScope(new Dictionary<string, string>()))).MountOptions);
        }

        if (!mounts.TrueForAll(m => m.Kind == RunMountKind.Cache))
        {
            throw new ZLayerException(ZLayerErrorKind.InvalidArgument, "A default cache mount must be of type cache.")
            {
                Advice = "Write target=/path[,id=NAME].",
            };
        }

        // Every RUN gets the mounts, those of the stage itself and of the stages before it too: none of them could read it.
        return mounts.Find(m => m.From is { } from && IsStage(from)) is not { } mount
            ? mounts
            : throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"A default cache mount cannot be filled from the stage '{mount.From}'.")
            {
                Subject = mount.From,
                Advice = "Name an image or a named context, or give the mount to the RUN instructions that need it.",
            };

        bool IsStage(string name)
            => NamedContexts.Find(options, name) is null && BuildPlanner.FindStage(dockerfile, name, int.MaxValue) is not null;
    }
}
