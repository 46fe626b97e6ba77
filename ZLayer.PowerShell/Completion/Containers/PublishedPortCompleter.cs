using System.Collections;
using System.Globalization;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Completion;

/// <summary>The published ports of the container that was named before, where its runtime answers in time.</summary>
public sealed class PublishedPortCompleter : Completer
{
    private static readonly TimeSpan AnswerTime = TimeSpan.FromMilliseconds(250);

    private protected override Func<IEnumerable<Candidate>> Prepare(string word, IDictionary bound)
    {
        if (bound["Name"] is not { } named)
        {
            return () => [];
        }

        var identity = new ContainerIdentity(named is object[] { Length: > 0 } several ? several[0] : named);
        var session = ZLayerSession.Current;
        var runtime = session.GetRuntime(
            identity.Runtime ?? Bound(bound, "Runtime"), identity.Root ?? (Bound(bound, "Root") is { } root ? FullPath(root) : null));
        return () =>
        {
            using var limit = new CancellationTokenSource(AnswerTime);
            return [.. runtime.GetContainerPortsAsync(identity.Id ?? identity.Text, limit.Token).GetAwaiter().GetResult()
                .DistinctBy(port => port.ContainerPort).Select(
                    port => new Candidate(port.ContainerPort.ToString(CultureInfo.InvariantCulture), port.ToString()))];
        };
    }
}
