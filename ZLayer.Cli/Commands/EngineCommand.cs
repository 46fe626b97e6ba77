using System.CommandLine;
using ZLayer.Core.Runtimes;
using ZLayer.Cli.Display;
using ZLayer.Testing;

namespace ZLayer.Cli.Commands;

/// <summary>A command that works on the engine of one data root.</summary>
internal abstract class EngineCommand : Command
{
    protected EngineCommand(string name, string description)
        : base(name, description)
        => SetAction(RunAsync);

    // Its assembly is loaded when it is asked for.
    private static readonly Dictionary<string, Func<IContainerRuntime>> Runtimes
        = new() { [FakeRuntime.RuntimeName] = static () => new FakeRuntime() };

    /// <summary>What the process exits with when nothing is thrown.</summary>
    protected int Outcome { get; set; } = ExitCode.Done;

    /// <summary>The environment variables, as the engine sees them.</summary>
    protected IReadOnlyDictionary<string, string> Environment { get; private set; } = new Dictionary<string, string>();

    /// <summary>The engine, while the command works.</summary>
    protected ZLayerEngine Engine { get; private set; } = null!;

    /// <summary>True when the command makes or removes files of images, which may have many owners.</summary>
    protected virtual bool WorksOnImageFiles(ParseResult parsed) => false;

    /// <summary>True when the command looks through everything in the store, and ends.</summary>
    protected virtual bool LooksThroughStore => false;

    /// <summary>Does the work; returns when it is done, and throws when it is not.</summary>
    protected abstract Task ExecuteAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken);

    /// <summary>The runtime whose images are meant; null for the store.</summary>
    protected static IContainerRuntime? FindRuntime(ParseResult parsed, ZLayerEngine engine)
        => parsed.GetValue(CommonOptions.ImageRuntime) is { } name ? engine.Runtimes.Get(name) : null;

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var options = ZLayerEngineOptions.FromEnvironment(parsed.GetValue(CommonOptions.Root)) with
        {
            AllowInsecure = parsed.GetValue(CommonOptions.PlainHttp),
            FurtherRuntimes = Runtimes,
        };
        Environment = options.Environment;
        if (parsed.GetValue(CommonOptions.Verbose))
        {
            options = options with { LoggerFactory = new StandardErrorLoggerFactory() };
        }

        if (WorksOnImageFiles(parsed)
            && parsed.GetResult(CommonOptions.ImageRuntime) is null
            && await OrdinaryUser.TryRunInNamespaceAsync(options, cancellationToken) is { } exitCode)
        {
            return exitCode;
        }

        await using var engine = new ZLayerEngine(options);
        Engine = engine;
        if (LooksThroughStore)
        {
            PostponeCollection();
        }

        await ExecuteAsync(parsed, engine, cancellationToken);
        return Outcome;
    }

    // Such a command makes hundreds of thousands of objects and ends; to look meanwhile for those that are not needed costs a fifth of its
    // time. With more than this the runtime collects as always.
    private static void PostponeCollection()
    {
        const long Space = 64L << 20;
        try
        {
            GC.TryStartNoGCRegion(Space, disallowFullBlockingGC: true);
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or InvalidOperationException)
        {
            // The runtime was given less memory, or another command of this process has asked before.
        }
    }
}
