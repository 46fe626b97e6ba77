using System.Text.Json;
using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Images;

/// <summary>
/// What the instructions that make no layer do to an image config. Pure: the same function serves builds, <c>import --change</c> and
/// <c>commit --change</c>.
/// </summary>
internal static class ConfigInstructions
{
    private static readonly string[] DefaultShell = ["/bin/sh", "-c"];
    private static readonly string[] DefaultWindowsShell = ["cmd", "/S", "/C"];
    private static readonly JsonElement EmptyObject = JsonDocument.Parse("{}").RootElement.Clone();

    /// <summary>The shell of shell-form instructions: the config's, else the platform's default.</summary>
    public static IReadOnlyList<string> ShellOf(ContainerDefaults config, string os)
    {
        ArgumentNullException.ThrowIfNull(config);
        return config.Shell is { Count: > 0 } shell ? shell : os == "windows" ? DefaultWindowsShell : DefaultShell;
    }

    /// <summary>Whether <paramref name="instruction"/> only changes the config.</summary>
    public static bool IsConfigOnly(Instruction instruction)
        => instruction is not (RunInstruction or CopyInstruction or AddInstruction or WorkdirInstruction or FromInstruction or ArgInstruction);

    /// <summary>
    /// Applies one instruction whose variables are expanded. Instructions that do not touch the config leave it as it is.
    /// </summary>
    /// <param name="config">The config before.</param>
    /// <param name="instruction">The instruction.</param>
    /// <param name="os">The operating system of the image, for the default shell.</param>
    /// <param name="commandSetHere">Whether CMD was set since the base image: if not, ENTRYPOINT clears an inherited one.</param>
    public static ContainerDefaults Apply(ContainerDefaults config, Instruction instruction, string os, bool commandSetHere = false)
    {
        ArgumentNullException.ThrowIfNull(config);
        return instruction switch
        {
            EnvInstruction env => config with { Env = SetVariables(
                config.Env, env.Variables, IsWindows(os) ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal) },
            LabelInstruction label => config with { Labels = SetLabels(config.Labels, label.Labels) },
            CmdInstruction cmd => config with
            {
                Cmd = Arguments(config, cmd.Command, os),
                ArgsEscaped = IsWindows(os) && (config.Entrypoint is { Count: > 0 } ? config.ArgsEscaped : cmd.Command.IsShellForm),
            },
            EntrypointInstruction entrypoint => SetEntrypoint(
                config with { Cmd = commandSetHere ? config.Cmd : null }, entrypoint.Command, os),
            // As BuildKit does: an absolute path is kept as it is written.
            WorkdirInstruction workdir when IsWindows(os) => config with { WorkingDir = WindowsPaths.ResolveDirectory(
                config.WorkingDir, workdir.Path) },
            WorkdirInstruction workdir => config with
            {
                WorkingDir = workdir.Path.StartsWith('/') ? workdir.Path : ResolveDirectory(config.WorkingDir, workdir.Path),
            },
            UserInstruction user => config with { User = user.User },
            ExposeInstruction expose => config with { ExposedPorts = AddKeys(config.ExposedPorts, expose.ResolvePorts()) },
            VolumeInstruction volume => config with { Volumes = AddKeys(config.Volumes, volume.Paths) },
            ShellInstruction shell => config with { Shell = shell.Shell },
            StopSignalInstruction stop => config with { StopSignal = stop.Signal },
            HealthcheckInstruction health => config with { Healthcheck = Healthcheck(config, health, os) },
            OnBuildInstruction trigger => config with { OnBuild = [.. config.OnBuild ?? [], trigger.TriggerText] },
            _ => config,
        };
    }

    /// <summary>
    /// An absolute, clean directory: <paramref name="path"/> relative to <paramref name="current"/>, which defaults to the root.
    /// </summary>
    public static string ResolveDirectory(string? current, string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var joined = path.StartsWith('/') ? path : $"{(string.IsNullOrEmpty(current) ? "/" : current)}/{path}";
        var parts = new List<string>();
        foreach (var part in joined.Split('/'))
        {
            if (part == "..")
            {
                if (parts.Count > 0)
                {
                    parts.RemoveAt(parts.Count - 1);
                }
            }
            else if (part is not ("" or "."))
            {
                parts.Add(part);
            }
        }

        return "/" + string.Join('/', parts);
    }

