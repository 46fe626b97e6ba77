using System.Text.RegularExpressions;
using ZLayer.Core.Errors;
using ZLayer.Core.Images;
using ZLayer.Core.Oci;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Specifications;
using ZLayer.Core.Storage;

namespace ZLayer.Testing;

/// <content>The life of containers, as its callers see it.</content>
public sealed partial class FakeRuntime
{
    private static readonly TimeSpan DefaultGracePeriod = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public Task<ContainerCreation> CreateContainerAsync(ContainerSpecification specification, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(specification);
        using var entry = state.Enter();
        var image = FindImage(specification.Image);
        Validate(specification);
        if (specification.Id is not null && TryFind(specification.Id.ToString()) is { } stale)
        {
            Remove(stale);
        }

        var number = state.Numbers++;
        var name = specification.Name
            ?? specification.Id?.ContainerName
            ?? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"fake-{number + 1}");
        EnsureFree(name);
        var id = state.NewId();
        var container = new FakeContainer
        {
            State = state,
            Id = id,
            Number = number,
            Name = name,
            Specification = specification,
            Image = image,
            Files = image.Files.Copy(),
            Hostname = specification.Hostname ?? id[..12],
            Created = state.Clock.Tick(),
            Labels = LabelsOf(specification, image),
            Limits = specification.Limits,
            RestartPolicy = specification.RestartPolicy,
            Input = specification.OpenStdin ? new FakeInput() : FakeInput.Closed(),
        };
        foreach (var mount in specification.Mounts.Where(m => container.Files.Find(m.Target) is null))
        {
            container.Files.Put(FakeFileSystem.Normalize(mount.Target), FakeFile.Directory(container.Created));
        }

