using System.Runtime.CompilerServices;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Runtimes.Execution;
using ZLayer.Core.Runtimes.Observation;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Core.Runtimes.Operations;

/// <summary>
/// Runs a container from its making to its end, over any runtime: brings the image in where the policy says so, creates, attaches, starts,
/// passes input and output on, and waits. An exit code other than 0 is no error.
/// </summary>
public static class ContainerRun
{
    private static readonly TimeSpan CreationTime = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Runs a container and tells what happens as it happens. When the sequence is left early the container is killed, and removed if it
    /// was to be.
    /// </summary>
    /// <param name="runtime">The runtime.</param>
    /// <param name="options">What is run, and how.</param>
    /// <param name="cancellationToken">Kills the container, and removes it if it was to be removed.</param>
    /// <exception cref="ZLayerException">
    /// What pulling, creating and starting throw; OperationTimedOut when it runs too long: it is killed then.
    /// </exception>
    public static async IAsyncEnumerable<RunEvent> RunAsync(
        this IContainerRuntime runtime, ContainerRunOptions options, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(runtime);
        ArgumentNullException.ThrowIfNull(options);
        var specification = Complete(options);
        ContainerCreation? container = null;
        await foreach (var step in CreateAsync(
            runtime, specification, options.Credential, options.Images, cancellationToken).ConfigureAwait(false))
        {
            container = (step as RunCreated)?.Container;
            yield return step;
        }

        using var limit = new TimeLimit(options.Timeout, cancellationToken);
        var running = await RunningContainer.StartAsync(
            runtime, container!, specification, cancellationToken: cancellationToken).ConfigureAwait(false);
        await using var ending = running.ConfigureAwait(false);
        using var input = new InputPump(options.Input, running.Session, limit.Token);
        var lines = LogLines.ReadAsync(running.Session.ReadAsync(limit.Token), container!.Name, runtime.Name, limit.Token)
            .GetAsyncEnumerator(limit.Token);
        await using var closing = lines.ConfigureAwait(false);
        while (await MoveAsync(lines, limit, container.Name).ConfigureAwait(false))
        {
            yield return new RunOutput(lines.Current);
        }

        yield return new RunEnded(container, await FinishAsync(running, input, limit).ConfigureAwait(false), running.Elapsed);
    }

    /// <summary>Runs a container to its end and keeps its output.</summary>
    /// <param name="runtime">The runtime.</param>
    /// <param name="options">What is run, and how.</param>
    /// <param name="onEvent">Told of the image that is brought in, and of the container when it was made; null for nobody.</param>
    /// <param name="cancellationToken">Kills the container, and removes it if it was to be removed.</param>
    /// <exception cref="ZLayerException">As <see cref="RunAsync"/>.</exception>
    public static async Task<ContainerRunResult> RunToEndAsync(
        this IContainerRuntime runtime, ContainerRunOptions options, Action<RunEvent>? onEvent = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(runtime);
        ArgumentNullException.ThrowIfNull(options);
        var specification = Complete(options);
        ContainerCreation? container = null;
        await foreach (var step in CreateAsync(
            runtime, specification, options.Credential, options.Images, cancellationToken).ConfigureAwait(false))
        {
            container = (step as RunCreated)?.Container;
            onEvent?.Invoke(step);
        }

        using var limit = new TimeLimit(options.Timeout, cancellationToken);
        var running = await RunningContainer.StartAsync(
            runtime, container!, specification, cancellationToken: cancellationToken).ConfigureAwait(false);
        await using var ending = running.ConfigureAwait(false);
        using var input = new InputPump(options.Input, running.Session, limit.Token);
        try
        {
            var output = await SessionOutput.ReadAsync(running.Session, limit.Token).ConfigureAwait(false);
            var outcome = await FinishAsync(running, input, limit).ConfigureAwait(false);
            return new ContainerRunResult
            {
                ContainerId = container!.Id,
                ContainerName = container.Name,
                Runtime = runtime.Name,
                ExitCode = outcome.ExitCode,
                Reason = outcome.Reason,
                Signal = outcome.Signal,
                StdOut = output.OutputText,
                StdErr = output.ErrorText,
                RawStdOut = output.Output,
                RawStdErr = output.Error,
                Duration = running.Elapsed,
            };
        }
        catch (OperationCanceledException) when (limit.IsReached)
        {
            throw TimedOut(limit, container!.Name);
        }
    }

