using System.CommandLine;
using ZLayer.Cli.Display;

namespace ZLayer.Cli.Commands;

/// <summary><c>zlayer logout REGISTRY</c></summary>
internal sealed class LogoutCommand : EngineCommand
{
    private readonly Argument<string> _registry
        = new("REGISTRY") { Description = "The registry's host and port", DefaultValueFactory = _ => "docker.io" };

    public LogoutCommand()
        : base("logout", "Forget the credentials for a registry.")
        => Arguments.Add(_registry);

    protected override async Task ExecuteAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken)
    {
        var registry = parsed.GetValue(_registry)!;
        await engine.DisconnectRegistryAsync(registry, persist: true, cancellationToken);
        Screen.Line($"Logged out of {registry}");
    }
}
