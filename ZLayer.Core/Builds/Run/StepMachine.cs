using System.Globalization;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Linux;
using ZLayer.Core.Runtimes.Oci;

namespace ZLayer.Core.Builds.Run;

/// <summary>What does not change about the machine while steps run.</summary>
internal sealed class StepMachine : IDisposable
{
    public const string CgroupParent = "/zlayer";
    private static readonly TimeSpan StaleAge = TimeSpan.FromMinutes(1);

    private readonly Lazy<DeviceCgroup?> _deviceGroup;
    private int _steps;

    /// <summary>Looks at the machine.</summary>
    /// <param name="session">The runner's session.</param>
    public StepMachine(StepSession session)
    {
        Cgroups = CgroupLayout.Detect();
        Runtimes = new OciRuntimes(session.Programs, session.Options.OciRuntime, Cgroups.HybridUnified is not null);
        Devices = new CdiDevices(session.Options.CdiDirectories);
        Capabilities = ContainerCapabilities.ReadBoundingSet();
        Seccomp = ReadSeccomp(session);
        _deviceGroup = new Lazy<DeviceCgroup?>(() => DeviceCgroup.TryCreate(Cgroups, $"{CgroupParent}/{Prefix}-devices"));
        RemoveStaleGroups();
    }

    /// <summary>The group of steps whose runtime makes none; null when it cannot be made.</summary>
    public DeviceCgroup? DeviceGroup => _deviceGroup.Value;

    /// <summary>
    /// What the names of this runner's containers and control groups begin with: other runners, of this process too, have others.
    /// </summary>
    public string Prefix { get; } = $"step-{Environment.ProcessId}-{Guid.NewGuid().ToString("N")[..8]}";

    public CgroupLayout Cgroups { get; }

    public OciRuntimes Runtimes { get; }

    public CdiDevices Devices { get; }

    /// <summary>The capabilities that this process can hand on.</summary>
    public ulong Capabilities { get; }

    /// <summary>The machine's system call filter; null when it has none.</summary>
    public SeccompProfile? Seccomp { get; }

    /// <summary>True once a runtime could not make a control group where it looked possible.</summary>
    public bool RefusesCgroups { get; private set; }

    /// <summary>
    /// Decides whether a container that could not be set up is worth another try without control groups: inside of other containers they
    /// look writable where the kernel does not let them be used.
    /// </summary>
    /// <param name="error">The runtime's error.</param>
    /// <param name="session">Receives the warning.</param>
    public bool TryWithoutCgroups(string error, StepSession session)
    {
        if (RefusesCgroups || session.IsRootless || !Cgroups.IsWritable || !error.Contains("cgroup", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        RefusesCgroups = true;
        session.Warn($"RUN steps run without control groups: {error}");
        return true;
    }

    /// <summary>A name for a step's container and control group that no other step has.</summary>
    public string NextStepId() => string.Create(CultureInfo.InvariantCulture, $"{Prefix}-{Interlocked.Increment(ref _steps)}");

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_deviceGroup.IsValueCreated)
        {
            _deviceGroup.Value?.Dispose();
        }
    }

    private static SeccompProfile? ReadSeccomp(StepSession session)
    {
        try
        {
            return SeccompProfile.ReadMachineProfile();
        }
        catch (Exception e) when (e is ZLayerException || SystemErrors.IsSystemError(e))
        {
            session.Warn($"RUN steps run without a system call filter: the machine's profile cannot be read ({e.Message}).");
            return null;
        }
    }

    // A process that was killed leaves an empty group behind.
    private void RemoveStaleGroups()
    {
        if (!Cgroups.IsWritable)
        {
            return;
        }

        foreach (var parent in Cgroups.Hierarchies.Select(hierarchy => hierarchy + CgroupParent).Where(Directory.Exists))
        {
            foreach (var group in Directory.EnumerateDirectories(parent, "step-*").Where(IsStale))
            {
                // Fails, as it should, where something lives in it.
                _ = LinuxFiles.TryRemoveDirectory(group);
            }
        }
    }

    private static bool IsStale(string group)
    {
        var fields = Path.GetFileName(group).Split('-');
        return fields.Length > 1
            && !Directory.Exists($"/proc/{fields[1]}")
            && DateTime.UtcNow - Directory.GetLastWriteTimeUtc(group) > StaleAge;
    }
}
