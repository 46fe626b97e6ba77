using System.Text;
using ZLayer.Core.Runtimes.Execution;
using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Core.Runtimes.Operations;

/// <summary>All that a process wrote, byte for byte.</summary>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
internal readonly record struct SessionOutput(byte[] Output, byte[] Error)
{
    public string OutputText => Encoding.UTF8.GetString(Output);

    public string ErrorText => Encoding.UTF8.GetString(Error);

    /// <summary>Reads a session to its end.</summary>
    public static async Task<SessionOutput> ReadAsync(ContainerSession session, CancellationToken cancellationToken)
    {
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        await foreach (var chunk in session.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            (chunk.Stream == LogStream.StdErr ? error : output).Write(chunk.Data.Span);
        }

        return new SessionOutput(output.ToArray(), error.ToArray());
    }
}
