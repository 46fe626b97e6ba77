using ZLayer.Core.Errors;

namespace ZLayer.Core.Runtimes;

/// <summary>The runtimes that an engine knows, by name. Each is made when it is first asked for; making one connects to nothing.</summary>
public sealed class RuntimeSet : IAsyncDisposable
{
    private readonly Dictionary<string, Lazy<IContainerRuntime>> _runtimes = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Makes a set.</summary>
    /// <param name="runtimes">The runtimes in the order in which they are listed.</param>
    /// <param name="defaultName">The one that is used where none is named.</param>
    public RuntimeSet(IEnumerable<KeyValuePair<string, Func<IContainerRuntime>>> runtimes, string defaultName)
    {
        ArgumentNullException.ThrowIfNull(runtimes);
        Names = [.. runtimes.Select(r => r.Key)];
        DefaultName = defaultName;
        foreach (var (name, create) in runtimes)
        {
            _runtimes.Add(name, new Lazy<IContainerRuntime>(create));
        }
    }

    /// <summary>The names, in the order in which runtimes are listed.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The name of the runtime that is used where none is named.</summary>
    public string DefaultName { get; }

    /// <summary>A runtime by name; null is the default.</summary>
    /// <exception cref="ZLayerException">RuntimeNotFound.</exception>
    public IContainerRuntime Get(string? name = null)
        => _runtimes.TryGetValue(name ?? DefaultName, out var runtime)
            ? runtime.Value
            : throw new ZLayerException(ZLayerErrorKind.RuntimeNotFound, $"There is no runtime '{name ?? DefaultName}'.")
            {
                Subject = name ?? DefaultName,
                Advice = $"The runtimes are: {string.Join(", ", Names)}.",
            };

    /// <summary>What each runtime is, and whether it answers.</summary>
    /// <param name="detailed">True also asks for their machines.</param>
    /// <param name="cancellationToken">Cancels the questions.</param>
    public async Task<IReadOnlyList<RuntimeInfo>> DescribeAsync(bool detailed = false, CancellationToken cancellationToken = default)
    {
        var answers = await Task.WhenAll(Names.Select(name => Get(name).DescribeAsync(detailed, cancellationToken))).ConfigureAwait(false);
        return [.. answers.Select(info => info with { IsDefault = string.Equals(info.Name, DefaultName, StringComparison.OrdinalIgnoreCase) })];
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var runtime in _runtimes.Values.Where(r => r.IsValueCreated))
        {
            await runtime.Value.DisposeAsync().ConfigureAwait(false);
        }
    }
}
