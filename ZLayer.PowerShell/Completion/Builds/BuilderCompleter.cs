using System.Collections;
using ZLayer.PowerShell.Pipeline;

namespace ZLayer.PowerShell.Completion;

/// <summary>The builders; those that cannot build here come last, with the reason.</summary>
public sealed class BuilderCompleter : Completer
{
    private protected override Func<IEnumerable<Candidate>> Prepare(string word, IDictionary bound)
    {
        var builders = ZLayerSession.Current.GetEngine(null).Builders;
        return () => Task.WhenAll(builders.Select(builder => builder.DescribeAsync())).GetAwaiter().GetResult()
            .OrderByDescending(builder => builder.IsAvailable)
            .Select(builder => new Candidate(
                builder.Name, builder.Reason is null ? $"{builder.Name} {builder.Version}" : $"{builder.Name}: {builder.Reason}"));
    }
}
