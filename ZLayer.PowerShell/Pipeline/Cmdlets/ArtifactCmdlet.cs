using System.Collections;
using System.Management.Automation;
using ZLayer.Core.Errors;
using ZLayer.Core.Registries;
using ZLayer.Core.Registries.Artifacts;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Pipeline;

/// <summary>The base of cmdlets that make artifacts of files.</summary>
public abstract class ArtifactCmdlet : RegistryCmdlet
{
    /// <summary>The files of the artifact; wildcards are allowed. Without it the artifact has annotations alone.</summary>
    [Parameter(Position = 1, HelpMessage = "The files of the artifact; wildcards are allowed.")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>What the artifact is, as a media type: 'application/spdx+json', 'application/vnd.example.report'.</summary>
    [Parameter(Mandatory = true, HelpMessage = "What the artifact is, as a media type, such as 'application/spdx+json'.")]
    [ValidateNotNullOrEmpty]
    public string ArtifactType { get; set; } = "";

    /// <summary>The media type of the files; 'application/octet-stream' without it.</summary>
    [Parameter(HelpMessage = "The media type of the files.")]
    [ValidateNotNullOrEmpty]
    public string? MediaType { get; set; }

    /// <summary>Annotations of the artifact: a hashtable, or 'key=value' texts.</summary>
    [Parameter(HelpMessage = "Annotations of the artifact: a hashtable, or 'key=value' texts.")]
    [NameValue]
    public Hashtable? Annotation { get; set; }

    /// <summary>What the parameters say of the artifact; null after an error was written.</summary>
    private protected ArtifactContent? ReadContent()
    {
        try
        {
            var files = Path.SelectMany(path => ResolveExistingPaths(path, isLiteral: false)).ToList();
            return new ArtifactContent
            {
                ArtifactType = ArtifactType,
                Files = [.. files.Select(file => new ArtifactFile(file, MediaType: MediaType))],
                Annotations = NameValueAttribute.ToDictionary(Annotation, new Dictionary<string, string>()),
            };
        }
        catch (Exception exception) when (ErrorMapper.IsFailure(exception))
        {
            WriteError(ErrorMapper.ToErrorRecord(exception));
            return null;
        }
    }

    /// <summary>Runs a push of an artifact, with progress; a failure becomes an error.</summary>
    /// <param name="name">What is pushed to.</param>
    /// <param name="push">The push.</param>
    private protected Referrer? Publish(string name, Func<IProgress<TransferProgress>, CancellationToken, Task<Referrer>> push)
    {
        Referrer? result = null;
        RunAsync(async (sink, cancellationToken) =>
        {
            var progress = new TransferProgressReporter(sink, $"Push {name}", "ZLayer.Push");
            try
            {
                result = await push(progress, cancellationToken);
            }
            catch (Exception exception) when (exception is ZLayerException or IOException or UnauthorizedAccessException)
            {
                await sink.WriteErrorAsync(ErrorMapper.ToErrorRecord(exception, name));
            }
            finally
            {
                progress.Complete();
            }
        });
        return result;
    }
}
