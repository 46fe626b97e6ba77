using System.Text;
using System.Text.Json;
using ZLayer.Core.Builds.Events;
using ZLayer.Core.Builds.Planning;
using ZLayer.Core.Builds.Run;
using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Errors;
using ZLayer.Core.Images;
using ZLayer.Core.Layers;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Builds.Solving;

/// <summary>One RUN: its inputs for the cache, its execution, and the layer that its changes become.</summary>
internal sealed class RunStep(BuildSession session, StageContext stage, RunInstruction instruction, StepPosition position)
{
    private const string DefaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private const int TailLines = 20;

    private readonly StageState _state = stage.State;
    private readonly RunMounts _mounts = new(session, stage, instruction);

    /// <summary>Takes the step from the cache or runs it.</summary>
    public async Task<StepResult> SolveAsync(CancellationToken cancellationToken)
    {
        // Ahead of the cache: what a build with consent made is not for one without it.
        session.Plan.Consent.Require([ConsentingStep.Of(instruction)]);
        var inputs = await DescribeAsync(cancellationToken).ConfigureAwait(false);
        var step = new CacheableStep(
            stage.Family(position.Index), StepPosition.ShortTitle(instruction), instruction.ShownText, inputs, () => _mounts.ExplainContent())
        {
            Below = _state.DiffIds,
        };
        return await session.Steps.GetAsync(step, ExecuteAsync, cancellationToken).ConfigureAwait(false);
    }

