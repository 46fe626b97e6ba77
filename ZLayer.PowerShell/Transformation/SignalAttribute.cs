using System.Management.Automation;
using ZLayer.Core.Runtimes;

namespace ZLayer.PowerShell.Transformation;

/// <summary>Takes names of signals, with or without SIG, in any case, and numbers.</summary>
public sealed class SignalAttribute : ValueTransformationAttribute<Signal>
{
    private protected override Signal Convert(object input, PSObject wrapped, EngineIntrinsics engine) => input switch
    {
        string text => Signal.Parse(text),
        int or long or short or byte => Signal.Parse($"{input}"),
        _ when ObjectProperties.AreOurs(wrapped) && ObjectProperties.Text(wrapped, "Number") is { } number => Signal.Parse(number),
        _ => throw Refuse(input, "a signal such as 'TERM', 'SIGHUP' or 9"),
    };
}
