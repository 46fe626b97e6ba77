using System.Management.Automation;
using ZLayer.Core;
using ZLayer.Core.Errors;
using ZLayer.Core.Exporters;
using ZLayer.Core.Images;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Transfers;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Writes images to an archive or a directory, or sends them into a runtime.</summary>
/// <remarks>
/// <para>
/// Several images go into one archive, with the layers that they share once. 'docker load', 'podman load' and 'skopeo copy' read what this
/// writes. RootFsTar and Directory hold the files of one image, without its config.
/// </para>
/// <para>
/// With -Runtime the images of the store are streamed into a container runtime, such as the Docker engine, without an archive on a disk;
/// layers that it has are not sent where it allows that. Images of a runtime that are piped in are written by it ('docker save'), always as
/// a Docker archive.
/// </para>
/// <para>Nothing is left behind when the writing fails.</para>
/// </remarks>
/// <example>
/// <summary>Write an OCI archive</summary>
/// <code>Export-ZLayerImage app:1.0 -Destination app.tar</code>
/// </example>
/// <example>
/// <summary>Bring images into Docker</summary>
/// <code>Export-ZLayerImage app:1.0 -Runtime docker</code>
/// </example>
/// <example>
/// <summary>Write images of the Docker engine to an archive</summary>
/// <code>Get-ZLayerImage app -Runtime docker | Export-ZLayerImage -Destination app.tar</code>
/// </example>
/// <example>
/// <summary>Unpack the files of an image</summary>
/// <code>Export-ZLayerImage alpine:3.22 -Destination ./rootfs -Format Directory</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/image-spec/blob/main/image-layout.md">OCI image layout</seealso>
/// <seealso cref="ImportZLayerImageCommand"/>
[Cmdlet(VerbsData.Export, "ZLayerImage", SupportsShouldProcess = true, DefaultParameterSetName = PathSet)]
[OutputType(typeof(FileInfo), typeof(DirectoryInfo), typeof(ImageInfo))]
public sealed class ExportZLayerImageCommand : ZLayerAsyncCmdlet
{
    private const string PathSet = "Path";
    private const string ExporterSet = "Exporter";
    private const string RuntimeSet = "Runtime";

    private readonly List<string> _images = [];
    private ZLayerEngine? _engine;
    private string? _root;
    private IContainerRuntime? _source;

    /// <summary>The images: names, ids or image objects; wildcards are allowed. All go into one archive.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "The images: names, ids or image objects; wildcards are allowed.")]
    [Alias("Image", "Name", "InputObject")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ImageIdentity]
    [ArgumentCompleter(typeof(ImageNameCompleter))]
    public ImageIdentity[] Reference { get; set; } = [];

    /// <summary>The file or directory to write.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = PathSet, HelpMessage = "The file or directory to write.")]
    [ValidateNotNullOrEmpty]
    public string Destination { get; set; } = "";

    /// <summary>What to write: OciArchive (the default), OciDirectory, DockerArchive, RootFsTar or Directory.</summary>
    [Parameter(ParameterSetName = PathSet, HelpMessage = "What to write: OciArchive, OciDirectory, DockerArchive, RootFsTar or Directory.")]
    public SaveFormat Format { get; set; } = SaveFormat.OciArchive;

