using System.Buffers;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Docker;

namespace ZLayer.Core.Runtimes;

/// <summary>
/// The runtimes that an engine knows, by name: those that it was made with, engines that users named, and any other engine by its address
/// (<see cref="RuntimeAddress"/>). Each is made when it is first asked for; making one connects to nothing.
/// </summary>
public sealed class RuntimeSet : IAsyncDisposable
{
    private const int LongestName = 128;

    // As Docker's contexts are named.
    private static readonly SearchValues<char> NameCharacters
        = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-");

    private readonly Dictionary<string, Lazy<IContainerRuntime>> _runtimes = new(StringComparer.OrdinalIgnoreCase);
    private readonly IReadOnlyList<string> _builtIn;
    private readonly NamedEngines _named;
    private readonly Func<DockerRuntimeOptions, IContainerRuntime> _connect;
    private readonly Func<string, DockerRuntimeOptions> _read;

    // By the text of the address: two that lead to one engine are two runtimes, each with the name that its user knows.
    private readonly Dictionary<string, DockerRuntimeOptions> _addressed = new(StringComparer.Ordinal);

    // By the engine rather than its name: what a name meant goes on for whoever works with it when the name is given to another engine.
    private readonly Dictionary<DockerRuntimeOptions, IContainerRuntime> _connected = new(ReferenceEqualityComparer.Instance);

    /// <summary>Makes a set.</summary>
    /// <param name="runtimes">The runtimes in the order in which they are listed.</param>
    /// <param name="defaultName">The one that is used where none is named.</param>
    /// <exception cref="ZLayerException">NameInUse for a name that is there twice; InvalidArgument for a name that is none.</exception>
    internal RuntimeSet(IEnumerable<KeyValuePair<string, Func<IContainerRuntime>>> runtimes, string defaultName)
        : this(runtimes, defaultName, new NamedEngines(), options => new DockerRuntime(options), RuntimeAddress.Read)
    {
    }

    /// <summary>Makes a set to which engines can be added by name.</summary>
    /// <param name="runtimes">The runtimes in the order in which they are listed.</param>
    /// <param name="defaultName">The one that is used where none is named.</param>
    /// <param name="named">The engines that have names of their own.</param>
    /// <param name="connect">Makes the runtime of such an engine.</param>
    /// <param name="read">Reads the address of an engine.</param>
    internal RuntimeSet(
        IEnumerable<KeyValuePair<string, Func<IContainerRuntime>>> runtimes,
        string defaultName,
        NamedEngines named,
        Func<DockerRuntimeOptions, IContainerRuntime> connect,
        Func<string, DockerRuntimeOptions> read)
    {
        ArgumentNullException.ThrowIfNull(runtimes);
        DefaultName = defaultName;
        _named = named;
        _connect = connect;
        _read = read;
        foreach (var (name, create) in runtimes)
        {
            CheckName(name);
            if (!_runtimes.TryAdd(name, new Lazy<IContainerRuntime>(create)))
            {
                throw BuiltIn(name, "Choose another name.");
            }
        }

        _builtIn = [.. runtimes.Select(runtime => runtime.Key)];
    }

    /// <summary>The names, in the order in which runtimes are listed. An address is among them where it is the default.</summary>
    public IReadOnlyList<string> Names
        => [.. _builtIn, .. _named.All.Select(engine => engine.Name), .. RuntimeAddress.IsAddress(DefaultName)
            ? [DefaultName]
            : Array.Empty<string>()];

    /// <summary>The name of the runtime that is used where none is named.</summary>
    public string DefaultName { get; }

    /// <summary>A runtime by name or address; null is the default.</summary>
    /// <exception cref="ZLayerException">
    /// RuntimeNotFound; InvalidArgument for an address that is none, and a Docker context that is not there.
    /// </exception>
    public IContainerRuntime Get(string? name = null)
    {
        name ??= DefaultName;
        return RuntimeAddress.IsAddress(name) ? Connect(EngineAt(name.Trim()))
            : _runtimes.TryGetValue(name, out var runtime) ? runtime.Value
                : _named.Find(name) is { } engine ? Connect(engine)
                : throw NotFound(name);
    }

    /// <summary>Whether a runtime is one of those that the set was made with, whose name cannot be taken away.</summary>
    /// <param name="name">The name.</param>
    public bool IsBuiltIn(string name) => _runtimes.ContainsKey(name);

