using ZLayer.Cli.Display;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Cli.Commands.Containers.Creation;

/// <summary>Makes containers, bringing in their images as the specification says.</summary>
/// <param name="runtime">Where.</param>
internal sealed class Creator(IContainerRuntime runtime)
{
    /// <summary>Makes a container. The id goes to <paramref name="idFile"/> too.</summary>
    public async Task<ContainerCreation> CreateAsync(ContainerSpecification specification, FileStream? idFile, CancellationToken cancellationToken)
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
            Console.Error.WriteLine($"warning: {warning}");
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
        if (specification.PullPolicy is PullPolicy.Always or PullPolicy.Newer)
        {
            await PullAsync(specification, cancellationToken);
        }

        // Asked for only when it turns out to be missing: one question less for the usual case.
        try
        {
            return await runtime.CreateContainerAsync(specification, cancellationToken);
        }
        catch (ZLayerException e) when (e.Kind == ZLayerErrorKind.ImageNotFound && specification.PullPolicy == PullPolicy.Missing && ImageReference.TryParse(specification.Image, out _))
        {
            Console.Error.WriteLine($"The image {specification.Image} is not there yet; pulling it.");
            await PullAsync(specification, cancellationToken);
            return await runtime.CreateContainerAsync(specification, cancellationToken);
        }
    }

    private async Task PullAsync(ContainerSpecification specification, CancellationToken cancellationToken)
    {
        var options = new RuntimePullOptions { Policy = specification.PullPolicy, Platform = specification.Platform };
        await using var display = new RuntimePullDisplay();
        await display.ShowAsync(runtime.PullImageStreamAsync(ImageReference.Parse(specification.Image), options, cancellationToken));
    }
}
