using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Execution;
using ZLayer.Core.Runtimes.Observation;
using ZLayer.Core.Runtimes.Specifications;
using ZLayer.Testing;

namespace ZLayer.Core.Tests.Runtimes.Fake;

public abstract class FakeTestBase
{
    protected IContainerRuntime Runtime { get; } = new FakeRuntime();

    protected static CancellationToken Soon => new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token;

    protected async Task<string> CreateAsync(string name, params string[] command)
        => await CreateAsync(new ContainerSpecification { Image = "alpine", Name = name, Command = command.Length == 0 ? null : command });

    protected async Task<string> CreateAsync(ContainerSpecification specification)
    {
        await Runtime.PullImageAsync(ImageReference.Parse(specification.Image));
        return (await Runtime.CreateContainerAsync(specification)).Id;
    }

    protected async Task<string> RunAsync(string name, params string[] command)
    {
        var id = await CreateAsync(name, command);
        await Runtime.StartContainerAsync(id);
        return id;
    }

    protected async Task<string> RunAsync(ContainerSpecification specification)
    {
        var id = await CreateAsync(specification);
        await Runtime.StartContainerAsync(id);
        return id;
    }

    protected Task<ExecResult> ExecAsync(string container, params string[] command) => Runtime.ExecAsync(container, new ExecOptions { Command = command }, Soon);

    protected async Task<string> TextOfAsync(string container)
        => string.Join('\n', (await Runtime.GetLogsAsync(container)).Select(l => l.Text));

    protected static async Task<ZLayerErrorKind> KindAsync(Func<Task> work) => (await Assert.ThrowsAsync<ZLayerException>(work)).Kind;

    protected static string TextOf(LogChunk chunk) => Encoding.UTF8.GetString(chunk.Data.Span);
}