    /// <summary>Names an engine. Whether there is one at its address is seen when it is used.</summary>
    /// <param name="engine">The engine, with its name.</param>
    /// <param name="replace">True lets the name go over from another engine.</param>
    /// <exception cref="ZLayerException">
    /// NameInUse; InvalidArgument for a name or an address that is none, a Docker context that is not there, and TLS where there is none.
    /// </exception>
    internal void Register(DockerRuntimeOptions engine, bool replace = false)
    {
        ArgumentNullException.ThrowIfNull(engine);
        CheckName(engine.Name);
        var endpoint = EndpointSearch.Find(engine);
        if (engine.Tls is not null && endpoint.Transport != DockerTransport.Tcp)
        {
            throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"The engine at {endpoint} is not reached with TLS: only tcp:// addresses are.")
            {
                Subject = endpoint.ToString(),
                Advice = "Leave the certificates out.",
            };
        }

        if (engine.Tls is { } tls && (tls.CertificateFile is null) != (tls.KeyFile is null))
        {
            throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"For the engine at {endpoint} there is a certificate without its key, or a key without its certificate.")
            {
                Subject = endpoint.ToString(),
                Advice = "Name both files, or neither.",
            };
        }

        if (IsBuiltIn(engine.Name))
        {
            throw BuiltIn(engine.Name, "Choose another name.");
        }

        _named.Add(engine with { IsNamed = true }, replace);
    }

    /// <summary>Takes the name of an engine away. What works with the engine goes on.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="ZLayerException">RuntimeNotFound; NameInUse for a runtime that nobody named.</exception>
    public void Unregister(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (IsBuiltIn(name))
        {
            throw BuiltIn(name, "Only what was registered can be unregistered.");
        }

        if (!_named.Remove(name))
        {
            throw NotFound(name);
        }
    }

    /// <summary>What each runtime is, and whether it answers.</summary>
    /// <param name="detailed">True also asks for their machines.</param>
    /// <param name="cancellationToken">Cancels the questions.</param>
    public async Task<IReadOnlyList<RuntimeInfo>> DescribeAsync(bool detailed = false, CancellationToken cancellationToken = default)
    {
        var answers = await Task.WhenAll(Names.Select(name => Get(name).DescribeAsync(detailed, cancellationToken))).ConfigureAwait(false);
        return [.. answers.Select(
            info => info with { IsDefault = string.Equals(info.Name, DefaultName, StringComparison.OrdinalIgnoreCase) })];
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        IReadOnlyList<IContainerRuntime> connected;
        lock (_connected)
        {
            connected = [.. _connected.Values];
        }

        foreach (var runtime in _runtimes.Values.Where(r => r.IsValueCreated).Select(r => r.Value).Concat(connected))
        {
            await runtime.DisposeAsync().ConfigureAwait(false);
        }
    }

    private IContainerRuntime Connect(DockerRuntimeOptions engine)
    {
        lock (_connected)
        {
            if (!_connected.TryGetValue(engine, out var runtime))
            {
                _connected[engine] = runtime = _connect(engine);
            }

            return runtime;
        }
    }

    private DockerRuntimeOptions EngineAt(string address)
    {
        lock (_addressed)
        {
            if (!_addressed.TryGetValue(address, out var engine))
            {
                engine = _read(address) with { IsNamed = true };
                _ = EndpointSearch.Find(engine);
                _addressed[address] = engine;
            }

            return engine;
        }
    }

    private ZLayerException NotFound(string name)
        => new(ZLayerErrorKind.RuntimeNotFound, $"There is no runtime '{name}'.")
        {
            Subject = name,
            Advice = name.StartsWith('/') ? $"The engine at a socket is unix://{name}."
                : name.Contains(
                    ':', StringComparison.Ordinal) ? $"The address of an engine begins with its scheme: unix://, npipe://, tcp:// or ssh://, such as {RuntimeAddress.OfEndpoint(name)}."
                : $"The runtimes are: {string.Join(", ", Names)}. The address of an engine is one too, such as ssh://user@host.",
        };

    private static ZLayerException BuiltIn(string name, string advice)
        => new(ZLayerErrorKind.NameInUse, $"The runtime '{name}' is built in.") { Subject = name, Advice = advice };

    private static void CheckName(string name)
    {
        if (name.Length is 0 or > LongestName || !char.IsAsciiLetterOrDigit(name[0]) || name.AsSpan().ContainsAnyExcept(NameCharacters))
        {
            throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"'{name}' is not a valid name for a runtime.")
            {
                Subject = name,
                Advice = $"Use a letter or digit, then letters, digits, '_', '.', '+' and '-'; {LongestName} characters at most.",
            };
        }
    }
}
