using System.CommandLine;
using ZLayer.Cli.Commands;

namespace ZLayer.Cli;

/// <summary>The command <c>zlayer</c>: finds the subcommand, runs it, and turns what happens into an exit code.</summary>
internal static class Application
{
    private static readonly Dictionary<string, Func<Command>> Subcommands = new(StringComparer.Ordinal)
    {
        ["build"] = () => new BuildCommand(),
        ["pull"] = () => new PullCommand(),
        ["push"] = () => new PushCommand(),
        ["login"] = () => new LoginCommand(),
        ["logout"] = () => new LogoutCommand(),
        ["tags"] = () => new TagsCommand(),
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
    };

    public static async Task<int> RunAsync(string[] args)
    {
        if (args is ["--version"])
        {
            Console.Out.WriteLine(ZLayerEngineOptions.Version);
            return ExitCode.Done;
        }

        using var interruption = new Interruption();
        try
        {
            var root = CreateRoot(args);
            var parsed = root.Parse(args);
            if (args.Length == 0)
            {
                await root.Parse("--help").InvokeAsync();
                return ExitCode.BadUsage;
            }

            if (UsageErrors.Find(parsed, args) is { Count: > 0 } errors)
            {
                return ErrorReport.Usage(parsed, errors);
            }

            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, interruption.Token);
        }
        catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
        {
            return ErrorReport.Interrupted();
        }
        catch (Exception e)
        {
            return ErrorReport.Failure(e, verbose: args.Contains(CommonOptions.VerboseName));
        }
    }

    /// <summary>Only the command that is called is made: the other fifteen cost time that a short command does not have.</summary>
    private static RootCommand CreateRoot(string[] args)
    {
        var root = new RootCommand("Builds, stores, pulls and pushes container images, without a daemon.");
        CommonOptions.AddTo(root);
        if (args.Length > 0 && Subcommands.TryGetValue(args[0], out var create))
        {
            root.Subcommands.Add(create());
            return root;
        }

        foreach (var subcommand in Subcommands.Values)
        {
            root.Subcommands.Add(subcommand());
        }

        return root;
    }
}