    private async Task<StepInputs> DescribeAsync(CancellationToken cancellationToken)
    {
        var inputs = new StepInputs();
        inputs.Add("instruction", "RUN " + JsonSerializer.Serialize([.. Arguments()], BuildJsonContext.Default.StringArray));
        if (instruction.Command.HasShebang)
        {
            inputs.AddHashed("script", instruction.Command.Heredocs[0].Text);
        }

        stage.DescribeParent(inputs);
        inputs.Add("platform", stage.Planned.Platform.ToString());
        inputs.Add("user", _state.Config.User ?? "");
        inputs.Add("directory", _state.Config.WorkingDir ?? "");
        foreach (var variable in _state.Config.Env ?? [])
        {
            var name = variable.Split('=')[0];
            inputs.AddHashed("environment " + name, variable);
        }

        foreach (var (name, value) in stage.Arguments.Declared)
        {
            inputs.AddHashed("argument " + name, value);
        }

        if (stage.Arguments.OverridesOf(_state.Config.Env) is { Length: > 0 } overrides)
        {
            inputs.Add("arguments instead of environment", overrides);
        }

        inputs.Add("network", Network().ToString());
        inputs.Add("security", instruction.Security.ToString());
        inputs.Add("devices", string.Join(',', instruction.Devices.Select(d => d.Name)));
        inputs.Add("hosts", string.Join(',', session.Options.ExtraHosts.Select(h => $"{h.Host}={h.Address}")));
        if (session.Options.SourceDateEpoch is { } epoch)
        {
            inputs.Add("epoch", epoch.ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        await _mounts.DescribeAsync(inputs, cancellationToken).ConfigureAwait(false);
        return inputs;
    }

    private async Task<StepProduct> ExecuteAsync(CancellationToken cancellationToken)
    {
        await session.Slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            for (var attempt = 0; ; attempt++)
            {
                try
                {
                    return await ExecuteOnceAsync(cancellationToken).ConfigureAwait(false);
                }
                catch (ZLayerException e) when (e.Kind == ZLayerErrorKind.BuildStepFailed && attempt < session.Options.Retries)
                {
                    session.Events.Warn($"{StepPosition.ShortTitle(instruction)} failed with exit code {e.ExitCode}; trying again.");
                    await Task.Delay(TimeSpan.FromSeconds(3), cancellationToken).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            session.Slots.Release();
        }
    }

    private async Task<StepProduct> ExecuteOnceAsync(CancellationToken cancellationToken)
    {
        using var directory = session.Services.Layers.CreateWorkDirectory("run");
        var mounts = await _mounts.PrepareAsync(cancellationToken).ConfigureAwait(false);
        await using (mounts.ConfigureAwait(false))
        {
            var tail = new OutputTail(session.Events, position, TailLines);
            var lowers = await stage.LowerDirectoriesAsync(cancellationToken).ConfigureAwait(false);
            using var layers = session.Services.Layers.HoldDirectories([.. lowers, .. mounts.LayerDirectories]);
            RequireAll(layers);
            var request = Request(directory.Path, mounts, lowers) with { LayersInUse = layers.Path };
            var outcome = await RunAsync(request, tail, cancellationToken).ConfigureAwait(false);
            RequireAll(layers);
            return outcome.ExitCode == 0
                ? await CommitAsync(outcome.UpperDirectory, cancellationToken).ConfigureAwait(false)
                : throw Failed(outcome, tail);
        }
    }

    // The build's lease protects them, so only something outside of ZLayer can have removed one: what the step saw then is not its result.
    private void RequireAll(MountedLayers layers)
    {
        if (layers.Missing is { } missing)
        {
            throw new ZLayerException(
                ZLayerErrorKind.StorageReadFailed, $"{missing} was removed while {StepPosition.ShortTitle(instruction)} used it.")
            {
                Subject = missing,
                Advice = "Build again; the layer is extracted again then.",
            };
        }
    }

    private async Task<StepOutcome> RunAsync(StepRequest request, OutputTail tail, CancellationToken cancellationToken)
    {
        try
        {
            return await session.Runner.RunAsync(request, tail, cancellationToken).ConfigureAwait(false);
        }
        catch (ZLayerException e) when (e.Kind == ZLayerErrorKind.BuildStepInvalid)
        {
            throw instruction.Locate(e); // Who runs steps knows no Dockerfile.
        }
    }

    private StepRequest Request(string directory, PreparedMounts mounts, IReadOnlyList<string> lowers)
        => new()
        {
            LowerDirectories = lowers,
            WorkDirectory = directory,
            Arguments = Arguments(),
            Environment = Environment(mounts),
            WorkingDirectory = ConfigInstructions.ResolveDirectory(null, _state.Config.WorkingDir ?? "/"),
            User = _state.Config.User ?? "",
            Mounts = mounts.Mounts,
            Network = Network(),
            Insecure = instruction.Security == RunSecurity.Insecure,
            Devices = [.. instruction.Devices.Select(d => d.Name)],
            ExtraHosts = session.Options.ExtraHosts,
            ShmSize = session.Options.SharedMemorySize,
            Platform = stage.Planned.Platform,
            Hostname = session.Options.BuildArguments.GetValueOrDefault("BUILDKIT_SANDBOX_HOSTNAME") ?? "buildkitsandbox",
        };

    // A heredoc with a shebang is a program of its own; it is mounted as a file in memory.
    private IReadOnlyList<string> Arguments()
        => instruction.Command.HasShebang
            ? [RunMounts.ScriptPath(instruction.Command.Heredocs[0])]
            : instruction.Command.ToArguments(ConfigInstructions.ShellOf(_state.Config, _state.Image.Os));

    private IReadOnlyList<string> Environment(PreparedMounts mounts)
    {
        var environment = new List<string>(stage.Arguments.RunEnvironment(_state.Config.Env));
        if (!environment.Exists(v => v.StartsWith("PATH=", StringComparison.Ordinal)))
        {
            environment.Add(DefaultPath);
        }

        environment.AddRange(mounts.SecretVariables);
        return environment;
    }

    private StepNetwork Network()
        => session.Options.Network switch
        {
            BuildNetwork.Host => StepNetwork.Host,
            BuildNetwork.None => StepNetwork.None,
            _ => instruction.Network switch
            {
                RunNetwork.Host => StepNetwork.Host,
                RunNetwork.None => StepNetwork.None,
                _ => StepNetwork.Default,
            },
        };

    // The upper directory becomes the layer: written once as a tar, and kept as the extracted layer for the steps that follow.
    private Task<StepProduct> CommitAsync(string upper, CancellationToken cancellationToken)
        => Task.Run(
            () =>
            {
                using var writer = session.Services.Content.Create(ContentDurability.Deferred);
                DateTimeOffset? newest;
                using (var tar = new LayerTarWriter(writer))
                {
                    LayerDiff.Write(upper, tar, new LayerDiffOptions { Epoch = session.Options.SourceDateEpoch }, cancellationToken);
                    newest = tar.NewestModificationTime;
                    tar.Complete();
                }

                var layer = session.KeepLayer(writer);
                session.Services.Layers.AdoptDirectory(layer.Digest, upper);
                return new StepProduct([layer.Digest], newest ?? _state.Created);
            },
            cancellationToken);

    private ZLayerException Failed(StepOutcome outcome, OutputTail tail)
    {
        var text = instruction.Command.IsShellForm ? instruction.Command.Text : string.Join(' ', instruction.Command.Arguments);
        var how = outcome.Signal is { } signal
            ? $"was ended by signal {signal} (exit code {outcome.ExitCode})"
            : $"ended with exit code {outcome.ExitCode}";
        return new ZLayerException(ZLayerErrorKind.BuildStepFailed, $"RUN {Shorten(text)} {how} ({instruction.Location}).")
        {
            Subject = instruction.Location.ToString(),
            ExitCode = outcome.ExitCode,
            Details = tail.Lines,
            Advice = outcome.ExitCode == 127
                ? "The command was not found in the image: install it in an earlier step, or check PATH."
                : $"Its last lines of output are above; run the build with {DoorWords.Of("--progress plain", "-InformationAction Continue")} to see them all.",
        };
    }

    private static string Shorten(string text)
    {
        var line = text.ReplaceLineEndings(" ");
        return line.Length <= 200 ? line : string.Concat(line.AsSpan(0, 200), "…");
    }

    /// <summary>Passes output on as events and keeps the last lines for the error.</summary>
    private sealed class OutputTail(BuildEventSink events, StepPosition position, int capacity) : IProgress<StepOutput>
    {
        private readonly Queue<string> _lines = new();
        private readonly StringBuilder _partial = new();

        public IReadOnlyList<string> Lines => [.. _lines];

        public void Report(StepOutput value)
        {
            events.Report(new InstructionOutput(position.Step, position.Stage, position.Index, value.Line, value.IsError));
            if (_partial.Length < 4096)
            {
                _partial.Append(value.Line);
            }

            if (!value.IsPartial)
            {
                Keep();
            }
        }

        private void Keep()
        {
            _lines.Enqueue(DisplayText.Output(_partial.ToString()));
            _partial.Clear();
            if (_lines.Count > capacity)
            {
                _lines.Dequeue();
            }
        }
    }
}
