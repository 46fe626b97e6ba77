using System.Runtime.InteropServices;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Layers;

/// <summary>
/// Loads a compression library of the system by its full name, so that the system's loader finds it: names completed from the
/// assembly's directory do not work in a PowerShell module's own load context.
/// </summary>
internal static class CodecLibrary
{
    /// <summary>Loads the first of the names that the machine knows.</summary>
    /// <param name="format">The format, for the message.</param>
    /// <param name="package">Debian's name of the package that has it.</param>
    /// <param name="names">The library's names on Linux distributions and on macOS.</param>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.BuilderUnavailable"/> when there is none.</exception>
    public static nint Load(string format, string package, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (NativeLibrary.TryLoad(name, out var library))
            {
                return library;
            }
        }

        throw new ZLayerException(
            ZLayerErrorKind.BuilderUnavailable, $"Using {format} compression: the library {names[0]} is not installed.")
        {
            Subject = names[0],
            Advice = $"Install the package {package} (Debian, Ubuntu: apt-get install {package}).",
        };
    }

    /// <summary>The error when a library cannot start to work, which happens for want of memory only.</summary>
    public static ZLayerException OutOfMemory(string format)
        => new(ZLayerErrorKind.InternalError, $"Using {format} compression: not enough memory.");
}
