using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Operations;
using ZLayer.Core.Runtimes.Specifications;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

public abstract partial class ContainerCreationCmdlet
{
    /// <summary>What -WhatIf shows: <c>container 'web' of image 'nginx:1.27'</c>.</summary>
    private protected static string Describe(ContainerSpecification specification)
        => specification.Name is { } name
            ? $"container '{name}' of image '{specification.Image}'"
            : $"a container of image '{specification.Image}'";

    /// <summary>Settles the image and works on it. That a piped one fails is an error of its own, and the next is worked on.</summary>
    /// <param name="piped">The image of the pipeline; null without one.</param>
    /// <param name="sink">Where the error goes.</param>
    /// <param name="work">The work.</param>
    private protected Task WithImageAsync(ImageIdentity? piped, IPipelineSink sink, Func<Task> work)
    {
        ChooseImage(piped);
        return piped is null ? work() : GuardAsync(sink, piped, work);
    }

    /// <summary>Makes the container, with its image if need be. Warnings go to the warning stream.</summary>
    private protected async Task<ContainerTarget> CreateAsync(
        ContainerSpecification specification, IPipelineSink sink, CancellationToken cancellationToken)
    {
        var runtime = NewRuntime;
        var progress = new PullProgressReporter(sink, $"Receive {specification.Image}");
        try
        {
            await sink.WriteVerboseAsync($"Creating {Describe(specification)} in the runtime '{runtime.Name}'.");
            ContainerCreation? created = null;
            await foreach (var step in runtime.CreateAsync(specification, images: NewImages, cancellationToken: cancellationToken))
            {
                created = (step as RunCreated)?.Container;
                Report(step, progress, sink);
            }

            return new ContainerTarget(runtime, created!.Id, created.Name);
        }
        finally
        {
            progress.Complete();
        }
    }

    /// <summary>
    /// Shows what happens before a container runs: the sending of the image as information, the pull as progress, the runtime's warnings as
    /// warnings.
    /// </summary>
    private protected static void Report(RunEvent step, PullProgressReporter progress, IPipelineSink sink)
    {
        if (step is RunSend send)
        {
            sink.PostInformation($"Sending {send.Image} from the store to the runtime, which does not have it.", "ZLayer.Export");
        }
        else if (step is RunPull pull)
        {
            progress.Report(pull.Progress);
        }
        else if (step is RunCreated { Container: var container })
        {
            progress.Complete();
            foreach (var warning in container.Warnings)
            {
                sink.PostWarning($"{container.Name}: {warning}");
            }
        }
    }
}
