using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Cli.Display;
using ZLayer.Core.Registries;

namespace ZLayer.Cli.Commands;

/// <summary><c>zlayer login REGISTRY</c></summary>
internal sealed class LoginCommand : EngineCommand
{
    // Tokens of cloud registries have a few thousand characters.
    private const int LongestPassword = 64 << 10;

    private readonly Argument<string> _registry
        = new("REGISTRY") { Description = "The registry's host and port", DefaultValueFactory = _ => "docker.io" };
    private readonly Option<string?> _username = new("--username", "-u") { Description = "The user's name", HelpName = "NAME" };
    private readonly Option<bool> _passwordOnInput = new("--password-stdin") { Description = "Read the password from standard input" };

    public LoginCommand()
        : base("login", "Check credentials for a registry and keep them in Docker's config.json or its credential helper.")
    {
        Arguments.Add(_registry);
        Options.Add(_username);
        Options.Add(_passwordOnInput);
    }

    protected override async Task ExecuteAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken)
    {
        var registry = parsed.GetValue(_registry)!;
        var fromInput = parsed.GetValue(_passwordOnInput);
        if (!Terminal.CanAsk && (!fromInput || parsed.GetValue(_username) is null))
        {
            throw new UsageException("Nobody is there to ask for the name and password.", "Give --username NAME and --password-stdin.");
        }

        var username = parsed.GetValue(_username) ?? SecretPrompt.AskName();
        var password = fromInput
            ? (await InputFile.ReadStandardInputAsync(LongestPassword, cancellationToken)).TrimEnd('\r', '\n')
            : SecretPrompt.AskSecret();
        if (username.Length == 0 || password.Length == 0)
        {
            throw new UsageException("The name or the password is empty.");
        }

        var connection = await engine.ConnectRegistryAsync(
            registry, RegistryCredential.FromPassword(username, password), persist: true, verify: true, cancellationToken);
        if (connection.PlainTextFile is { } file)
        {
            Screen.Note(
                $"warning: the credential is kept in plain text in {file}; Docker's config.json can name a credential helper (credsStore), which keeps it safe");
        }

        Screen.Line($"Logged in to {connection.Registry} as {username}");
    }
}
