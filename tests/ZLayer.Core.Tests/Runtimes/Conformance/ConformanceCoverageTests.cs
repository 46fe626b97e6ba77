using System.Reflection;
using ZLayer.Core.Runtimes;

namespace ZLayer.Core.Tests.Runtimes.Conformance;

/// <summary>The suite and its table of differences are whole.</summary>
public sealed class ConformanceCoverageTests
{
    private static readonly IReadOnlyList<MethodInfo> Cases =
    [
        .. typeof(ConformanceTest).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(ConformanceTest)))
            .SelectMany(type => type.GetMethods()).Where(method => method.IsDefined(typeof(OnEveryRuntimeAttribute))),
    ];

    [Fact]
    public void Every_operation_of_the_contract_has_a_case()
    {
        var covered = Cases.SelectMany(method => method.GetCustomAttribute<OnEveryRuntimeAttribute>()!.Operations);
        Assert.Empty(Enum.GetValues<RuntimeOperation>().Except(covered));
    }

    [Fact]
    public void Every_declared_difference_is_one_of_a_case_and_a_runtime_of_the_suite()
    {
        var names = Cases.Select(method => $"{method.DeclaringType!.Name}.{method.Name}").ToHashSet();
        Assert.DoesNotContain(RuntimeDifferences.Declared, difference => !names.Contains(difference.Case));
        Assert.DoesNotContain(RuntimeDifferences.Declared, difference => !ConformanceRuntimes.Names.Contains(difference.Runtime));
        Assert.DoesNotContain(RuntimeDifferences.Declared.GroupBy(difference => (difference.Case, difference.Runtime)), same => same.Count() > 1);
        Assert.All(RuntimeDifferences.Declared, difference => Assert.True(difference.Reason.Length > 20 && difference.Outcome.Length > 3, difference.Case));
    }
}
