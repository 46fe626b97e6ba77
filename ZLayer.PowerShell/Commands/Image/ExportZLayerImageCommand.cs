using System.Management.Automation;
using ZLayer.Core;
using ZLayer.Core.Errors;
using ZLayer.Core.Exporters;
using ZLayer.Core.Images;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Writes images to an archive or a directory.</summary>
/// <remarks>
/// <para>Several images go into one archive, with the layers that they share once. 'docker load', 'podman load' and 'skopeo copy' read what this writes. RootFsTar and Directory hold the files of one image, without its config.</para>
/// <para>Nothing is left behind when the writing fails.</para>
/// </remarks>
/// <example>
/// <summary>Write an OCI archive</summary>
/// <code>Export-ZLayerImage app:1.0 -Destination app.tar</code>
/// </example>
/// <example>
/// <summary>Bring images into Docker</summary>
/// <code>Get-ZLayerImage app | Export-ZLayerImage -Destination app.tar -Format DockerArchive
/// docker load --input app.tar</code>
/// </example>
/// <example>
/// <summary>Unpack the files of an image</summary>
/// <code>Export-ZLayerImage alpine:3.22 -Destination ./rootfs -Format Directory</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/image-spec/blob/main/image-layout.md">OCI image layout</seealso>
/// <seealso cref="ImportZLayerImageCommand"/>
[Cmdlet(VerbsData.Export, "ZLayerImage", SupportsShouldProcess = true, DefaultParameterSetName = PathSet)]
[OutputType(typeof(FileInfo), typeof(DirectoryInfo))]
public sealed class ExportZLayerImageCommand : ZLayerAsyncCmdlet
{
    private const string PathSet = "Path";
    private const string ExporterSet = "Exporter";

    private readonly List<string> _images = [];
    private ZLayerEngine? _engine;
    private string? _root;

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
    [Parameter(HelpMessage = "Does not replace a file that exists: an error instead.")]
    public SwitchParameter NoClobber { get; set; }

    /// <summary>Writes into a directory that holds files already.</summary>
    [Parameter(HelpMessage = "Writes into a directory that holds files already.")]
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
            if (_engine is not null && root != _root)
            {
                ThrowTerminatingError(ErrorMapper.ToErrorRecord(new ZLayerException(
                    ZLayerErrorKind.InvalidArgument, $"'{identity}' is in another data root than the images before it.")
                {
                    Subject = identity.Text,
                    Advice = "Export the images of each data root on their own.",
                }));
            }

            (_engine, _root) = (engine, root);
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
