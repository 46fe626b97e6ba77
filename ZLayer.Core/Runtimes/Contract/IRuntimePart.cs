using ZLayer.Core.Errors;

namespace ZLayer.Core.Runtimes;

/// <summary>What every group of operations knows of its runtime.</summary>
public interface IRuntimePart
{
    /// <summary>The runtime's name: <c>docker</c>, <c>fake</c>.</summary>
    string Name { get; }

    /// <summary>What the runtime offers, and why it declines the rest.</summary>
    RuntimeCapabilities Capabilities { get; }

    /// <summary>The error of an operation that the runtime does not offer.</summary>
    /// <param name="operation">The operation.</param>
    ZLayerException Declined(RuntimeOperation operation) => Capabilities.Declined(Name, operation);
}
