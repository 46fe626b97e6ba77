using System.Management.Automation;
using ZLayer.Core.Errors;

namespace ZLayer.PowerShell.Pipeline;

/// <summary>Questions that are asked even without -Confirm.</summary>
internal static class Confirmation
{
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
}
