using System.Management.Automation;
using ZLayer.Core;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Images;
using ZLayer.Core.Oci;
using ZLayer.Core.Runtimes;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Takes images from archives, or from a runtime, into the store; or from archives into a runtime.</summary>
/// <remarks>
/// <para>
/// Takes OCI layouts, as a directory or a tar, and what 'docker save' writes, compressed with gzip or zstd or not; the format is
/// recognised. Every blob is verified. An archive that is damaged leaves the store as it was.
/// </para>
/// <para>
/// With -Reference the images of a runtime, such as the Docker engine, are taken into the store; an image object of a runtime may be piped
/// in. With -Path and -Runtime the runtime loads the archives ('docker load'). Either way nothing is written to a file in between.
/// </para>
/// <para>New-ZLayerImage makes an image of a plain root file system.</para>
/// </remarks>
/// <example>
/// <summary>Read what Docker saved</summary>
/// <code>docker save --output app.tar app:1.0
/// Import-ZLayerImage app.tar</code>
/// </example>
/// <example>
/// <summary>Take an image out of the Docker engine, and push it</summary>
/// <code>Import-ZLayerImage -Runtime docker -Reference app:1.0 | Push-ZLayerImage -Destination ghcr.io/org/app:1.0</code>
/// </example>
/// <example>
/// <summary>Let the Docker engine load an archive</summary>
/// <code>Import-ZLayerImage ./app.tar -Runtime docker</code>
/// </example>
/// <example>
/// <summary>Read an archive without names</summary>
/// <code>Import-ZLayerImage ./layout -Tag app:2.0</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/image-spec/blob/main/image-layout.md">OCI image layout</seealso>
/// <seealso cref="ExportZLayerImageCommand"/>
/// <seealso cref="NewZLayerImageCommand"/>
[Cmdlet(VerbsData.Import, "ZLayerImage", SupportsShouldProcess = true, DefaultParameterSetName = PathSet)]
[OutputType(typeof(ImageInfo))]
public sealed class ImportZLayerImageCommand : ZLayerAsyncCmdlet
{
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";
    private const string ReferenceSet = "Reference";

    /// <summary>The archives or layout directories; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = PathSet, HelpMessage = "The archives or layout directories; wildcards are allowed.")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [TextOf("a path of an archive or layout directory", typeof(FileInfo), typeof(DirectoryInfo), Property = "FullName", LeavesWith = ["PSPath"], LeavesToOthers = true)]
    public string[] Path { get; set; } = [];

