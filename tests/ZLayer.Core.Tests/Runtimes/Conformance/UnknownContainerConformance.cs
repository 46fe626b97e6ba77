using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Execution;
using ZLayer.Core.Runtimes.Files;
using ZLayer.Core.Runtimes.Observation;
using static ZLayer.Core.Tests.Runtimes.Conformance.ConformanceCase;

namespace ZLayer.Core.Tests.Runtimes.Conformance;

/// <summary>Every operation on a container that does not exist.</summary>
public sealed class UnknownContainerConformance(ConformanceFixture fixture) : ConformanceTest(fixture)
{
    private static readonly ExecOptions Command = new() { Command = ["true"] };

    // Removing is idempotent, nobody is asked for a port where no runtime shares the host's network so, and the others are about no container or many.
    private static readonly RuntimeOperation[] Without =
    [
        RuntimeOperation.CreateContainer, RuntimeOperation.RemoveContainer, RuntimeOperation.PruneContainers, RuntimeOperation.ListContainers,
        RuntimeOperation.GetContainerPortOverride,
        RuntimeOperation.PullImage, RuntimeOperation.PullImageWithPolicy, RuntimeOperation.PullImageStream, RuntimeOperation.ListImages, RuntimeOperation.RemoveImage,
        RuntimeOperation.PruneImages, RuntimeOperation.TagImage, RuntimeOperation.InspectImageNative, RuntimeOperation.ImageHistory, RuntimeOperation.SearchImages,
        RuntimeOperation.SaveImages, RuntimeOperation.LoadImages, RuntimeOperation.ImportImage,
    ];

    private static readonly Dictionary<RuntimeOperation, Func<IContainerRuntime, string, CancellationToken, Task>> Attempts = new()
    {
        [RuntimeOperation.StartContainer] = (r, c, end) => r.StartContainerAsync(c, end),
        [RuntimeOperation.StopContainer] = (r, c, end) => r.StopContainerAsync(c, ContainerStopOptions.Default, end),
        [RuntimeOperation.ContainerState] = (r, c, end) => r.GetContainerStateAsync(c, end),
        [RuntimeOperation.ContainerLogs] = (r, c, end) => r.GetContainerLogsAsync(c, 1, end),
        [RuntimeOperation.Exec] = (r, c, end) => r.ExecAsync(c, Command, end),
        [RuntimeOperation.GetContainerStats] = (r, c, end) => r.GetContainerStatsAsync(c, end),
        [RuntimeOperation.WaitContainer] = (r, c, end) => r.WaitContainerAsync(c, end),
        [RuntimeOperation.GetLogs] = (r, c, end) => r.GetLogsAsync(c, end),
        [RuntimeOperation.GetContainerPid] = (r, c, end) => r.GetContainerPidAsync(c, end),
        [RuntimeOperation.GetContainerIp] = (r, c, end) => r.GetContainerIpAsync(c, end),
        [RuntimeOperation.ExecStream] = async (r, c, end) => await r.StreamExecAsync(c, Command, end).ToListAsync(end),
        [RuntimeOperation.ExecPty] = (r, c, end) => r.OpenExecAsync(c, Command, end),
        [RuntimeOperation.WaitOutcome] = (r, c, end) => r.WaitOutcomeAsync(c, end),
        [RuntimeOperation.WaitOutcomeWithCondition] = (r, c, end) => r.WaitOutcomeAsync(c, WaitCondition.Removed, end),
        [RuntimeOperation.RenameContainer] = (r, c, end) => r.RenameContainerAsync(c, "conformance-other", end),
        [RuntimeOperation.SyncContainerVolumes] = (r, c, end) => r.SyncContainerVolumesAsync(c, end),
        [RuntimeOperation.LogsStream] = async (r, c, end) => await r.StreamLogsAsync(c, new LogOptions(), end).ToListAsync(end),
        [RuntimeOperation.StatsStream] = async (r, c, end) => await r.StreamStatsAsync(c, end).ToListAsync(end),
        [RuntimeOperation.KillContainer] = (r, c, end) => r.KillContainerAsync(c, null, end),
        [RuntimeOperation.ExportContainerFs] = (r, c, end) => r.ExportContainerAsync(c, end),
        [RuntimeOperation.CommitContainer] = (r, c, end) => r.CommitContainerAsync(c, new CommitOptions(), end),
        [RuntimeOperation.InspectDetailed] = (r, c, end) => r.InspectContainerAsync(c, end),
        [RuntimeOperation.PauseContainer] = (r, c, end) => r.PauseContainerAsync(c, end),
        [RuntimeOperation.UnpauseContainer] = (r, c, end) => r.UnpauseContainerAsync(c, end),
        [RuntimeOperation.UpdateContainerResources] = (r, c, end) => r.UpdateContainerAsync(c, new ContainerUpdate { Limits = new ResourceLimits { Pids = 5 } }, end),
        [RuntimeOperation.TopContainer] = (r, c, end) => r.GetContainerProcessesAsync(c, [], end),
        [RuntimeOperation.ChangesContainer] = (r, c, end) => r.GetContainerChangesAsync(c, end),
        [RuntimeOperation.PortMappingsContainer] = (r, c, end) => r.GetContainerPortsAsync(c, end),
        [RuntimeOperation.ArchiveGet] = (r, c, end) => r.GetArchiveAsync(c, "/etc", end),
        [RuntimeOperation.ArchivePut] = (r, c, end) => r.PutArchiveAsync(c, "/etc", new MemoryStream(new byte[1024]), new ArchivePutOptions(), end),
        [RuntimeOperation.ArchiveHead] = (r, c, end) => r.GetPathStatAsync(c, "/etc", end),
    };

