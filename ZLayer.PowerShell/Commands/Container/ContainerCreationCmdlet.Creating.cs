using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Operations;
using ZLayer.Core.Runtimes.Specifications;
using ZLayer.PowerShell.Pipeline;

namespace ZLayer.PowerShell.Commands;

public abstract partial class ContainerCreationCmdlet
{
    /// <summary>What -WhatIf shows: <c>container 'web' of image 'nginx:1.27'</c>.</summary>
    private protected static string Describe(ContainerSpecification specification)
        => specification.Name is { } name ? $"container '{name}' of image '{specification.Image}'" : $"a container of image '{specification.Image}'";

    /// <summary>Makes the container, with its image if need be. Warnings go to the warning stream.</summary>
    private protected async Task<ContainerTarget> CreateAsync(ContainerSpecification specification, IPipelineSink sink, CancellationToken cancellationToken)
    {
        var runtime = Runtimes.Default;
        var progress = new PullProgressReporter(sink, $"Receive {specification.Image}");
        try
        {
            await sink.WriteVerboseAsync($"Creating {Describe(specification)} in the runtime '{runtime.Name}'.");
            ContainerCreation? created = null;
            await foreach (var step in runtime.CreateAsync(specification, images: Runtimes.Engine.ImageSource, cancellationToken: cancellationToken))
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

    /// <summary>Shows what happens before a container runs: the sending of the image as information, the pull as progress, the runtime's warnings as warnings.</summary>
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
