using System.Management.Automation;
using ZLayer.Core;
using ZLayer.Core.Builds;
using ZLayer.Core.Errors;
using ZLayer.Core.Exporters;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Builds an image from a Dockerfile.</summary>
/// <remarks>
/// <para>
/// Reads the Dockerfile in the context directory, or the text given with -Definition, builds the stages that are needed, several at once,
/// and keeps the image in the store. Steps whose inputs did not change are taken from the step cache. RUN needs an OCI runtime (crun, runc
/// or youki) on the machine; everything else works without.
/// </para>
/// <para>
/// A progress bar shows the steps at work. Every event of the build is an object on the information stream with the tag ZLayer.Build: add
/// -InformationAction Continue to read along, or -InformationVariable to keep them. A step that fails ends the build with the error
/// BuildStepFailed, which holds the last lines that the step printed.
/// </para>
/// <para>
/// A Dockerfile and the images that it builds on may come from strangers: a RUN step that asks for privileges on this machine, such as RUN
/// --security=insecure, is refused with the error ConsentRequired unless -Allow agrees to it.
/// </para>
/// <para>
/// -Credential is for one registry: the one that the result is pushed to, and base images come from it with it too; without a push the one
/// that all base images come from. It is shown to no other, and a build that needs several is refused with it: log in with
/// Connect-ZLayerRegistry there.
/// </para>
/// <para>The result is one object that other cmdlets take as an image: pipe it to Push-ZLayerImage or Export-ZLayerImage.</para>
/// </remarks>
/// <example>
/// <summary>Build the Dockerfile in the current directory</summary>
/// <code>Invoke-ZLayerBuild . -Tag app:1.0</code>
/// </example>
/// <example>
/// <summary>Build one stage with build arguments, reading along</summary>
/// <code>Invoke-ZLayerBuild ./web -Target test -BuildArgument @{ VERSION = '2.1' } -InformationAction Continue</code>
/// </example>
/// <example>
/// <summary>Build without files</summary>
/// <code>"FROM alpine:3.22`nRUN apk add --no-cache curl" | Invoke-ZLayerBuild -Tag curl:local</code>
/// </example>
/// <example>
/// <summary>Build for two platforms and push</summary>
/// <code>Invoke-ZLayerBuild . -Tag ghcr.io/org/app:1.0 -Platform linux/amd64, linux/arm64 -Push</code>
/// </example>
/// <example>
/// <summary>Push with a credential for this build alone</summary>
/// <code>Invoke-ZLayerBuild . -Tag ghcr.io/org/app:1.0 -Push -Credential (Get-Credential)</code>
/// </example>
/// <example>
/// <summary>Use a secret that leaves no trace in the image</summary>
/// <code>Invoke-ZLayerBuild . -Secret @{ id = 'npm'; Path = '~/.npmrc' } -Output 'type=oci,dest=app.tar'</code>
/// <para>RUN --mount=type=secret,id=npm reads it. The image also goes to an OCI archive.</para>
/// </example>
/// <example>
/// <summary>Agree to what a trusted Dockerfile asks for</summary>
/// <code>Invoke-ZLayerBuild . -Allow security.insecure, device=vendor.com/board</code>
/// <para>RUN --security=insecure and RUN --device of that kind are carried out; RUN --network=host is still refused.</para>
/// </example>
/// <seealso href="https://docs.docker.com/reference/dockerfile/">Dockerfile reference</seealso>
/// <seealso cref="GetZLayerBuilderCommand"/>
/// <seealso cref="PushZLayerImageCommand"/>
/// <seealso cref="ExportZLayerImageCommand"/>
/// <seealso cref="NewZLayerExporterCommand"/>
[Cmdlet(VerbsLifecycle.Invoke, "ZLayerBuild", SupportsShouldProcess = true, DefaultParameterSetName = ContextSet)]
[Alias("Build-ZLayerImage")]
[OutputType(typeof(BuildResult))]
public sealed class InvokeZLayerBuildCommand : RegistryCmdlet
{
    private const string ContextSet = "Context";
    private const string InlineSet = "Inline";

