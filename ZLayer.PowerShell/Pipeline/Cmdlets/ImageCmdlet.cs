using System.Management.Automation;
using ZLayer.Core.Runtimes;
using ZLayer.PowerShell.Commands;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Pipeline;

/// <summary>The base of cmdlets that work on images of the store or of a runtime.</summary>
public abstract class ImageCmdlet : ZLayerAsyncCmdlet
{
    /// <summary>
    /// The runtime whose images are meant, such as docker, or the address of an engine. Without it those of ZLayer's own store. The runtime
    /// of a piped object wins over it.
    /// </summary>
    [Parameter(HelpMessage = "The runtime whose images are meant, such as docker.")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RuntimeNameCompleter))]
    public string? Runtime { get; set; }

    /// <summary>Does the work on one image where a runtime holds it. Called on the pipeline thread.</summary>
    /// <param name="identity">The image.</param>
    /// <param name="work">The work.</param>
    /// <returns>False for an image of the store, which is left to the caller.</returns>
    private protected bool RunOnRuntime(ImageIdentity identity, Func<IContainerRuntime, IPipelineSink, CancellationToken, Task> work)
    {
        IContainerRuntime? runtime;
        try
        {
            runtime = RuntimeImages.Of(identity, Runtime, FullRoot);
        }
        catch (Core.Errors.ZLayerException exception)
        {
            ThrowTerminatingError(ErrorMapper.ToErrorRecord(exception));
            return true;
        }

        if (runtime is null)
        {
            return false;
        }

        RunAsync((sink, cancellationToken) => RuntimeImages.GuardAsync(sink, identity.Text, () => work(runtime, sink, cancellationToken)));
        return true;
    }
}
