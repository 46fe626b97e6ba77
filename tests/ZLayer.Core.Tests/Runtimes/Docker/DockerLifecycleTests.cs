using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Runtimes.Docker;

public sealed class DockerLifecycleTests(DockerEngineFixture docker) : EngineTest(docker)
{
    [SkippableFact]
    public async Task A_container_lives_from_creation_to_removal()
    {
        var name = NewName();
        var created = await Runtime.CreateContainerAsync(Shell(name, "exit 42"));

        Assert.Equal((name, 64, 0), (created.Name, created.Id.Length, created.Warnings.Count));
        Assert.Equal(ContainerPhase.Pending, (await Runtime.GetContainerStateAsync(name)).Phase);

        await Runtime.StartContainerAsync(name);
        var outcome = await Runtime.WaitOutcomeAsync(name);

        Assert.Equal((42, WaitReason.Exited, null), (outcome.ExitCode, outcome.Reason, outcome.Signal));
        Assert.NotNull(outcome.FinishedAt);
        Assert.Equal(new ContainerStatus(ContainerPhase.Exited, 42), await Runtime.GetContainerStateAsync(name));
        Assert.True(await Runtime.RemoveContainerAsync(name, new ContainerRemoveOptions()));
        Assert.False(await Runtime.RemoveContainerAsync(name, new ContainerRemoveOptions()));
        await FailsAsync(ZLayerErrorKind.ContainerNotFound, () => Runtime.GetContainerStateAsync(name));
    }
}
