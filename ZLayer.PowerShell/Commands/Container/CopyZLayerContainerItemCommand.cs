using System.Management.Automation;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Files;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Copies files and directories into a container, or out of one (cp).</summary>
/// <remarks>
/// <para>
/// A destination that is a directory takes the file or directory under its own name; any other destination becomes its new name, and its
/// parent must exist, unless -Force makes it. A directory is copied with everything in it; a source that ends with '/.' means what is in
/// the directory.
/// </para>
/// <para>
/// The container need not run. Files that exist are replaced; a directory is never replaced by a file, nor a file by a directory. Nothing
/// that a container holds can make this write outside of the destination.
/// </para>
/// </remarks>
/// <example>
/// <summary>Copy a directory into a container</summary>
/// <code>Copy-ZLayerContainerItem web -Path ./site/. -ToContainer /usr/share/nginx/html</code>
/// </example>
/// <example>
/// <summary>Copy a file out</summary>
/// <code>Copy-ZLayerContainerItem web -FromContainer /etc/nginx/nginx.conf -Destination .</code>
/// </example>
/// <example>
/// <summary>Copy files of a pipeline in</summary>
/// <code>Get-ChildItem ./conf -Filter *.conf | Copy-ZLayerContainerItem -Container web -ToContainer /etc/app/ -Force</code>
/// </example>
/// <example>
/// <summary>Copy out what matches a wildcard</summary>
/// <code>Get-ZLayerContainerItem web -Path '/var/log/*.log' | Copy-ZLayerContainerItem -Destination ./logs -Force</code>
/// </example>
/// <seealso href="https://docs.docker.com/reference/cli/docker/container/cp/">docker container cp</seealso>
/// <seealso cref="GetZLayerContainerItemCommand"/>
[Cmdlet(VerbsCommon.Copy, "ZLayerContainerItem", SupportsShouldProcess = true, DefaultParameterSetName = InSet)]
[OutputType(typeof(FileInfo), typeof(DirectoryInfo))]
public sealed class CopyZLayerContainerItemCommand : ContainerCmdlet
{
    private const string InSet = "In";
    private const string InLiteralSet = "InLiteral";
    private const string OutSet = "Out";

    private readonly List<string> _paths = [];
    private string _destination = "";

    /// <summary>
    /// The container: its name, its id or the beginning of it, or an object that tells of it, such as those of Get-ZLayerContainerItem.
    /// </summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "The container: its name, its id or the beginning of it, or an object that tells of it.")]
    [Alias("Name", "Id")]
    [ValidateNotNull]
    [ContainerIdentity]
    [ArgumentCompleter(typeof(ContainerNameCompleter))]
    public ContainerIdentity? Container { get; set; }

