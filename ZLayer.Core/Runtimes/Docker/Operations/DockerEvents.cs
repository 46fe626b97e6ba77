using System.Runtime.CompilerServices;
using ZLayer.Core.Runtimes.Docker.Mapping;
using ZLayer.Core.Runtimes.Docker.Wire;

namespace ZLayer.Core.Runtimes.Docker.Operations;

/// <summary>What happens in the engine.</summary>
/// <param name="engine">The engine that the operation speaks to.</param>
internal sealed class DockerEvents(ChosenEngine engine)
{
    public async IAsyncEnumerable<ZLayerEvent> GetEventsAsync(
        EventFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        var request = EngineRequest.Get($"events", EnginePurpose.ForEngine("follow the events of the engine")) with
        {
            Query = new EngineQuery
            {
                { "since", filter.Since },
                { "until", filter.Until },
                {
                    "filters",
                    [
                        KeyValuePair.Create("type", filter.Types),
                        KeyValuePair.Create("event", filter.Actions),
                        KeyValuePair.Create("container", filter.Containers),
                        KeyValuePair.Create("label", filter.Labels),
                    ]
                },
            },
        };
        await foreach (var happened in engine.Client.StreamAsync(
            request, EngineJson.Default.EngineEvent, cancellationToken).ConfigureAwait(false))
        {
            yield return ToEvent(happened);
        }
    }

    private ZLayerEvent ToEvent(EngineEvent happened)
    {
        var attributes = happened.Actor?.Attributes ?? new Dictionary<string, string>();
        var name = attributes.GetValueOrDefault("name");
        return new ZLayerEvent
        {
            // .NET counts in units of 100 ns.
            Time = happened.TimeNano != 0
                ? DateTimeOffset.UnixEpoch.AddTicks(happened.TimeNano / 100)
                : ContainerMapping.Time(happened.Time) ?? DateTimeOffset.UnixEpoch,
            Nanoseconds = (int)(happened.TimeNano % 100),
            Type = happened.Type ?? "",
            Action = happened.Action ?? "",
            // Podman tells the name alone of what it knows by name, such as a volume.
            Id = happened.Actor?.Id is { Length: > 0 } id ? id : name ?? "",
            Name = name,
            Attributes = attributes,
            Runtime = engine.Name,
        };
    }
}