    /// <summary>An output as -Output of Invoke-ZLayerBuild takes it, such as 'type=docker,dest=app.tar'.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ExporterSet, HelpMessage = "An output such as 'type=docker,dest=app.tar'.")]
    [Exporter]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(ExporterCompleter))]
    public ExporterSpecification? Exporter { get; set; }

    /// <summary>The runtime that takes the images, such as docker, or the address of an engine.</summary>
    [Parameter(Mandatory = true, ParameterSetName = RuntimeSet, HelpMessage = "The runtime that takes the images, such as docker.")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RuntimeNameCompleter))]
    public string? Runtime { get; set; }

    /// <summary>How layers are compressed: None, Gzip or Zstd. Without it as the store has them.</summary>
    [Parameter(ParameterSetName = PathSet, HelpMessage = "How layers are compressed: None, Gzip or Zstd.")]
    public LayerCompression? Compression { get; set; }

    /// <summary>The level of the compression; its default without it.</summary>
    [Parameter(ParameterSetName = PathSet, HelpMessage = "The level of the compression.")]
    [ValidateRange(0, 22)]
    public int? CompressionLevel { get; set; }

    /// <summary>The platform to write of an image of several; without it all, or this machine's where only one fits.</summary>
    [Parameter(HelpMessage = "The platform to write of an image of several.")]
    [Platform]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    public Platform? Platform { get; set; }

    /// <summary>Does not replace a file that exists: an error instead.</summary>
    [Parameter(ParameterSetName = PathSet, HelpMessage = "Does not replace a file that exists: an error instead.")]
    [Parameter(ParameterSetName = ExporterSet, HelpMessage = "Does not replace a file that exists: an error instead.")]
    public SwitchParameter NoClobber { get; set; }

    /// <summary>Writes into a directory that holds files already.</summary>
    [Parameter(ParameterSetName = PathSet, HelpMessage = "Writes into a directory that holds files already.")]
    [Parameter(ParameterSetName = ExporterSet, HelpMessage = "Writes into a directory that holds files already.")]
    public SwitchParameter Force { get; set; }

    /// <summary>Works in the background and returns a job at once.</summary>
    [Parameter(HelpMessage = "Works in the background and returns a job at once.")]
    public SwitchParameter AsJob { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var identity in Reference)
        {
            var root = identity.Root ?? FullRoot;
            var engine = ZLayerSession.Current.GetEngine(root);
            var source = identity.Runtime is { } runtime ? engine.Runtimes.Get(runtime) : null;
            if (_engine is not null && (root != _root || source != _source))
            {
                ThrowTerminatingError(ErrorMapper.ToErrorRecord(new ZLayerException(
                    ZLayerErrorKind.InvalidArgument, $"'{identity}' is in another data root or runtime than the images before it.")
                {
                    Subject = identity.Text,
                    Advice = "Export the images of each data root and runtime on their own.",
                }));
            }

            (_engine, _root, _source) = (engine, root, source);
            if (source is not null)
            {
                _images.Add(RuntimeImages.KeyOf(identity));
                continue;
            }

            _images.AddRange(ImageSelection.NamesOf(this, engine, identity));
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (Stopping || _images.Count == 0)
        {
            return;
        }

        var (engine, images) = (_engine!, _images.Distinct(StringComparer.Ordinal).ToList());
        if (_source is not null)
        {
            SaveFromRuntime(_source, images);
            return;
        }

        if (ParameterSetName == RuntimeSet)
        {
            Send(engine, images);
            return;
        }

        SaveOptions options;
        try
        {
            options = Options();
            foreach (var image in images)
            {
                _ = engine.Images.GetTarget(image);
            }
        }
        catch (Exception exception) when (ErrorMapper.IsFailure(exception))
        {
            ThrowTerminatingError(ErrorMapper.ToErrorRecord(exception));
            return;
        }

        if (ShouldProcess(options.Path!, $"Export {string.Join(", ", images)} as {options.Format}"))
        {
            RunOrStart(AsJob, (sink, cancellationToken) => SaveAsync(engine, images, options, sink, cancellationToken));
        }
    }

    // Out of the store, into a runtime.
    private void Send(ZLayerEngine engine, IReadOnlyList<string> images)
    {
        if (!ShouldProcess(Runtime, $"Export {string.Join(", ", images)}"))
        {
            return;
        }

        var (name, platform) = (Runtime, Platform);
        RunOrStart(AsJob, async (sink, cancellationToken) =>
        {
            var progress = new TransferProgressReporter(sink, $"Export to {name}", "ZLayer.Export");
            try
            {
                var sent = await engine.SendToRuntimeAsync(images, name, platform, progress, cancellationToken);
                await sink.WriteVerboseAsync($"Sent {Quantity.Size(sent.Bytes)} to {name}.");
                foreach (var reference in sent.References)
                {
                    await sink.WriteObjectAsync(await RuntimeImages.FindOneAsync(engine.Runtimes.Get(name), reference, cancellationToken));
                }
            }
            finally
            {
                progress.Complete();
            }
        });
    }

    // Out of a runtime, into a file.
    private void SaveFromRuntime(IContainerRuntime runtime, IReadOnlyList<string> images)
    {
        var path = "";
        try
        {
            path = FileFor(runtime);
        }
        catch (ZLayerException exception)
        {
            ThrowTerminatingError(ErrorMapper.ToErrorRecord(exception));
        }

        if (ShouldProcess(path, $"Export {string.Join(", ", images)} of {runtime.Name}"))
        {
            RunOrStart(AsJob, async (sink, cancellationToken) =>
            {
                var progress = new ByteProgressReporter(sink, $"Export {Path.GetFileName(path)}");
                try
                {
                    await runtime.SaveToFileAsync(images, path, progress, cancellationToken);
                }
                finally
                {
                    progress.Complete();
                }

                await sink.WriteObjectAsync(new FileInfo(path));
            });
        }
    }

    private string FileFor(IContainerRuntime runtime)
    {
        if (ParameterSetName == RuntimeSet)
        {
            throw new ZLayerException(
                ZLayerErrorKind.OperationNotSupported, $"The images are in the runtime '{runtime.Name}'; what is sent to a runtime must be in ZLayer's store.")
            {
                Advice = "Take them into the store first: Import-ZLayerImage.",
            };
        }

        if (ParameterSetName == ExporterSet || Compression is not null || CompressionLevel is not null || Platform is not null
            || (MyInvocation.BoundParameters.ContainsKey(nameof(Format)) && Format != SaveFormat.DockerArchive))
        {
            throw new ZLayerException(
                ZLayerErrorKind.OperationNotSupported, $"The runtime '{runtime.Name}' writes its images as a Docker archive and in no other way.")
            {
                Advice = "Take them into the store with Import-ZLayerImage, and export them from there.",
            };
        }

        var path = ResolveNewPath(Destination);
        ExportTarget.Check(new SaveOptions { Path = path, Format = SaveFormat.DockerArchive }, NoClobber, Force);
        return path;
    }

    private static async Task SaveAsync(
        ZLayerEngine engine, IReadOnlyList<string> images, SaveOptions options, IPipelineSink sink, CancellationToken cancellationToken)
    {
        var progress = new TransferProgressReporter(sink, $"Export {Path.GetFileName(options.Path)}", "ZLayer.Export");
        try
        {
            await engine.SaveAsync(images, options, progress, cancellationToken);
        }
        finally
        {
            progress.Complete();
        }

        FileSystemInfo written = Directory.Exists(options.Path) ? new DirectoryInfo(options.Path) : new FileInfo(options.Path!);
        await sink.WriteObjectAsync(written);
    }

    private SaveOptions Options()
    {
        var options = ParameterSetName == ExporterSet
            ? ExportTarget.ToSaveOptions(Exporter!) with { Platform = Platform }
            : new SaveOptions
            {
                Path = ResolveNewPath(Destination),
                Format = Format,
                Compression = Compression,
                Level = CompressionLevel,
                Platform = Platform,
            };
        ExportTarget.Check(options, NoClobber, Force);
        return options;
    }
}
