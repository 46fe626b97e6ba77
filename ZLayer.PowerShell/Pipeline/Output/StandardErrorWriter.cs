using System.Collections;
using System.Management.Automation;

namespace ZLayer.PowerShell.Pipeline;

/// <summary>
/// Writes lines of a standard error to the error stream as PowerShell does it for programs: they can be redirected, but a program that says
/// something there has not failed. So neither $ErrorActionPreference nor <c>$?</c> nor $Error have a part in it.
/// </summary>
internal static class StandardErrorWriter
{
    // A cmdlet's own errors obey the preference of its caller, which it cannot change; those of a command that it runs obey their
    // -ErrorAction.
    private static readonly CmdletInfo Relay = new("Write-ZLayerStandardError", typeof(RelayCommand));
    private const string Script = "param($command, $record) & $command -ErrorRecord $record -ErrorAction Continue";
    private const string ConstrainedScript
        = "param($record) Microsoft.PowerShell.Utility\\Write-Error -ErrorRecord $record -ErrorAction Continue";

    /// <summary>Writes a line. Called on the pipeline thread.</summary>
    /// <param name="cmdlet">The cmdlet whose error stream is meant.</param>
    /// <param name="line">The line.</param>
    public static void Write(PSCmdlet cmdlet, ErrorRecord line)
    {
        var hadErrors = cmdlet.InvokeCommand.HasErrors;
        try
        {
            var (action, isAsked) = ActionOf(cmdlet);
            if (isAsked && action is ActionPreference.SilentlyContinue or ActionPreference.Ignore)
            {
                return;
            }

            if (action == ActionPreference.Continue)
            {
                cmdlet.WriteError(line);
            }
            else
            {
                RelayTo(cmdlet, line);
            }
        }
        finally
        {
            cmdlet.InvokeCommand.HasErrors = hadErrors;
            ForgetError(cmdlet, line);
        }
    }

    private static void RelayTo(PSCmdlet cmdlet, ErrorRecord line)
    {
        // Where only some types may be used, a command that has no name may not be run.
        var constrained = cmdlet.SessionState.LanguageMode != PSLanguageMode.FullLanguage;
        var script = ScriptBlock.Create(constrained ? ConstrainedScript : Script);
        using var pipeline = script.GetSteppablePipeline(CommandOrigin.Internal, constrained ? [line] : [Relay, line]);
        pipeline.Begin(cmdlet);
        pipeline.End();
    }

    // Nothing went wrong that $Error should know of, which holds only so many.
    private static void ForgetError(PSCmdlet cmdlet, ErrorRecord line)
    {
        if (cmdlet.SessionState.PSVariable.GetValue("Error") is ArrayList { Count: > 0 } errors
            && (errors[0] is PSObject wrapped ? wrapped.BaseObject : errors[0]) is ErrorRecord last && ReferenceEquals(
                last.TargetObject, line.TargetObject))
        {
            errors.RemoveAt(0);
        }
    }

    // What -ErrorAction says, or the preference of the caller.
    private static (ActionPreference Action, bool IsAsked) ActionOf(PSCmdlet cmdlet)
    {
        var isAsked = cmdlet.MyInvocation.BoundParameters.TryGetValue("ErrorAction", out var bound);
        var value = isAsked ? bound : cmdlet.SessionState.PSVariable.GetValue("ErrorActionPreference");
        return (LanguagePrimitives.TryConvertTo<ActionPreference>(value, out var action) ? action : ActionPreference.Continue, isAsked);
    }

    /// <summary>Writes an error as its own. Not among the module's commands.</summary>
    [Cmdlet(VerbsCommunications.Write, "ZLayerStandardError")]
    internal sealed class RelayCommand : PSCmdlet
    {
        /// <summary>The error.</summary>
        [Parameter(Mandatory = true)]
        public ErrorRecord? ErrorRecord { get; set; }

        /// <inheritdoc/>
        protected override void EndProcessing() => WriteError(ErrorRecord);
    }
}
