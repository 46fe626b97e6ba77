#nullable disable warnings // The package calls nearly every property nullable: one that is null fails its case.
using System.Globalization;
using Docker.DotNet;
using Docker.DotNet.Models;
using ZLayer.Core.Oci;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Core.Tests.Runtimes.Conformance;

/// <summary>
/// What an engine says, read by a client of other people (Docker.DotNet, whose models come from the engine's source): it finds the same in
/// the answers, so what the other cases ask for is not only what our own reading and writing agree on.
/// </summary>
public sealed class PeerConformance(ConformanceFixture fixture) : ConformanceTest(fixture)
{
    [SkippableTheory, OnEveryRuntime(RuntimeOperation.CreateContainer, RuntimeOperation.InspectDetailed)]
    public Task A_container_is_what_another_client_sees(string runtime) => CaseAsync(runtime, async on =>
    {
        using var peer = Connect(on);
        var id = await on.CreateAsync(on.Shell("exit 0") with
        {
            EntryPoint = ["env", "-u", "HOME"],
            WorkingDirectory = "/srv",
            User = "12:34",
            Hostname = "peer",
            Environment = new Dictionary<string, string> { ["COLOUR"] = "red=blue", ["EMPTY"] = "" },
            Labels = new Dictionary<string, string> { ["peer.label"] = "a value, with \"quotes\"" },
            Mounts = [MountSpecification.ParseTmpfs("/run:size=1m")],
            Limits = new ResourceLimits { Memory = 64 << 20, CpuShares = 512 },
            RestartPolicy = new() { Condition = RestartCondition.OnFailure, MaximumRetryCount = 4 },
            ReadOnlyRootFileSystem = true,
            AddCapabilities = ["NET_ADMIN"],
            DropCapabilities = ["MKNOD"],
            OpenStdin = true,
            StopSignal = Signal.Parse("SIGUSR1"),
        });

        var theirs = await peer.Containers.InspectContainerAsync(id, on.Soon);
        var ours = await on.Runtime.InspectContainerAsync(id, on.Soon);

        Assert.Equal((theirs.ID, theirs.Name.TrimStart('/'), "created"), (ours.Id, ours.Name, $"{ours.State}".ToLowerInvariant()));
        Assert.Equal(theirs.State.Status, $"{ours.State}".ToLowerInvariant());
        Assert.Equal(theirs.Created, ours.Created!.Value.UtcDateTime, TimeSpan.FromMilliseconds(1));
        Assert.Equal((theirs.Config.WorkingDir, theirs.Config.User, theirs.Config.Hostname), (ours.WorkingDirectory, ours.User, ours.Hostname));
        Assert.Equal(("/srv", "12:34", "peer"), (ours.WorkingDirectory, ours.User, ours.Hostname));
        Assert.Equal(theirs.Config.Entrypoint, ours.EntryPoint);
        Assert.Equal(["env", "-u", "HOME"], ours.EntryPoint);
        Assert.Equal([theirs.Path, .. theirs.Args], ours.Command);
        Assert.Equal(theirs.Config.Env.Order(), ours.Environment.Select(pair => $"{pair.Key}={pair.Value}").Order());
        Assert.Equal("red=blue", ours.Environment["COLOUR"]);
        Assert.Equal(theirs.Config.Labels.OrderBy(pair => pair.Key), ours.Labels.OrderBy(pair => pair.Key));
        Assert.Equal((theirs.HostConfig.Memory, theirs.HostConfig.CPUShares), (ours.Limits.Memory, (long?)ours.Limits.CpuShares));
        Assert.Equal((64L << 20, 512L), (theirs.HostConfig.Memory, theirs.HostConfig.CPUShares));
        Assert.Equal((RestartPolicyKind.OnFailure, 4), (theirs.HostConfig.RestartPolicy.Name, theirs.HostConfig.RestartPolicy.MaximumRetryCount));
        Assert.Equal((RestartCondition.OnFailure, (int?)4), (ours.RestartPolicy.Condition, ours.RestartPolicy.MaximumRetryCount));
        Assert.Equal((theirs.HostConfig.NetworkMode, theirs.HostConfig.AutoRemove), (ours.NetworkMode, ours.AutoRemove));
        Assert.Equal((theirs.Config.Tty, theirs.Config.OpenStdin), (ours.Tty, ours.OpenStdin));
        Assert.True(theirs.HostConfig.ReadonlyRootfs && theirs.Config.OpenStdin);
        Assert.Contains(theirs.HostConfig.CapAdd, name => name.EndsWith("NET_ADMIN", StringComparison.Ordinal));
        Assert.Contains(theirs.HostConfig.CapDrop, name => name.EndsWith("MKNOD", StringComparison.Ordinal));
        Assert.Contains("size=1048576", theirs.HostConfig.Tmpfs["/run"], StringComparison.Ordinal);
        Assert.Contains(theirs.Config.StopSignal, (string[])["SIGUSR1", "10"]);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.ListContainers)]
    public Task Another_client_lists_the_same_containers(string runtime) => CaseAsync(runtime, async on =>
    {
        using var peer = Connect(on);
        string[] ids = [await on.Shared.CreatedAsync(), await on.Shared.RunningAsync(), await on.Shared.EndedAsync()];

        var theirs = (await peer.Containers.ListContainersAsync(new ContainersListParameters { All = true }, on.Soon)).ToDictionary(container => container.ID);
        var ours = (await on.Runtime.ListContainersAsync(ContainerFilter.None, on.Soon)).ToDictionary(container => container.Id);

        foreach (var (their, our) in ids.Select(id => (theirs[id], ours[id])))
        {
            Assert.Equal(their.Names.Select(name => name.TrimStart('/')).Single(), our.Name);
            Assert.Equal(their.State, $"{our.State}".ToLowerInvariant());
            Assert.Equal(their.Created, our.Created!.Value.UtcDateTime, TimeSpan.FromSeconds(1));
            Assert.Equal(their.ImageID, our.ImageId);
            Assert.Equal(their.Labels.OrderBy(pair => pair.Key), our.Labels.OrderBy(pair => pair.Key));
        }
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.InspectDetailed)]
    public Task Another_client_sees_the_same_end_of_a_container(string runtime) => CaseAsync(runtime, async on =>
    {
        using var peer = Connect(on);
        var id = await on.Shared.EndedAsync();

        var theirs = (await peer.Containers.InspectContainerAsync(id, on.Soon)).State;
        var ours = await on.Runtime.InspectContainerAsync(id, on.Soon);

        Assert.Equal(((int?)theirs.ExitCode, theirs.OOMKilled, theirs.Running), (ours.ExitCode, ours.OomKilled, ours.State == ContainerState.Running));
        Assert.Equal(Time(theirs.StartedAt), ours.StartedAt!.Value, TimeSpan.FromMilliseconds(1));
        Assert.Equal(Time(theirs.FinishedAt), ours.FinishedAt!.Value, TimeSpan.FromMilliseconds(1));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.PortMappingsContainer, RuntimeOperation.InspectDetailed)]
    public Task Another_client_sees_the_same_networks_and_ports(string runtime) => CaseAsync(runtime, async on =>
    {
        using var peer = Connect(on);
        Skip.If(on.Subject.Network is null, "the runtime has no network with addresses here");
        var id = await on.StartAsync(on.Shell("sleep 1000") with
        {
            Network = on.Subject.Network,
            NetworkAliases = ["other"],
            Ports = PortMapping.Parse("127.0.0.1::8080"),
        });

        var theirs = (await peer.Containers.InspectContainerAsync(id, on.Soon)).NetworkSettings;
        var ours = await on.Runtime.InspectContainerAsync(id, on.Soon);

        var (their, our) = (theirs.Networks[on.Subject.Network], Assert.Single(ours.NetworkAttachments));
        Assert.Equal((theirs.Networks.Keys.Single(), their.IPAddress, their.Gateway), (our.Network, $"{our.IPv4}", $"{our.Gateway}"));
        Assert.Equal(their.MacAddress, our.MacAddress);
        Assert.Contains("other", their.Aliases);
        Assert.Contains("other", our.Aliases);
        var (binding, port) = (theirs.Ports["8080/tcp"].Single(), Assert.Single(ours.Ports));
        Assert.Equal((binding.HostIP, binding.HostPort, 8080), (port.HostIP, $"{port.HostPort}", port.ContainerPort));
        var network = await peer.Networks.InspectNetworkAsync(on.Subject.Network, on.Soon);
        Assert.Contains(id, network.Containers.Keys);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.InspectImageNative, RuntimeOperation.ListImages, RuntimeOperation.ImageHistory)]
    public Task An_image_is_what_another_client_sees(string runtime) => CaseAsync(runtime, async on =>
    {
        using var peer = Connect(on);

        var theirs = await peer.Images.InspectImageAsync(on.Subject.Image, on.Soon);
        var ours = await on.Runtime.InspectImageAsync(on.Subject.Image, on.Soon);

        Assert.Equal(WithAlgorithm(theirs.ID), $"{ours.Id}");
        Assert.Equal((theirs.Os, theirs.Architecture, theirs.Size), (ours.Platform.Os, ours.Platform.Architecture, ours.Size));
        Assert.Equal(theirs.Created!.Value, ours.Created!.Value.UtcDateTime, TimeSpan.FromMilliseconds(1));
        Assert.Equal(Names(theirs.RepoTags), Names(ours.RepoTags));
        Assert.Equal(theirs.RootFS.Layers, ours.Layers.Select(layer => $"{layer}"));
        Assert.Equal(theirs.Config.Env ?? [], ours.Config.Env ?? []);
        var listed = (await peer.Images.ListImagesAsync(new ImagesListParameters(), on.Soon)).Single(image => WithAlgorithm(image.ID) == $"{ours.Id}");
        var own = (await on.Runtime.ListImagesAsync(on.Soon)).Where(image => image.Id == ours.Id);
        Assert.Equal(Names(listed.RepoTags), Names(own.Select(image => $"{image.Repository}:{image.Tag}")));
        Assert.All(own, image => Assert.Equal(listed.Size, image.Size));
        Assert.All(own, image => Assert.Equal(listed.Created, image.Created!.Value.UtcDateTime, TimeSpan.FromSeconds(1)));
        var history = await peer.Images.GetImageHistoryAsync(on.Subject.Image, on.Soon);
        Assert.Equal(history.Select(step => (step.CreatedBy, step.Size)), (await on.Runtime.GetImageHistoryAsync(on.Subject.Image, on.Soon)).Select(step => (step.CreatedBy, step.Size)));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.RenameContainer, RuntimeOperation.PauseContainer)]
    public Task What_another_client_changes_is_seen(string runtime) => CaseAsync(runtime, async on =>
    {
        using var peer = Connect(on);
        var id = await on.StartAsync(on.Shell("sleep 1000"));
        var name = on.NewName();

        await peer.Containers.RenameContainerAsync(id, new ContainerRenameParameters { NewName = name }, on.Soon);
        await peer.Containers.PauseContainerAsync(id, on.Soon);

        var ours = await on.Runtime.InspectContainerAsync(name, on.Soon);
        Assert.Equal((id, name, ContainerState.Paused), (ours.Id, ours.Name, ours.State));
        await peer.Containers.UnpauseContainerAsync(id, on.Soon);
        await peer.Containers.KillContainerAsync(id, new ContainerKillParameters { Signal = "SIGKILL" }, on.Soon);
        Assert.Equal(137, await on.Runtime.WaitContainerAsync(id, on.Soon));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.UpdateContainerResources)]
    public Task Limits_that_are_changed_are_seen_by_another_client(string runtime) => CaseAsync(runtime, async on =>
    {
        using var peer = Connect(on);
        var id = await on.StartAsync(on.Shell("sleep 1000"));

        await on.Runtime.UpdateContainerAsync(id, new ContainerUpdate { Limits = new ResourceLimits { CpuShares = 700 } }, on.Soon);

        Assert.Equal(700, (await peer.Containers.InspectContainerAsync(id, on.Soon)).HostConfig.CPUShares);
    });

    private static DockerClient Connect(ConformanceCase on)
    {
        Skip.If(on.Subject.Host is null, "there is no engine that another client could ask");
        Skip.IfNot(on.Subject.Host.StartsWith("unix://", StringComparison.Ordinal), "the other client is connected through a socket");
        return new DockerClientBuilder().WithEndpoint(new Uri(on.Subject.Host)).WithApiVersion(new System.Version(1, 41)).Build();
    }

    // Podman leaves the algorithm out.
    private static string WithAlgorithm(string id) => id.Contains(':', StringComparison.Ordinal) ? id : "sha256:" + id;

    private static IEnumerable<string> Names(IEnumerable<string> tags) => tags.Select(tag => $"{ImageReference.Parse(tag)}").Order();

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
