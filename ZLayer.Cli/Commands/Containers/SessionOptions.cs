using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Cli.Commands.Containers.Creation;
using ZLayer.Core.Terminals;

namespace ZLayer.Cli.Commands.Containers;

/// <summary>How a person at a terminal is connected with a container.</summary>
internal sealed class SessionOptions : OptionGroup
{
    private readonly Option<string?> _detachKeys
        = OptionOf.Text("--detach-keys", "KEYS", "Keys that leave the container running (default: ctrl-p,ctrl-q)");
    private readonly Option<bool> _forward = new("--sig-proxy")
    {
        Description = "Send signals on to the container; 'start' and 'attach' do so without a terminal only (default: true)",
        DefaultValueFactory = _ => true,
    };

    public override IEnumerable<Option> All => [_detachKeys, _forward];

    public Values Read(ParseResult parsed)
        => new(parsed.Read(_detachKeys, DetachKeys.Parse) ?? DetachKeys.Default, parsed.GetValue(_forward));

    /// <summary>What was given.</summary>
    /// <param name="DetachKeys">The keys that leave the container running.</param>
    /// <param name="ForwardSignals">Whether signals are sent on.</param>
    public sealed record Values(DetachKeys DetachKeys, bool ForwardSignals);
}
