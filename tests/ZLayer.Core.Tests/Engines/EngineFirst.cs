using Xunit.Abstractions;

[assembly: TestCollectionOrderer("ZLayer.Core.Tests.Engines.EngineFirst", "ZLayer.Core.Tests")]

namespace ZLayer.Core.Tests.Engines;

/// <summary>
/// Begins with the tests that share one Docker engine: they run one after the other, longer than all others, and would otherwise be left
/// alone on the machine in the end.
/// </summary>
public sealed class EngineFirst : ITestCollectionOrderer
{
    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections)
        => testCollections.OrderBy(collection => collection.DisplayName == DockerEngineCollection.Name ? 0 : 1);
}
