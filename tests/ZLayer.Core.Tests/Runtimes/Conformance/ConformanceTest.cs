using System.Reflection;
using System.Runtime.CompilerServices;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;

namespace ZLayer.Core.Tests.Runtimes.Conformance;

/// <summary>
/// What the classes of the suite share. A case is a method with <see cref="OnEveryRuntimeAttribute"/> that hands its steps to
/// <see cref="CaseAsync"/>; it knows the contract and no runtime.
/// </summary>
[Collection(ConformanceCollection.Name)]
public abstract class ConformanceTest(ConformanceFixture fixture)
{
    /// <summary>Carries out the steps of a case on a runtime, and judges how they end by what was declared of it.</summary>
    private protected async Task CaseAsync(string runtime, Func<ConformanceCase, Task> steps, [CallerMemberName] string method = "")
    {
        var shared = await fixture.OpenAsync(runtime);
        var name = $"{GetType().Name}.{method}";
        var difference = RuntimeDifferences.Find(name, shared.Subject);
        Exception? failure;
        await using (var on = new ConformanceCase(shared, difference?.Patience ?? TimeSpan.FromSeconds(60)))
        {
            failure = await Record.ExceptionAsync(() => steps(on));
        }

        if (failure is SkipException)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }
        else if (DeclinedBy(shared.Subject.Runtime, method) is { } operation)
        {
            Assert.True(
                failure is ZLayerException { Kind: ZLayerErrorKind.OperationNotSupported } refusal && refusal.Message.Contains($"{operation}", StringComparison.Ordinal),
                $"{runtime} declines {operation}, so it should refuse it by name, but: {failure?.Message ?? "it carries it out"}");
        }
        else if (difference is not null)
        {
            Assert.True(
                failure is not null || difference.IsRace,
                $"{runtime} does now what {name} asks for. Remove the difference that was declared: {difference.Reason}");
            Assert.True(
                failure is null || failure.Message.Contains(difference.Outcome, StringComparison.Ordinal),
                $"{runtime} differs otherwise than declared ({difference.Outcome}): {failure}");
        }
        else if (failure is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }
    }

    private RuntimeOperation? DeclinedBy(IContainerRuntime runtime, string method)
    {
        var operations = GetType().GetMethod(method)?.GetCustomAttribute<OnEveryRuntimeAttribute>()?.Operations ?? [];
        return operations.Where(operation => !runtime.Capabilities.Supports(operation)).Select(operation => (RuntimeOperation?)operation).FirstOrDefault();
    }
}
