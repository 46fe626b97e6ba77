using System.Collections.Immutable;
using System.Globalization;
using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Builds.Planning;

/// <summary>
/// Turns a Dockerfile into a plan: which stages are needed, for which platform, on what base. Looks nothing up: what triggers of
/// images need is added when the images are known.
/// </summary>
internal sealed class BuildPlanner(Dockerfile dockerfile, BuildOptions options)
{
    private readonly Platform _build = Platform.Host;
    private readonly StageReferences _references = new(dockerfile, options);
    private readonly BuildConsent _consent = new(options);
    private readonly Dictionary<Platform, GlobalArguments> _globals = [];
    private readonly Dictionary<(Platform Platform, int Stage), int> _ids = [];
    private readonly Lock _change = new();
    private ImmutableList<PlannedStage> _planned = [];

    /// <summary>The stages so far.</summary>
    public IReadOnlyList<PlannedStage> Planned => Volatile.Read(ref _planned);

    /// <summary>Makes the plan.</summary>
    /// <exception cref="ZLayerException">
    /// BuildStepInvalid for an unknown target, an empty base, or a --from that names no stage which it can read; InvalidArgument for a bad
    /// platform; ConsentRequired for a step that asks for a privilege which the build was not allowed.
    /// </exception>
    public BuildPlan Plan()
    {
        var target = FindTarget();
        var platforms = options.Platforms.Count == 0 ? [_build] : options.Platforms.Select(p => p.Normalize()).Distinct().ToList();
        var targets = new List<PlannedTarget>();
        foreach (var platform in platforms)
        {
            _globals[platform] = GlobalArguments.Evaluate(dockerfile, options.BuildArguments, _build, platform, NameOf(target));
            PlanStages(FindNeeded([target], _globals[platform]), platform, target);
            targets.Add(new PlannedTarget(platform, _ids[(platform, target.Index)]));
        }

        _consent.Require(_planned.SelectMany(ConsentingSteps));
        return new BuildPlan
        {
            Dockerfile = dockerfile,
            Consent = _consent,
            Planner = this,
            Targets = targets,
            Globals = _globals,
            UnusedArguments = FindUnusedArguments(),
        };
    }

    /// <summary>Adds the stages that triggers of an image read and nothing else needed.</summary>
    /// <returns>The added stages.</returns>
    /// <exception cref="ZLayerException">As <see cref="Plan"/>.</exception>
    public IReadOnlyList<PlannedStage> Require(PlannedStage user, IReadOnlyList<Instruction> triggers)
    {
        lock (_change)
        {
            var before = _planned.Count;
            PlanStages(FindNeeded(_references.Of(user.Stage, triggers), _globals[user.TargetPlatform]), user.TargetPlatform, target: null);
            var added = _planned.Skip(before).ToList();
            _consent.Require(added.SelectMany(ConsentingSteps));
            return added;
        }
    }

    /// <summary>What <c>--from</c> of an instruction names, where it is a stage; null where it is none.</summary>
    /// <exception cref="ZLayerException">BuildStepInvalid: the stage cannot be read there.</exception>
    public PlannedStage? FindRead(PlannedStage user, Instruction instruction, string name)
        => _references.Find(user.Stage, instruction, name) is { } stage
            ? Planned.First(planned => planned.Stage.Index == stage.Index && planned.TargetPlatform == user.TargetPlatform)
            : null;

