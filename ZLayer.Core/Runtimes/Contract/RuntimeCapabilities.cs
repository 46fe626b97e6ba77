using ZLayer.Core.Errors;

namespace ZLayer.Core.Runtimes;

/// <summary>Which of the 49 operations a runtime offers, and why it declines the others.</summary>
public sealed class RuntimeCapabilities
{
    private readonly IReadOnlyDictionary<RuntimeOperation, string> _declined;

    /// <summary>Offers everything but what is named.</summary>
    /// <param name="declined">The operations that are declined, each with the reason: a clause that completes "because …".</param>
    public RuntimeCapabilities(IReadOnlyDictionary<RuntimeOperation, string> declined)
    {
        ArgumentNullException.ThrowIfNull(declined);
        _declined = declined;
    }

    /// <summary>Offers every operation.</summary>
    public static RuntimeCapabilities All { get; } = new(new Dictionary<RuntimeOperation, string>());

    /// <summary>The operations offered, in the order of the interface.</summary>
    public IEnumerable<RuntimeOperation> Operations => Enum.GetValues<RuntimeOperation>().Where(Supports);

    /// <summary>Whether an operation is offered.</summary>
    public bool Supports(RuntimeOperation operation) => !_declined.ContainsKey(operation);

    /// <summary>Why an operation is declined; null when it is offered.</summary>
    public string? WhyDeclined(RuntimeOperation operation) => _declined.GetValueOrDefault(operation);

    /// <summary>The error of an operation that is not offered.</summary>
    /// <param name="runtime">The name of the runtime.</param>
    /// <param name="operation">The operation.</param>
    public ZLayerException Declined(string runtime, RuntimeOperation operation)
        => new(ZLayerErrorKind.OperationNotSupported, $"The runtime '{runtime}' does not support {operation}{(WhyDeclined(operation) is { } why ? $": {why}" : "")}.")
        {
            Subject = runtime,
            Advice = $"{DoorWords.Of("'zlayer runtimes'", "Get-ZLayerRuntime")} and docs/runtimes.md tell which runtime does.",
        };
}
