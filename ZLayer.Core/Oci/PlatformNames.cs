using ZLayer.Core.Foundation.Linux;

namespace ZLayer.Core.Oci;

/// <summary>Aliases of operating systems and architectures, as containerd's platforms package resolves them.</summary>
internal static class PlatformNames
{
    private static readonly HashSet<string> Systems = new(StringComparer.Ordinal)
    {
        "linux", "windows", "darwin", "macos", "freebsd", "netbsd", "openbsd", "dragonfly", "solaris", "illumos", "aix",
        "android", "js", "wasip1", "plan9", "zos",
    };

    // What is no processor, or says its variant, too.
    private static readonly string[] OtherArchitectures = ["wasm", "armhf", "armel", "riscv"];

    public static bool IsKnownOs(string word) => Systems.Contains(word);

    public static bool IsKnownArchitecture(string word)
        => ProcessorArchitecture.Find(word) is not null || OtherArchitectures.Contains(word);

    public static string NormalizeOs(string os)
    {
        var lower = os.ToLowerInvariant();
        return lower == "macos" ? "darwin" : lower;
    }

    public static (string Architecture, string? Variant) NormalizeArchitecture(string architecture, string? variant)
    {
        var arch = architecture.ToLowerInvariant();
        arch = ProcessorArchitecture.Find(arch)?.Name ?? arch;
        var form = string.IsNullOrEmpty(variant) ? null : variant.ToLowerInvariant();
        return arch switch
        {
            "386" when architecture is not "386" => ("386", null),
            "amd64" => ("amd64", form == "v1" ? null : form),
            "arm64" => ("arm64", form is "8" or "v8" or "v8.0" ? null : form),
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
