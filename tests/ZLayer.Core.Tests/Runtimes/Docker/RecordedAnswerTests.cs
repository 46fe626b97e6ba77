using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Docker;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Runtimes.Docker;

public sealed class RecordedAnswerTests
{
    public static TheoryData<string> Operations => new(EngineOperations.All.Select(operation => operation.Name));

    [Fact]
    public void There_is_an_attempt_for_each_operation_of_the_contract()
        => Assert.Empty(Enum.GetNames<RuntimeOperation>().Except(EngineOperations.All.Select(operation => operation.Name)));

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task What_a_real_engine_answered_is_understood(string operation)
    {
        await using var engine = new RecordedEngine();
        await using var runtime = new DockerRuntime(new DockerRuntimeOptions { Host = engine.Host });
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));

        await EngineOperations.All.Single(one => one.Name == operation).Run(runtime, limit.Token);
    }
}
