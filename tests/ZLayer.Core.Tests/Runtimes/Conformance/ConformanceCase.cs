using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Execution;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Core.Tests.Runtimes.Conformance;

/// <summary>A case on one runtime: what it works with, and what it makes, which is removed at its end.</summary>
internal sealed class ConformanceCase(SharedContainers shared, TimeSpan patience) : IAsyncDisposable
{
    private readonly List<string> _containers = [];
    private readonly List<string> _images = [];
    private readonly CancellationTokenSource _end = new(patience);

    /// <summary>The runtime as the suite knows it.</summary>
    public ConformanceRuntime Subject => shared.Subject;

    /// <summary>The runtime.</summary>
    public IContainerRuntime Runtime => Subject.Runtime;

    /// <summary>Containers that the case looks at only.</summary>
    public SharedContainers Shared => shared;

    /// <summary>Ends what a case waits for in vain.</summary>
    public CancellationToken Soon => _end.Token;

    /// <summary>A name for a container, which is removed in the end.</summary>
    public string NewName()
    {
        var name = "conformance-" + Guid.NewGuid().ToString("N")[..12];
        _containers.Add(name);
        return name;
    }

    /// <summary>A name for an image, which is removed in the end.</summary>
    public ImageReference NewImage(string tag = "1")
    {
        var image = ImageReference.Parse($"zlayer-test/conformance-{Guid.NewGuid().ToString("N")[..12]}:{tag}");
        Keep(image.ToFamiliarString());
        return image;
    }

    /// <summary>Removes an image in the end.</summary>
    public void Keep(string image) => _images.Add(image);

    /// <summary>A container that runs a script without a network.</summary>
    public ContainerSpecification Shell(string script, string? name = null)
        => new() { Image = Subject.Image, Name = name ?? NewName(), Command = ["sh", "-c", script], Network = "none" };

    /// <summary>Makes a container.</summary>
    public async Task<string> CreateAsync(ContainerSpecification specification)
    {
        var id = (await Runtime.CreateContainerAsync(specification, Soon)).Id;
        if (specification.Name is null)
        {
            _containers.Add(id);
        }

        return id;
    }

    /// <summary>Makes and starts a container.</summary>
    public async Task<string> StartAsync(ContainerSpecification specification)
    {
        var id = await CreateAsync(specification);
        await Runtime.StartContainerAsync(id, Soon);
        return id;
    }

    /// <summary>Runs a container to its end.</summary>
    public async Task<string> EndAsync(ContainerSpecification specification)
    {
        var id = await StartAsync(specification);
        await Runtime.WaitContainerAsync(id, Soon);
        return id;
    }

    /// <summary>Runs a script in a container that runs.</summary>
    public Task<ExecResult> ExecAsync(string container, string script)
        => Runtime.ExecAsync(container, new ExecOptions { Command = ["sh", "-c", script] }, Soon);

    /// <summary>
    /// Waits for a line of the log that says that the script is so far: process 1 ignores the signals that it does not catch yet.
    /// </summary>
    public async Task UntilItSaysAsync(string container, string line)
    {
        while (!(await Runtime.GetLogsAsync(container, Soon)).Any(record => record.Text == line))
        {
            await Task.Delay(20, Soon);
        }
    }

    /// <summary>Waits until something is so.</summary>
    public async Task<ContainerDetail> UntilAsync(string container, Predicate<ContainerDetail> isSo)
    {
        while (true)
        {
            var detail = await Runtime.InspectContainerAsync(container, Soon);
            if (isSo(detail))
            {
                return detail;
            }

            await Task.Delay(50, Soon);
        }
    }

    /// <summary>Imports a root file system of one file under a name, with a content that no other image has.</summary>
    public Task<Digest> ImportAsync(ImageReference? target, ImageImportOptions? options = null)
        => Runtime.ImportImageAsync(RootFileSystem(), target, options ?? new ImageImportOptions(), Soon);

    /// <summary>A root file system of one file, different each time.</summary>
    public static MemoryStream RootFileSystem()
        => new(Layers.Tars.Write(tar => Layers.Tars.Text(tar, "file", Guid.NewGuid().ToString())));

    /// <summary>Fails unless an attempt is refused with this kind.</summary>
    public static async Task<ZLayerException> RefusesAsync(ZLayerErrorKind kind, Func<Task> attempt)
    {
        var error = await Assert.ThrowsAsync<ZLayerException>(attempt);
        Assert.True(kind == error.Kind, $"{kind} was expected, but {error.Kind}: {error.Message}");
        return error;
    }

    /// <summary>Bytes as text.</summary>
    public static string TextOf(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        shared.Later(CleanUpAsync);
        _end.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task CleanUpAsync()
    {
        // The last first: some runtimes keep a container that others depend on, and an image that a container was made of.
        foreach (var container in Enumerable.Reverse(_containers))
        {
            await Runtime.RemoveContainerAsync(container, new ContainerRemoveOptions { RemoveVolumes = true });
        }

        foreach (var image in Enumerable.Reverse(_images))
        {
            try
            {
                await Runtime.RemoveImageAsync(image, force: true);
            }
            catch (ZLayerException e) when (e.Kind == ZLayerErrorKind.ImageNotFound)
            {
                // The case removed it, or never made it.
            }
        }
    }
}