    [SkippableTheory, OnEveryRuntime]
    public Task A_container_that_does_not_exist_is_not_found_by_any_operation(string runtime) => CaseAsync(runtime, async on =>
    {
        var failures = new List<string>();
        foreach (var (operation, attempt) in Attempts.Where(one => on.Runtime.Capabilities.Supports(one.Key)))
        {
            foreach (var unknown in (string[])["conformance-nobody", "conformance-rep-0"])
            {
                var error = await Record.ExceptionAsync(() => attempt(on.Runtime, unknown, on.Soon));
                if (error is not ZLayerException { Kind: ZLayerErrorKind.ContainerNotFound } refusal || refusal.Subject != unknown)
                {
                    failures.Add($"{operation} of {unknown}: {(error as ZLayerException)?.Kind} {(error as ZLayerException)?.Subject} {error?.Message}");
                }
            }
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.StopContainer, RuntimeOperation.Exec)]
    public Task What_belongs_to_an_operation_does_not_find_it_either(string runtime) => CaseAsync(runtime, async on =>
    {
        const string Nobody = "conformance-nobody";
        foreach (var attempt in (Func<Task>[])
        [
            () => on.Runtime.RestartContainerAsync(Nobody, ContainerStopOptions.Default, on.Soon),
            () => on.Runtime.StopContainerAsync(Nobody, new ContainerStopOptions { Signal = Signal.Interrupt }, on.Soon),
            () => on.Runtime.StartExecAsync(Nobody, Command, on.Soon),
            () => on.Runtime.AttachAsync(Nobody, new AttachOptions(), on.Soon),
            () => on.Runtime.BeginWaitAsync(Nobody, WaitCondition.NextExit, on.Soon),
        ])
        {
            await RefusesAsync(ZLayerErrorKind.ContainerNotFound, attempt);
        }

        Assert.Empty(await on.Runtime.ListContainersAsync(new ContainerFilter { Containers = [Nobody] }, on.Soon));
    });

    [Fact]
    public void Every_operation_on_a_container_is_among_them()
        => Assert.Equal(Enum.GetValues<RuntimeOperation>().Order(), Attempts.Keys.Concat(Without).Order());
}
