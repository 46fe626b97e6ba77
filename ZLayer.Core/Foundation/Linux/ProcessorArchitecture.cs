using System.Runtime.InteropServices;

namespace ZLayer.Core.Foundation.Linux;

/// <summary>The architectures of processors, with the names and numbers that they have in different places: the one list of them.</summary>
/// <param name="Name">The name in images, which is Go's.</param>
/// <param name="Machine">The number in programs (e_machine of elf(5)).</param>
/// <param name="IsBigEndian">Whether the programs' numbers begin with the high byte.</param>
/// <param name="Runtime">What .NET calls it; null where there is no .NET for it.</param>
/// <param name="Seccomp">The name in filters of system calls (libseccomp); null where they have none.</param>
internal sealed record ProcessorArchitecture(
    string Name, int Machine, bool IsBigEndian = false, Architecture? Runtime = null, string? Seccomp = null)
{
    /// <summary>All that images are known for.</summary>
    public static IReadOnlyList<ProcessorArchitecture> All { get; } =
    [
        new("386", 3, false, Architecture.X86, "SCMP_ARCH_X86") { Aliases = ["i386"] },
        new("amd64", 62, false, Architecture.X64, "SCMP_ARCH_X86_64") { Aliases = ["x86_64", "x86-64"] },
        new("arm", 40, false, Architecture.Arm, "SCMP_ARCH_ARM"),
        new("arm64", 183, false, Architecture.Arm64, "SCMP_ARCH_AARCH64") { Aliases = ["aarch64"] },
        new("loong64", 258, false, Architecture.LoongArch64, "SCMP_ARCH_LOONGARCH64"),
        new("mips", 8, IsBigEndian: true),
        new("mipsle", 8),
        new("mips64", 8, IsBigEndian: true),
        new("mips64le", 8),
        new("ppc64", 21, IsBigEndian: true),
        new("ppc64le", 21, false, Architecture.Ppc64le, "SCMP_ARCH_PPC64LE"),
        new("riscv64", 243, false, Architecture.RiscV64, "SCMP_ARCH_RISCV64"),
        new("s390x", 22, IsBigEndian: true, Architecture.S390x, "SCMP_ARCH_S390X"),
    ];

    /// <summary>Other names, as uname(2) and distributions have them.</summary>
    public IReadOnlyList<string> Aliases { get; private init; } = [];

    /// <summary>That of this machine; null when it is none of these.</summary>
    public static ProcessorArchitecture? Host { get; } = All.FirstOrDefault(
        one => one.Runtime == (RuntimeInformation.OSArchitecture is Architecture.Armv6
            ? Architecture.Arm
            : RuntimeInformation.OSArchitecture));

    /// <summary>Finds one by a name that it has in images or elsewhere; null when there is none.</summary>
    public static ProcessorArchitecture? Find(string name) => All.FirstOrDefault(one => one.Name == name || one.Aliases.Contains(name));
}