    /// <summary>The files and directories of this machine to copy in; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = InSet, HelpMessage = "The files and directories of this machine to copy in; wildcards are allowed.")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>The files and directories of this machine to copy in, exactly as written.</summary>
    [Parameter(Mandatory = true, ParameterSetName = InLiteralSet, ValueFromPipelineByPropertyName = true, HelpMessage = "The files and directories of this machine to copy in, exactly as written.")]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Where to in the container: a directory, or a new name.</summary>
    [Parameter(Mandatory = true, Position = 2, ParameterSetName = InSet, HelpMessage = "Where to in the container: a directory, or a new name.")]
    [Parameter(Mandatory = true, ParameterSetName = InLiteralSet, HelpMessage = "Where to in the container: a directory, or a new name.")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ContainerPathCompleter))]
    public string ToContainer { get; set; } = "";

    /// <summary>The files and directories of the container to copy out.</summary>
    [Parameter(Mandatory = true, ParameterSetName = OutSet, ValueFromPipelineByPropertyName = true, HelpMessage = "The files and directories of the container to copy out.")]
    [Alias("FullName")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ContainerPathCompleter))]
    public string[] FromContainer { get; set; } = [];

    /// <summary>Where to on this machine: a directory, or a new name.</summary>
    [Parameter(Mandatory = true, ParameterSetName = OutSet, HelpMessage = "Where to on this machine: a directory, or a new name.")]
    [ValidateNotNullOrEmpty]
    public string Destination { get; set; } = "";

    /// <summary>Makes the directory of the destination where it is missing.</summary>
    [Parameter(HelpMessage = "Makes the directory of the destination where it is missing.")]
    public SwitchParameter Force { get; set; }

    /// <summary>Copies what a symbolic link points to, where the path to copy is one.</summary>
    [Parameter(HelpMessage = "Copies what a symbolic link points to, where the path to copy is one.")]
    public SwitchParameter FollowLink { get; set; }

    /// <summary>Keeps the numeric owners; else files belong to root in the container, and to you on this machine.</summary>
    [Parameter(HelpMessage = "Keeps the numeric owners.")]
    [Alias("Archive")]
    public SwitchParameter PreserveOwner { get; set; }

    /// <summary>Returns the files and directories that were copied out.</summary>
    [Parameter(HelpMessage = "Returns the files and directories that were copied out.")]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        _paths.Clear();
        try
        {
            Resolve();
        }
        catch (ZLayerException exception)
        {
            WriteError(ErrorMapper.ToErrorRecord(exception));
            return;
        }

        base.ProcessRecord();
    }

    /// <inheritdoc/>
    protected override Task ProcessRecordAsync(IPipelineSink sink, CancellationToken cancellationToken)
        => GuardAsync(sink, Container!, async () =>
        {
            var target = await ContainerSelection.FindOneAsync(Runtimes, Container!, cancellationToken);
            foreach (var path in _paths)
            {
                await GuardAsync(sink, path, () => ParameterSetName == OutSet
                    ? CopyOutAsync(target, path, sink, cancellationToken)
                    : CopyInAsync(target, path, sink, cancellationToken));
            }
        });

    // On the pipeline's thread, as only it knows the current location.
    private void Resolve()
    {
        if (ParameterSetName == OutSet)
        {
            _paths.AddRange(FromContainer);
            _destination = KeepEnd(Destination, ResolveNewPath(Destination));
            return;
        }

        foreach (var path in ParameterSetName == InSet ? Path : LiteralPath)
        {
            var isContents = path.EndsWith("/.", StringComparison.Ordinal) || path.EndsWith(@"\.", StringComparison.Ordinal);
            var found = ResolveExistingPaths(path, ParameterSetName == InLiteralSet);
            _paths.AddRange(found.Select(one => isContents || found.Count == 1 ? KeepEnd(path, one) : one));
        }
    }

    // Resolving takes a separator or '/.' off the end, which says something here.
    private static string KeepEnd(string written, string resolved)
    {
        var isSeparator = written.Length > 0 && written[^1] is '/' or '\\';
        var isContents = written is "."
            || written.EndsWith("/.", StringComparison.Ordinal)
            || written.EndsWith(@"\.", StringComparison.Ordinal);
        var bare = System.IO.Path.TrimEndingDirectorySeparator(resolved);
        return isContents && written.Length > 1 ? System.IO.Path.Join(bare, ".")
            : isSeparator ? bare + System.IO.Path.DirectorySeparatorChar
            : resolved;
    }

    private async Task CopyInAsync(ContainerTarget target, string path, IPipelineSink sink, CancellationToken cancellationToken)
    {
        if (!await sink.ShouldProcessAsync(target.Description, $"Copy '{path}' to '{ToContainer}'"))
        {
            return;
        }

        if (Force)
        {
            await target.Runtime.CreateDirectoryAsync(target.Id, DirectoryOf(ToContainer, '/'), cancellationToken);
        }

        await WithProgressAsync(sink, $"Copy to {target.Name}", progress
            => target.Runtime.CopyToContainerAsync(target.Id, path, ToContainer, Options(progress), cancellationToken));
    }

    private async Task CopyOutAsync(ContainerTarget target, string path, IPipelineSink sink, CancellationToken cancellationToken)
    {
        if (!await sink.ShouldProcessAsync(target.Description, $"Copy '{path}' to '{_destination}'"))
        {
            return;
        }

        if (Force && DirectoryOf(_destination, System.IO.Path.DirectorySeparatorChar) is { Length: > 0 } parent)
        {
            Directory.CreateDirectory(parent);
        }

        var written = "";
        await WithProgressAsync(sink, $"Copy from {target.Name}", async progress
            => written = await target.Runtime.CopyFromContainerAsync(target.Id, path, _destination, Options(progress), cancellationToken));
        if (PassThru)
        {
            await sink.WriteObjectAsync(Directory.Exists(written) ? new DirectoryInfo(written) : new FileInfo(written));
        }
    }

    // What the destination must lie in: itself where it says that it is a directory.
    private static string DirectoryOf(string path, char separator)
        => path.EndsWith(separator) || path.EndsWith($"{separator}.", StringComparison.Ordinal) ? path.TrimEnd('.', separator)
            : path.LastIndexOf(separator) is > 0 and var last ? path[..last] : "";

    private ContainerCopyOptions Options(IProgress<long> progress)
        => new() { FollowLink = FollowLink, PreserveOwner = PreserveOwner, Progress = progress };

    private static async Task WithProgressAsync(IPipelineSink sink, string title, Func<IProgress<long>, Task> work)
    {
        var progress = new ByteProgressReporter(sink, title);
        try
        {
            await work(progress);
        }
        finally
        {
            progress.Complete();
        }
    }
}
