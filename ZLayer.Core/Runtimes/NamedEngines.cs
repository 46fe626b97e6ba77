using System.Collections.Immutable;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Docker;

namespace ZLayer.Core.Runtimes;

/// <summary>
/// The names that users gave to engines. What holds it may outlive any engine of ZLayer: those that are given the same one know the same
/// names. Safe for concurrent use.
/// </summary>
public sealed class NamedEngines
{
    private readonly Lock _gate = new();
    private volatile Entries _entries = new([]);

    /// <summary>The engines, in the order in which they were named.</summary>
    internal IReadOnlyList<DockerRuntimeOptions> All => _entries.Engines;

    /// <summary>The engine of a name; null when no engine has it.</summary>
    internal DockerRuntimeOptions? Find(string name) => _entries.Engines.FirstOrDefault(engine => IsNamed(engine, name));

    /// <summary>Names an engine.</summary>
    /// <param name="engine">The engine, with its name.</param>
    /// <param name="replace">True lets the name go over from another engine.</param>
    /// <exception cref="ZLayerException">NameInUse.</exception>
    internal void Add(DockerRuntimeOptions engine, bool replace)
    {
        lock (_gate)
        {
            var present = Find(engine.Name);
            if (present is not null && !replace)
            {
                throw new ZLayerException(ZLayerErrorKind.NameInUse, $"There is a runtime '{present.Name}' already.")
                {
                    Subject = present.Name,
                    Advice = "Choose another name, or replace what it names.",
                };
            }

            _entries = new Entries(
                present is null
                    ? _entries.Engines.Add(engine)
                    : _entries.Engines.Replace(present, engine, ReferenceEqualityComparer.Instance));
        }
    }

    /// <summary>Takes a name away; false when no engine has it.</summary>
    internal bool Remove(string name)
    {
        lock (_gate)
        {
            var kept = _entries.Engines.RemoveAll(engine => IsNamed(engine, name));
            var had = kept.Length < _entries.Engines.Length;
            _entries = new Entries(kept);
            return had;
        }
    }

    private static bool IsNamed(DockerRuntimeOptions engine, string name)
        => string.Equals(engine.Name, name, StringComparison.OrdinalIgnoreCase);

    // Replaced as a whole, so that readers need no lock.
    private sealed record Entries(ImmutableArray<DockerRuntimeOptions> Engines);
}
