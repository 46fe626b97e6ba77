using System.Globalization;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Execution;
using ZLayer.Core.Runtimes.Observation;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Testing;

/// <content>How the processes of containers start and end.</content>
public sealed partial class FakeRuntime
{
    // A container that always fails is started again so often, then left waiting for its next start.
    private const int MaximumRestarts = 10;

    private static readonly TimeSpan RestartDelay = TimeSpan.FromMilliseconds(100);

    private void Launch(FakeContainer container)
    {
        EndRestart(container);
        var scope = ScopeOf(container);
        EnsureStarts(container, scope);
        container.Ports = Publish(container);
        if (container.Specification.OpenStdin && container.Input.IsClosed)
        {
            container.Input = new FakeInput();
            scope = scope with { Input = container.Input };
        }

        container.Processes.Clear();
        container.StartedAt = state.Clock.Tick();
        container.FinishedAt = null;
        container.Error = null;
        container.ExitCode = 0;
        container.Samples = 0;
        container.Health = null;
        container.Phase = ContainerState.Running;
        Note(container, "start");
        var process = new FakeProcess(state, container, state.Pids++, scope) { Output = container.Output, Exited = _ => Ended(container) };
        container.Processes.Add(process);
        process.Start();
        CheckHealth(container);
    }

    private static FakeScope ScopeOf(FakeContainer container)
    {
        var specification = container.Specification;
        var defaults = container.Image.Config.Config ?? new ContainerDefaults();
        var environment = EnvironmentOf(container);
        environment["HOSTNAME"] = container.Hostname;
        environment.TryAdd("HOME", FakeUsers.NumberOf(specification.User ?? defaults.User ?? "") == 0 ? "/root" : "/");
        return new FakeScope
        {
            Arguments = CommandOf(container),
            Environment = environment,
            User = specification.User ?? defaults.User ?? "",
            Hostname = container.Hostname,
            Tty = specification.Tty,
            Input = container.Input,
            Directory = FakeFileSystem.Normalize(
                specification.WorkingDirectory ?? (defaults.WorkingDir is { Length: > 0 } directory ? directory : "/")),
        };
    }

    private static Dictionary<string, string> EnvironmentOf(FakeContainer container)
    {
        var environment = new Dictionary<string, string> { ["PATH"] = FakeImage.SearchPath };
        foreach (var pair in (container.Image.Config.Config?.Env ?? []).Select(e => e.Split('=', 2)).Where(p => p.Length == 2))
        {
            environment[pair[0]] = pair[1];
        }

        foreach (var (name, value) in container.Specification.Environment)
        {
            environment[name] = value;
        }

        return environment;
    }

    // An entry point of the specification sets the image's command aside, as Docker does.
    private static IReadOnlyList<string> CommandOf(FakeContainer container)
    {
        var defaults = container.Image.Config.Config ?? new ContainerDefaults();
        var specification = container.Specification;
        var command = specification.Command ?? (specification.EntryPoint is null ? defaults.Cmd : null) ?? [];
        return [.. specification.EntryPoint ?? defaults.Entrypoint ?? [], .. command];
    }

    private static void EnsureStarts(FakeContainer container, FakeScope scope)
    {
        if (scope.Arguments is [var program, ..] && FakePrograms.CanStart(container, scope, program))
        {
            return;
        }

        container.Error = scope.Arguments.Count == 0
            ? "no command specified"
            : $"exec: \"{scope.Arguments[0]}\": executable file not found in $PATH";
        container.ExitCode = 127;
        throw new ZLayerException(
            ZLayerErrorKind.ContainerStartFailed, $"The container '{container.Name}' cannot be started: {container.Error}.")
        {
            Subject = container.Name,
            ExitCode = 127,
            Advice = "The fake runtime knows a few programs and shell scripts in the container: about_ZLayer_Testing lists them.",
        };
    }

    private List<PortMappingInfo> Publish(FakeContainer container)
    {
        var published = new List<PortMappingInfo>();
        foreach (var port in container.Specification.Ports)
        {
            published.Add(Publish(container, port));
        }

        foreach (var (number, protocol) in ExposedOf(container).Where(
            e => !published.Exists(p => p.ContainerPort == e.Port && p.Protocol == e.Protocol)))
        {
            published.Add(container.Specification.PublishAllPorts
                ? Publish(container, new PortMapping { ContainerPort = number, Protocol = protocol })
                : new PortMappingInfo { ContainerName = container.Name, ContainerPort = number, Protocol = protocol });
        }

        return published;
    }

