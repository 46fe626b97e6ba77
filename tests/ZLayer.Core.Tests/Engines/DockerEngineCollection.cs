namespace ZLayer.Core.Tests.Engines;

/// <summary>Shares one Docker engine among test classes.</summary>
[CollectionDefinition(Name)]
public sealed class DockerEngineCollection : ICollectionFixture<DockerEngineFixture>
{
    public const string Name = "Docker engine";
}
