using ZLayer.Core.Oci;
using ZLayer.Core.Tests.Engines;
using ZLayer.Testing;

namespace ZLayer.Core.Tests.Runtimes.Conformance;

/// <summary>The runtimes that every case of the suite is run on. A further runtime is added here, and nowhere else.</summary>
internal static class ConformanceRuntimes
{
    /// <summary>Makes one of each; none is open yet.</summary>
    public static IReadOnlyList<ConformanceRuntime> Create() =>
    [
        new FakeConformance(),
        new EngineConformance("docker", "ZLAYER_TEST_DOCKER_HOST", PrivateEngine.Obstacle, async () => await PrivateEngine.StartAsync()),
        new EngineConformance("docker-new", "ZLAYER_TEST_DOCKER_HOST_NEW", "ZLAYER_TEST_DOCKER_HOST_NEW names no engine"),
        new EngineConformance("podman", "ZLAYER_TEST_PODMAN_HOST", PodmanService.Obstacle, async () => await PodmanService.StartAsync()),
    ];

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Create().Select(runtime => runtime.Name)];

    private sealed class FakeConformance : ConformanceRuntime
    {
        public override string Name => "fake";

        public override string Image => "alpine:3";

        public override ImageReference Unreachable { get; } = ImageReference.Parse("away.invalid/app:1");

        public override async Task OpenAsync()
        {
            Runtime = new FakeRuntime();
            Network = "conformance";
            Pullable = ImageReference.Parse("nginx:1");
            Unknown = ImageReference.Parse("missing.invalid/app:1");
            await Runtime.PullImageAsync(ImageReference.Parse(Image));
        }
    }
}
