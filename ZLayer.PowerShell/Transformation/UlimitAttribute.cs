using System.Collections;
using System.Management.Automation;
using ZLayer.Core.Runtimes;

namespace ZLayer.PowerShell.Transformation;

/// <summary>Takes <c>'nofile=1024:4096'</c> and <c>@{ nofile = '1024:4096'; core = 0 }</c>.</summary>
public sealed class UlimitAttribute : ValueTransformationAttribute<Ulimit>
{
    private protected override Ulimit Convert(object input, PSObject wrapped, EngineIntrinsics engine)
        => ConvertAll(input, wrapped, engine).First();

    private protected override IEnumerable<Ulimit> ConvertAll(object input, PSObject wrapped, EngineIntrinsics engine) => input switch
    {
        string text => [Ulimit.Parse(text)],
        IDictionary table => table.Cast<DictionaryEntry>()
            .OrderBy(entry => $"{entry.Key}", StringComparer.Ordinal)
            .Select(entry => Ulimit.Parse($"{entry.Key}={entry.Value}")),
        _ when ObjectProperties.AreOurs(wrapped) && ObjectProperties.Text(wrapped, "Name") is { } name
            => [Ulimit.Parse($"{name}={ObjectProperties.Text(wrapped, "Soft")}:{ObjectProperties.Text(wrapped, "Hard")}")],
        _ => throw Refuse(input, "a limit such as 'nofile=1024:4096'"),
    };
}
