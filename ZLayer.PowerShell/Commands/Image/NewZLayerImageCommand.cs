using System.Management.Automation;
using ZLayer.Core.Images;
using ZLayer.Core.Oci;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Makes an image of one layer from the tar archive of a root file system.</summary>
/// <remarks>
/// <para>The archive may be compressed with gzip, zstd, bzip2 or xz. -Change adds to the image's config what Dockerfile instructions say: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, USER, VOLUME, WORKDIR and others that need no files.</para>
/// </remarks>
/// <example>
/// <summary>Make a base image of a root file system</summary>
/// <code>New-ZLayerImage ./rootfs.tar.xz -Tag base:1 -Change 'CMD ["/bin/sh"]', 'ENV LANG=C.UTF-8'</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/image-spec/blob/main/layer.md">OCI image specification: layers</seealso>
/// <seealso cref="ImportZLayerImageCommand"/>
/// <seealso cref="InvokeZLayerBuildCommand"/>
[Cmdlet(VerbsCommon.New, "ZLayerImage", SupportsShouldProcess = true)]
[OutputType(typeof(ImageInfo))]
public sealed class NewZLayerImageCommand : ZLayerAsyncCmdlet
{
    /// <summary>The tar archive of the root file system.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, HelpMessage = "The tar archive of the root file system.")]
    [Alias("PSPath", "LiteralPath")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>The name that the image gets.</summary>
    [Parameter(Position = 1, HelpMessage = "The name that the image gets.")]
    [ImageReference]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(ImageNameCompleter))]
    public ImageReference? Tag { get; set; }

    /// <summary>A remark for the image's history.</summary>
    [Parameter(HelpMessage = "A remark for the image's history.")]
    public string? Comment { get; set; }

    /// <summary>Dockerfile instructions that change the image's config.</summary>
    [Parameter(HelpMessage = "Dockerfile instructions that change the image's config.")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ChangeCompleter))]
    public string[] Change { get; set; } = [];

    /// <summary>The platform that the files are for; this machine's without it.</summary>
    [Parameter(HelpMessage = "The platform that the files are for.")]
    [Platform]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    public Platform Platform { get; set; } = Platform.Host;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        string file;
        try
        {
            file = ResolveExistingPaths(Path, isLiteral: true)[0];
        }
        catch (Exception exception) when (ErrorMapper.IsFailure(exception))
        {
            ThrowTerminatingError(ErrorMapper.ToErrorRecord(exception, Path));
            return;
        }

        if (!ShouldProcess(Tag?.ToFamiliarString() ?? "image without a name", $"Make image of {file}"))
        {
            return;
        }

        var engine = ZLayerSession.Current.GetEngine(FullRoot);
        var options = new RootFsImportOptions { Tag = Tag, Platform = Platform, Comment = Comment, Changes = Change };
        RunAsync(async (sink, cancellationToken) =>
        {
            await using var tar = File.OpenRead(file);
            await sink.WriteObjectAsync(await engine.ImportRootFsAsync(tar, options, cancellationToken));
        });
    }
}
