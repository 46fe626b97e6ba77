using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Cli.Display;
using ZLayer.Core.Builds;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;

namespace ZLayer.Cli.Commands;

/// <summary><c>zlayer build [PATH]</c></summary>
internal sealed class BuildCommand : EngineCommand
{
    // As large as a Dockerfile may be in a file.
    private const int LargestDockerfile = 16 << 20;

    private readonly Argument<string> _path = new("PATH")
    {
        Description = "The build context, a directory; '-' reads a Dockerfile without context from standard input",
        DefaultValueFactory = _ => ".",
    };
    private readonly Option<string?> _file = new("--file", "-f")
    {
        Description = "The Dockerfile (default: Dockerfile, Containerfile or ZImagefile in PATH); '-' reads it from standard input",
        HelpName = "FILE",
    };
    private readonly Option<string[]> _tags = List("--tag", "REF", "Name of the image; may be repeated", "-t");
    private readonly Option<string?> _target
        = new("--target") { Description = "Build up to this stage, by name or index", HelpName = "STAGE" };
    private readonly Option<string[]> _buildArguments
        = List("--build-arg", "K=V", "Value of an ARG; a bare K takes it from the environment");
    private readonly Option<string[]> _labels = List("--label", "K=V", "A label of the image");
    private readonly Option<string[]> _secrets
        = List("--secret", "id=ID,src=FILE|env=VAR", "A secret for RUN --mount=type=secret; it never enters the image");
    private readonly Option<string[]> _ssh = List("--ssh", "ID[=SOCKET]", "An SSH agent or key for RUN --mount=type=ssh");
    private readonly Option<string[]> _contexts
        = List("--build-context", "NAME=VALUE", "A named context: directory, docker-image://, oci-layout://, git or http address");
    private readonly Option<string[]> _platforms = List("--platform", "P[,P]", "Target platforms; several make an index");
    private readonly Option<string?> _osVersion = new("--os-version")
    {
        Description = "The os.version of Windows images (default: the base image's)",
        HelpName = "10.0.20348.2340",
    };
    private readonly Option<bool> _noCache = new("--no-cache") { Description = "Run every step again" };
    private readonly Option<PullPolicy> _pull
        = OptionOf.Choice<PullPolicy>("--pull", "When base images are asked for at the registry (default: missing)");
    private readonly Option<BuildNetwork> _network = OptionOf.Choice<BuildNetwork>("--network", "Network of RUN steps (default: default)");
    private readonly Option<string[]> _allow = List(
        "--allow", "PRIVILEGE", "Let RUN steps have what they ask for: security.insecure, network.host, device[=NAME]; may be repeated");
    private readonly Option<string[]> _outputs
        = List("--output", "type=oci|docker|local|tar|image,dest=PATH", "What to make of the result besides the image in the store", "-o");
    private readonly Option<bool> _push = new("--push") { Description = "Push every tag when the build is done" };
    private readonly Option<bool> _squash = OptionOf.Flag("--squash", "Merge the layers that the build makes into one");
    private readonly Option<ImageFormat?> _format
        = OptionOf.ChoiceOrNothing<ImageFormat>("--format", "The media types of the image (default: oci)");
    private readonly CompressionOptions _compression = new("that are pushed", "gzip");
    private readonly Option<bool> _reproducible = OptionOf.Flag(
        "--reproducible", "Give the image the times of SOURCE_DATE_EPOCH, or 1970 where that is not set: the same input makes the same digest");
    private readonly Option<int> _retries = new("--retries")
    {
        Description = "How often a RUN step that failed is tried again, 0 to 10 (default: 0)",
        HelpName = "NUMBER",
        Validators =
        {
            result =>
            {
                if (result.GetValueOrDefault<int>() is < 0 or > 10)
                {
                    result.AddError($"--retries {result.Tokens[^1].Value}: expected a number from 0 to 10.");
                }
            },
        },
    };
    private readonly Option<string?> _builder = OptionOf.Text("--builder", "NAME", "The builder to build with (default: native)");
    private readonly Option<ProgressMode> _progress
        = OptionOf.Choice<ProgressMode>(
            "--progress", "How to show progress (default: auto); json writes one event a line to standard output");
    private readonly Option<string?> _runtime = new("--oci-runtime")
    {
        Description = "The OCI runtime for RUN steps (default: the first of crun, runc, youki that works)",
        HelpName = "NAME",
    };

    public BuildCommand()
        : base("build", "Build an image from a Dockerfile.")
    {
        Arguments.Add(_path);
        foreach (var option in (Option[])
        [
            _file, _tags, _target, _buildArguments, _labels, _secrets, _ssh, _contexts, _platforms, _osVersion, _noCache, _pull, _network,
            _allow, _squash, _outputs, _push, _format, .. _compression.All, _reproducible, _retries, _builder, _progress, _runtime,
        ])
        {
            Options.Add(option);
        }
    }

