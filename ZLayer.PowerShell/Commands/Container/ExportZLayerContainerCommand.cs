using System.Management.Automation;
using ZLayer.Core.Errors;
using ZLayer.Core.Layers;
using ZLayer.Core.Runtimes.Files;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Writes the whole file system of a container to a tar file.</summary>
/// <remarks>
/// <para>
/// The container need not run. What is in volumes and other mounts is left out. The file gets its name when it is complete: a failure
/// leaves nothing behind, and a file that was there stays as it was.
/// </para>
/// <para>
/// New-ZLayerImage -Path makes an image of such a file. To keep the container's configuration too, use New-ZLayerImage -Container.
/// </para>
/// </remarks>
/// <example>
/// <summary>Write a container's files to a compressed archive</summary>
/// <code>Export-ZLayerContainer web -Destination ./web.tar.gz -Compression Gzip</code>
/// </example>
/// <example>
/// <summary>Make an image of one layer of a container</summary>
/// <code>Export-ZLayerContainer web -Destination ./web.tar | New-ZLayerImage -Tag web:flat</code>
/// </example>
/// <seealso href="https://docs.docker.com/reference/cli/docker/container/export/">docker container export</seealso>
/// <seealso cref="NewZLayerImageCommand"/>
[Cmdlet(VerbsData.Export, "ZLayerContainer", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportZLayerContainerCommand : ContainerCmdlet
{
    private string _destination = "";

    /// <summary>The container: its name, its id or the beginning of it, or a container object.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "The container: its name, its id or the beginning of it, or a container object.")]
    [Alias("Id", "InputObject", "Container")]
    [ValidateNotNull]
    [ContainerIdentity]
    [ArgumentCompleter(typeof(ContainerNameCompleter))]
    public ContainerIdentity? Name { get; set; }

    /// <summary>The file to write. A directory takes it as NAME.tar.</summary>
    [Parameter(Mandatory = true, Position = 1, HelpMessage = "The file to write; a directory takes it as NAME.tar.")]
    [ValidateNotNullOrEmpty]
    public string Destination { get; set; } = "";

    /// <summary>How the file is compressed: None, Gzip or Zstd.</summary>
    [Parameter(HelpMessage = "How the file is compressed: None, Gzip or Zstd.")]
    public LayerCompression Compression { get; set; }

    /// <summary>Does not replace a file that exists: an error instead.</summary>
    [Parameter(HelpMessage = "Does not replace a file that exists: an error instead.")]
    public SwitchParameter NoClobber { get; set; }

    /// <summary>Makes the directory of the file where it is missing, and replaces a file that may only be read.</summary>
    [Parameter(HelpMessage = "Makes the directory of the file where it is missing, and replaces a file that may only be read.")]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        try
        {
            _destination = ResolveNewPath(Destination);
        }
        catch (ZLayerException exception)
        {
            ThrowTerminatingError(ErrorMapper.ToErrorRecord(exception, Destination));
        }

        base.ProcessRecord();
    }

    /// <inheritdoc/>
    protected override Task ProcessRecordAsync(IPipelineSink sink, CancellationToken cancellationToken)
        => GuardAsync(sink, Name!, async () =>
        {
            var target = await ContainerSelection.FindOneAsync(Runtimes, Name!, cancellationToken);
            var path = Directory.Exists(_destination) ? Path.Combine(_destination, FileNameOf(target)) : _destination;
            if (await sink.ShouldProcessAsync(path, $"Export the {target.Description}"))
            {
                Prepare(path);
                await ExportAsync(target, path, sink, cancellationToken);
            }
        });

    private string FileNameOf(ContainerTarget target)
        => target.Name + Compression switch { LayerCompression.Gzip => ".tar.gz", LayerCompression.Zstd => ".tar.zst", _ => ".tar" };

    private void Prepare(string path)
    {
        if (NoClobber && File.Exists(path))
        {
            throw new ZLayerException(ZLayerErrorKind.FileExists, $"Cannot export to '{path}': the file exists.")
            {
                Subject = path,
                Advice = "Choose another name, or leave -NoClobber out.",
            };
        }

        if (Force && Path.GetDirectoryName(path) is { Length: > 0 } directory)
        {
            Directory.CreateDirectory(directory);
        }
        else if (!Force && File.Exists(path) && new FileInfo(path).IsReadOnly)
        {
            throw new ZLayerException(ZLayerErrorKind.AccessDenied, $"Cannot export to '{path}': the file may only be read.")
            {
                Subject = path,
                Advice = "Choose another name, or add -Force.",
            };
        }
    }

    private async Task ExportAsync(ContainerTarget target, string path, IPipelineSink sink, CancellationToken cancellationToken)
    {
        var progress = new ByteProgressReporter(sink, $"Export {target.Name}");
        try
        {
            await target.Runtime.ExportToFileAsync(target.Id, path, Compression, progress, cancellationToken);
        }
        finally
        {
            progress.Complete();
        }

        await sink.WriteObjectAsync(new FileInfo(path));
    }
}
