using System.Text.Json;
using System.Text.Json.Serialization;

namespace ZLayer.Core.Runtimes.Oci;

// A file of the Container Device Interface: https://github.com/cncf-tags/container-device-interface/blob/main/SPEC.md

internal sealed record CdiSpecification
{
    public required string Kind { get; init; }

    public IReadOnlyList<CdiDevice> Devices { get; init; } = [];

    public CdiEdits? ContainerEdits { get; init; }
}

internal sealed record CdiDevice
{
    public required string Name { get; init; }

    public CdiEdits? ContainerEdits { get; init; }
}

internal sealed record CdiEdits
{
    public IReadOnlyList<string>? Env { get; init; }

    public IReadOnlyList<CdiDeviceNode>? DeviceNodes { get; init; }

    public IReadOnlyList<CdiMount>? Mounts { get; init; }

    public IReadOnlyList<CdiHook>? Hooks { get; init; }

    public IReadOnlyList<uint>? AdditionalGids { get; init; }
}

internal sealed record CdiDeviceNode
{
    public required string Path { get; init; }

    public string? HostPath { get; init; }

    public string? Type { get; init; }

    public long? Major { get; init; }

    public long? Minor { get; init; }

    public uint? FileMode { get; init; }

    public string? Permissions { get; init; }

    public uint? Uid { get; init; }

    public uint? Gid { get; init; }
}

internal sealed record CdiMount
{
    public required string HostPath { get; init; }

    public required string ContainerPath { get; init; }

    public string? Type { get; init; }

    public IReadOnlyList<string>? Options { get; init; }
}

internal sealed record CdiHook
{
    public required string HookName { get; init; }

    public required string Path { get; init; }

    public IReadOnlyList<string>? Args { get; init; }

    public IReadOnlyList<string>? Env { get; init; }

    public int? Timeout { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, ReadCommentHandling = JsonCommentHandling.Skip)]
[JsonSerializable(typeof(CdiSpecification))]
internal sealed partial class CdiJson : JsonSerializerContext;
