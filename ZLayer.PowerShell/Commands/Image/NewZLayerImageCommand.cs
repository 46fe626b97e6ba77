using System.Management.Automation;
using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Images;
using ZLayer.Core.Oci;
using ZLayer.Core.Runtimes;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Makes an image of a container (commit), or of the tar archive of a root file system (import).</summary>
/// <remarks>
/// <para>
/// An image of a container has the container's image below it and what the container changed as one more layer; its configuration is the
/// container's. The runtime keeps it. The container is paused meanwhile, unless -NoPause says otherwise; what is in volumes does not become
/// part of the image.
/// </para>
/// <para>
/// An image of a root file system has one layer. The archive may be compressed with gzip, zstd, bzip2 or xz. It goes to ZLayer's own store,
/// or with -Runtime to a runtime.
/// </para>
/// <para>
/// -Change adds to the image's config what Dockerfile instructions say: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, USER, VOLUME, WORKDIR and
/// others that need no files.
/// </para>
/// </remarks>
/// <example>
/// <summary>Make a base image of a root file system</summary>
/// <code>New-ZLayerImage ./rootfs.tar.xz -Tag base:1 -Change 'CMD ["/bin/sh"]', 'ENV LANG=C.UTF-8'</code>
/// </example>
/// <example>
/// <summary>Keep the state of a container as an image of the runtime</summary>
/// <code>New-ZLayerImage -Container web -Tag web:debugged -Comment 'as found on Friday'</code>
/// </example>
/// <example>
/// <summary>Keep the state of a container in ZLayer's store</summary>
/// <code>Get-ZLayerContainer web | New-ZLayerImage -Tag web:debugged | Import-ZLayerImage</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/image-spec/blob/main/layer.md">OCI image specification: layers</seealso>
/// <seealso cref="ImportZLayerImageCommand"/>
/// <seealso cref="InvokeZLayerBuildCommand"/>
[Cmdlet(VerbsCommon.New, "ZLayerImage", SupportsShouldProcess = true, DefaultParameterSetName = RootFsSet)]
[OutputType(typeof(ImageInfo))]
public sealed class NewZLayerImageCommand : ZLayerAsyncCmdlet
{
    private const string RootFsSet = "FromRootFs";
    private const string FileSet = "FromFile";
    private const string ContainerSet = "FromContainer";

    /// <summary>The tar archive of the root file system.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = RootFsSet, HelpMessage = "The tar archive of the root file system.")]
    [ValidateNotNullOrEmpty]
    [TextOf("a path of a tar archive", typeof(FileInfo), typeof(DirectoryInfo), Property = "FullName", LeavesWith = ["PSPath"], LeavesToOthers = true)]
    public string Path { get; set; } = "";

    /// <summary>The tar archive of the root file system, as files of the pipeline name it.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = FileSet, HelpMessage = "The tar archive of the root file system, as files of the pipeline name it.")]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string LiteralPath { get; set; } = "";

    /// <summary>The container: its name, its id or the beginning of it, or a container object.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = ContainerSet, HelpMessage = "The container: its name, its id or the beginning of it, or a container object.")]
    [ValidateNotNull]
    [ContainerIdentity(LeavesWith = ["PSPath"], Otherwise = "the path of a tar archive")]
    [ArgumentCompleter(typeof(ContainerNameCompleter))]
    public ContainerIdentity? Container { get; set; }

