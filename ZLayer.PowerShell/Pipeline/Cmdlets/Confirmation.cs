using System.Management.Automation;
using System.Reflection;
using ZLayer.Core.Errors;

namespace ZLayer.PowerShell.Pipeline;

/// <summary>What users are asked, and whether they are.</summary>
internal static class Confirmation
{
    /// <summary>Whether a cmdlet only shows what it would do.</summary>
    public static bool IsWhatIf(PSCmdlet cmdlet)
        => Switch(cmdlet, "WhatIf") ?? LanguagePrimitives.IsTrue(cmdlet.GetVariableValue("WhatIfPreference"));

    /// <summary>
    /// Whether ShouldProcess says or asks something: with -WhatIf, -Confirm or -Verbose, or as the preferences of the first two have it.
    /// Where it does not, what would happen need not be found out before it does.
    /// </summary>
    public static bool IsHeard(PSCmdlet cmdlet)
        => IsWhatIf(cmdlet)
            || (Switch(cmdlet, "Confirm") ?? Asks(cmdlet))
            || Switch(cmdlet, "Verbose") is true;

    /// <summary>Asks; where nobody can answer, the error names -Force.</summary>
    /// <exception cref="ZLayerException">InteractiveHostRequired.</exception>
    public static bool Ask(Cmdlet cmdlet, string query, string caption)
    {
        try
        {
            return cmdlet.ShouldContinue(query, caption);
        }
        catch (Exception exception) when (exception is InvalidOperationException or NotImplementedException or System.Management.Automation.Host.HostException
            && exception is not PipelineStoppedException)
        {
            throw new ZLayerException(ZLayerErrorKind.InteractiveHostRequired, $"{caption}: nobody can be asked here. {query}", exception)
            {
                Advice = "Add -Force to go on without being asked.",
            };
        }
    }

    private static bool? Switch(PSCmdlet cmdlet, string name)
        => cmdlet.MyInvocation.BoundParameters.TryGetValue(name, out var given) ? LanguagePrimitives.IsTrue(given) : null;

    private static bool Asks(PSCmdlet cmdlet)
        => !LanguagePrimitives.TryConvertTo<ConfirmImpact>(cmdlet.GetVariableValue("ConfirmPreference"), out var from)
            || (from != ConfirmImpact.None && cmdlet.GetType().GetCustomAttribute<CmdletAttribute>()!.ConfirmImpact >= from);
}
