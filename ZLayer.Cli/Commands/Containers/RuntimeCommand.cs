using System.CommandLine;
using ZLayer.Cli.Display;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;

namespace ZLayer.Cli.Commands.Containers;

/// <summary>A command that works on one container runtime.</summary>
internal abstract class RuntimeCommand : EngineCommand
{
    protected RuntimeCommand(string name, string description)
        : base(name, description)
        => Options.Add(CommonOptions.Runtime);

    /// <summary>Does the work; returns when it is done, and throws when it is not.</summary>
    protected abstract Task ExecuteAsync(ParseResult parsed, IContainerRuntime runtime, CancellationToken cancellationToken);

    /// <summary>What a failure exits with.</summary>
    protected virtual int ExitCodeOf(ZLayerException failure) => ExitCode.Failed;

    protected override async Task ExecuteAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken)
    {
        try
        {
            await ExecuteAsync(parsed, engine.Runtimes.Get(parsed.GetValue(CommonOptions.Runtime)), cancellationToken);
        }
        catch (ZLayerException e)
        {
            ErrorReport.Failure(e, parsed.GetValue(CommonOptions.Verbose));
            Outcome = ExitCodeOf(e);
        }
    }

    protected void Add(params ReadOnlySpan<Symbol> symbols)
    {
        foreach (var symbol in symbols)
        {
            switch (symbol)
            {
                case Option option:
                    Options.Add(option);
                    break;
                case Argument argument:
                    Arguments.Add(argument);
                    break;
            }
        }
    }

    /// <summary>
    /// Does the same to each of several things, at most <paramref name="parallel"/> at once. What fails is reported and does not keep the
    /// others from it; then the process exits with 1.
    /// </summary>
    protected async Task ForEachAsync(ParseResult parsed, IReadOnlyList<string> things, Func<string, Task> action, int parallel = 1)
    {
        using var places = new SemaphoreSlim(parallel);
        await Task.WhenAll(things.Select(async thing =>
        {
            await places.WaitAsync(CancellationToken.None);
            try
            {
                await action(thing);
            }
            catch (ZLayerException e)
            {
                Outcome = ErrorReport.Failure(e, parsed.GetValue(CommonOptions.Verbose));
            }
            finally
            {
                places.Release();
            }
        }));
    }

    /// <summary>The names of containers to work on, one or more.</summary>
    protected static Argument<string[]> Containers()
        => new("CONTAINER") { Description = "Containers, by name or id", Arity = ArgumentArity.OneOrMore };

    /// <summary>The container to work on.</summary>
    protected static Argument<string> Container() => new("CONTAINER") { Description = "The container, by name or id" };

    /// <summary>Says on standard error what the runtime warned of.</summary>
    protected static void Warn(IEnumerable<string> warnings)
    {
        foreach (var warning in warnings)
        {
            Screen.Note($"warning: {warning}");
        }
    }
}
