using System.Management.Automation;
using ZLayer.PowerShell.Completion;

namespace ZLayer.PowerShell.Pipeline;

/// <summary>The base of cmdlets that work with a container runtime.</summary>
public abstract class RuntimeCmdlet : ZLayerAsyncCmdlet
{
    private RuntimeLookup? _runtimes;

    /// <summary>
    /// The runtime of containers that are named by a bare name: one of Get-ZLayerRuntime, or the address of an engine such as
    /// 'ssh://user@host' or 'context://NAME'. Without it the one that Use-ZLayerRuntime chose, else ZLAYER_RUNTIME, else docker. The
    /// runtime of a piped object wins over it.
    /// </summary>
    [Parameter(HelpMessage = "The runtime of containers that are named by a bare name.")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RuntimeNameCompleter))]
    public string? Runtime { get; set; }

    /// <summary>Where runtimes are found. Taken on the pipeline thread at the beginning, used on any.</summary>
    private protected RuntimeLookup Runtimes => _runtimes ?? throw new InvalidOperationException("BeginProcessing has not run.");

    /// <inheritdoc/>
    protected override void BeginProcessing() => _runtimes = new RuntimeLookup(ZLayerSession.Current, Runtime, FullRoot);
}
