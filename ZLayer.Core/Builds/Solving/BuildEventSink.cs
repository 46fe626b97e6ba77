using ZLayer.Core.Builds.Events;
using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Builds.Solving;

/// <summary>
/// Passes events on one at a time, numbers steps, and keeps warnings for the result. Nothing passes after the terminal event.
/// </summary>
internal sealed class BuildEventSink(IProgress<BuildEvent>? events)
{
    private readonly Lock _gate = new();
    private readonly List<DockerfileWarning> _warnings = [];
    private int _steps;
    private bool _ended;

    /// <summary>The warnings so far.</summary>
    public IReadOnlyList<DockerfileWarning> Warnings
    {
        get
        {
            lock (_gate)
            {
                return [.. _warnings];
            }
        }
    }

    /// <summary>The number of the next step, from 1.</summary>
    public int NextStep() => Interlocked.Increment(ref _steps);

    /// <summary>Passes an event on.</summary>
    public void Report(BuildEvent value)
    {
        lock (_gate)
        {
            if (_ended)
            {
                return;
            }

            _ended = value is BuildCompleted or BuildFailed;
            events?.Report(value);
        }
    }

    /// <summary>Reports a warning of the linter, once: platforms and stages may come upon the same.</summary>
    public void Warn(DockerfileWarning warning)
    {
        lock (_gate)
        {
            if (_warnings.Contains(warning))
            {
                return;
            }

            _warnings.Add(warning);
        }

        Report(new BuildWarning(warning.Rule, warning.Message, warning.Location.ToString()));
    }

    /// <summary>Reports something surprising of the build itself.</summary>
    public void Warn(string message) => Report(new BuildWarning("Build", AddressRedaction.Redact(message), null));
}
