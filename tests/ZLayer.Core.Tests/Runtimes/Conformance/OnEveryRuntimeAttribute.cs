using System.Reflection;
using ZLayer.Core.Runtimes;
using Xunit.Sdk;

namespace ZLayer.Core.Tests.Runtimes.Conformance;

/// <summary>Runs a case on each runtime of the list, and says which operations it is about.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OnEveryRuntimeAttribute(params RuntimeOperation[] operations) : DataAttribute
{
    /// <summary>The operations. A runtime that declines one of them is expected to refuse it by name.</summary>
    public IReadOnlyList<RuntimeOperation> Operations => operations;

    /// <inheritdoc/>
    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => ConformanceRuntimes.Names.Select(name => new object[] { name });
}
