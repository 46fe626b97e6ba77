using System.Collections.Concurrent;
using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;
using ZLayer.Core;
using ZLayer.Core.Registries;
using ZLayer.Core.Runtimes;

namespace ZLayer.PowerShell.Pipeline;

/// <summary>
/// What one runspace keeps between cmdlets: an engine for each data root, its logins, its choice of a runtime. Other runspaces share
/// nothing of it but the names that engines were given.
/// </summary>
internal sealed class ZLayerSession
{
    private static readonly ConditionalWeakTable<Runspace, ZLayerSession> Sessions = [];

    // The one thing that all runspaces share: what is registered in one is meant in the others that work for it, as those of -Parallel do.
    private static readonly NamedEngines Engines = new();

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Root, bool AllowInsecure), Opened> _engines = [];
    private readonly ConcurrentDictionary<string, RegistryCredential> _logins = new(StringComparer.OrdinalIgnoreCase);

    // By data root, so that what it holds outlives an engine whose environment changed.
    private readonly ConcurrentDictionary<string, FakeRuntimeSource> _fakes = new(StringComparer.Ordinal);

    /// <summary>The session of the current runspace. Only the pipeline thread has one.</summary>
    public static ZLayerSession Current => Sessions.GetValue(Runspace.DefaultRunspace, _ => new ZLayerSession());

    /// <summary>The registries that this session is logged in to.</summary>
    public IReadOnlyList<string> Registries => [.. _logins.Keys.Order(StringComparer.OrdinalIgnoreCase)];

    /// <summary>The tags that registries told this session of.</summary>
    public SeenTags Tags { get; } = new();

    /// <summary>The runtime that Use-ZLayerRuntime chose; null is the engine's default.</summary>
    public string? RuntimeName { get; set; }

    /// <summary>The data root that Use-ZLayerRuntime chose, absolute; null is the default one.</summary>
    public string? Root { get; set; }

    /// <summary>The engine of a data root. Safe on any thread.</summary>
    /// <param name="root">The data root, absolute; null is the session's.</param>
    /// <param name="allowInsecure">Whether registries may be reached insecurely.</param>
    public ZLayerEngine GetEngine(string? root, bool allowInsecure = false)
    {
        // The environment belongs to the script: a proxy or a config directory that it sets counts from the next cmdlet on. An engine whose
        // data root was deleted behind its back would miss the directories that it made.
        var options = ZLayerEngineOptions.FromEnvironment(root ?? Root) with { AllowInsecure = allowInsecure };
        var key = (options.Root, allowInsecure);
        lock (_gate)
        {
            if (!_engines.TryGetValue(key, out var opened)
                || opened.Engine.HasLostRoot
                || !HaveSameEntries(opened.Options.Environment, options.Environment))
            {
                opened = new Opened(Open(options), options);
                _engines[key] = opened;
            }

            return opened.Engine;
        }
    }

    /// <summary>A runtime. Safe on any thread.</summary>
    /// <param name="name">Its name; null is the session's choice, else the engine's default.</param>
    /// <param name="root">The data root, absolute; null is the session's.</param>
    /// <exception cref="Core.Errors.ZLayerException">RuntimeNotFound.</exception>
    public IContainerRuntime GetRuntime(string? name = null, string? root = null) => GetEngine(root).Runtimes.Get(name ?? RuntimeName);

    /// <summary>An engine for one cmdlet that brings a credential of its own, which is not kept. The caller disposes of it.</summary>
    /// <param name="root">The data root, absolute; null is the session's.</param>
    /// <param name="allowInsecure">Whether registries may be reached insecurely.</param>
    public ZLayerEngine OpenEngine(string? root, bool allowInsecure)
        => Open(ZLayerEngineOptions.FromEnvironment(root ?? Root) with { AllowInsecure = allowInsecure });

    /// <summary>Keeps a login for all engines of the session.</summary>
    /// <param name="registry">The registry.</param>
    /// <param name="credential">What it accepts.</param>
    public void LogIn(string registry, RegistryCredential credential)
    {
        _logins[registry] = credential;
        lock (_gate)
        {
            foreach (var opened in _engines.Values)
            {
                opened.Engine.Credentials.Set(registry, credential);
            }
        }
    }

    /// <summary>Forgets a login; false when there was none.</summary>
    /// <param name="registry">The registry.</param>
    public bool LogOut(string registry)
    {
        lock (_gate)
        {
            foreach (var opened in _engines.Values)
            {
                opened.Engine.Credentials.Remove(registry);
            }
        }

        return _logins.TryRemove(registry, out _);
    }

    private ZLayerEngine Open(ZLayerEngineOptions options)
    {
        var engine = new ZLayerEngine(options with
        {
            LoggerFactory = SessionLog.Instance,
            FurtherRuntimes = _fakes.GetOrAdd(options.Root, _ => new FakeRuntimeSource()).Runtimes,
            NamedEngines = Engines,
        });
        foreach (var (registry, credential) in _logins)
        {
            engine.Credentials.Set(registry, credential);
        }

        return engine;
    }

    private static bool HaveSameEntries(IReadOnlyDictionary<string, string> left, IReadOnlyDictionary<string, string> right)
        => left.Count == right.Count && left.All(entry => right.TryGetValue(entry.Key, out var value) && value == entry.Value);

    private sealed record Opened(ZLayerEngine Engine, ZLayerEngineOptions Options);
}