    private enum ProgressMode
    {
        Auto,
        Plain,
        Json,
    }

    protected override bool WorksOnImageFiles(ParseResult parsed) => true;

    protected override async Task ExecuteAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken)
    {
        var options = await ReadOptionsAsync(parsed, Environment, cancellationToken);
        var progress = parsed.GetValue(_progress);
        BuildResult result;
        await using (var display = CreateDisplay(progress))
        {
            result = await engine.BuildAsync(options, display, cancellationToken);
        }

        if (progress != ProgressMode.Json && !options.Outputs.Any(output => output.Destination == "-"))
        {
            Screen.Line(result.ImageId);
        }
    }

    private static IBuildDisplay CreateDisplay(ProgressMode mode) => mode switch
    {
        ProgressMode.Json => new JsonBuildDisplay(Console.Out),
        ProgressMode.Auto when Terminal.CanRedraw => new LiveBuildDisplay(),
        _ => new PlainBuildDisplay(Console.Error),
    };

    private async Task<BuildOptions> ReadOptionsAsync(
        ParseResult parsed, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        var path = parsed.GetValue(_path)!;
        var file = parsed.GetValue(_file);
        RefuseOtherContexts(path);
        if (path == "-" && file is not null)
        {
            throw new UsageException("PATH '-' is a Dockerfile on standard input; --file cannot be given beside it.");
        }

        var options = new BuildOptions
        {
            ContextDirectory = path == "-" ? null : Path.GetFullPath(path),
            DockerfilePath = file is null or "-" ? null : Path.GetFullPath(file),
            DockerfileText = path == "-" || file == "-"
                ? await InputFile.ReadStandardInputAsync(LargestDockerfile, cancellationToken)
                : null,
            Tags = [.. parsed.GetValue(_tags)!.Select(Values.Reference)],
            Target = parsed.GetValue(_target),
            BuildArguments = KeyValues.ParseWithEnvironment("--build-arg", parsed.GetValue(_buildArguments)!, environment),
            Labels = KeyValues.Parse("--label", parsed.GetValue(_labels)!),
            Secrets = [.. parsed.GetValue(_secrets)!.Select(text => SecretArgument.Parse(text, environment))],
            Ssh = [.. parsed.GetValue(_ssh)!.Select(SshArgument.Parse)],
            NamedContexts = KeyValues.Parse("--build-context", parsed.GetValue(_contexts)!),
            Platforms = Values.Platforms(parsed.GetValue(_platforms)!),
            OsVersion = parsed.GetValue(_osVersion),
            NoCache = parsed.GetValue(_noCache),
            Pull = parsed.GetValue(_pull),
            Network = parsed.GetValue(_network),
            Allow = Values.Entitlements(parsed.GetValue(_allow)!),
            Outputs = [.. parsed.GetValue(_outputs)!.Select(OutputArgument.Parse)],
            Push = parsed.GetValue(_push),
            Squash = parsed.GetValue(_squash),
            Format = parsed.GetValue(_format) ?? ImageFormat.Oci,
            Compression = _compression.Kind(parsed) ?? LayerCompression.Gzip,
            CompressionLevel = _compression.Level(parsed),
            SourceDateEpoch = parsed.GetValue(_reproducible) ? DateTimeOffset.UnixEpoch : null,
            Retries = parsed.GetValue(_retries),
            Builder = parsed.GetValue(_builder),
            OciRuntime = parsed.GetValue(_runtime),
        }.WithEnvironment(environment);
        return options.Push && options.Tags.Count == 0
            ? throw new UsageException("--push needs a name to push to.", "Give one with --tag.")
            : options;
    }

    private static void RefuseOtherContexts(string path)
    {
        if (path.Contains("://", StringComparison.Ordinal) || path.StartsWith("git@", StringComparison.Ordinal))
        {
            throw new UsageException(
                $"PATH {path}: a remote build context is not supported.", "Fetch it first (git clone, curl) and give the directory.");
        }

        if (path != "-" && !Directory.Exists(path))
        {
            throw File.Exists(path)
                ? new UsageException(
                    $"PATH {path} is a file; the build context is a directory.", "Unpack an archive first; a Dockerfile is given with --file.")
                : new UsageException($"PATH {path} does not exist.");
        }
    }

    private static Option<string[]> List(string name, string value, string description, params string[] aliases)
        => new(name, aliases)
        {
            Description = description,
            HelpName = value,
            Arity = ArgumentArity.OneOrMore,
            AllowMultipleArgumentsPerToken = false,
            DefaultValueFactory = _ => [],
        };
}
