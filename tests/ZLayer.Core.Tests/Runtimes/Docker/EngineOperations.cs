using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Docker;
using ZLayer.Core.Runtimes.Execution;
using ZLayer.Core.Runtimes.Files;
using ZLayer.Core.Runtimes.Observation;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Core.Tests.Runtimes.Docker;

/// <summary>Every operation of the contract, run to its end and looked at as front ends do.</summary>
internal static class EngineOperations
{
    private static readonly ImageReference Image = ImageReference.Parse("zlayer-test/busybox:1");

    /// <summary>The operations by what they are called in a failure.</summary>
    public static IReadOnlyList<(string Name, Func<DockerRuntime, CancellationToken, Task> Run)> All { get; } =
    [
        Of(RuntimeOperation.PullImage, (r, c) => r.PullImageAsync(Image, new RuntimePullOptions(), c)),
        Of(RuntimeOperation.PullImageWithPolicy, (r, c) => r.PullImageAsync(Image, new RuntimePullOptions { Policy = PullPolicy.Newer }, c)),
        Of(RuntimeOperation.CreateContainer, (r, c) => Look(r.CreateContainerAsync(new ContainerSpecification { Image = "busybox", Tty = true, TerminalSize = new TerminalSize(24, 80) }, c))),
        Of(RuntimeOperation.StartContainer, (r, c) => r.StartContainerAsync("web", c)),
        Of(RuntimeOperation.StopContainer, (r, c) => r.StopContainerAsync("web", new ContainerStopOptions { Signal = Signal.Kill }, c)),
        Of(RuntimeOperation.RemoveContainer, (r, c) => Look(r.RemoveContainerAsync("web", new ContainerRemoveOptions(), c))),
        Of(RuntimeOperation.ContainerState, (r, c) => Look(r.GetContainerStateAsync("gone", c))),
        Of(RuntimeOperation.ContainerLogs, (r, c) => LookAll(r.GetContainerLogsAsync("term", 10, c))),
        Of(RuntimeOperation.Exec, (r, c) => Look(r.ExecAsync("web", new ExecOptions { Command = ["true"] }, c))),
        Of(RuntimeOperation.GetContainerStats, (r, c) => Look(r.GetContainerStatsAsync("web", c))),
        Of(RuntimeOperation.WaitContainer, (r, c) => Look(r.WaitContainerAsync("web", c))),
        Of(RuntimeOperation.GetLogs, (r, c) => LookAll(r.GetLogsAsync("web", c))),
        Of(RuntimeOperation.GetContainerPid, (r, c) => Look(r.GetContainerPidAsync("web", c))),
        Of(RuntimeOperation.GetContainerIp, (r, c) => Look(r.GetContainerIpAsync("web", c))),
        Of(RuntimeOperation.ExecStream, (r, c) => LookAll(r.StreamExecAsync("web", new ExecOptions { Command = ["true"] }, c))),
        Of(RuntimeOperation.ExecPty, RunSessionAsync),
        Of(RuntimeOperation.WaitOutcome, (r, c) => Look(r.WaitOutcomeAsync("gone", WaitCondition.NotRunning, c))),
        Of(RuntimeOperation.WaitOutcomeWithCondition, (r, c) => Look(r.WaitOutcomeAsync("web", WaitCondition.Removed, c))),
        Of(RuntimeOperation.RenameContainer, (r, c) => r.RenameContainerAsync("web", "new", c)),
        Of(RuntimeOperation.GetContainerPortOverride, (r, c) => Look(((IContainerRuntime)r).GetContainerPortOverrideAsync("web", c))),
        Of(RuntimeOperation.SyncContainerVolumes, (r, c) => r.SyncContainerVolumesAsync("web", c)),
        Of(RuntimeOperation.LogsStream, (r, c) => LookAll(LogLines.ReadAsync(r.StreamLogsAsync("web", new LogOptions { Timestamps = true, Details = true }, c), "web", "docker", c))),
        Of(RuntimeOperation.StatsStream, (r, c) => LookAll(r.MeasureAsync("web", "web", TimeSpan.Zero, c), most: 1)),
        Of(RuntimeOperation.PullImageStream, (r, c) => LookAll(r.PullImageStreamAsync(Image, new RuntimePullOptions { Policy = PullPolicy.Always }, c))),
        Of(RuntimeOperation.ListImages, (r, c) => LookAll(r.ListImagesAsync(c))),
        Of(RuntimeOperation.RemoveImage, (r, c) => Look(r.RemoveImageAsync("busybox", force: false, c))),
        Of(RuntimeOperation.PruneImages, (r, c) => Look(r.PruneImagesAsync(all: true, c))),
        Of(RuntimeOperation.KillContainer, (r, c) => r.KillContainerAsync("web", null, c)),
        Of(RuntimeOperation.TagImage, (r, c) => r.TagImageAsync("busybox", Image, c)),
        Of(RuntimeOperation.InspectImageNative, (r, c) => Look(r.InspectImageAsync("busybox", c))),
        Of(RuntimeOperation.ImageHistory, (r, c) => LookAll(r.GetImageHistoryAsync("busybox", c))),
        Of(RuntimeOperation.SearchImages, (r, c) => LookAll(r.SearchImagesAsync("busybox", 5, c))),
        Of(RuntimeOperation.SaveImages, async (r, c) => await DrainAsync(await r.SaveImagesAsync(["busybox"], c), c)),
        Of(RuntimeOperation.LoadImages, (r, c) => LookAll(r.LoadImagesAsync(Archive(), quiet: false, c))),
        Of(RuntimeOperation.ImportImage, (r, c) => Look(r.ImportImageAsync(Archive(), Image, new ImageImportOptions(), c))),
        Of(RuntimeOperation.ExportContainerFs, async (r, c) => await DrainAsync(await r.ExportContainerAsync("web", c), c)),
        Of(RuntimeOperation.CommitContainer, (r, c) => Look(r.CommitContainerAsync("web", new CommitOptions { Target = Image }, c))),
        Of(RuntimeOperation.InspectDetailed, (r, c) => Look(r.InspectContainerAsync("web", c))),
        Of(RuntimeOperation.PauseContainer, (r, c) => r.PauseContainerAsync("web", c)),
        Of(RuntimeOperation.UnpauseContainer, (r, c) => r.UnpauseContainerAsync("web", c)),
        Of(RuntimeOperation.UpdateContainerResources, (r, c) => LookAll(r.UpdateContainerAsync("web", new ContainerUpdate { Limits = new ResourceLimits { Memory = 1 << 30 } }, c))),
        Of(RuntimeOperation.TopContainer, async (r, c) => LookAt((await r.GetContainerProcessesAsync("web", [], c)).ToProcesses("web"))),
        Of(RuntimeOperation.ChangesContainer, (r, c) => LookAll(r.GetContainerChangesAsync("web", c))),
        Of(RuntimeOperation.PortMappingsContainer, (r, c) => LookAll(r.GetContainerPortsAsync("web", c))),
        Of(RuntimeOperation.PruneContainers, (r, c) => Look(r.PruneContainersAsync(null, c))),
        Of(RuntimeOperation.ListContainers, (r, c) => LookAll(r.ListContainersAsync(new ContainerFilter { MeasureSize = true, Containers = ["web", "gone", "2f1e76ef4452"] }, c))),
        Of(RuntimeOperation.ArchiveGet, async (r, c) => await DrainAsync(await r.GetArchiveAsync("web", "/etc/passwd", c), c)),
        Of(RuntimeOperation.ArchivePut, (r, c) => r.PutArchiveAsync("web", "/tmp", Archive(), new ArchivePutOptions(), c)),
        Of(RuntimeOperation.ArchiveHead, (r, c) => Look(r.GetPathStatAsync("web", "/etc/passwd", c))),
        ("RestartContainer", (r, c) => r.RestartContainerAsync("gone", new ContainerStopOptions(), c)),
        ("StartExec", (r, c) => r.StartExecAsync("web", new ExecOptions { Command = ["true"] }, c)),
        ("Attach", AttachAsync),
        ("Describe", (r, c) => Look(r.DescribeAsync(detailed: true, c))),
        ("Events", (r, c) => LookAll(r.GetEventsAsync(new EventFilter(), c))),
        ("ListByContainerId", (r, c) => Look(r.InspectContainerAsync("web-rep-0", c))),
    ];

