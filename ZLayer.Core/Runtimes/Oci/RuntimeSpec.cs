using System.Text.Json.Serialization;

namespace ZLayer.Core.Runtimes.Oci;

// The config.json of a bundle: https://github.com/opencontainers/runtime-spec/blob/v1.0.2/config.md, as far as it is used.

internal sealed record RuntimeSpec
{
    // The oldest version that has all that is used, so that older runtimes accept it.
    public string OciVersion { get; init; } = "1.0.2";

    public required SpecProcess Process { get; init; }

    public required SpecRoot Root { get; init; }

    public string? Hostname { get; init; }

    public required IReadOnlyList<SpecMount> Mounts { get; init; }

    public SpecHooks? Hooks { get; init; }

    public required SpecLinux Linux { get; init; }
}

internal sealed record SpecRoot(string Path, bool Readonly);

internal sealed record SpecProcess
{
    public bool Terminal { get; init; }

    public required SpecUser User { get; init; }

    public required IReadOnlyList<string> Args { get; init; }

    public required IReadOnlyList<string> Env { get; init; }

    public required string Cwd { get; init; }

    public required SpecCapabilities Capabilities { get; init; }

    public IReadOnlyList<SpecRlimit>? Rlimits { get; init; }

    public bool NoNewPrivileges { get; init; }
}

internal sealed record SpecUser(uint Uid, uint Gid, IReadOnlyList<uint>? AdditionalGids);

internal sealed record SpecCapabilities
{
    public IReadOnlyList<string> Bounding { get; init; } = [];

    public IReadOnlyList<string> Effective { get; init; } = [];

    public IReadOnlyList<string> Permitted { get; init; } = [];

    public IReadOnlyList<string> Inheritable { get; init; } = [];

    public IReadOnlyList<string> Ambient { get; init; } = [];
}

internal sealed record SpecRlimit(string Type, ulong Hard, ulong Soft);

internal sealed record SpecMount(string Destination, string Type, string Source, IReadOnlyList<string> Options);

internal sealed record SpecHooks
{
    public IReadOnlyList<SpecHook>? Prestart { get; init; }

    public IReadOnlyList<SpecHook>? CreateRuntime { get; init; }

    public IReadOnlyList<SpecHook>? CreateContainer { get; init; }

    public IReadOnlyList<SpecHook>? StartContainer { get; init; }

    public IReadOnlyList<SpecHook>? Poststart { get; init; }

    public IReadOnlyList<SpecHook>? Poststop { get; init; }
}

internal sealed record SpecHook(string Path, IReadOnlyList<string>? Args, IReadOnlyList<string>? Env, int? Timeout);

internal sealed record SpecLinux
{
    public required IReadOnlyList<SpecNamespace> Namespaces { get; init; }

    public IReadOnlyList<SpecDevice>? Devices { get; init; }

    public string? CgroupsPath { get; init; }

    public SpecResources? Resources { get; init; }

    public SpecSeccomp? Seccomp { get; init; }

    public IReadOnlyList<string>? MaskedPaths { get; init; }

    public IReadOnlyList<string>? ReadonlyPaths { get; init; }
}

internal sealed record SpecNamespace(string Type, string? Path = null);

internal sealed record SpecDevice
{
    public required string Path { get; init; }

    public required string Type { get; init; }

    public long? Major { get; init; }

    public long? Minor { get; init; }

    public uint? FileMode { get; init; }

    public uint? Uid { get; init; }

    public uint? Gid { get; init; }
}

internal sealed record SpecResources
{
    public IReadOnlyList<SpecDeviceRule>? Devices { get; init; }

    public SpecMemory? Memory { get; init; }

    public SpecCpu? Cpu { get; init; }

    public SpecPids? Pids { get; init; }
}

internal sealed record SpecDeviceRule(bool Allow, string Access)
{
    public string? Type { get; init; }

    public long? Major { get; init; }

    public long? Minor { get; init; }
}

internal sealed record SpecMemory(long? Limit, long? Swap);

internal sealed record SpecCpu
{
    public ulong? Shares { get; init; }

    public long? Quota { get; init; }

    public ulong? Period { get; init; }

    public string? Cpus { get; init; }

    public string? Mems { get; init; }
}

internal sealed record SpecPids(long Limit);

internal sealed record SpecSeccomp
{
    public required string DefaultAction { get; init; }

    public uint? DefaultErrnoRet { get; init; }

    public IReadOnlyList<string>? Architectures { get; init; }

    public IReadOnlyList<string>? Flags { get; init; }

    public required IReadOnlyList<SpecSyscall> Syscalls { get; init; }
}

internal sealed record SpecSyscall
{
    public required IReadOnlyList<string> Names { get; init; }

    public required string Action { get; init; }

    public uint? ErrnoRet { get; init; }

    public IReadOnlyList<SpecSyscallArgument>? Args { get; init; }
}

internal sealed record SpecSyscallArgument(uint Index, ulong Value, ulong? ValueTwo, string Op);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RuntimeSpec))]
internal sealed partial class RuntimeSpecJson : JsonSerializerContext;