        state.Containers.Add(container);
        Note(container, "create");
        return Task.FromResult(new ContainerCreation(id, name, []));
    }

    /// <inheritdoc/>
    public Task StartContainerAsync(string container, CancellationToken cancellationToken = default)
    {
        using var entry = state.Enter();
        var found = Find(container);
        if (found.IsPaused)
        {
            Invalid($"The container '{found.Name}' is paused; it cannot be started.", found.Name);
        }

        if (found.Phase != ContainerState.Running)
        {
            found.WasStopped = false;
            Launch(found);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task StopContainerAsync(string container, ContainerStopOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        FakeContainer found;
        using (state.Enter())
        {
            found = Find(container);
            if (!SendStop(found, options, out var grace))
            {
                return;
            }

            if (grace != Timeout.InfiniteTimeSpan)
            {
                state.Clock.Advance(grace);
                Kill(found, Signal.Kill);
            }
        }

        await state.WaitAsync(found, () => !found.IsAlive, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task<bool> RemoveContainerAsync(string container, ContainerRemoveOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        using var entry = state.Enter();
        if (TryFind(container) is not { } found)
        {
            return Task.FromResult(false);
        }

        if (found.IsAlive && !options.Force)
        {
            throw new ZLayerException(ZLayerErrorKind.ContainerRunning, $"The container '{found.Name}' is running; it cannot be removed.")
            {
                Subject = found.Name,
                Advice = $"Stop it first, or use {DoorWords.Of("--force", "-Force")}.",
            };
        }

        Remove(found);
        return Task.FromResult(true);
    }

    /// <inheritdoc/>
    public async Task<int> WaitContainerAsync(string container, CancellationToken cancellationToken = default)
        => (await WaitOutcomeAsync(container, WaitCondition.NotRunning, cancellationToken).ConfigureAwait(false)).ExitCode;

    /// <inheritdoc/>
    public async Task<WaitOutcome> WaitOutcomeAsync(
        string container, WaitCondition condition, CancellationToken cancellationToken = default)
    {
        FakeContainer found;
        int exits;
        using (state.Enter())
        {
            found = Find(container);
            exits = found.Exits;
        }

        Func<bool> isOver = condition switch
        {
            WaitCondition.NextExit => () => found.Exits > exits || found.IsRemoved,
            WaitCondition.Removed => () => found.IsRemoved,
            _ => () => !found.IsAlive,
        };
        await state.WaitAsync(found, isOver, cancellationToken).ConfigureAwait(false);
        var signal = Signal.FromExitCode(found.ExitCode);
        return new WaitOutcome
        {
            ExitCode = found.ExitCode,
            Reason = found.Error is not null ? WaitReason.RuntimeError : signal is null ? WaitReason.Exited : WaitReason.Signal,
            Signal = signal?.Name,
            FinishedAt = found.FinishedAt,
            Error = found.Error,
        };
    }

    /// <inheritdoc/>
    public Task<Task<WaitOutcome>> BeginWaitAsync(
        string container, WaitCondition condition, CancellationToken cancellationToken = default)
    {
        using (state.Enter())
        {
            Find(container);
        }

        return Task.FromResult(WaitOutcomeAsync(container, condition, cancellationToken));
    }

    /// <inheritdoc/>
    public Task KillContainerAsync(string container, Signal? signal = null, CancellationToken cancellationToken = default)
    {
        using var entry = state.Enter();
        var found = Find(container);
        if (!found.IsRunning)
        {
            throw NotRunning(found);
        }

        Kill(found, signal ?? Signal.Kill);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task PauseContainerAsync(string container, CancellationToken cancellationToken = default)
    {
        using var entry = state.Enter();
        var found = Find(container);
        if (found.IsPaused)
        {
            Invalid($"The container '{found.Name}' is paused already.", found.Name);
        }

        Switch(FindRunning(container), ContainerState.Paused, "pause");
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task UnpauseContainerAsync(string container, CancellationToken cancellationToken = default)
    {
        using var entry = state.Enter();
        var found = Find(container);
        if (!found.IsRunning)
        {
            throw NotRunning(found);
        }

        if (!found.IsPaused)
        {
            Invalid($"The container '{found.Name}' is not paused.", found.Name);
        }

        Switch(found, ContainerState.Running, "unpause");
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task RenameContainerAsync(string container, string newName, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(newName);
        using var entry = state.Enter();
        var found = Find(container);
        EnsureName(newName.Trim());
        EnsureFree(newName.Trim());
        var oldName = found.Name;
        found.Name = newName.Trim();
        Note(found, "rename", ("oldName", oldName));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> UpdateContainerAsync(
        string container, ContainerUpdate update, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(update);
        if (update.IsEmpty)
        {
            return Task.FromResult<IReadOnlyList<string>>([]);
        }

        FakeLimits.EnsureChangeable(update.Limits);
        using var entry = state.Enter();
        var found = Find(container);
        EnsureLimits(update.Limits);
        found.Limits = FakeLimits.Merge(found.Limits, update.Limits);
        found.RestartPolicy = update.RestartPolicy ?? found.RestartPolicy;
        Note(found, "update");
        return Task.FromResult<IReadOnlyList<string>>(update.Limits.KernelMemory is null ? [] : ["Kernel memory limits have no effect."]);
    }

    /// <inheritdoc/>
    public Task<Digest> CommitContainerAsync(string container, CommitOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var changes = ConfigChanges.Parse(options.Changes);
        EnsureTag(options.Target);
        using var entry = state.Enter();
        var found = Find(container);
        var layer = FakeLayer.PackChanges(found.Files, found.Image.Files);
        var time = state.Clock.Tick();
        var config = found.Image.Config with
        {
            Created = time,
            Author = options.Author ?? found.Image.Config.Author,
            Config = DefaultsOf(found),
            RootFs = new RootFs { DiffIds = [.. found.Image.Config.RootFs.DiffIds, Digest.Of(layer)] },
            History = [.. found.Image.Config.History
                ?? [], new HistoryEntry
                {
                    Created = time,
                    CreatedBy = string.Join(' ', CommandOf(found)),
                    Author = options.Author,
                    Comment = options.Comment,
                }],
        };
        var image = Keep(found.Image.With(layer, changes.Apply(config), found.Id), options.Target);
        Note(found, "commit", ("imageID", image.Id.ToString()));
        return Task.FromResult(image.Id);
    }

    /// <inheritdoc/>
    public Task<PruneResult> PruneContainersAsync(ContainerPruneFilter? filter = null, CancellationToken cancellationToken = default)
    {
        filter ??= new ContainerPruneFilter();
        using var entry = state.Enter();
        var ended = state.Containers.Where(c => !c.IsAlive && !(c.Created >= filter.Until)
            && filter.Labels.All(l => HasLabel(c.Labels, l)) && !filter.WithoutLabels.Any(l => HasLabel(c.Labels, l))).ToList();
        var bytes = ended.Sum(c => (long)FakeLayer.PackChanges(c.Files, c.Image.Files).Length);
        ended.ForEach(Remove);
        return Task.FromResult(
            new PruneResult { Kind = StorageKind.Container, Removed = [.. ended.Select(c => c.Id)], ReclaimedBytes = bytes });
    }

    /// <inheritdoc/>
    public Task SyncContainerVolumesAsync(string container, CancellationToken cancellationToken = default)
    {
        using var entry = state.Enter();
        Find(container);
        return Task.CompletedTask;
    }

    private static void Validate(ContainerSpecification specification)
    {
        if (specification.Name is { } name)
        {
            EnsureName(name);
        }

        if (specification.AutoRemove && specification.RestartPolicy is { Condition: not RestartCondition.No })
        {
            Invalid("A container that is removed when it ends cannot have a restart policy.", specification.Name);
        }

        if (specification.Mounts.FirstOrDefault(m => !m.Target.StartsWith('/')) is { } mount)
        {
            Invalid($"The mount target '{mount.Target}' is not an absolute path.", mount.Target);
        }

        if (specification.WorkingDirectory is { } directory && !directory.StartsWith('/'))
        {
            Invalid($"The working directory '{directory}' is not an absolute path.", directory);
        }

        EnsureLimits(specification.Limits);
    }

    private static void EnsureLimits(ResourceLimits limits)
    {
        const long LeastMemory = 6L << 20;
        if (limits.Memory is { } memory and > 0 and < LeastMemory)
        {
            Invalid($"A container needs at least 6 MB of memory; {memory} bytes are too few.", null);
        }

        if (limits.CpuCount is < 0 or > 2)
        {
            Invalid($"{limits.CpuCount} CPUs are out of range: there are 2.", null);
        }
    }

    private static void EnsureName(string name)
    {
        if (!ContainerNamePattern().IsMatch(name))
        {
            Invalid($"'{name}' is not a container name: use letters, digits, '_', '.' and '-', and begin with a letter or digit.", name);
        }
    }

    private void EnsureFree(string name)
    {
        if (state.Containers.Find(c => c.Name == name) is { } other)
        {
            throw new ZLayerException(ZLayerErrorKind.NameInUse, $"The name '{name}' is in use by the container {other.Id[..12]}.")
            {
                Subject = name,
                Advice = "Remove or rename that container, or choose another name.",
            };
        }
    }

    private static Dictionary<string, string> LabelsOf(ContainerSpecification specification, FakeImage image)
    {
        var labels = new Dictionary<string, string>(image.Config.Config?.Labels ?? new Dictionary<string, string>());
        foreach (var (key, value) in specification.Labels)
        {
            labels[key] = value;
        }

        if (specification.Id is { } id)
        {
            labels[ContainerId.Label] = id.ToString();
        }

        return labels;
    }

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
    private static partial Regex ContainerNamePattern();
}
