using ZLayer.Core.Errors;
using ZLayer.PowerShell.Commands;
using ZLayer.PowerShell.Transformation;
using ZLayer.Core.Runtimes;

namespace ZLayer.PowerShell.Pipeline;

/// <summary>The base of cmdlets that work on containers that exist.</summary>
public abstract class ContainerCmdlet : RuntimeCmdlet
{
    /// <summary>
    /// The states in which a pattern finds containers; empty for all. A container that is named is worked on in any state.
    /// </summary>
    private protected virtual IReadOnlyList<ContainerState> ActsOn => [];

    /// <summary>
    /// Works on each container that is meant, one after the other. A container that fails gives an error that does not end the others; a
    /// runtime that cannot be used ends the cmdlet.
    /// </summary>
    /// <param name="identities">What the user named.</param>
    /// <param name="sink">Where errors go.</param>
    /// <param name="work">The work on one container.</param>
    /// <param name="cancellationToken">Cancels the work.</param>
    private protected async Task ForEachContainerAsync(
        IEnumerable<ContainerIdentity> identities, IPipelineSink sink, Func<ContainerTarget, Task> work, CancellationToken cancellationToken)
    {
        foreach (var identity in identities)
        {
            await GuardAsync(sink, identity, async () =>
            {
                foreach (var target in await ContainerSelection.FindAsync(Runtimes, identity, ActsOn, cancellationToken))
                {
                    await GuardAsync(sink, target, () => work(target));
                }
            });
        }
    }

    /// <summary>Does work whose failure is an error of one target. That the runtime cannot be used goes on to the caller.</summary>
    /// <param name="sink">Where the error goes.</param>
    /// <param name="target">What is worked on; its text becomes the error's target.</param>
    /// <param name="work">The work.</param>
    private protected static async Task GuardAsync(IPipelineSink sink, object target, Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception exception) when (ErrorMapper.IsFailure(exception) && !IsFatal(exception))
        {
            var failure = target is ContainerTarget container ? container.Named(exception) : exception;
            await sink.WriteErrorAsync(ErrorMapper.ToErrorRecord(failure, target.ToString()));
        }
    }

    private static bool IsFatal(Exception exception)
        => exception is ZLayerException { Kind: ZLayerErrorKind.RuntimeUnavailable or ZLayerErrorKind.RuntimeNotFound };
}
