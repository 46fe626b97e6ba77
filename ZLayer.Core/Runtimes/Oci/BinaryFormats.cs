using System.Buffers.Binary;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Linux;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Runtimes.Oci;

/// <summary>Which architectures the machine can run: its own, and those that binfmt_misc has an interpreter for.</summary>
internal static class BinaryFormats
{
    private const string Registrations = "/proc/sys/fs/binfmt_misc";

    // Offsets and numbers of elf(5).
    private const int DataOffset = 5;
    private const int MachineOffset = 18;

    /// <summary>Checks that programs of a platform can run.</summary>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.OperationNotSupported"/>, with what to install.</exception>
    public static void Require(Platform platform) => Require(platform, Platform.Host, Registrations);

    internal static void Require(Platform platform, Platform host, string registrations)
    {
        if (platform.Os != "linux")
        {
            throw new ZLayerException(
                ZLayerErrorKind.OperationNotSupported, $"Cannot run a step for {platform}: only Linux containers run on this machine.")
            {
                Subject = platform.ToString(),
                Advice = "Build for a linux/… platform, or leave RUN out of stages for other systems.",
            };
        }

        if (IsNative(platform.Architecture, host.Architecture) || HasInterpreter(platform.Architecture, registrations))
        {
            return;
        }

        throw new ZLayerException(
            ZLayerErrorKind.OperationNotSupported,
            $"Cannot run a step for {platform} on this {host} machine: the kernel has no interpreter for {platform.Architecture} programs.")
        {
            Subject = platform.ToString(),
            Advice = "Install emulation: apt-get install qemu-user-static binfmt-support (registers it with binfmt_misc), then build again.",
        };
    }

    private static bool IsNative(string architecture, string host)
        => architecture == host || (architecture, host) is ("386", "amd64") or ("arm", "arm64");

    private static bool HasInterpreter(string architecture, string registrations)
        => ProcessorArchitecture.Find(architecture) is { } machine
        && Directory.Exists(registrations)
        && Directory.EnumerateFiles(registrations)
            .Any(file => Path.GetFileName(file) is not ("register" or "status") && Handles(file, machine));

    // enabled / interpreter /usr/bin/qemu-aarch64-static / flags: OCF / offset 0 / magic 7f454c46…b700 / mask ff…
    private static bool Handles(string file, ProcessorArchitecture machine)
    {
        var lines = File.ReadAllLines(file);
        var hex = lines.FirstOrDefault(line => line.StartsWith("magic ", StringComparison.Ordinal))?["magic ".Length..].Trim();
        if (lines.FirstOrDefault() != "enabled" || hex is null || hex.Length < (MachineOffset + 2) * 2 || hex.Length % 2 != 0)
        {
            return false;
        }

        if (!hex.All(char.IsAsciiHexDigit) || !hex.StartsWith("7f454c46", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var magic = Convert.FromHexString(hex);
        var number = magic.AsSpan(MachineOffset);
        return magic[DataOffset] == (machine.IsBigEndian ? 2 : 1)
            && machine.Machine == (machine.IsBigEndian
                ? BinaryPrimitives.ReadUInt16BigEndian(number)
                : BinaryPrimitives.ReadUInt16LittleEndian(number));
    }
}
