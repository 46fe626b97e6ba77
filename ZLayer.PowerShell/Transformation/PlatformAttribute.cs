using System.Management.Automation;
using ZLayer.Core.Oci;

namespace ZLayer.PowerShell.Transformation;

/// <summary>Takes <c>os/architecture[/variant]</c>, several separated by commas, and platform objects.</summary>
public sealed class PlatformAttribute : ValueTransformationAttribute<Platform>
{
    private protected override Platform Convert(object input, PSObject wrapped, EngineIntrinsics engine) => input switch
    {
        string text => Platform.Parse(text),
        _ when ObjectProperties.AreOurs(wrapped) && ObjectProperties.Text(wrapped, "Architecture") is { } architecture
            => Platform.Parse(string.Join('/', new[] { ObjectProperties.Text(wrapped, "Os")
                ?? "linux", architecture, ObjectProperties.Text(wrapped, "Variant") }
                .Where(part => part is not null))) with { OsVersion = ObjectProperties.Text(wrapped, "OsVersion") },
        _ => throw Refuse(input, "a platform such as 'linux/arm64'"),
    };

    private protected override IEnumerable<string> Split(string text)
        => text.Contains(',', StringComparison.Ordinal)
            ? text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            : [text];
}
