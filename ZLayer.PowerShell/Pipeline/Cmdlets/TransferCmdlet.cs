using System.Management.Automation;

namespace ZLayer.PowerShell.Pipeline;

/// <summary>The base of cmdlets that move many images: several at once, in the background if asked.</summary>
public abstract class TransferCmdlet : RegistryCmdlet
{
    /// <summary>How many images move at once.</summary>
    [Parameter(HelpMessage = "How many images move at once.")]
    [ValidateRange(1, 64)]
    public int ThrottleLimit { get; set; } = 3;

    /// <summary>Works in the background and returns a job at once.</summary>
    [Parameter(HelpMessage = "Works in the background and returns a job at once.")]
    public SwitchParameter AsJob { get; set; }

    /// <summary>Works on each target, several at once. A target that fails gives an error that does not end the others.</summary>
    /// <typeparam name="T">What a target is.</typeparam>
    /// <param name="targets">The targets.</param>
    /// <param name="work">The work on one; its output goes to the sink.</param>
    private protected void RunForEach<T>(IReadOnlyList<T> targets, Func<T, IPipelineSink, CancellationToken, Task> work)
        where T : notnull
    {
        if (targets.Count == 0)
        {
            return;
        }

        // A job outlives the cmdlet, so the engines become the job's.
        var engines = AsJob ? TakeOwnEngines() : [];
        var limit = ThrottleLimit;
        RunOrStart(AsJob, async (sink, cancellationToken) =>
        {
            try
            {
                await ParallelWork.ForEachAsync(targets, limit, sink, work, cancellationToken);
            }
            finally
            {
                foreach (var engine in engines)
                {
                    await engine.DisposeAsync();
                }
            }
        });
    }
}
