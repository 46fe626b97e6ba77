using ZLayer.Core.Errors;

namespace ZLayer.Core.Builds;

/// <summary>A privilege on this machine that a RUN step asks for, and that a build has only when its caller agrees.</summary>
public enum BuildPrivilege
{
    /// <summary>
    /// <c>RUN --security=insecure</c>: every capability and device, no system call filter, nothing masked. It is root on the machine.
    /// </summary>
    SecurityInsecure,
    /// <summary><c>RUN --network=host</c>: the machine's own network, with the services that listen on its loopback.</summary>
    NetworkHost,
    /// <summary><c>RUN --device</c>: devices of the machine.</summary>
    Device,
}

/// <summary>The consent to a privilege: <c>security.insecure</c>, <c>network.host</c>, <c>device</c> or <c>device=NAME</c>.</summary>
public sealed record BuildEntitlement
{
    private const string Expected = "security.insecure, network.host, device or device=NAME";

    /// <summary>The names of the privileges, in the order of <see cref="BuildPrivilege"/>.</summary>
    public static IReadOnlyList<string> Names { get; } = ["security.insecure", "network.host", "device"];

    /// <summary>What is consented to.</summary>
    public required BuildPrivilege Privilege { get; init; }

    /// <summary>
    /// For <see cref="BuildPrivilege.Device"/> the device: a CDI name (<c>nvidia.com/gpu=0</c>), or a kind (<c>nvidia.com/gpu</c>, the same
    /// as <c>nvidia.com/gpu=*</c>) for all devices of that kind; null for every device.
    /// </summary>
    public string? Device { get; init; }

    /// <summary>Reads a consent.</summary>
    /// <param name="text"><c>security.insecure</c>, <c>network.host</c>, <c>device</c> or <c>device=NAME</c>.</param>
    /// <exception cref="ZLayerException">InvalidArgument: it is none of these.</exception>
    public static BuildEntitlement Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var index = IndexOf(text);
        if (index >= 0)
        {
            return new BuildEntitlement { Privilege = (BuildPrivilege)index };
        }

        const string prefix = "device=";
        return text.StartsWith(prefix, StringComparison.Ordinal) && !string.IsNullOrWhiteSpace(text[prefix.Length..])
            ? new BuildEntitlement { Privilege = BuildPrivilege.Device, Device = text[prefix.Length..] }
            : throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"'{text}' is not a privilege that a build can be allowed.")
            {
                Subject = text,
                Advice = $"Write {Expected}.",
            };
    }

    /// <summary>Whether this is the consent to a privilege.</summary>
    /// <param name="wanted">The privilege, with the device's full name.</param>
    public bool Covers(BuildEntitlement wanted)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        return Privilege == wanted.Privilege
            && (Device is null
                || Device == wanted.Device
                || (wanted.Device is { } name && KindOf(Device) is { } kind && name.StartsWith(kind + "=", StringComparison.Ordinal)));
    }

    /// <summary>The text that <see cref="Parse"/> reads.</summary>
    public override string ToString() => Names[(int)Privilege] + (Device is null ? "" : "=" + Device);

    private static int IndexOf(string text)
    {
        for (var i = 0; i < Names.Count; i++)
        {
            if (Names[i] == text)
            {
                return i;
            }
        }

        return -1;
    }

    // vendor/class and vendor/class=* stand for every device of the kind; a full name stands for itself.
    private static string? KindOf(string device)
        => device.EndsWith("=*", StringComparison.Ordinal) ? device[..^2] : device.Contains('=', StringComparison.Ordinal) ? null : device;
}