    /// <summary>The stage of that name (any case) or index, among the first <paramref name="before"/>.</summary>
    public static Stage? FindStage(Dockerfile dockerfile, string nameOrIndex, int before)
    {
        var stages = dockerfile.Stages.Take(before);
        return stages.LastOrDefault(s => string.Equals(s.Name, nameOrIndex, StringComparison.OrdinalIgnoreCase))
            ?? (int.TryParse(nameOrIndex, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                ? stages.ElementAtOrDefault(index)
                : null);
    }

    // As it was asked for: names have any case.
    private string? NameOf(Stage target)
        => string.Equals(options.Target, target.Name, StringComparison.OrdinalIgnoreCase) ? options.Target : target.Name;

    private Stage FindTarget()
    {
        if (string.IsNullOrEmpty(options.Target))
        {
            return dockerfile.Stages[^1];
        }

        return FindStage(dockerfile, options.Target, int.MaxValue)
            ?? throw new ZLayerException(
                ZLayerErrorKind.BuildStepInvalid, $"The target stage '{options.Target}' is not in {dockerfile.Name}.")
            {
                Subject = options.Target,
                Advice = dockerfile.Stages.Any(s => s.Name is not null)
                    ? "The named stages are: " + string.Join(
                        ", ", dockerfile.Stages.Where(s => s.Name is not null).Select(s => s.Name)) + "."
                    : $"No stage has a name; use an index from 0 to {dockerfile.Stages.Count - 1}.",
            };
    }

    // Stages are planned in file order, so that a stage's base is planned before it.
    private void PlanStages(IEnumerable<int> needed, Platform platform, Stage? target)
    {
        var several = options.Platforms.Count > 1;
        var indexes = needed.Where(index => !_ids.ContainsKey((platform, index))).Order().ToList();
        var planned = _planned.ToBuilder();
        foreach (var index in indexes)
        {
            var stage = dockerfile.Stages[index];
            var from = stage.From.Expand(_globals[platform].FromScope(dockerfile.Escape));
            var name = stage.Name ?? (stage == target && indexes.Count == 1 ? "stage-0" : $"stage-{index}");
            var stageBase = BaseOf(stage, from, platform);
            var asked = StagePlatform(from, platform);
            var stagePlatform = stageBase switch
            {
                StageBase.Scratch => platform, // As in BuildKit, FROM --platform says nothing of an empty file system or of another stage's.
                StageBase.Earlier earlier => planned[earlier.Id].Platform,
                _ => asked,
            };
            RefuseRunOnWindows(stage, stagePlatform);
            InstructionChecks.CheckConstant(NamedContexts.Find(options, stage.Name) is null ? stage.Instructions : []);
            _ids[(platform, index)] = planned.Count;
            planned.Add(new PlannedStage
            {
                Id = planned.Count,
                Stage = stage,
                Platform = stagePlatform,
                TargetPlatform = platform,
                Base = stageBase,
                Title = several ? $"{platform.ToFullString()} {name}" : name,
            });
        }

        Volatile.Write(ref _planned, planned.ToImmutable());
    }

    private HashSet<int> FindNeeded(IEnumerable<Stage> wanted, GlobalArguments globals)
    {
        var needed = new HashSet<int>();
        var open = new Stack<Stage>(wanted);
        while (open.TryPop(out var stage))
        {
            if (!needed.Add(stage.Index) || NamedContexts.Find(options, stage.Name) is not null)
            {
                continue;
            }

            var below = FindBase(stage, stage.From.Expand(globals.FromScope(dockerfile.Escape)).Image);
            if (below is not null)
            {
                open.Push(below);
            }

            var triggers = below is null || NamedContexts.Find(options, below.Name) is not null ? [] : StageReferences.TriggersOf(below);
            foreach (var read in _references.Of(stage, triggers.Concat(stage.Instructions)))
            {
                open.Push(read);
            }
        }

        return needed;
    }

    // FROM takes stages by name only, and what no earlier stage is called is an image; COPY --from and mounts take numbers, too.
    private Stage? FindBase(Stage stage, string image)
        => NamedContexts.Find(options, image) is null && !image.All(char.IsAsciiDigit) ? FindStage(dockerfile, image, stage.Index) : null;

    private StageBase BaseOf(Stage stage, FromInstruction from, Platform platform)
    {
        if (NamedContexts.Find(options, stage.Name) is { } replaced)
        {
            return new StageBase.NamedContext(stage.Name!, replaced);
        }

        if (string.IsNullOrWhiteSpace(from.Image))
        {
            throw new ZLayerException(
                ZLayerErrorKind.BuildStepInvalid, $"{stage.From.OriginalText}: the base image is empty after expanding variables ({stage.From.Location}).")
            {
                Subject = stage.From.Location.ToString(),
                Advice = $"Give the ARG a default before the first FROM, or pass it with {DoorWords.Of("--build-arg", "-BuildArgument")}.",
            };
        }

        if (NamedContexts.Find(options, from.Image) is { } value)
        {
            return new StageBase.NamedContext(from.Image, value);
        }

        if (FindBase(stage, from.Image) is { } earlier)
        {
            return new StageBase.Earlier(_ids[(platform, earlier.Index)], from.Image);
        }

        return from.Image == NamedContexts.Scratch ? new StageBase.Scratch() : new StageBase.Image(from.Image);
    }

    private static Platform StagePlatform(FromInstruction from, Platform target)
    {
        if (string.IsNullOrEmpty(from.Platform))
        {
            return target;
        }

        // The automatic platform ARGs do not say the os.version that was asked for.
        return Platform.TryParse(from.Platform, out var platform)
            ? platform == target with { OsVersion = null, OsFeatures = null } ? target : platform
            : throw new ZLayerException(
                ZLayerErrorKind.BuildStepInvalid, $"{from.OriginalText}: '{from.Platform}' is not a platform ({from.Location}).")
            {
                Subject = from.Location.ToString(),
                Advice = "Write os/architecture[/variant], such as linux/arm64.",
            };
    }

    private static void RefuseRunOnWindows(Stage stage, Platform platform)
    {
        if (platform.Os == "windows" && stage.Instructions.OfType<RunInstruction>().FirstOrDefault() is { } run)
        {
            throw WindowsRun.Refuse(run);
        }
    }

    // The triggers of images are not known before the images are.
    private IEnumerable<ConsentingStep> ConsentingSteps(PlannedStage planned)
    {
        if (planned.IsReplaced)
        {
            return [];
        }

        var triggers = planned.Base is StageBase.Earlier earlier && _planned[earlier.Id] is { IsReplaced: false } below
            ? StageReferences.TriggersOf(below.Stage).OfType<RunInstruction>()
                .Select(run => new ConsentingStep(run, planned.Stage.From.Location.ToString(), "the stage " + earlier.Name))
            : [];
        return triggers.Concat(planned.Instructions.OfType<RunInstruction>().Select(ConsentingStep.Of));
    }

    private List<string> FindUnusedArguments()
    {
        var declared = dockerfile.GlobalArguments.SelectMany(a => a.Arguments)
            .Concat(dockerfile.Stages.SelectMany(s => s.Instructions).OfType<ArgInstruction>().SelectMany(a => a.Arguments))
            .Select(a => a.Name)
            .ToHashSet(StringComparer.Ordinal);
        return [.. options.BuildArguments.Keys.Where(n => !declared.Contains(n) && !GlobalArguments.IsPredefined(n))
            .Order(StringComparer.Ordinal)];
    }
}
