using System.Globalization;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Dockerfiles;

/// <summary>RUN, CMD, ENTRYPOINT, SHELL and HEALTHCHECK.</summary>
internal sealed partial class InstructionParser
{
    private static readonly Dictionary<string, InstructionFlags.Kind> RunFlags = new()
    {
        ["mount"] = InstructionFlags.Kind.List,
        ["network"] = InstructionFlags.Kind.Text,
        ["security"] = InstructionFlags.Kind.Text,
        ["device"] = InstructionFlags.Kind.List,
    };

    private static readonly Dictionary<string, InstructionFlags.Kind> HealthcheckFlags = new()
    {
        ["interval"] = InstructionFlags.Kind.Text,
        ["timeout"] = InstructionFlags.Kind.Text,
        ["start-period"] = InstructionFlags.Kind.Text,
        ["start-interval"] = InstructionFlags.Kind.Text,
        ["retries"] = InstructionFlags.Kind.Text,
    };

    private RunInstruction Run()
    {
        InstructionFlags flags = Flags(RunFlags);
        var mounts = new List<RunMount>();
        foreach ((string value, int offset) in flags.List("mount"))
        {
            ReportAt(offset, () => mounts.Add(Mount(value, offset)));
        }

        var devices = new List<RunDevice>();
        foreach ((string value, int offset) in flags.List("device"))
        {
            ReportAt(offset, () => devices.Add(Device(value)));
        }

        RunNetwork network = default;
        RunSecurity security = default;
        if (flags.Text("network") is { } networkText)
        {
            ReportAt(flags.OffsetOf("network"), () => network = Choice<RunNetwork>("network", networkText, ["default", "none", "host"]));
        }

        if (flags.Text("security") is { } securityText)
        {
            ReportAt(flags.OffsetOf("security"), () => security = Choice<RunSecurity>("security", securityText, ["sandbox", "insecure"]));
        }

        CommandLine command = Command(_head.Arguments, line.Heredocs);
        if (!command.IsShellForm && command.Arguments.Count == 0)
        {
            throw new SyntaxException("RUN [] has no command to run");
        }

        return new RunInstruction { Command = command, Mounts = mounts, Network = network, Security = security, Devices = devices };
    }

    private RunMount Mount(string value, int offset)
    {
        var mount = new RunMount(value, line.At(offset)) { From = RunMountParser.ReadFrom(value) };
        RunMountParser.Check(value, escape);
        return mount;
    }

    private static T Choice<T>(string flag, string value, string[] values)
        where T : struct, Enum
    {
        int index = Array.IndexOf(values, value);
        return index >= 0
            ? Enum.GetValues<T>()[index]
            : throw new SyntaxException($"--{flag}={value} is not one of {string.Join(", ", values)}{Suggestion.For(value, values)}");
    }

    private static RunDevice Device(string value)
    {
        string? name = null;
        bool required = false;
        foreach (string field in CsvFields.Split(value))
        {
            int equals = field.IndexOf('=', StringComparison.Ordinal);
            string key = (equals < 0 ? field : field[..equals]).ToLowerInvariant();
            switch (key)
            {
                case "required":
                    required = equals < 0 || (FlagValues.Boolean(field[(equals + 1)..])
                        ?? throw new SyntaxException($"invalid value for required of a device: {field[(equals + 1)..]}"));
                    break;
                case "name" when equals >= 0 && name is null:
                    name = field[(equals + 1)..];
                    break;
                default:
                    // A CDI name such as nvidia.com/gpu=all has an equals sign of its own.
                    name = name is null ? field : throw new SyntaxException(
                        $"unexpected key \"{key}\" in \"{field}\" of a device{Suggestion.For(key, ["name", "required"])}");
                    break;
            }
        }

        return string.IsNullOrEmpty(name) ? throw new SyntaxException("a device needs a name") : new RunDevice(name, required);
    }

    private CmdInstruction Cmd()
    {
        Flags(NoFlags);
        return new CmdInstruction { Command = Command(_head.Arguments, []) };
    }

    private EntrypointInstruction Entrypoint()
    {
        Flags(NoFlags);
        return new EntrypointInstruction { Command = Command(_head.Arguments, []) };
    }

    private ShellInstruction Shell()
    {
        Flags(NoFlags);
        if (_head.Arguments.Length == 0)
        {
            throw AtLeastOne();
        }

        List<string> shell = Words.JsonArray(_head.Arguments)
            ?? throw new SyntaxException("SHELL requires the arguments to be in JSON form: SHELL [\"/bin/bash\", \"-c\"]");
        return shell.Count == 0 ? throw AtLeastOne() : new ShellInstruction { Shell = shell };
    }

    private static CommandLine Command(string arguments, List<Heredoc> heredocs)
    {
        if (Words.JsonArray(arguments) is { } exec)
        {
            return new CommandLine { IsShellForm = false, Arguments = exec };
        }

        return new CommandLine
        {
            IsShellForm = true,
            Text = arguments,
            Heredocs = heredocs,
            IsScript = heredocs.Count > 0 && HeredocWord.Parse(arguments) is not null,
        };
    }

    private HealthcheckInstruction Healthcheck()
    {
        InstructionFlags flags = Flags(HealthcheckFlags);
        string[] parts = WhiteSpace().Split(_head.Arguments, 2);
        string kind = parts[0].ToUpperInvariant();
        if (kind.Length == 0)
        {
            throw AtLeastOne();
        }

        if (kind == "NONE")
        {
            return parts.Length == 1 ? new HealthcheckInstruction() : throw new SyntaxException("HEALTHCHECK NONE takes no arguments");
        }

        if (kind != "CMD")
        {
            throw new SyntaxException($"unknown type \"{parts[0]}\" in HEALTHCHECK: it is CMD or NONE");
        }

        CommandLine command = Command(parts.Length == 2 ? parts[1] : "", []);
        if (command.IsShellForm ? command.Text.Length == 0 : command.Arguments.Count == 0)
        {
            throw new SyntaxException("missing command after HEALTHCHECK CMD");
        }

        return new HealthcheckInstruction
        {
            Command = command,
            Interval = Duration(flags, "interval"),
            Timeout = Duration(flags, "timeout"),
            StartPeriod = Duration(flags, "start-period"),
            StartInterval = Duration(flags, "start-interval"),
            Retries = Retries(flags),
        };
    }

    private TimeSpan Duration(InstructionFlags flags, string name)
    {
        string? value = NonEmpty(flags.Text(name));
        if (value is null)
        {
            return TimeSpan.Zero;
        }

        TimeSpan? duration = FlagValues.Duration(value);
        if (duration is null)
        {
            Report(flags.OffsetOf(name), $"--{name}={value} is not a duration such as 30s or 1m30s");
        }
        else if (duration != TimeSpan.Zero && duration < TimeSpan.FromMilliseconds(1))
        {
            Report(flags.OffsetOf(name), $"--{name}={value} cannot be less than 1ms");
        }

        return duration ?? TimeSpan.Zero;
    }

    private int Retries(InstructionFlags flags)
    {
        string? value = NonEmpty(flags.Text("retries"));
        if (value is null)
        {
            return 0;
        }

        if (!int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int retries) || retries < 0)
        {
            Report(flags.OffsetOf("retries"), $"--retries={value} is not a number of 0 or more");
        }

        return retries;
    }

    private void ReportAt(int offset, Action read)
    {
        try
        {
            read();
        }
        catch (SyntaxException fault)
        {
            Report(offset, fault.Message);
        }
    }
}