    /// <summary>The archives or layout directories, taken as they are written.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = LiteralPathSet, HelpMessage = "The archives or layout directories, taken as they are written.")]
    [Alias("PSPath", "LP")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Images of a runtime to take into the store: names, ids or image objects; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = ReferenceSet, HelpMessage = "Images of a runtime to take into the store: names, ids or image objects.")]
    [Alias("Image", "Name")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ImageIdentity(LeavesWith = ["PSPath"], Otherwise = "the path of an archive or a layout directory")]
    [ArgumentCompleter(typeof(ImageNameCompleter))]
    public ImageIdentity[] Reference { get; set; } = [];

    /// <summary>
    /// The runtime: with -Reference the one that holds the images, with -Path the one that loads the archives. The runtime of a piped image
    /// wins over it.
    /// </summary>
    [Parameter(HelpMessage = "The runtime: with -Reference the one that holds the images, with -Path the one that loads the archives.")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RuntimeNameCompleter))]
    public string? Runtime { get; set; }

    /// <summary>The name for an archive of one image, in place of the name in it.</summary>
    [Parameter(HelpMessage = "The name for an archive of one image, in place of the name in it.")]
    [ImageReference]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(ImageNameCompleter))]
    public ImageReference? Tag { get; set; }

    /// <summary>The platform to take from an image of several; without it all that the archive holds.</summary>
    [Parameter(HelpMessage = "The platform to take from an image of several.")]
    [Platform]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    public Platform? Platform { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == ReferenceSet)
        {
            foreach (var identity in Reference)
            {
                Receive(identity);
            }

            return;
        }

        var isLiteral = ParameterSetName == LiteralPathSet;
        foreach (var path in isLiteral ? LiteralPath : Path)
        {
            foreach (var file in Resolve(path, isLiteral))
            {
                if (!ShouldProcess(file, Runtime is null ? "Import images" : $"Import images into {Runtime}"))
                {
                    continue;
                }

                if (Runtime is null)
                {
                    Import(file);
                }
                else
                {
                    Load(file, Runtime);
                }
            }
        }
    }

    // Out of a runtime, into the store.
    private void Receive(ImageIdentity identity)
    {
        var root = identity.Root ?? FullRoot;
        if ((identity.Runtime ?? Runtime) is not { } runtime)
        {
            WriteError(ErrorMapper.ToErrorRecord(new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"'{identity}' is in the store already, as no runtime is named.")
            {
                Subject = identity.Text,
                Advice = "Name the runtime that holds the image with -Runtime.",
            }));
            return;
        }

        var engine = ZLayerSession.Current.GetEngine(root);
        RunAsync((sink, cancellationToken) => RuntimeImages.GuardAsync(sink, identity.Text, async () =>
        {
            foreach (var key in await RuntimeImages.KeysAsync(engine.Runtimes.Get(runtime), identity, cancellationToken))
            {
                if (await sink.ShouldProcessAsync($"{key} of {runtime}", "Import image"))
                {
                    await ReceiveAsync(engine, key, runtime, sink, cancellationToken);
                }
            }
        }));
    }

    private async Task ReceiveAsync(
        ZLayerEngine engine, string key, string runtime, IPipelineSink sink, CancellationToken cancellationToken)
    {
        var progress = new TransferProgressReporter(sink, $"Import {key}", "ZLayer.Import");
        try
        {
            foreach (var image in await engine.ReceiveFromRuntimeAsync([key], runtime, progress, cancellationToken))
            {
                await sink.WriteObjectAsync(Tag is null ? image : engine.Images.Tag(ImageSelection.NameOf(image), Tag));
            }
        }
        finally
        {
            progress.Complete();
        }
    }

    // Out of a file, into a runtime.
    private void Load(string file, string name)
    {
        var engine = ZLayerSession.Current.GetEngine(FullRoot);
        RunAsync((sink, cancellationToken) => RuntimeImages.GuardAsync(sink, file, async () =>
        {
            if (Tag is not null || Platform is not null || Directory.Exists(file))
            {
                throw new ZLayerException(
                    ZLayerErrorKind.OperationNotSupported, $"Loading '{file}' into {name}: a runtime takes an archive file as it is, without -Tag and -Platform.")
                {
                    Subject = file,
                    Advice = "Import it into the store, and send it from there: Import-ZLayerImage FILE -Tag NAME | Export-ZLayerImage -Runtime docker.",
                };
            }

            var runtime = engine.Runtimes.Get(name);
            await using var archive = UserFile.OpenRead(file, cancellationToken);
            await foreach (var step in runtime.LoadImagesAsync(archive, quiet: false, cancellationToken))
            {
                foreach (var reference in step is LoadDone done ? done.References : [])
                {
                    await sink.WriteObjectAsync(await RuntimeImages.FindOneAsync(runtime, reference, cancellationToken));
                }
            }
        }));
    }

    private IReadOnlyList<string> Resolve(string path, bool isLiteral)
    {
        try
        {
            return ResolveExistingPaths(path, isLiteral);
        }
        catch (Exception exception) when (ErrorMapper.IsFailure(exception))
        {
            WriteError(ErrorMapper.ToErrorRecord(exception, path));
            return [];
        }
    }

    private void Import(string file)
    {
        var engine = ZLayerSession.Current.GetEngine(FullRoot);
        var warnings = new List<string>();
        var options = new LoadOptions { Tag = Tag, Platform = Platform, Warn = warnings.Add };
        RunAsync(file, async (sink, cancellationToken) =>
        {
            var progress = new TransferProgressReporter(sink, $"Import {System.IO.Path.GetFileName(file)}", "ZLayer.Import");
            try
            {
                foreach (var image in await engine.LoadAsync(file, options, progress, cancellationToken))
                {
                    await sink.WriteObjectAsync(image);
                }

                foreach (var warning in warnings)
                {
                    await sink.WriteWarningAsync(warning);
                }
            }
            finally
            {
                progress.Complete();
            }
        });
    }
}