    private static bool IsWindows(string os) => os == "windows";

    // The runtime on Windows takes the first argument as it is when ArgsEscaped is set, and quotes the others: a shell form is one line, as
    // Docker's Windows builder writes it.
    private static IReadOnlyList<string> Arguments(ContainerDefaults config, CommandLine command, string os)
        => IsWindows(os) && command.IsShellForm
            ? [LineOf(ShellOf(config, os)) + command.ShellText]
            : command.ToArguments(ShellOf(config, os));

    private static string LineOf(IReadOnlyList<string> shell) => string.Join(' ', shell) + " ";

    // ArgsEscaped is said of what comes first: the entrypoint, else the command. A command that is left without entrypoint is of the shell
    // form when it is one line that begins with the shell: the config does not tell otherwise.
    private static ContainerDefaults SetEntrypoint(ContainerDefaults config, CommandLine command, string os)
    {
        var result = config with { Entrypoint = Arguments(config, command, os) };
        return !IsWindows(os) ? result : result with
        {
            ArgsEscaped = result.Entrypoint.Count > 0 ? command.IsShellForm
                : config.Cmd is [var line] && line.StartsWith(LineOf(ShellOf(config, os)), StringComparison.Ordinal),
        };
    }

    private static IReadOnlyList<string> SetVariables(
        IReadOnlyList<string>? current, IReadOnlyList<NameValue> variables, StringComparison comparison)
    {
        var result = new List<string>(current ?? []);
        var places = new Dictionary<string, int>(StringComparer.FromComparison(comparison));
        for (var i = 0; i < result.Count; i++)
        {
            var equals = result[i].IndexOf('=', StringComparison.Ordinal);
            places.TryAdd(equals < 0 ? result[i] : result[i][..equals], i);
        }

        foreach (var variable in variables)
        {
            var text = $"{variable.Name}={variable.Value}";
            if (places.TryAdd(variable.Name, result.Count))
            {
                result.Add(text);
            }
            else
            {
                result[places[variable.Name]] = text;
            }
        }

        return result;
    }

    private static SortedDictionary<string, string> SetLabels(IReadOnlyDictionary<string, string>? current, IReadOnlyList<NameValue> labels)
    {
        var result = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in current ?? new Dictionary<string, string>())
        {
            result[key] = value;
        }

        foreach (var label in labels)
        {
            result[label.Name] = label.Value;
        }

        return result;
    }

    private static SortedDictionary<string, JsonElement> AddKeys(
        IReadOnlyDictionary<string, JsonElement>? current, IEnumerable<string> keys)
    {
        var result = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var (key, value) in current ?? new Dictionary<string, JsonElement>())
        {
            result[key] = value;
        }

        foreach (var key in keys)
        {
            result[key] = EmptyObject;
        }

        return result;
    }

    private static HealthcheckConfig Healthcheck(ContainerDefaults config, HealthcheckInstruction instruction, string os)
    {
        if (instruction.Command is not { } command)
        {
            return new HealthcheckConfig { Test = ["NONE"] };
        }

        IReadOnlyList<string> test = command.IsShellForm ? ["CMD-SHELL", command.ShellText] : ["CMD", .. command.Arguments];
        return new HealthcheckConfig
        {
            Test = test,
            Interval = Nanoseconds(instruction.Interval),
            Timeout = Nanoseconds(instruction.Timeout),
            StartPeriod = Nanoseconds(instruction.StartPeriod),
            StartInterval = Nanoseconds(instruction.StartInterval),
            Retries = instruction.Retries,
        };
    }

    private static long Nanoseconds(TimeSpan duration) => duration.Ticks * TimeSpan.NanosecondsPerTick;
}