    private static (string, Func<DockerRuntime, CancellationToken, Task>) Of(RuntimeOperation operation, Func<DockerRuntime, CancellationToken, Task> run) => (operation.ToString(), run);

    private static async Task RunSessionAsync(DockerRuntime runtime, CancellationToken cancellationToken)
    {
        await using var session = await runtime.OpenExecAsync("web", new ExecOptions { Command = ["true"], Tty = true, TerminalSize = new TerminalSize(24, 80), AttachStdIn = true }, cancellationToken);
        await session.CloseInputAsync(cancellationToken);
        await LookAll(session.ReadAsync(cancellationToken));
        await Look(session.WaitAsync(cancellationToken));
    }

    private static async Task AttachAsync(DockerRuntime runtime, CancellationToken cancellationToken)
    {
        await using var session = await runtime.AttachAsync("web", new AttachOptions(), cancellationToken);
        await LookAll(LogLines.ReadAsync(session.ReadAsync(cancellationToken), "web", "docker", cancellationToken));
        await Look(session.WaitAsync(cancellationToken));
    }

    private static MemoryStream Archive() => new(new byte[1024]);

    private static async Task DrainAsync(Stream stream, CancellationToken cancellationToken)
    {
        await using (stream)
        {
            await stream.CopyToAsync(Stream.Null, cancellationToken);
        }
    }

    // Looking at a record means reading each of its members, as a view does: a record prints them.
    private static void LookAt<T>(IEnumerable<T> all)
    {
        foreach (var one in all)
        {
            _ = $"{one}";
        }
    }

    private static async Task Look<T>(Task<T> answer) => _ = $"{await answer}";

    private static async Task LookAll<T>(Task<IReadOnlyList<T>> answer) => LookAt(await answer);

    // Podman is asked for samples again and again: somebody has to have enough.
    private static async Task LookAll<T>(IAsyncEnumerable<T> answers, int most = int.MaxValue)
    {
        await foreach (var one in answers)
        {
            _ = $"{one}";
            if (--most == 0)
            {
                break;
            }
        }
    }
}
