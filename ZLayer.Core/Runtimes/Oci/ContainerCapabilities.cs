using System.Globalization;

namespace ZLayer.Core.Runtimes.Oci;

/// <summary>The capabilities of capabilities(7) by number, and the sets that containers get.</summary>
internal static class ContainerCapabilities
{
    private static readonly string[] Names =
    [
        "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP", "LINUX_IMMUTABLE",
        "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT",
        "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE",
        "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ",
        "PERFMON", "BPF", "CHECKPOINT_RESTORE",
    ];

    /// <summary>The bit of <c>CAP_MKNOD</c>.</summary>
    public const ulong MakeNodes = 1UL << 27;

    // Docker's default set, 0xa80425fb.
    private const ulong DefaultMask = 0xa80425fb;

    /// <summary>Docker's fourteen, or all; only those that this process can hand on.</summary>
    /// <param name="all">True for all that there are.</param>
    /// <param name="available">The mask of what can be handed on.</param>
    public static IReadOnlyList<string> Select(bool all, ulong available)
    {
        var mask = (all ? ulong.MaxValue : DefaultMask) & available;
        return [.. Enumerable.Range(0, Names.Length).Where(bit => (mask >> bit & 1) == 1).Select(bit => "CAP_" + Names[bit])];
    }

    /// <summary>The bounding set of this process, from proc(5); everything when it cannot be read.</summary>
    public static ulong ReadBoundingSet()
    {
        const string key = "CapBnd:";
        var line = File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal));
        return line is not null
            && ulong.TryParse(line.AsSpan(key.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var mask)
            ? mask
            : ulong.MaxValue;
    }

    /// <summary>
    /// The sets of a process. A user other than root has them in the bounding set only, as the kernel leaves it after execve(2) and as
    /// Docker writes it.
    /// </summary>
    public static SpecCapabilities For(uint uid, IReadOnlyList<string> capabilities)
        => uid == 0
            ? new SpecCapabilities { Bounding = capabilities, Effective = capabilities, Permitted = capabilities }
            : new SpecCapabilities { Bounding = capabilities };
}
