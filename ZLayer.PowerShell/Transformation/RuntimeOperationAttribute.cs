using System.Management.Automation;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;

namespace ZLayer.PowerShell.Transformation;

/// <summary>
/// Takes the names of <see cref="RuntimeOperation"/>, and the beginning or another part of one that no other has: <c>Pause</c>,
/// <c>Commit</c>, <c>Pty</c>.
/// </summary>
public sealed class RuntimeOperationAttribute : ValueTransformationAttribute<RuntimeOperation>
{
    private protected override RuntimeOperation Convert(object input, PSObject wrapped, EngineIntrinsics engine)
    {
        var text = wrapped.ToString();
        var names = Enum.GetNames<RuntimeOperation>();
        return Only(names, name => name.Equals(text, StringComparison.OrdinalIgnoreCase))
            ?? Only(names, name => name.StartsWith(text, StringComparison.OrdinalIgnoreCase))
            ?? Only(names, name => name.Contains(text, StringComparison.OrdinalIgnoreCase))
            ?? throw Unknown(text, names);
    }

    private static RuntimeOperation? Only(string[] names, Func<string, bool> fits)
        => names.Where(fits).ToList() is [var single] ? Enum.Parse<RuntimeOperation>(single) : null;

    private static ZLayerException Unknown(string text, string[] names)
    {
        var similar = names.Where(name => text.Length > 0 && name.Contains(text, StringComparison.OrdinalIgnoreCase)).ToList();
        return new ZLayerException(
            ZLayerErrorKind.InvalidArgument, similar.Count == 0
                ? $"There is no operation '{text}'."
                : $"'{text}' is the name of several operations.")
        {
            Subject = text,
            Advice = $"Use one of {string.Join(", ", similar.Count == 0 ? names : similar)}.",
        };
    }
}
