using System.Globalization;
using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Builds.Planning;

/// <summary>
/// Turns a Dockerfile into a plan: which stages are needed, for which platform, on what base. Pure: looks nothing up.
/// </summary>
internal sealed class BuildPlanner(Dockerfile dockerfile, BuildOptions options)
{
    private readonly Platform _build = Platform.Host;
    private readonly List<PlannedStage> _planned = [];

    /// <summary>Makes the plan.</summary>
    /// <exception cref="ZLayerException">
    /// BuildStepInvalid for an unknown target or an empty base; InvalidArgument for a bad platform; ConsentRequired for a step that asks for a
    /// privilege which the build was not allowed.
    /// </exception>
    public BuildPlan Plan()
    {
        var target = FindTarget();
        var platforms = options.Platforms.Count == 0 ? [_build] : options.Platforms.Select(p => p.Normalize()).Distinct().ToList();
        var globals = new Dictionary<Platform, GlobalArguments>();
        var targets = new List<PlannedTarget>();
        foreach (var platform in platforms)
        {
            globals[platform] = GlobalArguments.Evaluate(
                dockerfile, options.BuildArguments, _build, platform, target.Name ?? target.Index.ToString(CultureInfo.InvariantCulture));
            targets.Add(new PlannedTarget(platform, PlanPlatform(target, platform, globals[platform], platforms.Count > 1)));
        }

        var consent = new BuildConsent(options);
        consent.Require(_planned.SelectMany(ConsentingSteps));
        return new BuildPlan
        {
            Dockerfile = dockerfile,
            Consent = consent,
            Stages = _planned,
            Targets = targets,
            Globals = globals,
            UnusedArguments = FindUnusedArguments(),
        };
    }

