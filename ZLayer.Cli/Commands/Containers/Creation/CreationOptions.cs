using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Core.Errors;
using ZLayer.Core.Registries;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Cli.Commands.Containers.Creation;

/// <summary>
/// What <c>zlayer create</c> and <c>zlayer run</c> say of a container: an image, a command line, and docker's options by docker's names.
/// </summary>
internal sealed class CreationOptions
{
    private readonly Argument<string> _image = new("IMAGE") { Description = "The image, by name or id" };
    private readonly Argument<string[]> _command
        = new("COMMAND") { Description = "The program and its arguments, in place of the image's", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<string?> _pull
        = OptionOf.Choice("--pull", "When the registry is asked for the image (default: missing)", "missing", "always", "never", "newer");
    private readonly Option<bool> _quiet = OptionOf.Flag("--quiet", "Show nothing of the pull", "-q");
    private readonly Option<string?> _cidFile
        = OptionOf.Text("--cidfile", "FILE", "Write the container's id to this file, which must not exist");
    private readonly Option<string[]> _attach = OptionOf.List("--attach", "STREAM", "Attach to stdin, stdout or stderr alone", "-a");

    private readonly ProcessOptions _process = new();
    private readonly NetworkOptions _network = new();
    private readonly StorageOptions _storage = new();
    private readonly LimitOptions _limits = new();
    private readonly DeviceLimitOptions _deviceLimits = new();
    private readonly IsolationOptions _isolation = new();
    private readonly HealthOptions _health = new();

    /// <summary>The arguments, in their order.</summary>
    public IEnumerable<Argument> Arguments => [_image, _command];

    /// <summary>The options, in the order of the help.</summary>
    public IEnumerable<Option> All
        => [.. _process.All, .. _network.All, .. _storage.All, .. _limits.All, .. _deviceLimits.All, .. _isolation.All, .. _health.All, _attach, _pull, _quiet, _cidFile];

    public async Task<ContainerSpecification> ReadAsync(
        ParseResult parsed, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        var specification = new ContainerSpecification
        {
            Image = parsed.GetValue(_image)!,
            Command = parsed.GetValue(_command) is { Length: > 0 } command ? command : null,
            PullPolicy = Enum.Parse<PullPolicy>(parsed.GetValue(_pull) ?? nameof(PullPolicy.Missing), ignoreCase: true),
            Limits = _limits.Read(parsed),
        };
        specification = await _process.ApplyAsync(parsed, specification, environment, cancellationToken);
        specification = await _isolation.ApplyAsync(parsed, specification, cancellationToken);
        return _health.Apply(parsed, _deviceLimits.Apply(parsed, _storage.Apply(parsed, _network.Apply(parsed, specification))));
    }

    /// <summary>Whether nothing is said of how the image is brought in.</summary>
    public bool IsQuiet(ParseResult parsed) => parsed.GetValue(_quiet);

    /// <summary>The streams to attach to; null when none is named.</summary>
    public IReadOnlySet<string>? ReadAttached(ParseResult parsed)
    {
        var streams = parsed.All(_attach).Select(stream => stream.ToLowerInvariant()).ToHashSet();
        return streams.Count == 0 ? null
            : streams.FirstOrDefault(
                stream => stream is not ("stdin" or "stdout" or "stderr")) is { } unknown ? throw new UsageException(
                    $"--attach {unknown}: expected stdin, stdout or stderr.")
            : streams;
    }

    /// <summary>Whether who attaches first gives the container its input, whose end is the container's, too.</summary>
    public bool AttachesInput(ParseResult parsed, ContainerSpecification specification)
        => ReadAttached(parsed)?.Contains("stdin") != false && specification.OpenStdin;

    /// <summary>Takes the place of the file that the id is written to; null without one.</summary>
    public FileStream? OpenIdFile(ParseResult parsed)
    {
        if (parsed.GetValue(_cidFile) is not { } path)
        {
            return null;
        }

        try
        {
            return new FileStream(Path.GetFullPath(path), FileMode.CreateNew, FileAccess.Write);
        }
        catch (Exception e) when (ZLayerException.From(e, isWrite: true) is not null)
        {
            throw new UsageException(
                $"--cidfile {path}: {e.Message}", File.Exists(path) ? "Remove the file of an earlier container, or name another." : null);
        }
    }
}
