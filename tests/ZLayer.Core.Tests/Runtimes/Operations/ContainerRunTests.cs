using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Runtimes;
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

    [Fact]
    public async Task An_image_that_is_nearer_than_its_registry_is_sent()
    {
        var source = new Source("debian:13");

        var steps = await Runtime.CreateAsync(new ContainerSpecification { Image = "debian:13" }, images: source).ToListAsync();

        Assert.Collection(steps, step => Assert.Equal("debian:13", Assert.IsType<RunSend>(step).Image), step => Assert.IsType<RunCreated>(step));
        Assert.Equal(["debian:13"], source.Sent);
    }

    [Fact]
    public async Task An_image_that_the_runtime_has_or_that_is_nowhere_near_is_not_sent()
    {
        var source = new Source("debian:13");
        await Runtime.PullImageAsync(ImageReference.Parse("debian:13"));

        await Runtime.CreateAsync(new ContainerSpecification { Image = "debian:13" }, images: source).ToListAsync();
        var steps = await Runtime.CreateAsync(new ContainerSpecification { Image = "alpine" }, images: source).ToListAsync();

        Assert.Empty(source.Sent);
        Assert.Contains(steps, step => step is RunPull);
    }

    [Theory]
    [InlineData(PullPolicy.Always)]
    [InlineData(PullPolicy.Never)]
    public async Task Other_policies_do_not_look_nearer(PullPolicy policy)
    {
        var source = new Source("debian:13");
        var specification = new ContainerSpecification { Image = "debian:13", PullPolicy = policy };

        var error = await Record.ExceptionAsync(() => Runtime.CreateAsync(specification, images: source).ToListAsync().AsTask());

        Assert.Equal(policy == PullPolicy.Never ? ZLayerErrorKind.ImageNotFound : (ZLayerErrorKind?)null, (error as ZLayerException)?.Kind);
        Assert.Empty(source.Sent);
    }

    [Theory]
    [InlineData(PullPolicy.Missing)]
    [InlineData(PullPolicy.Always)]
    public async Task An_address_of_the_web_is_no_image_and_the_name_in_it_is_told(PullPolicy policy)
    {
        var specification = new ContainerSpecification { Image = "https://localhost:5000/app:1", PullPolicy = policy };

        var error = await Assert.ThrowsAsync<ZLayerException>(() => Runtime.CreateAsync(specification).ToListAsync().AsTask());

        Assert.Equal(ZLayerErrorKind.InvalidImageReference, error.Kind);
        Assert.Contains("localhost:5000/app:1", error.Advice, StringComparison.Ordinal);
    }

    private sealed class Source(string image) : IImageSource
    {
        public List<string> Sent { get; } = [];

        public bool Has(string name, Platform? platform) => name == image;

        public async Task<string> SendAsync(IContainerRuntime runtime, string name, Platform? platform, CancellationToken cancellationToken = default)
        {
            Sent.Add(name);
            await runtime.PullImageAsync(ImageReference.Parse(name), cancellationToken: cancellationToken);
            return name;
        }
    }
}
