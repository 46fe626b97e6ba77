using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Cli.Commands;
using ZLayer.Cli.Commands.Containers;
using ZLayer.Cli.Display;
using ZLayer.Core.Terminals;

namespace ZLayer.Cli;

/// <summary>The command <c>zlayer</c>: finds the subcommand, runs it, and turns what happens into an exit code.</summary>
internal static class Application
{
    private static readonly Dictionary<string, Func<Command>> Subcommands = new(StringComparer.Ordinal)
    {
        ["build"] = () => new BuildCommand(),
        ["pull"] = () => new PullCommand(),
        ["push"] = () => new PushCommand(),
        ["manifest"] = () => new ManifestCommand(),
        ["login"] = () => new LoginCommand(),
        ["logout"] = () => new LogoutCommand(),
        ["tags"] = () => new TagsCommand(),
        ["copy"] = () => new CopyImageCommand(),
        ["catalog"] = () => new CatalogCommand(),
        ["delete"] = () => new DeleteCommand(),
        ["referrers"] = () => new ReferrersCommand(),
        ["artifact"] = () => new ArtifactCommand(),
        ["images"] = () => new ImagesCommand(),
        ["inspect"] = () => new InspectCommand(),
        ["history"] = () => new HistoryCommand(),
        ["tag"] = () => new TagCommand(),
        ["rmi"] = () => new RemoveImagesCommand(),
        ["prune"] = () => new PruneCommand(),
        ["df"] = () => new DiskUsageCommand(),
        ["save"] = () => new SaveCommand(),
        ["load"] = () => new LoadCommand(),
        ["import"] = () => new ImportCommand(),
        ["search"] = () => new SearchCommand(),
        ["run"] = () => new RunCommand(),
        ["create"] = () => new CreateCommand(),
        ["start"] = () => new StartCommand(),
        ["stop"] = () => new StopCommand(),
        ["restart"] = () => new RestartCommand(),
        ["kill"] = () => new KillCommand(),
        ["pause"] = () => new PauseCommand(),
        ["unpause"] = () => new UnpauseCommand(),
        ["wait"] = () => new WaitCommand(),
        ["rm"] = () => new RemoveContainersCommand(),
        ["rename"] = () => new RenameCommand(),
        ["update"] = () => new UpdateCommand(),
        ["ps"] = () => new ListContainersCommand(),
        ["logs"] = () => new LogsCommand(),
        ["stats"] = () => new StatsCommand(),
        ["top"] = () => new TopCommand(),
        ["diff"] = () => new DiffCommand(),
        ["port"] = () => new PortCommand(),
        ["exec"] = () => new ExecCommand(),
        ["attach"] = () => new AttachCommand(),
        ["cp"] = () => new CopyCommand(),
        ["export"] = () => new ExportCommand(),
        ["commit"] = () => new CommitCommand(),
        ["events"] = () => new EventsCommand(),
        ["runtimes"] = () => new RuntimesCommand(),
    };

    // A word that begins with @ is a word, not the name of a file with more of them.
    private static readonly ParserConfiguration Parsing = new() { ResponseFileTokenReplacer = null };

    public static async Task<int> RunAsync(string[] args)
    {
        if (args is ["--version"])
        {
            Screen.Line(ZLayerEngineOptions.Version);
            return ExitCode.Done;
        }

        using var interruption = new Interruption();
        try
        {
            return await RunAsync(args, interruption);
        }
        catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
        {
            return ErrorReport.Interrupted(interruption.ExitCode);
        }
        catch (IOException e) when (StandardStream.IsBrokenPipe(e))
        {
            return ExitCode.BrokenPipe;
        }
        catch (Exception e)
        {
            return ErrorReport.Failure(e, verbose: args.Contains(CommonOptions.VerboseName));
        }
    }

    private static async Task<int> RunAsync(string[] args, Interruption interruption)
    {
        var at = FindCommand(args);
        var root = CreateRoot(at < args.Length ? args[at] : "");
        if (args.Length == 0)
        {
            await root.Parse("--help").InvokeAsync();
            return ExitCode.BadUsage;
        }

        var tail = root.Subcommands is [IVerbatimTail only] ? only : null;
        try
        {
            if (tail is Command command)
            {
                args = [.. args[..(at + 1)], .. VerbatimTail.Separate(command, root.Options, args[(at + 1)..])];
            }

            var parsed = root.Parse(args, Parsing);
            return UsageErrors.Find(parsed, args) is { Count: > 0 } errors
                ? ErrorReport.Usage(parsed, errors, tail?.BadUsage ?? ExitCode.BadUsage)
                : await parsed.InvokeAsync(interruption, interruption.Token);
        }
        catch (UsageException e) when (tail is not null)
        {
            ErrorReport.Failure(e, verbose: false);
            return tail.BadUsage;
        }
    }

    /// <summary>The place of the command: the first word that is neither an option of every command nor its value.</summary>
    private static int FindCommand(string[] args)
    {
        var at = 0;
        while (at < args.Length && args[at].StartsWith('-'))
        {
            at += args[at] == CommonOptions.Root.Name ? 2 : 1;
        }

        return at;
    }

    /// <summary>Only the command that is called is made: the others cost time that a short command does not have.</summary>
    private static RootCommand CreateRoot(string name)
    {
        var root = new RootCommand("Builds, stores, pulls and pushes container images, and runs containers.");
        CommonOptions.AddTo(root);
        foreach (var create in Subcommands.TryGetValue(name, out var only) ? [only] : Subcommands.Values.ToArray())
        {
            root.Subcommands.Add(create());
        }

        return root;
    }
}
