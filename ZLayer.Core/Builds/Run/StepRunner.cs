using System.Globalization;
using System.Runtime.InteropServices;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Linux;
using ZLayer.Core.Runtimes.Oci;

namespace ZLayer.Core.Builds.Run;

/// <summary>
/// Runs steps through an OCI runtime. Everything that a step mounts is in a mount namespace of its own and every process in a PID namespace
/// of its own that ends with this process, so that nothing is left behind however a build ends. Steps may run at the same time; they share
/// one network, which is taken down when the runner is disposed.
/// </summary>
internal sealed class StepRunner : IStepRunner
{
    // overlayfs: OVL_MAX_STACK, less the layer of mount points.
    private const int MaximumLayers = 499;

    private readonly StepSession _session;
    private readonly Lazy<StepMachine> _machine;

    /// <summary>Makes a runner. Nothing is searched, probed or started before the first step.</summary>
    public StepRunner(StepRunnerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _session = new StepSession(options);
        _machine = new Lazy<StepMachine>(() => new StepMachine(_session));
    }

    /// <summary>What the names of this runner's control groups begin with.</summary>
    internal string GroupPrefix => _machine.Value.Prefix;

    /// <summary>The user namespace that steps run in, and in which their files have their owners; null as root.</summary>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.OperationNotSupported"/>: it cannot be made.</exception>
    public Task<RootlessNamespace?> GetRootlessNamespaceAsync(CancellationToken cancellationToken = default)
        => _session.GetRootlessAsync(cancellationToken);

    /// <summary>
    /// Sets up ahead of time what the first step will need, so that it can happen while layers are fetched. Failures are left to that step.
    /// </summary>
    /// <param name="network">True when a step uses <see cref="StepNetwork.Default"/>.</param>
    /// <param name="cancellationToken">Ends the preparation.</param>
    public async Task PrepareAsync(bool network, CancellationToken cancellationToken = default)
    {
        try
        {
            _ = _machine.Value;
            await _session.GetRootlessAsync(cancellationToken).ConfigureAwait(false);
            if (network)
            {
                await _session.GetNetworkAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (ZLayerException)
        {
            // The step that needs it says so again.
        }
    }

    /// <inheritdoc/>
    public async Task<StepOutcome> RunAsync(
        StepRequest request, IProgress<StepOutput> output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(output);
        if (!OperatingSystem.IsLinux())
        {
            throw new ZLayerException(ZLayerErrorKind.OperationNotSupported, "Cannot run a step: only Linux can run Linux containers.")
            {
                Advice = "Build on Linux, or in WSL.",
            };
        }

        Check(request);
        BinaryFormats.Require(request.Platform);
        var machine = _machine.Value;
        var needsCgroups = StepExecution.NeedsCgroups(request);
        var errors = new List<string>();
        do
        {
            var candidates = machine.Runtimes.GetCandidates(needsCgroups);
            for (var i = 0; i < candidates.Count; i++)
            {
                var held = new HeldOutput(output, hold: i < candidates.Count - 1);
                var (outcome, error) = await new StepExecution(request, _session, machine, candidates[i]).RunAsync(held, cancellationToken).ConfigureAwait(false);
                if (outcome is not null)
                {
                    held.Release();
                    machine.Runtimes.Prove(candidates[i], needsCgroups);
                    return outcome;
                }

                held.Discard();
                errors.Add($"{candidates[i].Name}: {error}");
            }
        }
        while (!needsCgroups && machine.TryWithoutCgroups(errors[^1], _session));

        throw new ZLayerException(ZLayerErrorKind.OperationNotSupported, $"Cannot set up the container of the step: {errors[^1]}")
        {
            Subject = request.Arguments[0],
            Details = errors,
            Advice = "Check that the machine allows containers (namespaces, control groups, mounts), or try another OCI runtime (crun, runc or youki).",
        };
    }

    /// <inheritdoc/>
    public async Task ChangeOwnerAsync(string directory, uint uid, uint gid, CancellationToken cancellationToken = default)
    {
        var rootless = await _session.GetRootlessAsync(cancellationToken).ConfigureAwait(false);
        string? problem = null;
        if (rootless is null)
        {
            problem = LinuxFiles.TryChangeOwner(directory, uid, gid) ? null : Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());
        }
        else
        {
            var owner = string.Create(CultureInfo.InvariantCulture, $"{uid}:{gid}");
            var (exitCode, error) = await rootless.RunAsync(
                ["chown", "-h", owner, directory], null, null, cancellationToken).ConfigureAwait(false);
            problem = exitCode == 0 ? null : error;
        }

        if (problem is not null)
        {
            throw new ZLayerException(ZLayerErrorKind.OperationNotSupported, $"Cannot give a directory to {uid}:{gid}: {problem}.")
            {
                Subject = directory,
                Advice = "Without root, install uidmap and give your user a range of at least 65536 ids in /etc/subuid and /etc/subgid.",
            };
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _session.DisposeAsync().ConfigureAwait(false);
        if (_machine.IsValueCreated)
        {
            _machine.Value.Dispose();
        }
    }

    private static void Check(StepRequest request)
    {
        if (request.LowerDirectories.Count > MaximumLayers)
        {
            throw Invalid(
                $"the image has {request.LowerDirectories.Count} layers, and overlayfs stacks {MaximumLayers}", "Join layers in the base image.", request.WorkDirectory);
        }

        if (request.Arguments.Count == 0)
        {
            throw Invalid("there is no command", "Give RUN a command.", "RUN");
        }

        foreach (var path in request.Mounts.Select(mount => mount.Target).Append(request.WorkingDirectory))
        {
            if (!path.StartsWith('/') || path.Contains('\0', StringComparison.Ordinal))
            {
                throw Invalid($"'{path}' is not an absolute path", "Write it from / on.", path);
            }
        }

        foreach (var mount in request.Mounts.Where(mount => mount.Target.Trim('/').Length == 0))
        {
            throw Invalid("a mount cannot cover the root directory", "Mount it below /.", mount.Target);
        }
    }

    private static ZLayerException Invalid(string reason, string advice, string subject)
        => new(ZLayerErrorKind.BuildStepInvalid, $"Cannot run the step: {reason}.") { Subject = subject, Advice = advice };
}
