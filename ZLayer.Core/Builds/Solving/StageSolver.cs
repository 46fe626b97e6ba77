using System.Diagnostics;
using Microsoft.Extensions.Logging;
using ZLayer.Core.Builds.Events;
using ZLayer.Core.Builds.Planning;
using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Errors;
using ZLayer.Core.Images;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Builds.Solving;

/// <summary>Solves one stage: its base, then its instructions in order.</summary>
internal sealed class StageSolver(BuildSession session, PlannedStage planned)
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private int _hits;
    private int _cacheable;
    private long _configLength;

    /// <summary>Solves the stage.</summary>
    public async Task<SolvedStage> SolveAsync(CancellationToken cancellationToken)
    {
        session.Events.Report(new StageStarted(planned.Id, planned.Title, planned.Base.ToString()!));
        var state = await ResolveBaseAsync().ConfigureAwait(false);
        var stage = new StageContext(planned, session.Services.Layers, state);
        var triggers = TakeTriggers(stage);
        var instructions = planned.IsReplaced ? [] : (IReadOnlyList<Instruction>)[.. triggers, .. planned.Instructions];
        for (var i = 0; i < instructions.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await SolveInstructionAsync(stage, instructions[i], i, instructions.Count, cancellationToken).ConfigureAwait(false);
        }

        session.Events.Report(new StageCompleted(planned.Id, planned.Title));
        return new SolvedStage(stage.State, new BuildStageResult(planned.Title, planned.Platform, _hits, _cacheable, _clock.Elapsed));
    }

    private async Task<StageState> ResolveBaseAsync()
    {
        var globals = session.Plan.Globals[planned.TargetPlatform];
        var escape = session.Plan.Dockerfile.Escape;
        switch (planned.Base)
        {
            case StageBase.Earlier earlier:
                var below = (await session.GetStageAsync(earlier.Id).ConfigureAwait(false)).State;
                return below with { CommandSet = false, Arguments = new StageArguments(globals, escape, below.Arguments) };
            case StageBase.Scratch:
                return ScratchState(new StageArguments(globals, escape));
            case StageBase.NamedContext context:
                return await session.StateOfContextAsync(
                    context, planned.Platform, new StageArguments(globals, escape)).ConfigureAwait(false);
            default:
                var image = await session.Bases.GetAsync(((StageBase.Image)planned.Base).Name, planned.Platform).ConfigureAwait(false);
                WarnOfPlatform(image.Config.Platform);
                return session.Bases.StateOf(image, new StageArguments(globals, escape));
        }
    }

    private StageState ScratchState(StageArguments arguments)
        => BuildSession.EmptyState(planned.Platform, arguments);

    private void WarnOfPlatform(Platform actual)
    {
        if (!planned.Platform.Accepts(actual)
            && DockerfileLinter.InvalidBaseImagePlatform(
                session.Plan.Dockerfile, planned.Stage.From, planned.Base.ToString()!, planned.Platform.ToString(), actual.ToString()) is { } warning)
        {
            session.Events.Warn(warning);
        }
    }

    // Triggers of the base run right after FROM and are not inherited further (Dockerfile reference, ONBUILD).
    private List<Instruction> TakeTriggers(StageContext stage)
    {
        var texts = stage.State.Config.OnBuild;
        if (texts is not { Count: > 0 })
        {
            return [];
        }

        stage.State = stage.State.WithConfig(stage.State.Config with { OnBuild = null });
        List<Instruction> triggers = [.. texts.Select(t => Dockerfile.ParseInstruction(t, $"ONBUILD of {planned.Base}"))];
        if (!planned.IsReplaced)
        {
            // All of them before the first one runs.
            var from = planned.Stage.From.Location.ToString();
            session.Plan.Consent.Require(
                triggers.OfType<RunInstruction>().Select(run => new ConsentingStep(run, from, OriginOfTriggers())));
            session.Require(planned, triggers);
        }

        return triggers;
    }

    private string OriginOfTriggers() => planned.Base is StageBase.Earlier ? $"the stage {planned.Base}" : $"the base image {planned.Base}";

    private async Task SolveInstructionAsync(
        StageContext stage, Instruction instruction, int index, int count, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var scope = stage.Arguments.Scope(stage.State.Config.Env, ignoreCase: stage.State.Image.Os == "windows");
        Instruction expanded;
        try
        {
            expanded = instruction is ArgInstruction ? instruction : instruction.Expand(scope);
        }
        catch (ZLayerException e) when (e.Subject is null)
        {
            throw new ZLayerException(e.Kind, $"{e.Message} ({instruction.Location})", e)
            {
                Subject = instruction.Location.ToString(),
                AdviceWords = e.AdviceWords,
            };
        }

        InstructionChecks.Check(expanded);
        var position = new StepPosition(session.Events.NextStep(), planned.Id, index);
        session.Events.Report(new InstructionStarted(
            position.Step, planned.Id, index, $"{planned.Title} {index + 1}/{count}", Shown(expanded)));
        StepResult? result;
        try
        {
            result = await ApplyAsync(stage, expanded, position, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (SystemErrors.IsSystemError(e))
        {
            throw SystemErrors.ToException(
                $"{instruction.Name} ({instruction.Location})", instruction.Location.ToString(), e, isWrite: true);
        }

        CheckConfigLength(stage.State, expanded);
        if (result?.Reason is { } reason)
        {
            var outcome = result.Cached ? "cached" : "not cached";
            session.Services.Log.LogInformation(
                "{Instruction} ({Location}): {Outcome}: {Reason}", instruction.Name, instruction.Location, outcome, reason);
        }

        session.Events.Report(new InstructionCompleted(
            position.Step, planned.Id, index, result?.Cached ?? false, result?.Reason, clock.Elapsed));
    }

    // The history holds the values of ARGs, and labels hold any: a config that is too large to be read again is refused before it takes the
    // memory.
    private void CheckConfigLength(StageState state, Instruction expanded)
    {
        _configLength += (state.History.IsEmpty ? 0 : state.History[^1].CreatedBy?.Length ?? 0)
            + ((expanded as LabelInstruction)?.Labels.Sum(label => (long)label.Name.Length + label.Value.Length) ?? 0);
        if (_configLength > OciJson.MaximumDocumentSize)
        {
            throw expanded.Location.SyntaxError(
                $"{expanded.Name}: labels and history of the stage become longer than {OciJson.MaximumDocumentSize} characters");
        }
    }

    private static string Shown(Instruction instruction)
    {
        var text = instruction.ShownText.ReplaceLineEndings(" ");
        return text.Length <= 240 ? text : string.Concat(text.AsSpan(0, 240), "…");
    }

    private async Task<StepResult?> ApplyAsync(
        StageContext stage, Instruction instruction, StepPosition position, CancellationToken cancellationToken)
    {
        switch (instruction)
        {
            case ArgInstruction arg:
                stage.State = stage.State.Add(stage.Arguments.Declare(arg, stage.State.Config.Env), [], stage.State.Created);
                return null;
            case RunInstruction run when stage.State.Image.Os == "windows":
                throw WindowsRun.Refuse(run); // A trigger of the base, or a Windows base under another platform's name.
            case RunInstruction run:
                return Record(
                    stage, instruction, await new RunStep(session, stage, run, position).SolveAsync(cancellationToken).ConfigureAwait(false));
            case CopyInstruction or AddInstruction:
                return Record(
                    stage, instruction, await new CopyStep(session, stage, instruction, position).SolveAsync(cancellationToken).ConfigureAwait(false));
            case WorkdirInstruction workdir:
                stage.State = stage.State.WithConfig(
                    workdir.Locate(() => ConfigInstructions.Apply(stage.State.Config, workdir, stage.State.Image.Os)));
                return Record(
                    stage, instruction, await new WorkdirStep(session, stage, workdir, position).SolveAsync(cancellationToken).ConfigureAwait(false));
            case OnBuildInstruction trigger:
                WarnOfStripped(trigger);
                stage.State = stage.State.WithConfig(ConfigInstructions.Apply(stage.State.Config, instruction, stage.State.Image.Os));
                return null; // A trigger has no place in the history before it runs.
            case MaintainerInstruction maintainer:
                stage.State = stage.State with { Image = stage.State.Image with { Author = maintainer.Maintainer } };
                break;
            default:
                var config = ConfigInstructions.Apply(stage.State.Config, instruction, stage.State.Image.Os, stage.State.CommandSet);
                if (instruction is EnvInstruction env)
                {
                    stage.Arguments.Set(env);
                    StageArguments.CheckEnvironment(config.Env, instruction);
                }

                stage.State = stage.State.WithConfig(config) with { CommandSet = stage.State.CommandSet || instruction is CmdInstruction };
                break;
        }

        stage.State = stage.State.Add(instruction.OriginalText, [], stage.State.Created);
        return null;
    }

    private void WarnOfStripped(OnBuildInstruction instruction)
    {
        if (!instruction.TriggerText.StartsWith(instruction.Trigger.OriginalText, StringComparison.Ordinal))
        {
            session.Events.Warn(
                $"ONBUILD {instruction.Trigger.Name}: the trigger goes into the image without the credentials of its address ({instruction.Location}).");
        }
    }

    private StepResult Record(StageContext stage, Instruction instruction, StepResult result)
    {
        Interlocked.Increment(ref _cacheable);
        if (result.Cached)
        {
            Interlocked.Increment(ref _hits);
        }

        stage.State = stage.State.Add(CreatedBy(stage, instruction), result.DiffIds, result.Created);
        return result;
    }

    private static string CreatedBy(StageContext stage, Instruction instruction)
    {
        if (instruction is not RunInstruction run)
        {
            return instruction.OriginalText;
        }

        var declared = stage.Arguments.Declared.Select(a => $"{a.Key}={a.Value}").ToList();
        var arguments = declared.Count == 0 ? "" : $"|{declared.Count} {string.Join(' ', declared)} ";
        var command = run.Command.ToArguments(ConfigInstructions.ShellOf(stage.State.Config, stage.State.Image.Os));
        return $"RUN {arguments}{string.Join(' ', command)}";
    }
}

/// <summary>A stage when it is done.</summary>
/// <param name="State">Its file system and config.</param>
/// <param name="Summary">What it took.</param>
internal sealed record SolvedStage(StageState State, BuildStageResult Summary);
