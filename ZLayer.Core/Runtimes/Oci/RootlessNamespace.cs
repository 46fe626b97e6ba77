using System.Runtime.InteropServices;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Linux;
using ZLayer.Core.Foundation.Processes;
using ZLayer.Core.Layers;

namespace ZLayer.Core.Runtimes.Oci;

/// <summary>
/// A user namespace (user_namespaces(7)) in which an ordinary user is root over a range of subordinate ids, so that files of several owners
/// can be made and containers run. It lives as long as this object.
/// </summary>
public sealed class RootlessNamespace : IAsyncDisposable
{
    private readonly LifelineProcess? _holder;
    private readonly ProgramSearch _programs;

    private RootlessNamespace(LifelineProcess? holder, ProgramSearch programs, long mappedIds, string? limitation)
    {
        _holder = holder;
        _programs = programs;
        MappedIds = mappedIds;
        Limitation = limitation;
    }

    /// <summary>
    /// True when this process is no root of the machine: an ordinary user, or root of a user namespace only, as within a rootless
    /// container.
    /// </summary>
    internal static bool IsNeeded => SystemCalls.EffectiveUser() != 0 || !UserNamespaces.IsInitial;

    /// <summary>True when this process is in the namespace itself already.</summary>
    internal bool IsCurrent => _holder is null;

    /// <summary>How many ids, from 0 on, exist inside: 1 when the user has no subordinate ids.</summary>
    public long MappedIds { get; }

    /// <summary>Why only one id exists inside; null when there are more.</summary>
    internal string? Limitation { get; }

    /// <summary>The arguments, beginning with a program, that run a command inside when they are put before it.</summary>
    internal IReadOnlyList<string> Enter => NamespacePath is { } path
        ? [_programs.Require("nsenter", "enter a user namespace", "util-linux"), $"--user={path}"]
        : [];

    /// <summary>The path of the namespace; null when this process is in it.</summary>
    internal string? NamespacePath => _holder is null ? null : $"/proc/{_holder.Id}/ns/user";

    /// <summary>Makes the namespace; where this process is root of one already, it is that.</summary>
    /// <param name="searchPath">Where programs are searched before the system directories.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="ZLayerException">
    /// <see cref="ZLayerErrorKind.OperationNotSupported"/>: the kernel does not let the user make one;
    /// <see cref="ZLayerErrorKind.BuilderUnavailable"/>: <c>unshare</c> is not installed.
    /// </exception>
    public static Task<RootlessNamespace> CreateAsync(IReadOnlyList<string> searchPath, CancellationToken cancellationToken = default)
        => CreateAsync(new ProgramSearch(searchPath), cancellationToken);

    internal static async Task<RootlessNamespace> CreateAsync(ProgramSearch programs, CancellationToken cancellationToken)
    {
        if (SystemCalls.EffectiveUser() == 0)
        {
            return new RootlessNamespace(null, programs, SubordinateIds.CountCurrent(), null);
        }

        var unshare = programs.Require("unshare", "make a user namespace", "util-linux");
        var (holder, error) = await LifelineProcess.StartAsync(
            [unshare, "--user"], $"echo ready; {LifelineProcess.Wait}", [], cancellationToken).ConfigureAwait(false);
        if (holder is null)
        {
            throw new ZLayerException(ZLayerErrorKind.OperationNotSupported, $"Cannot make a user namespace: {error}")
            {
                Subject = "user namespace",
                Advice = "Allow them (sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0), or run as root.",
            };
        }

        try
        {
            var subordinate = await SubordinateIds.MapAsync(programs, holder.Id, cancellationToken).ConfigureAwait(false);
            return new RootlessNamespace(holder, programs, subordinate.Count, subordinate.Limitation);
        }
        catch
        {
            await holder.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Runs a command as root of the namespace.</summary>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="input">What it reads; null for nothing.</param>
    /// <param name="output">Receives what it prints; null to drop it.</param>
    /// <param name="cancellationToken">Kills it.</param>
    /// <returns>Its exit code, and what it printed to standard error.</returns>
    internal async Task<(int ExitCode, string Error)> RunAsync(
        IReadOnlyList<string> command, Stream? input, Stream? output, CancellationToken cancellationToken = default)
    {
        var start = new ProgramStart([.. Enter, .. command]) { Directory = "/" };
        var result = await start.RunAsync(input, output, cancellationToken).ConfigureAwait(false);
        return (result.ExitCode, result.Error);
    }

    /// <summary>
    /// Runs a command as root of the namespace in place of this process: with its standard streams, and with the signals that end it passed
    /// on. A front door runs itself again this way, so that all of its work is done with the ids of the namespace.
    /// </summary>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="environment">Variables that differ from those of this process.</param>
    /// <returns>Its exit code.</returns>
    public async Task<int> RunInPlaceAsync(IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        var start = new ProgramStart([.. Enter, .. command])
        {
            IsPiped = false, Variables = environment.Select(variable => KeyValuePair.Create(variable.Key, (string?)variable.Value)),
        };

        // A terminal sends SIGINT to both; who stops this process alone means the command.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);
        using var process = start.Start();
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            _ = SystemCalls.Kill(process.Id, SystemCalls.TerminateSignal);
        });
        await process.WaitForExitAsync().ConfigureAwait(false);
        return process.ExitCode;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _holder?.DisposeAsync() ?? ValueTask.CompletedTask;
}