    private PortMappingInfo Publish(FakeContainer container, PortMapping port)
    {
        var taken = state.Containers.Where(c => c.IsRunning)
            .SelectMany(c => c.Ports)
            .Where(p => p.Protocol == port.Protocol)
            .Select(p => p.HostPort)
            .ToHashSet();
        ushort? free = null;
        if (port.HostPort is not { } first || first == 0)
        {
            free = state.NextPort++;
        }
        else
        {
            for (int candidate = first; candidate <= (port.HostPortEnd ?? first) && free is null; candidate++)
            {
                free = taken.Contains((ushort)candidate) ? null : (ushort)candidate;
            }
        }

        return free is null
            ? throw new ZLayerException(
                ZLayerErrorKind.ContainerStartFailed, $"The container '{container.Name}' cannot be started: the port {port.HostPort} is in use.")
            {
                Subject = container.Name,
                Advice = "Publish another port, or stop the container that uses it.",
            }
            : new PortMappingInfo
            {
                ContainerName = container.Name,
                ContainerPort = port.ContainerPort,
                Protocol = port.Protocol,
                HostIP = port.HostIP ?? "0.0.0.0",
                HostPort = free,
            };
    }

    private static IEnumerable<(ushort Port, string Protocol)> ExposedOf(FakeContainer container)
        => container.Specification.ExposedPorts.Concat(container.Image.Config.Config?.ExposedPorts?.Keys ?? [])
            .Select(text => text.Split('/'))
            .Where(parts => ushort.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out _))
            .Select(parts => (ushort.Parse(parts[0], CultureInfo.InvariantCulture), parts.Length > 1 ? parts[1] : "tcp"))
            .Distinct();

    // A health check is run once, at the start, and its answer stays.
    private void CheckHealth(FakeContainer container)
    {
        var test = container.Specification.HealthCheck is { Test.Count: > 0 } own
            ? own.Test
            : container.Image.Config.Config?.Healthcheck?.Test ?? [];
        if (!container.IsRunning || test.Count == 0 || test[0] == "NONE")
        {
            return;
        }

        IReadOnlyList<string> command = test[0] == "CMD-SHELL" ? ["sh", "-c", test[^1]] : [.. test.Skip(1)];
        var process = Spawn(container, new ExecOptions { Command = command }, null);
        process.Send(Signal.Kill);
        var output = System.Text.Encoding.UTF8.GetString(
            process.Output.BytesOf(LogStream.StdOut)) + System.Text.Encoding.UTF8.GetString(process.Output.BytesOf(LogStream.StdErr));
        var retries = container.Specification.HealthCheck?.Retries ?? 3;
        container.Health = process.ExitCode == 0
            ? new HealthDetail(HealthStatus.Healthy, 0, output)
            : new HealthDetail(HealthStatus.Unhealthy, retries, output);
        Note(container, $"health_status: {container.Health.Status.ToString().ToLowerInvariant()}");
    }

    private FakeProcess Spawn(FakeContainer container, ExecOptions options, FakeInput? input)
    {
        var main = ScopeOf(container);
        var environment = new Dictionary<string, string>(main.Environment);
        foreach (var (name, value) in options.Environment)
        {
            environment[name] = value;
        }

        var scope = main with
        {
            Arguments = options.Command,
            Environment = environment,
            User = options.User ?? main.User,
            Directory = options.WorkingDirectory ?? main.Directory,
            Tty = options.Tty,
            Input = input ?? FakeInput.Closed(),
        };
        if (!FakePrograms.CanStart(container, scope, options.Command[0]))
        {
            throw new ZLayerException(
                ZLayerErrorKind.CommandStartFailed, $"'{options.Command[0]}' cannot be started in the container '{container.Name}': there is no such program.")
            {
                Subject = container.Name,
                ExitCode = 127,
                Advice = "The fake runtime knows a few programs and shell scripts in the container: about_ZLayer_Testing lists them.",
            };
        }

        var process = new FakeProcess(state, container, state.Pids++, scope) { Exited = p => container.Processes.Remove(p) };
        container.Processes.Add(process);
        process.Start();
        return process;
    }

    private bool SendStop(FakeContainer container, ContainerStopOptions options, out TimeSpan grace)
    {
        grace = options.GracePeriod ?? container.Specification.StopGracePeriod ?? DefaultGracePeriod;
        container.WasStopped = true;
        if (container.Phase == ContainerState.Restarting)
        {
            EndRestart(container);
            container.Phase = ContainerState.Exited;
            state.Changed();
        }

        if (!container.IsRunning)
        {
            return false;
        }

        if (container.IsPaused)
        {
            Switch(container, ContainerState.Running, "unpause");
        }

        var own = Signal.TryParse(container.Image.Config.Config?.StopSignal, out var signal) ? signal : Signal.Terminate;
        Kill(container, options.Signal ?? container.Specification.StopSignal ?? own);
        container.WasStopped = true;
        if (container.IsRunning)
        {
            return true;
        }

        Note(container, "stop");
        return false;
    }

    private void Kill(FakeContainer container, Signal signal)
    {
        if (container.IsRunning)
        {
            container.WasStopped |= signal == Signal.Kill;
            Note(container, "kill", ("signal", signal.Number.ToString(CultureInfo.InvariantCulture)));
            container.Processes[0].Send(signal);
        }
    }

    private void Ended(FakeContainer container)
    {
        var main = container.Processes[0];
        container.Processes.Skip(1).ToList().ForEach(p => p.Send(Signal.Kill));
        container.Phase = ContainerState.Exited;
        container.ExitCode = main.ExitCode ?? 0;
        container.FinishedAt = main.EndedAt;
        container.Exits++;
        Note(container, "die", ("exitCode", container.ExitCode.ToString(CultureInfo.InvariantCulture)));
        if (StartsAgain(container))
        {
            container.Phase = ContainerState.Restarting;
            container.Restart = container.RestartCount < MaximumRestarts
                ? state.Clock.Add(container, null, RestartDelay, () => StartAgain(container))
                : null;
        }
        else if (container.Specification.AutoRemove)
        {
            Remove(container);
        }
    }

    private static bool StartsAgain(FakeContainer container) => !container.WasStopped && container.RestartPolicy switch
    {
        { Condition: RestartCondition.Always or RestartCondition.UnlessStopped } => true,
        { Condition: RestartCondition.OnFailure, MaximumRetryCount: var most } => container.ExitCode != 0
            && container.RestartCount < (most ?? int.MaxValue),
        _ => false,
    };

    private void StartAgain(FakeContainer container)
    {
        container.RestartCount++;
        Launch(container);
    }

    private void EndRestart(FakeContainer container)
    {
        if (container.Restart is { } timer)
        {
            state.Clock.Remove(timer);
            container.Restart = null;
        }
    }

    private void Remove(FakeContainer container)
    {
        container.WasStopped = true;
        EndRestart(container);
        if (container.IsRunning)
        {
            Kill(container, Signal.Kill);
        }

        if (!container.IsRemoved)
        {
            container.IsRemoved = true;
            container.Phase = ContainerState.Removing;
            state.Containers.Remove(container);
            Note(container, "destroy");
        }
    }

    private void Switch(FakeContainer container, ContainerState phase, string action)
    {
        container.Phase = phase;
        Note(container, action);
    }

    private void Note(FakeContainer container, string action, params (string Key, string Value)[] attributes)
        => state.Note("container", action, container.Id, container.Name,
            [.. container.Labels.Select(l => (l.Key, l.Value)), ("image", container.Specification.Image), ("name", container.Name), .. attributes]);

    private static ContainerDefaults DefaultsOf(FakeContainer container)
    {
        var defaults = container.Image.Config.Config ?? new ContainerDefaults();
        var specification = container.Specification;
        return defaults with
        {
            Env = [.. EnvironmentOf(container).Select(e => $"{e.Key}={e.Value}")],
            Cmd = specification.Command ?? (specification.EntryPoint is null ? defaults.Cmd : null),
            Entrypoint = specification.EntryPoint ?? defaults.Entrypoint,
            WorkingDir = specification.WorkingDirectory ?? defaults.WorkingDir,
            User = specification.User ?? defaults.User,
            Labels = container.Labels.Count == 0 ? defaults.Labels : container.Labels,
        };
    }
}
