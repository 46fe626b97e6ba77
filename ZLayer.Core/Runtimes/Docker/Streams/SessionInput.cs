using ZLayer.Core.Foundation.Streams;
using ZLayer.Core.Runtimes.Docker.Wire;

namespace ZLayer.Core.Runtimes.Docker.Streams;

/// <summary>The input of a process: written to, it goes out at once. Disposing of it changes nothing.</summary>
internal sealed class SessionInput(UpgradedStream connection, bool isOpen) : AsyncForwardStream
{
    public override bool CanWrite => true;

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        => isOpen
            ? connection.WriteAsync(buffer, cancellationToken)
            : throw new InvalidOperationException("The process was started without an input.");
}
