using System.Collections;
using System.Management.Automation;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.PowerShell.Transformation;

/// <summary>
/// Takes a command line for the container's shell, <c>'none'</c> to switch the image's check off, and
/// <c>@{ Test = 'curl -f localhost'; Interval = '5s'; Retries = 3 }</c>, whose Test is a command line, or a list that is a program with
/// arguments.
/// </summary>
public sealed class HealthCheckAttribute : ValueTransformationAttribute<HealthCheck>
{
    private const string Expected
        = "a health check such as 'curl -f http://localhost/' or @{ Test = 'curl -f http://localhost/'; Interval = '5s' }";

    private static readonly Dictionary<string, string> Synonyms
        = new(StringComparer.OrdinalIgnoreCase) { ["Command"] = "Test", ["Cmd"] = "Test" };

    private protected override HealthCheck Convert(object input, PSObject wrapped, EngineIntrinsics engine) => input switch
    {
        string text => FromText(text),
        IList list => new HealthCheck { Test = Arguments(list) },
        _ when RecordReader.CanRead(input) => RecordReader.Read<HealthCheck>(WithTest(input), "health check", engine, Synonyms),
        _ => throw Refuse(input, Expected),
    };

    private protected override bool IsList(object input) => false;

    private static HealthCheck FromText(string text)
        => string.IsNullOrWhiteSpace(text) ? throw new ZLayerException(
            ZLayerErrorKind.InvalidArgument, $"The health check is empty. Expected {Expected}.")
            : text.Equals("none", StringComparison.OrdinalIgnoreCase) ? HealthCheck.Disabled
            : HealthCheck.FromShell(text);

    // The test in the form that the engine has it.
    private static Hashtable WithTest(object input)
    {
        var table = new Hashtable(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in RecordReader.Pairs(input))
        {
            table[name] = Synonyms.ContainsKey(name) || name.Equals("Test", StringComparison.OrdinalIgnoreCase)
                ? value switch
                {
                    string text => FromText(text).Test.ToArray(),
                    IList list => Arguments(list).ToArray(),
                    _ => value,
                }
                : value;
        }

        return table;
    }

    private static IReadOnlyList<string> Arguments(IList list)
    {
        var words = list.Cast<object?>().Select(item => LanguagePrimitives.ConvertTo<string>(item)).ToList();
        return words is ["CMD" or "CMD-SHELL" or "NONE", ..] ? words : ["CMD", .. words];
    }
}
