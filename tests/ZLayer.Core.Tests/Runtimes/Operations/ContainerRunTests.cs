using ZLayer.Core.Runtimes.Operations;
using ZLayer.Core.Runtimes.Specifications;
using ZLayer.Core.Tests.Runtimes.Fake;

namespace ZLayer.Core.Tests.Runtimes.Operations;

public sealed class ContainerRunTests : FakeTestBase
{
    [Fact]
    public async Task Brings_the_image_in_also_where_the_runtime_refuses_the_creation_before_it_returns_a_task()
    {
        var steps = new List<RunEvent>();
        await foreach (var step in Runtime.CreateAsync(new ContainerSpecification { Image = "debian:13" }))
        {
            steps.Add(step);
        }

        Assert.Contains(steps, step => step is RunPull);
        Assert.IsType<RunCreated>(steps[^1]);
    }
}