    /// <summary>
    /// Creates a container, and brings its image in first where its policy says so: one that is missing comes from
    /// <paramref name="images"/> if it is there, else from its registry. The last event is the <see cref="RunCreated"/>.
    /// </summary>
    /// <param name="runtime">The runtime.</param>
    /// <param name="specification">The container.</param>
    /// <param name="credential">What proves who asks; null looks the registry's host up.</param>
    /// <param name="images">Where an image is looked for that the runtime lacks; null is nowhere.</param>
    /// <param name="cancellationToken">Stops it; a container that was made nevertheless is removed.</param>
    /// <exception cref="ZLayerException">What pulling and creating throw.</exception>
    public static async IAsyncEnumerable<RunEvent> CreateAsync(
        this IContainerRuntime runtime,
        ContainerSpecification specification,
        RegistryCredential? credential = null,
        IImageSource? images = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(runtime);
        ArgumentNullException.ThrowIfNull(specification);
        if (specification.Image.Contains("://", StringComparison.Ordinal))
        {
            // No image has such a name: the reader of references says what is wrong, engines do not.
            _ = ImageReference.Parse(specification.Image);
        }

        var policy = specification.PullPolicy;
        if (policy is PullPolicy.Missing or PullPolicy.Never)
        {
            // Mostly the image is there: asking before would cost a request each time.
            if (await TryCreateAsync(
                runtime, specification, mayMiss: policy == PullPolicy.Missing, cancellationToken).ConfigureAwait(false) is { } created)
            {
                yield return new RunCreated(created);
                yield break;
            }

            var isHere = images?.Has(specification.Image, specification.Platform) == true;
            if (isHere)
            {
                yield return new RunSend(specification.Image);
                var name = await images!.SendAsync(
                    runtime, specification.Image, specification.Platform, cancellationToken).ConfigureAwait(false);
                specification = specification with { Image = name };
            }

            // What is no name cannot be pulled: the runtime's own word is the error then.
            if (isHere || !ImageReference.TryParse(specification.Image, out _))
            {
                yield return new RunCreated(
                    (await TryCreateAsync(runtime, specification, mayMiss: false, cancellationToken).ConfigureAwait(false))!);
                yield break;
            }
        }

        var pull = new RuntimePullOptions { Policy = policy, Platform = specification.Platform, Credential = credential };
        await foreach (var progress in runtime.PullImageStreamAsync(
            ImageReference.Parse(specification.Image), pull, cancellationToken).ConfigureAwait(false))
        {
            yield return new RunPull(progress);
        }

        yield return new RunCreated(
            (await TryCreateAsync(runtime, specification, mayMiss: false, cancellationToken).ConfigureAwait(false))!);
    }

    private static ContainerSpecification Complete(ContainerRunOptions options) => options.Specification with
    {
        AutoRemove = options.Specification.AutoRemove || options.Remove,
        OpenStdin = options.Specification.OpenStdin || options.Input is not null,
        StdinOnce = options.Specification.StdinOnce || options.Input is not null,
    };

    private static async Task<ContainerCreation?> TryCreateAsync(
        IContainerRuntime runtime, ContainerSpecification specification, bool mayMiss, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        // Not cancelled itself: the runtime would make the container all the same, and nobody would know of it.
        var creating = CreateCoreAsync(runtime, specification);
        try
        {
            return await creating.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await ((Task)creating).WaitAsync(CreationTime, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (creating.IsCompletedSuccessfully)
            {
                await RunningContainer.EndAsync(runtime, creating.Result.Id, remove: true).ConfigureAwait(false);
            }

            throw;
        }
        catch (ZLayerException e) when (mayMiss && e.Kind == ZLayerErrorKind.ImageNotFound)
        {
            return null;
        }
    }

    // A runtime may throw before it returns a task.
    private static async Task<ContainerCreation> CreateCoreAsync(IContainerRuntime runtime, ContainerSpecification specification)
        => await runtime.CreateContainerAsync(specification, CancellationToken.None).ConfigureAwait(false);

    private static async ValueTask<bool> MoveAsync(IAsyncEnumerator<LogRecord> lines, TimeLimit limit, string container)
    {
        try
        {
            return await lines.MoveNextAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limit.IsReached)
        {
            throw TimedOut(limit, container);
        }
    }

    private static async Task<WaitOutcome> FinishAsync(RunningContainer running, InputPump input, TimeLimit limit)
    {
        try
        {
            var outcome = await running.WaitAsync(limit.Token).ConfigureAwait(false);
            await input.FinishAsync().ConfigureAwait(false);
            return outcome;
        }
        catch (OperationCanceledException) when (limit.IsReached)
        {
            throw TimedOut(limit, running.Container.Name);
        }
    }

    private static ZLayerException TimedOut(TimeLimit limit, string container) => limit.Reached(
        $"Running the container '{container}'", container, "Allow more time, or see in the container's log what it waits for.");
}