    /// <summary>The name that the image gets.</summary>
    [Parameter(Position = 1, HelpMessage = "The name that the image gets.")]
    [ImageReference]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(ImageNameCompleter))]
    public ImageReference? Tag { get; set; }

    /// <summary>Who made the image.</summary>
    [Parameter(ParameterSetName = ContainerSet, HelpMessage = "Who made the image.")]
    public string? Author { get; set; }

    /// <summary>A remark for the image's history.</summary>
    [Parameter(HelpMessage = "A remark for the image's history.")]
    public string? Comment { get; set; }

    /// <summary>Dockerfile instructions that change the image's config.</summary>
    [Parameter(HelpMessage = "Dockerfile instructions that change the image's config.")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ChangeCompleter))]
    public string[] Change { get; set; } = [];

    /// <summary>Does not pause the container meanwhile: its files may change under the copy.</summary>
    [Parameter(ParameterSetName = ContainerSet, HelpMessage = "Does not pause the container meanwhile: its files may change under the copy.")]
    public SwitchParameter NoPause { get; set; }

    /// <summary>The platform that the files are for; without it this machine's, or the runtime's.</summary>
    [Parameter(ParameterSetName = RootFsSet, HelpMessage = "The platform that the files are for.")]
    [Parameter(ParameterSetName = FileSet, HelpMessage = "The platform that the files are for.")]
    [Platform]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    public Platform Platform { get; set; } = Platform.Host;

    /// <summary>
    /// The runtime of the container, or the one that takes the image of a root file system. Without it the session's, or ZLayer's own store
    /// for a root file system. The runtime of a piped container wins over it.
    /// </summary>
    [Parameter(HelpMessage = "The runtime of the container, or the one that takes the image of a root file system.")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RuntimeNameCompleter))]
    public string? Runtime { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == ContainerSet)
        {
            var runtimes = new RuntimeLookup(ZLayerSession.Current, Runtime, FullRoot);
            RunAsync((sink, cancellationToken) => CommitAsync(runtimes, sink, cancellationToken));
            return;
        }

        string file;
        var path = ParameterSetName == FileSet ? LiteralPath : Path;
        try
        {
            file = ResolveExistingPaths(path, isLiteral: true)[0];
        }
        catch (Exception exception) when (ErrorMapper.IsFailure(exception))
        {
            ThrowTerminatingError(ErrorMapper.ToErrorRecord(exception, path));
            return;
        }

        var name = Tag?.ToFamiliarString() ?? "image without a name";
        if (ShouldProcess(Runtime is null ? name : $"{name} in {Runtime}", $"Make image of {file}"))
        {
            Import(file);
        }
    }

    private void Import(string file)
    {
        if (Runtime is not null)
        {
            var runtimes = new RuntimeLookup(ZLayerSession.Current, Runtime, FullRoot);
            RunAsync((sink, cancellationToken) => ImportAsync(runtimes.Default, file, sink, cancellationToken));
            return;
        }

        var engine = ZLayerSession.Current.GetEngine(FullRoot);
        var options = new RootFsImportOptions { Tag = Tag, Platform = Platform, Comment = Comment, Changes = Change };
        RunAsync(async (sink, cancellationToken) =>
        {
            await using var tar = UserFile.OpenRead(file, cancellationToken);
            await sink.WriteObjectAsync(await engine.ImportRootFsAsync(tar, options, cancellationToken));
        });
    }

    private async Task ImportAsync(IContainerRuntime runtime, string file, IPipelineSink sink, CancellationToken cancellationToken)
    {
        var platform = MyInvocation.BoundParameters.ContainsKey(nameof(Platform)) ? Platform : null;
        await using var tar = UserFile.OpenRead(file, cancellationToken);
        var id = await runtime.ImportImageAsync(
            tar, Tag, new ImageImportOptions { Comment = Comment, Changes = Change, Platform = platform }, cancellationToken);
        await WriteAsync(runtime, id, sink, cancellationToken);
    }

    private async Task CommitAsync(RuntimeLookup runtimes, IPipelineSink sink, CancellationToken cancellationToken)
    {
        var target = await ContainerSelection.FindOneAsync(runtimes, Container!, cancellationToken);
        if (await sink.ShouldProcessAsync(Tag?.ToFamiliarString() ?? "image without a name", $"Make image of the {target.Description}"))
        {
            var options = new CommitOptions { Target = Tag, Author = Author, Comment = Comment, Changes = Change, Pause = !NoPause };
            var id = await target.Runtime.CommitContainerAsync(target.Id, options, cancellationToken);
            await WriteAsync(target.Runtime, id, sink, cancellationToken);
        }
    }

    private async Task WriteAsync(IContainerRuntime runtime, Digest id, IPipelineSink sink, CancellationToken cancellationToken)
    {
        var all = await runtime.ListImagesAsync(cancellationToken);
        var name = Tag is null ? null : RuntimeImages.KeyOf(new ImageIdentity(Tag.ToString(), null));
        await sink.WriteObjectAsync(
            all.FirstOrDefault(
                image => image.Id == id
                    && (name is null
                        || image.Reference?.ToFamiliarString() == name
                        || image.Reference?.ToFamiliarString() == name + ":latest"))
            ?? await runtime.InspectImageAsync(id.ToString(), cancellationToken));
    }
}
