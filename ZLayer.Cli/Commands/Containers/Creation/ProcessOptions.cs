using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Specifications;
using ZLayer.Core.Terminals;

namespace ZLayer.Cli.Commands.Containers.Creation;

/// <summary>What runs in a container: program, variables, user, terminal, labels, annotations, and when it ends and starts again.</summary>
internal sealed class ProcessOptions : OptionGroup
{
    private readonly Option<string?> _name = OptionOf.Text("--name", "NAME", "The container's name");
    private readonly Option<bool> _interactive = OptionOf.Flag("--interactive", "Keep the input open", "-i");
    private readonly Option<bool> _tty = OptionOf.Flag("--tty", "Give it a terminal", "-t");
    private readonly Option<bool> _remove = OptionOf.Flag("--rm", "Remove the container when it ends");
    private readonly VariableOptions _variables = new();
    private readonly Option<string[]> _labels = OptionOf.List("--label", "KEY=VALUE", "A label", "-l");
    private readonly Option<string[]> _labelFiles = OptionOf.List("--label-file", "FILE", "A file of labels, one a line");
    private readonly Option<string[]> _annotations = OptionOf.List("--annotation", "KEY=VALUE", "An annotation for the OCI runtime");
    private readonly Option<string?> _entryPoint
        = OptionOf.Text("--entrypoint", "PROGRAM", "The program that always runs, in place of the image's; empty is none");
    private readonly Option<string?> _workdir = OptionOf.Text("--workdir", "DIR", "The working directory", "-w");
    private readonly Option<string?> _user = OptionOf.Text("--user", "USER[:GROUP]", "The user, by name or number", "-u");
    private readonly Option<string[]> _groups = OptionOf.List("--group-add", "GROUP", "A further group of the user");
    private readonly Option<bool?> _init
        = new("--init") { Description = "Run a small init that reaps and forwards signals", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _stopSignal = OptionOf.Text("--stop-signal", "SIGNAL", "The signal that stops it");
    private readonly Option<int?> _stopTimeout
        = new("--stop-timeout") { Description = "Seconds that it may take to stop", HelpName = "SECONDS" };
    private readonly Option<string?> _restart
        = OptionOf.Text("--restart", "POLICY", "When it is started again: no, always, unless-stopped, on-failure[:N]");
    private readonly Option<string?> _platform = OptionOf.Text("--platform", "P", "The platform to choose from the image");

    public override IEnumerable<Option> All =>
    [
        _name, _interactive, _tty, _remove, .. _variables.All, _labels, _labelFiles, _annotations, _entryPoint, _workdir, _user, _groups, _init,
        _stopSignal, _stopTimeout, _restart, _platform,
    ];

    public async Task<ContainerSpecification> ApplyAsync(
        ParseResult parsed, ContainerSpecification specification, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        var interactive = parsed.GetValue(_interactive);
        var tty = parsed.GetValue(_tty);
        return specification with
        {
            Name = parsed.GetValue(_name) is { Length: > 0 } name ? name : null,
            OpenStdin = interactive,
            Tty = tty,
            TerminalSize = tty ? LocalTerminal.OfProcess.Size : null,
            AutoRemove = parsed.GetValue(_remove),
            Environment = await _variables.ReadAsync(parsed, environment, cancellationToken),
            Labels = await ReadLabelsAsync(parsed, cancellationToken),
            Annotations = ReadAnnotations(parsed),
            EntryPoint = parsed.GetValue(_entryPoint) switch { null => null, "" => [], { } program => [program] },
            WorkingDirectory = parsed.GetValue(_workdir),
            User = parsed.GetValue(_user),
            ExtraGroups = parsed.All(_groups),
            Init = parsed.GetValue(_init),
            StopSignal = parsed.ReadValue(_stopSignal, Signal.Parse),
            StopGracePeriod = parsed.GetValue(_stopTimeout) switch { null => null, < 0 => Timeout.InfiniteTimeSpan, { } seconds => TimeSpan.FromSeconds(seconds) },
            RestartPolicy = parsed.Read(_restart, RestartPolicy.Parse),
            Platform = Values.Platform(parsed.GetValue(_platform)),
        };
    }

    // Options win over files, as with docker.
    private async Task<Dictionary<string, string>> ReadLabelsAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in parsed.All(_labelFiles))
        {
            labels.SetAll(await EnvironmentFile.ReadAsync(Path.GetFullPath(file), environment: null, cancellationToken));
        }

        labels.SetAll(Pairs(parsed.All(_labels)));
        return labels;
    }

    private Dictionary<string, string> ReadAnnotations(ParseResult parsed)
    {
        var annotations = new Dictionary<string, string>(StringComparer.Ordinal);
        annotations.SetAll(Pairs(parsed.All(_annotations)));
        return annotations.ContainsKey("")
            ? throw new UsageException("--annotation: an annotation has no key; expected KEY=VALUE.")
            : annotations;
    }

    // A key alone has an empty value.
    private static IEnumerable<KeyValuePair<string, string>> Pairs(IEnumerable<string> texts)
        => texts.Select(text => text.Split('=', 2)).Select(pair => KeyValuePair.Create(pair[0], pair.ElementAtOrDefault(1) ?? ""));
}
