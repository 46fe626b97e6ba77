using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Dockerfiles;

/// <summary><c>EXPOSE</c>: ports that the image's program listens on.</summary>
public sealed record ExposeInstruction : Instruction
{
    /// <summary>
    /// The words as written: <c>80</c>, <c>53/udp</c>, <c>8000-8010/tcp</c>, <c>$PORT</c>; after <see cref="Expand"/> without variables.
    /// </summary>
    public required IReadOnlyList<string> Ports { get; init => field = value.ToArray(); }

    /// <inheritdoc/>
    public override ExposeInstruction Expand(VariableScope scope)
        => this with { Ports = [.. Ports.SelectMany(port => SplitWords(port, scope))] };

    /// <summary>Computes the ports one by one from expanded words, as an image config holds them: <c>80/tcp</c>.</summary>
    /// <returns>The ports in order; a range gives each of its ports.</returns>
    /// <exception cref="Errors.ZLayerException">
    /// <see cref="Errors.ZLayerErrorKind.DockerfileSyntaxError"/>: a word is not a port specification.
    /// </exception>
    public IReadOnlyList<string> ResolvePorts()
    {
        var ports = new List<string>();
        foreach (string word in Ports)
        {
            try
            {
                ports.AddRange(PortSpecification.Parse(word).Expand());
            }
            catch (SyntaxException fault)
            {
                throw Fault(fault.Message);
            }
        }

        return ports;
    }
}
