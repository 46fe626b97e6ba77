using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Foundation.Linux;
using ZLayer.Core.Foundation.Text;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Runtimes.Oci;

/// <summary>
/// The system call filter in the format that containers share (containers.conf(5), "seccomp_profile"; Docker's is the same), and what it
/// means for a set of capabilities on this machine.
/// </summary>
internal sealed record SeccompProfile
{
    private static readonly string[] Locations = ["/etc/containers/seccomp.json", "/usr/share/containers/seccomp.json"];

    private const int MaximumProfile = 4 * 1024 * 1024;

    public required string DefaultAction { get; init; }

    public uint? DefaultErrnoRet { get; init; }

    public IReadOnlyList<SeccompArchitectures>? ArchMap { get; init; }

    public IReadOnlyList<string>? Architectures { get; init; }

    public IReadOnlyList<string>? Flags { get; init; }

    public IReadOnlyList<SeccompRule> Syscalls { get; init; } = [];

    /// <summary>Reads the machine's profile; null when it has none.</summary>
    /// <exception cref="ZLayerException">The profile is not valid.</exception>
    public static SeccompProfile? ReadMachineProfile()
    {
        var path = Locations.FirstOrDefault(File.Exists);
        return path is null ? null : Parse(BoundedFile.Read(path, MaximumProfile), path);
    }

    /// <summary>Reads a profile.</summary>
    /// <param name="json">The profile.</param>
    /// <param name="path">Where it comes from.</param>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.StorageReadFailed"/>: the profile is not valid.</exception>
    public static SeccompProfile Parse(ReadOnlySpan<byte> json, string path)
        => CheckedJson.Read(
            json,
            SeccompJson.Default.SeccompProfile,
            (why, e) => new ZLayerException(
                ZLayerErrorKind.StorageReadFailed, $"Cannot read the system call filter {path}: {why}.", e) { Subject = path, Advice = "Repair the profile." },
            MaximumProfile);

    /// <summary>The filter for a process with these capabilities (<c>CAP_…</c>).</summary>
    public SpecSeccomp ToSpec(IReadOnlyCollection<string> capabilities)
    {
        return new SpecSeccomp
        {
            DefaultAction = DefaultAction,
            DefaultErrnoRet = DefaultErrnoRet,
            Architectures = SelectArchitectures(),
            Flags = Flags,
            Syscalls = [.. Syscalls.Where(rule => rule.Name is { Length: > 0 } || rule.Names is { Count: > 0 })
                .Where(rule => rule.Applies(capabilities, Platform.Host.Architecture, KernelVersion()))
                .Select(rule => rule.ToSpec())],
        };
    }

    private IReadOnlyList<string>? SelectArchitectures()
    {
        var native = ProcessorArchitecture.Host?.Seccomp;
        var mapped = ArchMap?.FirstOrDefault(entry => entry.Architecture == native);
        return mapped is null ? Architectures : [mapped.Architecture, .. mapped.SubArchitectures ?? []];
    }

    private static Version KernelVersion()
    {
        var version = Environment.OSVersion.Version;
        return new Version(version.Major, version.Minor);
    }
}

internal sealed record SeccompArchitectures
{
    public required string Architecture { get; init; }

    public IReadOnlyList<string>? SubArchitectures { get; init; }
}

/// <summary>System calls that are treated alike, and when the rule counts.</summary>
internal sealed record SeccompRule
{
    public string? Name { get; init; }

    public IReadOnlyList<string>? Names { get; init; }

    public required string Action { get; init; }

    public uint? ErrnoRet { get; init; }

    public IReadOnlyList<SeccompArgument>? Args { get; init; }

    public SeccompCondition? Includes { get; init; }

    public SeccompCondition? Excludes { get; init; }

    public bool Applies(IReadOnlyCollection<string> capabilities, string architecture, Version kernel)
        => (Includes is null || Includes.Includes(capabilities, architecture, kernel))
        && (Excludes is null || !Excludes.Excludes(capabilities, architecture, kernel));

    public SpecSyscall ToSpec() => new()
    {
        Names = Names is { Count: > 0 } ? Names : [Name ?? ""],
        Action = Action,
        // A value of zero is how the format writes "none".
        ErrnoRet = ErrnoRet is 0 ? null : ErrnoRet,
        Args = Args is { Count: > 0 }
            ? [.. Args.Select(arg => new SpecSyscallArgument(arg.Index, arg.Value, arg.ValueTwo is 0 ? null : arg.ValueTwo, arg.Op))]
            : null,
    };
}

internal sealed record SeccompArgument
{
    public uint Index { get; init; }

    public ulong Value { get; init; }

    public ulong? ValueTwo { get; init; }

    public required string Op { get; init; }
}

/// <summary>What a rule depends on.</summary>
internal sealed record SeccompCondition
{
    public IReadOnlyList<string>? Caps { get; init; }

    public IReadOnlyList<string>? Arches { get; init; }

    public string? MinKernel { get; init; }

    /// <summary>All that is named must hold.</summary>
    public bool Includes(IReadOnlyCollection<string> capabilities, string architecture, Version kernel)
        => (Caps is not { Count: > 0 } || Caps.All(capabilities.Contains))
        && (Arches is not { Count: > 0 } || Arches.Contains(architecture))
        && (MinKernel is not { Length: > 0 } || IsAtLeast(kernel));

    /// <summary>Any that is named excludes.</summary>
    public bool Excludes(IReadOnlyCollection<string> capabilities, string architecture, Version kernel)
        => (Caps is { Count: > 0 } && Caps.Any(capabilities.Contains))
        || (Arches is { Count: > 0 } && Arches.Contains(architecture))
        || (MinKernel is { Length: > 0 } && IsAtLeast(kernel));

    private bool IsAtLeast(Version kernel)
    {
        var parts = MinKernel!.Split('.');
        return int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var major)
            && int.TryParse(parts.Length > 1 ? parts[1] : "0", NumberStyles.None, CultureInfo.InvariantCulture, out var minor)
            && kernel >= new Version(major, minor);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, ReadCommentHandling = JsonCommentHandling.Skip)]
[JsonSerializable(typeof(SeccompProfile))]
internal sealed partial class SeccompJson : JsonSerializerContext;
