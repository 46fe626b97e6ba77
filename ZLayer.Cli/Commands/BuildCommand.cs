using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Cli.Display;
using ZLayer.Core.Builds;
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
        Description = "The Dockerfile (default: PATH/Dockerfile); '-' reads it from standard input",
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
        = Choice<PullPolicy>("--pull", "When base images are asked for at the registry (default: missing)");
    private readonly Option<BuildNetwork> _network = Choice<BuildNetwork>("--network", "Network of RUN steps (default: default)");
    private readonly Option<string[]> _allow = List(
        "--allow", "PRIVILEGE", "Let RUN steps have what they ask for: security.insecure, network.host, device[=NAME]; may be repeated");
    private readonly Option<string[]> _outputs
        = List("--output", "type=oci|docker|local|tar|image,dest=PATH", "What to make of the result besides the image in the store", "-o");
    private readonly Option<bool> _push = new("--push") { Description = "Push every tag when the build is done" };
    private readonly Option<ProgressMode> _progress
        = Choice<ProgressMode>("--progress", "How to show progress (default: auto); json writes one event a line to standard output");
    private readonly Option<string?> _runtime = new("--oci-runtime")
    {
        Description = "The OCI runtime for RUN steps (default: the first of crun, runc, youki that works)",
        HelpName = "NAME",
    };

    public BuildCommand()
        : base("build", "Build an image from a Dockerfile.")
    {
        Arguments.Add(_path);
        foreach (var option in new Option[]
        {
            _file, _tags, _target, _buildArguments, _labels, _secrets, _ssh, _contexts, _platforms, _osVersion, _noCache, _pull, _network, _allow, _outputs, _push, _progress, _runtime,
        })
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

    /// <summary>An option with the names of an enumeration as values; the first of them is the default.</summary>
    private static Option<T> Choice<T>(string name, string description)
        where T : struct, Enum
    {
        var names = Enum.GetNames<T>().Select(n => n.ToLowerInvariant()).ToArray();
        return new Option<T>(name)
        {
            Description = description,
            HelpName = string.Join('|', names),
            CustomParser = result =>
            {
                var index = Array.IndexOf(names, result.Tokens[^1].Value);
                if (index < 0)
                {
                    result.AddError($"{name} {result.Tokens[^1].Value}: expected one of {string.Join(", ", names)}.");
                    return default;
                }

                return Enum.GetValues<T>()[index];
            },
        };
    }
}
