using ZLayer.Cli.Display;
using ZLayer.Core.Registries;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Operations;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Cli.Commands.Containers.Creation;

/// <summary>Makes containers, bringing in their images as the specification says.</summary>
/// <param name="runtime">Where.</param>
/// <param name="images">Where images are looked for that the runtime lacks, before a registry is asked.</param>
/// <param name="isQuiet">Says nothing of how the image is brought in.</param>
internal sealed class ContainerCreator(IContainerRuntime runtime, IImageSource images, bool isQuiet)
{
    /// <summary>Makes a container. The id goes to <paramref name="idFile"/> too.</summary>
    public async Task<ContainerCreation> CreateAsync(
        ContainerSpecification specification, FileStream? idFile, CancellationToken cancellationToken)
    {
        ContainerCreation creation;
        try
        {
            creation = await CreateAsync(specification, cancellationToken);
        }
        catch
        {
            Discard(idFile);
            throw;
        }

        foreach (var warning in creation.Warnings)
        {
            Screen.Note($"warning: {warning}");
        }

        if (idFile is not null)
        {
            await using (idFile)
            {
                await idFile.WriteAsync(System.Text.Encoding.ASCII.GetBytes(creation.Id), cancellationToken);
            }
        }

        return creation;
    }

    // A file without an id would only be in the way of the next attempt.
    private static void Discard(FileStream? idFile)
    {
        if (idFile is not null)
        {
            idFile.Dispose();
            File.Delete(idFile.Name);
        }
    }

    private async Task<ContainerCreation> CreateAsync(ContainerSpecification specification, CancellationToken cancellationToken)
    {
        ContainerCreation? creation = null;
        await using var display = new RuntimePullDisplay();
        var isPulling = false;
        await foreach (var step in runtime.CreateAsync(specification, images: images, cancellationToken: cancellationToken))
        {
            switch (step)
            {
                case RunSend or RunPull when isQuiet:
                    break;
                case RunSend send:
                    Screen.Note($"The image {send.Image} is not there yet; sending it from ZLayer's own store.");
                    break;
                case RunPull pull:
                    if (!isPulling && specification.PullPolicy == PullPolicy.Missing)
                    {
                        Screen.Note($"The image {specification.Image} is not there yet; pulling it.");
                    }

                    isPulling = true;
                    display.Report(pull.Progress);
                    break;
                case RunCreated created:
                    creation = created.Container;
                    break;
            }
        }

        return creation!;
    }
}