    /// <summary>The stage of that name (any case) or index, among the first <paramref name="before"/>.</summary>
    public static Stage? FindStage(Dockerfile dockerfile, string nameOrIndex, int before)
    {
        var stages = dockerfile.Stages.Take(before);
        return stages.LastOrDefault(s => string.Equals(s.Name, nameOrIndex, StringComparison.OrdinalIgnoreCase))
            ?? (int.TryParse(nameOrIndex, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                ? stages.ElementAtOrDefault(index)
                : null);
    }

    private Stage FindTarget()
    {
        if (string.IsNullOrEmpty(options.Target))
        {
            return dockerfile.Stages[^1];
        }

        return FindStage(dockerfile, options.Target, int.MaxValue)
            ?? throw new ZLayerException(ZLayerErrorKind.BuildStepInvalid, $"The target stage '{options.Target}' is not in {dockerfile.Name}.")
            {
                Subject = options.Target,
                Advice = dockerfile.Stages.Any(s => s.Name is not null)
                    ? "The named stages are: " + string.Join(", ", dockerfile.Stages.Where(s => s.Name is not null).Select(s => s.Name)) + "."
                    : $"No stage has a name; use an index from 0 to {dockerfile.Stages.Count - 1}.",
            };
    }

    // Stages are planned in file order, so that a stage's id is larger than those it needs.
    private int PlanPlatform(Stage target, Platform platform, GlobalArguments globals, bool several)
    {
        var needed = FindNeeded(target, globals);
        var ids = new Dictionary<int, int>();
        foreach (var index in needed.Order())
        {
            var stage = dockerfile.Stages[index];
            var from = stage.From.Expand(globals.FromScope(dockerfile.Escape));
            var name = stage.Name ?? (stage == target && needed.Count == 1 ? "stage-0" : $"stage-{index}");
            ids[index] = _planned.Count;
            var stagePlatform = StagePlatform(from, platform);
            RefuseRunOnWindows(stage, stagePlatform);
            _planned.Add(new PlannedStage
            {
                Id = _planned.Count,
                Stage = stage,
                Platform = stagePlatform,
                TargetPlatform = platform,
                Base = BaseOf(stage, from, ids),
                Title = several ? $"{platform.ToFullString()} {name}" : name,
            });
        }

        return ids[target.Index];
    }

    private HashSet<int> FindNeeded(Stage target, GlobalArguments globals)
    {
        var needed = new HashSet<int>();
        var open = new Stack<Stage>([target]);
        while (open.TryPop(out var stage))
        {
            if (!needed.Add(stage.Index) || NamedContextFor(stage.Name) is not null)
            {
                continue;
            }

            var from = stage.From.Expand(globals.FromScope(dockerfile.Escape));
            foreach (var name in References(stage).Prepend(from.Image))
            {
                if (NamedContextFor(name) is null && FindStage(dockerfile, name, stage.Index) is { } earlier
                    && (name != from.Image || IsStageName(name)))
                {
                    open.Push(earlier);
                }
            }
        }

        return needed;
    }

    // FROM takes stages by name only; COPY --from and mounts by index too.
    private static bool IsStageName(string name) => !name.All(char.IsAsciiDigit);

    private static IEnumerable<string> References(Stage stage)
    {
        foreach (var instruction in stage.Instructions)
        {
            if (instruction is CopyInstruction { From: { } from })
            {
                yield return from;
            }
            else if (instruction is RunInstruction run)
            {
                foreach (var mount in run.Mounts.Where(m => m.From is not null))
                {
                    yield return mount.From!;
                }
            }
        }
    }

    private StageBase BaseOf(Stage stage, FromInstruction from, Dictionary<int, int> ids)
    {
        if (NamedContextFor(stage.Name) is { } replaced)
        {
            return new StageBase.NamedContext(stage.Name!, replaced);
        }

        if (string.IsNullOrWhiteSpace(from.Image))
        {
            throw new ZLayerException(ZLayerErrorKind.BuildStepInvalid, $"{stage.From.OriginalText}: the base image is empty after expanding variables ({stage.From.Location}).")
            {
                Subject = stage.From.Location.ToString(),
                Advice = "Give the ARG a default before the first FROM, or pass it with --build-arg.",
            };
        }

        if (NamedContextFor(from.Image) is { } value)
        {
            return new StageBase.NamedContext(from.Image, value);
        }

        if (IsStageName(from.Image) && FindStage(dockerfile, from.Image, stage.Index) is { } earlier)
        {
            return new StageBase.Earlier(ids[earlier.Index], from.Image);
        }

        return from.Image == "scratch" ? new StageBase.Scratch() : new StageBase.Image(from.Image);
    }

    private string? NamedContextFor(string? name)
        => name is null ? null
            : options.NamedContexts.FirstOrDefault(c => string.Equals(c.Key, name, StringComparison.OrdinalIgnoreCase)).Value
                ?? (ImageReference.TryParse(name, out var reference)
                    ? options.NamedContexts.FirstOrDefault(c => ImageReference.TryParse(c.Key, out var key) && key == reference
                        && (c.Key.Contains('/', StringComparison.Ordinal) || c.Key.Contains(':', StringComparison.Ordinal)
                            || name.Contains(':', StringComparison.Ordinal) || name.Contains('/', StringComparison.Ordinal))).Value
                    : null);

    private static Platform StagePlatform(FromInstruction from, Platform target)
    {
        if (string.IsNullOrEmpty(from.Platform))
        {
            return target;
        }

        // The automatic platform ARGs do not say the os.version that was asked for.
        return Platform.TryParse(from.Platform, out var platform)
            ? platform == target with { OsVersion = null, OsFeatures = null } ? target : platform
            : throw new ZLayerException(ZLayerErrorKind.BuildStepInvalid, $"{from.OriginalText}: '{from.Platform}' is not a platform ({from.Location}).")
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
            ? below.Instructions.OfType<OnBuildInstruction>().Select(i => i.Trigger).OfType<RunInstruction>()
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
        return [.. options.BuildArguments.Keys.Where(n => !declared.Contains(n) && !GlobalArguments.IsPredefined(n)).Order(StringComparer.Ordinal)];
    }
}
