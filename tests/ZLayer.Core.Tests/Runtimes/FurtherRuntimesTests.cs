using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.Testing;

namespace ZLayer.Core.Tests.Runtimes;

public sealed class FurtherRuntimesTests
{
    [Fact]
    public async Task An_engine_has_the_runtimes_that_it_is_given_after_its_own()
    {
        var made = 0;
        var engine = Engine("mine", () =>
        {
            made++;
            return new FakeRuntime();
        });
        await using (engine)
        {
            Assert.Equal(["docker", "podman", "mine"], engine.Runtimes.Names);
            Assert.Equal(0, made);

            var runtime = engine.Runtimes.Get("mine");

            Assert.Same(runtime, engine.Runtimes.Get("MINE"));
            Assert.Equal(1, made);
        }
    }

    [Theory]
    [InlineData("docker", ZLayerErrorKind.NameInUse)]
    [InlineData("Podman", ZLayerErrorKind.NameInUse)]
    [InlineData("tcp://host", ZLayerErrorKind.InvalidArgument)]
    [InlineData("", ZLayerErrorKind.InvalidArgument)]
    public async Task A_runtime_that_could_not_be_named_is_refused(string name, ZLayerErrorKind kind)
    {
        await using var engine = Engine(name, () => new FakeRuntime());

        Assert.Equal(kind, Assert.Throws<ZLayerException>(() => engine.Runtimes).Kind);
    }

    [Fact]
    public void Core_does_not_know_what_is_for_tests()
        => Assert.DoesNotContain(
            typeof(ZLayerEngine).Assembly.GetReferencedAssemblies(), assembly => assembly.Name == typeof(FakeRuntime).Assembly.GetName().Name);

    private static ZLayerEngine Engine(string name, Func<IContainerRuntime> create)
        => new(new ZLayerEngineOptions
        {
            Root = Path.Combine(Path.GetTempPath(), "zlayer-never-made"),
            FurtherRuntimes = new Dictionary<string, Func<IContainerRuntime>> { [name] = create },
        });
}
