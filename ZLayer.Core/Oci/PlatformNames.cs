namespace ZLayer.Core.Oci;

/// <summary>Aliases of operating systems and architectures, as containerd's platforms package resolves them.</summary>
internal static class PlatformNames
{
    private static readonly HashSet<string> Systems = new(StringComparer.Ordinal)
    {
        "linux", "windows", "darwin", "macos", "freebsd", "netbsd", "openbsd", "dragonfly", "solaris", "illumos", "aix",
        "android", "js", "wasip1", "plan9", "zos",
    };

    private static readonly HashSet<string> Architectures = new(StringComparer.Ordinal)
    {
        "386", "amd64", "arm", "arm64", "loong64", "mips", "mipsle", "mips64", "mips64le", "ppc64", "ppc64le", "riscv64", "s390x",
        "wasm", "i386", "x86_64", "x86-64", "aarch64", "armhf", "armel", "riscv",
    };

    public static bool IsKnownOs(string word) => Systems.Contains(word);

    public static bool IsKnownArchitecture(string word) => Architectures.Contains(word);

    public static string NormalizeOs(string os)
    {
        var lower = os.ToLowerInvariant();
        return lower == "macos" ? "darwin" : lower;
    }

    public static (string Architecture, string? Variant) NormalizeArchitecture(string architecture, string? variant)
    {
        var arch = architecture.ToLowerInvariant();
        var form = string.IsNullOrEmpty(variant) ? null : variant.ToLowerInvariant();
        return arch switch
        {
            "i386" => ("386", null),
            "x86_64" or "x86-64" or "amd64" => ("amd64", form == "v1" ? null : form),
            "aarch64" or "arm64" => ("arm64", form is "8" or "v8" or "v8.0" ? null : form),
            "armhf" => ("arm", "v7"),
            "armel" => ("arm", "v6"),
            "arm" => ("arm", form switch
            {
                null or "7" => "v7",
                "5" or "6" or "8" => "v" + form,
                _ => form,
            }),
            _ => (arch, form),
        };
    }
}
