using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Processes;

namespace ZLayer.Core.Runtimes.Oci;

/// <summary>
/// The OCI runtimes of this machine. Whether one works shows only when it runs something (crun refuses hybrid control groups, for one), so
/// the first container is the probe: a runtime that cannot set it up is ruled out, and the one that can is remembered.
/// </summary>
internal sealed class OciRuntimes
{
    private static readonly string[] Preference = ["crun", "runc", "youki"];

    private readonly Lock _gate = new();
    private readonly List<OciRuntime> _candidates;
    private readonly string? _wanted;
    private readonly bool _isHybrid;

    // One for containers that need control groups of their own, one for the others.
    private OciRuntime? _provenWithCgroups;
    private OciRuntime? _provenWithout;

    /// <summary>Searches the runtimes.</summary>
    /// <param name="programs">Where programs are.</param>
    /// <param name="wanted">A name or path that is used whatever happens; null for the first that works.</param>
    /// <param name="isHybrid">True on a machine with both versions of control groups.</param>
    public OciRuntimes(ProgramSearch programs, string? wanted, bool isHybrid)
    {
        _wanted = wanted;
        _isHybrid = isHybrid;
        IEnumerable<string> names = wanted is null ? Preference : [wanted];
        _candidates = [.. names.Select(name => (name, path: programs.Find(name))).Where(found => found.path is not null)
            .Select(found => new OciRuntime(Path.GetFileName(found.name), found.path!))];
    }

    /// <summary>The runtimes to try, in order: one when it is known to work.</summary>
    /// <param name="needsCgroups">True when the container needs control groups of its own.</param>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.BuilderUnavailable"/>: there is none.</exception>
    public IReadOnlyList<OciRuntime> GetCandidates(bool needsCgroups)
    {
        lock (_gate)
        {
            if ((needsCgroups ? _provenWithCgroups : _provenWithout) is { } proven)
            {
                return [proven];
            }

            IReadOnlyList<OciRuntime> able = [.. _candidates.Where(
                runtime => !(needsCgroups && _isHybrid && runtime.RefusesHybridCgroups))];
            return able.Count > 0 ? able
                : _candidates.Count > 0 ? [.. _candidates]
                : throw NoRuntime();
        }
    }

    /// <summary>Remembers that a runtime has set up a container.</summary>
    public void Prove(OciRuntime runtime, bool needsCgroups)
    {
        lock (_gate)
        {
            if (needsCgroups)
            {
                _provenWithCgroups ??= runtime;
            }
            else
            {
                _provenWithout ??= runtime;
            }
        }
    }

    private ZLayerException NoRuntime() => _wanted is null
        ? new ZLayerException(
            ZLayerErrorKind.BuilderUnavailable, "Cannot run a command in a container: no OCI runtime is installed (crun, runc or youki).")
        {
            Subject = "OCI runtime",
            Advice = "Install one: apt-get install crun, or apt-get install runc.",
        }
        : new ZLayerException(
            ZLayerErrorKind.BuilderUnavailable, $"Cannot run a command in a container: the OCI runtime '{_wanted}' is not installed.")
        {
            Subject = _wanted,
            Advice = "Install it, give its path, or leave the choice of the runtime to ZLayer.",
        };
}
