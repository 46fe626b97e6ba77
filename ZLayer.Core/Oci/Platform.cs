using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Linux;

namespace ZLayer.Core.Oci;

/// <summary>
/// An operating system and CPU architecture, <c>os/architecture[/variant]</c> in Go's words (OCI image index, "platform").
/// </summary>
public sealed record Platform
{
    /// <summary>The CPU architecture: <c>amd64</c>, <c>arm64</c>, <c>arm</c>, <c>386</c>, <c>riscv64</c>, …</summary>
    public required string Architecture { get; init; }

    /// <summary>The operating system: <c>linux</c>, <c>windows</c>, …</summary>
    [JsonPropertyName("os")]
    public required string Os { get; init; }

    /// <summary>The version of the operating system, used by Windows: <c>10.0.20348.2340</c>.</summary>
    [JsonPropertyName("os.version")]
    public string? OsVersion { get; init; }

    /// <summary>Features of the operating system that the image needs, such as <c>win32k</c>.</summary>
    [JsonPropertyName("os.features")]
    public IReadOnlyList<string>? OsFeatures { get; init => field = value?.ToArray(); }

    /// <summary>Features of the CPU that the image needs, such as <c>sse4</c>; only in Docker's manifest lists.</summary>
    public IReadOnlyList<string>? Features { get; init => field = value?.ToArray(); }

    /// <summary>The variant of the architecture: <c>v6</c>, <c>v7</c> or <c>v8</c> for arm.</summary>
    public string? Variant { get; init; }

    /// <summary>Members that this version does not know, kept.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Extensions { get; set; }

    /// <summary>The platform of Linux containers on this machine's CPU; Windows containers on Windows.</summary>
    public static Platform Host { get; } = new Platform
    {
        Os = OperatingSystem.IsWindows() ? "windows" : "linux",
        Architecture = ProcessorArchitecture.Host?.Name ?? RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant(),
        Variant = RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm ? "v7"
            : RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Armv6 ? "v6"
            : null,
    };

    /// <summary>
    /// Parses <c>os/arch[/variant]</c>, <c>os(version)/arch</c>, an architecture or an operating system alone; the rest is the host's.
    /// </summary>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.InvalidArgument"/> when the text is not a platform.</exception>
    public static Platform Parse(string text)
        => TryParse(text, out var platform)
            ? platform
            : throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"'{text}' is not a platform.")
            {
                Subject = text,
                Advice = "Write os/architecture[/variant], such as 'linux/amd64' or 'linux/arm/v7'.",
            };

    /// <summary>Parses as <see cref="Parse"/> does; false when the text is not a platform.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out Platform? platform)
    {
        platform = null;
        if (string.IsNullOrWhiteSpace(text))
        {
            return false;
        }

        var parts = text.Trim().Split('/');
        if (parts.Length > 3 || !parts.All(IsComponent))
        {
            return false;
        }

        if (parts.Length == 1)
        {
            var word = parts[0].ToLowerInvariant();
            platform = PlatformNames.IsKnownOs(word)
                ? Normalize(new Platform { Os = word, Architecture = Host.Architecture, Variant = Host.Variant })
                : PlatformNames.IsKnownArchitecture(word)
                    ? Normalize(new Platform { Os = Host.Os, Architecture = word })
                    : null;
            return platform is not null;
        }

        var (os, version) = SplitOs(parts[0]);
        platform = Normalize(new Platform
        {
            Os = os,
            OsVersion = version,
            Architecture = parts[1],
            Variant = parts.Length == 3 ? parts[2] : null,
        });
        return true;
    }

    /// <summary>
    /// The canonical form: lower case, aliases resolved (<c>x86_64</c> is amd64, <c>aarch64</c> is arm64, <c>macos</c> is darwin),
    /// default variants as containerd has them (arm is v7; amd64/v1 and arm64/v8 have none).
    /// </summary>
    public Platform Normalize() => Normalize(this);

    /// <summary>
    /// Whether an image for <paramref name="offered"/> runs where this platform is asked for. Exact operating system and architecture;
    /// an arm variant runs older variants too; an os.version, where asked for, must share the build (first three numbers).
    /// </summary>
    public bool Accepts(Platform offered)
    {
        ArgumentNullException.ThrowIfNull(offered);
        return PlatformMatch.Score(this, offered) > 0;
    }

    /// <summary><c>os/architecture[/variant]</c>.</summary>
    public override string ToString()
        => Variant is { Length: > 0 } ? $"{Os}/{Architecture}/{Variant}" : $"{Os}/{Architecture}";

    /// <summary><c>os(version)/architecture[/variant]</c>, as <see cref="Parse"/> reads it; the version only where there is one.</summary>
    public string ToFullString()
        => string.IsNullOrEmpty(OsVersion) ? ToString()
            : Variant is { Length: > 0 } ? $"{Os}({OsVersion})/{Architecture}/{Variant}" : $"{Os}({OsVersion})/{Architecture}";

    private static Platform Normalize(Platform platform)
    {
        var os = PlatformNames.NormalizeOs(platform.Os);
        var (architecture, variant) = PlatformNames.NormalizeArchitecture(platform.Architecture, platform.Variant);
        return platform with { Os = os, Architecture = architecture, Variant = variant };
    }

    private static bool IsComponent(string part)
        => part.Length > 0 && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-' or '(' or ')' or '+');

    private static (string Os, string? Version) SplitOs(string text)
    {
        var open = text.IndexOf('(', StringComparison.Ordinal);
        return open > 0 && text.EndsWith(')')
            ? (text[..open], text[(open + 1)..^1])
            : (text, null);
    }
}