    /// <summary>
    /// The build context: the directory whose files COPY and ADD can take. The current directory without it; with -Definition none without
    /// it.
    /// </summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true, ParameterSetName = ContextSet, HelpMessage = "The build context: the directory whose files COPY and ADD can take.")]
    [Parameter(Position = 0, ParameterSetName = InlineSet, HelpMessage = "The build context: the directory whose files COPY and ADD can take.")]
    [Alias("PSPath", "FullName")]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>The Dockerfile. Without it Dockerfile, Containerfile or ZImagefile in the context.</summary>
    [Parameter(ParameterSetName = ContextSet, HelpMessage = "The Dockerfile, when it is not Dockerfile, Containerfile or ZImagefile in the context.")]
    [Alias("Dockerfile")]
    [ValidateNotNullOrEmpty]
    public string? File { get; set; }

    /// <summary>
    /// The text of a Dockerfile, instead of a file. Its COPY and ADD take files of the context that -Path names; without -Path there is
    /// none.
    /// </summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = InlineSet, HelpMessage = "The text of a Dockerfile, instead of a file.")]
    [ValidateNotNullOrEmpty]
    [TextOf("the text of a Dockerfile", LeavesWith = ["PSPath", "Path", "FullName"], Otherwise = "a directory as the build context")]
    public string Definition { get; set; } = "";

