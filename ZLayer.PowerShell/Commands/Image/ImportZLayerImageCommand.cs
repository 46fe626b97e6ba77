using System.Management.Automation;
using ZLayer.Core.Images;
using ZLayer.Core.Oci;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Reads images from archives into the store.</summary>
/// <remarks>
/// <para>Takes OCI layouts, as a directory or a tar, and what 'docker save' writes, compressed with gzip or zstd or not; the format is recognised. Every blob is verified. An archive that is damaged leaves the store as it was.</para>
/// <para>New-ZLayerImage makes an image of a plain root file system.</para>
/// </remarks>
/// <example>
/// <summary>Read what Docker saved</summary>
/// <code>docker save --output app.tar app:1.0
/// Import-ZLayerImage app.tar</code>
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

    /// <summary>The archives or layout directories; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = PathSet, HelpMessage = "The archives or layout directories; wildcards are allowed.")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>The archives or layout directories, taken as they are written.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = LiteralPathSet, HelpMessage = "The archives or layout directories, taken as they are written.")]
    [Alias("PSPath", "LP")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

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
        var isLiteral = ParameterSetName == LiteralPathSet;
        foreach (var path in isLiteral ? LiteralPath : Path)
        {
            foreach (var file in Resolve(path, isLiteral))
            {
                if (ShouldProcess(file, "Import images"))
                {
                    Import(file);
                }
            }
        }
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
        var options = new LoadOptions { Tag = Tag, Platform = Platform };
        RunAsync(async (sink, cancellationToken) =>
        {
            var progress = new TransferProgressReporter(sink, $"Import {System.IO.Path.GetFileName(file)}", "ZLayer.Import");
            try
            {
                foreach (var image in await engine.LoadAsync(file, options, progress, cancellationToken))
                {
                    await sink.WriteObjectAsync(image);
                }
            }
            catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                await sink.WriteErrorAsync(ErrorMapper.ToErrorRecord(exception, file));
            }
            finally
            {
                progress.Complete();
            }
        });
    }
}
