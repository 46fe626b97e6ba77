using System.Collections;
using ZLayer.Core;
using ZLayer.Core.Runtimes;

namespace ZLayer.PowerShell.Completion;

/// <summary>
/// The runtimes; those that cannot be used now come last, with the reason. Once the beginning of an address is typed also the Docker
/// contexts and the forms of addresses.
/// </summary>
public class RuntimeNameCompleter : Completer
{
    // Within the time that a completion waits: a runtime that does not answer is offered by its name alone.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    private protected override Func<IEnumerable<Candidate>> Prepare(string word, IDictionary bound)
    {
        var engine = EngineOf(bound);
        var runtimes = engine.Runtimes;
        return () => Ask([.. runtimes.Names.Where(name => IsOffered(runtimes, name)).Select(runtimes.Get)])
            .OrderByDescending(runtime => runtime.IsAvailable)
            .Select(runtime => new Candidate(runtime.Name, Describe(runtime)))
            .Concat(word.Length == 0 ? [] : Addresses(engine));
    }

    private protected virtual IEnumerable<Candidate> Addresses(ZLayerEngine engine)
        => engine.ListDockerContexts()
            .Select(context => new Candidate(RuntimeAddress.OfContext(context.Name), $"The engine of the Docker context '{context.Name}'"))
            .Concat(EndpointCompleter.Forms);

    // All at once, whatever the number of cores: each question only waits. One that is not answered in time may be for the next completion.
    private static IEnumerable<RuntimeInfo> Ask(IReadOnlyList<IContainerRuntime> runtimes)
    {
        var answers = runtimes.Select(runtime => Task.Factory.StartNew(
            () => Recently.Runtime.Of(runtime), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        _ = Task.WhenAny(Task.WhenAll(answers), Task.Delay(Patience)).Wait(Patience);
        return runtimes.Zip(answers, (runtime, answer) => answer.IsCompletedSuccessfully
            ? answer.Result
            : new RuntimeInfo { Name = runtime.Name, Kind = "", IsAvailable = false, Reason = "It has not answered yet." });
    }

    private protected virtual bool IsOffered(RuntimeSet runtimes, string name) => true;

    private static string Describe(RuntimeInfo runtime)
        => string.Join(' ', $"{runtime.Name}: {runtime.Reason ?? $"{runtime.Kind} {runtime.Version}"}", runtime.Reason is null
            && runtime.Endpoint is { } place
            ? $"at {place}"
            : "")
            .TrimEnd();
}