    /// <summary>The names that the image gets.</summary>
    [Parameter(HelpMessage = "The names that the image gets.")]
    [ImageReference]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ImageNameCompleter))]
    public ImageReference[] Tag { get; set; } = [];

    /// <summary>The stage to build, by name or number; the last one without it.</summary>
    [Parameter(HelpMessage = "The stage to build, by name or number.")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(TargetCompleter))]
    public string? Target { get; set; }

    /// <summary>
    /// Values of build arguments (ARG): a hashtable, or 'NAME=value' texts. A name without value takes it from the environment.
    /// </summary>
    [Parameter(HelpMessage = "Values of build arguments: a hashtable, or 'NAME=value' texts.")]
    [NameValue]
    [ArgumentCompleter(typeof(BuildArgumentCompleter))]
    public NameValueTable? BuildArgument { get; set; }

    /// <summary>Labels that the image gets: a hashtable, or 'key=value' texts.</summary>
    [Parameter(HelpMessage = "Labels that the image gets: a hashtable, or 'key=value' texts.")]
    [NameValue]
    [ArgumentCompleter(typeof(LabelCompleter))]
    public NameValueTable? Label { get; set; }

    /// <summary>
    /// Secrets for RUN --mount=type=secret: @{ id = 'name'; Path = 'file' } (or Value, or Env), or 'id=name,src=file'. Value may be a
    /// SecureString.
    /// </summary>
    [Parameter(HelpMessage = "Secrets for RUN --mount=type=secret: @{ id = 'name'; Path = 'file' } or 'id=name,src=file'.")]
    [BuildSecret]
    public BuildSecret[] Secret { get; set; } = [];

    /// <summary>SSH agents for RUN --mount=type=ssh: 'default' for the agent of SSH_AUTH_SOCK, or 'id=socket-or-key'.</summary>
    [Parameter(HelpMessage = "SSH agents for RUN --mount=type=ssh: 'default', or 'id=socket-or-key'.")]
    [BuildSsh]
    public BuildSsh[] Ssh { get; set; } = [];

    /// <summary>
    /// More contexts, by name: a hashtable of directories, images ('docker-image://alpine'), OCI layouts, archives or URLs for --from and
    /// FROM.
    /// </summary>
    [Parameter(HelpMessage = "More contexts, by name: directories, 'docker-image://', 'oci-layout://' or URLs.")]
    [NameValue]
    public NameValueTable? BuildContext { get; set; }

    /// <summary>The platforms to build for; this machine's without it. Several make an index.</summary>
    [Parameter(HelpMessage = "The platforms to build for. Several make an index.")]
    [Platform]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    public Platform[] Platform { get; set; } = [];

    /// <summary>The os.version of Windows images, such as 10.0.20348.2340; without it the base image's.</summary>
    [Parameter(HelpMessage = "The os.version of Windows images, such as 10.0.20348.2340; without it the base image's.")]
    [ValidateNotNullOrEmpty]
    public string? OSVersion { get; set; }

    /// <summary>Runs every step again instead of taking it from the step cache.</summary>
    [Parameter(HelpMessage = "Runs every step again instead of taking it from the step cache.")]
    public SwitchParameter NoCache { get; set; }

    /// <summary>When base images are looked up in their registry: IfNotPresent (the default), Newer, Always or Never.</summary>
    [Parameter(HelpMessage = "When base images are looked up in their registry: IfNotPresent, Newer, Always or Never.")]
    [PullPolicy]
    public ImagePullPolicy PullPolicy { get; set; }

    /// <summary>The network of RUN steps: Default, None or Host. Host agrees to RUN --network=host too.</summary>
    [Parameter(HelpMessage = "The network of RUN steps.")]
    public BuildNetwork Network { get; set; }

    /// <summary>
    /// Privileges that RUN steps may have when the Dockerfile, or a trigger of its base image, asks for them: security.insecure (RUN
    /// --security=insecure), network.host (RUN --network=host), device or device=NAME (RUN --device). None without it.
    /// </summary>
    [Parameter(HelpMessage = "Privileges that RUN steps may ask for: security.insecure, network.host, device, device=NAME.")]
    [BuildEntitlement]
    [ArgumentCompleter(typeof(BuildEntitlementCompleter))]
    public BuildEntitlement[] Allow { get; set; } = [];

    /// <summary>Merges the layers that the build makes into one.</summary>
    [Parameter(HelpMessage = "Merges the layers that the build makes into one.")]
    public SwitchParameter Squash { get; set; }

    /// <summary>
    /// Where the result goes besides the store: 'type=oci,dest=app.tar' texts, hashtables with the same names, or objects of
    /// New-ZLayerExporter.
    /// </summary>
    [Parameter(HelpMessage = "Where the result goes besides the store, such as 'type=oci,dest=app.tar'.")]
    [Exporter]
    [ArgumentCompleter(typeof(ExporterCompleter))]
    public ExporterSpecification[] Output { get; set; } = [];

    /// <summary>Pushes every name of -Tag after the build.</summary>
    [Parameter(HelpMessage = "Pushes every name of -Tag after the build.")]
    public SwitchParameter Push { get; set; }

    /// <summary>How layers are compressed that are pushed: None, Gzip (the default) or Zstd.</summary>
    [Parameter(HelpMessage = "How layers are compressed that are pushed.")]
    public LayerCompression Compression { get; set; } = LayerCompression.Gzip;

    /// <summary>The level of the compression; its default without it.</summary>
    [Parameter(HelpMessage = "The level of the compression.")]
    [ValidateRange(0, 22)]
    public int? CompressionLevel { get; set; }

    /// <summary>The media types of the image: Oci (the default) or Docker.</summary>
    [Parameter(HelpMessage = "The media types of the image: Oci or Docker.")]
    public ImageFormat Format { get; set; }

    /// <summary>
    /// Gives the image the times of SOURCE_DATE_EPOCH, or 1970 where that is not set, so that the same input makes the same digest at any
    /// time.
    /// </summary>
    [Parameter(HelpMessage = "Fixed times, so that the same input makes the same digest at any time.")]
    public SwitchParameter Reproducible { get; set; }

    /// <summary>The OCI runtime for RUN: crun, runc, youki or a path; the first that works without it.</summary>
    [Parameter(HelpMessage = "The OCI runtime for RUN: crun, runc, youki or a path.")]
    [ArgumentCompleter(typeof(OciRuntimeCompleter))]
    [ValidateNotNullOrEmpty]
    public string? OciRuntime { get; set; }

    /// <summary>How often a RUN step that failed is tried again.</summary>
    [Parameter(HelpMessage = "How often a RUN step that failed is tried again.")]
    [ValidateRange(0, 10)]
    public int RetryCount { get; set; }

    /// <summary>The builder to build with; the default one without it.</summary>
    [Parameter(HelpMessage = "The builder to build with.")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(BuilderCompleter))]
    public string? Builder { get; set; }

    /// <summary>Works in the background and returns a job at once.</summary>
    [Parameter(HelpMessage = "Works in the background and returns a job at once.")]
    public SwitchParameter AsJob { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        BuildOptions options;
        string? registry;
        try
        {
            options = ParameterSetName == InlineSet ? FromText() : FromContext();
            registry = IsGiven(Credential) ? BuildRegistries.Of(options).ForCredential() : null;
        }
        catch (Exception exception) when (ErrorMapper.IsFailure(exception))
        {
            ThrowTerminatingError(ErrorMapper.ToErrorRecord(exception));
            return;
        }

        var plan = BuildPlanDescription.Of(options);
        if (ShouldProcess(plan.Text, plan.Question, "Invoke-ZLayerBuild"))
        {
            Build(options, registry);
        }
    }

    private void Build(BuildOptions options, string? registry)
    {
        var engine = GetEngine();
        if (registry is not null)
        {
            UseCredential(engine, registry);
        }

        // A job outlives the cmdlet, so an engine with a credential of its own becomes the job's.
        var engines = AsJob ? TakeOwnEngines() : [];
        RunOrStart(AsJob, async (sink, cancellationToken) =>
        {
            var progress = new BuildProgressReporter(
                sink, "Build " + (options.Tags.Count > 0 ? options.Tags[0].ToFamiliarString() : "image"));
            try
            {
                await sink.WriteObjectAsync(await engine.BuildAsync(options, progress, cancellationToken));
            }
            finally
            {
                progress.Complete();
                foreach (var own in engines)
                {
                    await own.DisposeAsync();
                }
            }
        });
    }

    private BuildOptions FromText() => Common() with
    {
        DockerfileText = Definition,
        ContextDirectory = Path is null ? null : ResolveContext(Path),
    };

    private BuildOptions FromContext()
    {
        var context = ResolveContext(Path ?? ".");
        return Common() with
        {
            ContextDirectory = context,
            DockerfilePath = File is null ? null : ResolveExistingPaths(File, isLiteral: true)[0],
        };
    }

    private string ResolveContext(string path)
    {
        var context = ResolveExistingPaths(path, isLiteral: true)[0];
        return Directory.Exists(context)
            ? context
            : throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"The build context '{path}' is not a directory.")
            {
                Subject = path,
                Advice = "Name the directory with -Path and the Dockerfile with -File.",
            };
    }

    private BuildOptions Common()
    {
        var environment = ZLayerEngineOptions.FromEnvironment(FullRoot).Environment;
        return new BuildOptions
        {
            Tags = Tag,
            Target = Target,
            BuildArguments = NameValueAttribute.ToDictionary(BuildArgument, environment),
            Labels = NameValueAttribute.ToDictionary(Label, environment),
            Secrets = Secret,
            Ssh = Ssh,
            NamedContexts = Contexts(environment),
            Platforms = Platform,
            OsVersion = OSVersion,
            NoCache = NoCache,
            Pull = PullPolicyAttribute.ToEngine(PullPolicy),
            Network = Network,
            Allow = Allow,
            Outputs = Output,
            Push = Push,
            Squash = Squash,
            Format = Format,
            Compression = Compression,
            CompressionLevel = CompressionLevel,
            Retries = RetryCount,
            OciRuntime = OciRuntime,
            SourceDateEpoch = Reproducible ? DateTimeOffset.UnixEpoch : null,
            Builder = Builder,
        }.WithEnvironment(environment);
    }

    // A value without a scheme is a directory of PowerShell's current location.
    private Dictionary<string, string> Contexts(IReadOnlyDictionary<string, string> environment)
        => NameValueAttribute.ToDictionary(BuildContext, environment).ToDictionary(
            entry => entry.Key,
            entry => entry.Value.Contains("://", StringComparison.Ordinal) || entry.Value.StartsWith("git@", StringComparison.Ordinal)
                ? entry.Value
                : ResolveNewPath(entry.Value),
            StringComparer.Ordinal);
}
