using System.Globalization;
using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Linux;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Layers;

/// <summary>Which extended attributes belong to a layer, and how those of files are read and set without following links.</summary>
internal static unsafe class ExtendedAttributes
{
    public const string TrustedOverlay = "trusted.overlay.";
    public const string UserOverlay = "user.overlay.";

    /// <summary>Overlayfs' own attributes: they describe how directories are stacked, and never travel in a layer.</summary>
    public static bool IsOverlayPrivate(string name)
        => name.StartsWith(TrustedOverlay, StringComparison.Ordinal) || name.StartsWith(UserOverlay, StringComparison.Ordinal);

    /// <summary>
    /// What a layer keeps of the attributes on disk: file capabilities, as Docker does, and the users' own. Labels of security
    /// modules and the like belong to the machine.
    /// </summary>
    public static bool IsKept(string name)
        => name == "security.capability" || (name.StartsWith("user.", StringComparison.Ordinal) && !IsOverlayPrivate(name));

    /// <summary>The attributes of a name in an open directory, or of the directory itself when there is no name.</summary>
    public static Dictionary<string, byte[]> Read(int directory, ReadOnlySpan<byte> name, string path)
        => ReadAll(ProcPath(directory, name), path);

    /// <summary>The attributes of a path of the platform; a symbolic link at its end is not followed.</summary>
    public static Dictionary<string, byte[]> Read(string path) => ReadAll(LinuxFiles.ToName(path), path);

    private static Dictionary<string, byte[]> ReadAll(byte[] fullPath, string path)
    {
        var attributes = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        fixed (byte* file = fullPath)
        {
            foreach (var attribute in ReadNames(file, path))
            {
                fixed (byte* attributeName = attribute)
                {
                    if (ReadValue(file, attributeName, path) is { } value)
                    {
                        attributes[FileNameEncoding.Decode(attribute.AsSpan(0, attribute.Length - 1))] = value;
                    }
                }
            }
        }

        return attributes;
    }

    /// <summary>
    /// Sets an attribute of an open file or directory; false, with the reason in <see cref="SystemCalls.LastError"/>, on failure.
    /// </summary>
    public static bool TrySet(int descriptor, string name, ReadOnlySpan<byte> value)
    {
        fixed (byte* attribute = LinuxFiles.ToName(name))
        fixed (byte* bytes = value)
        {
            return SystemCalls.SetAttribute(descriptor, attribute, bytes, (nuint)value.Length, 0) == 0;
        }
    }

    /// <summary>Sets an attribute of a name in an open directory, of a symbolic link itself.</summary>
    public static bool TrySet(int directory, ReadOnlySpan<byte> name, string attributeName, ReadOnlySpan<byte> value)
        => TrySet(ProcPath(directory, name), attributeName, value);

    /// <summary>Sets an attribute of a path of the platform; a symbolic link at its end is not followed.</summary>
    public static bool TrySet(string path, string attributeName, ReadOnlySpan<byte> value)
        => TrySet(LinuxFiles.ToName(path), attributeName, value);

    private static bool TrySet(byte[] fullPath, string attributeName, ReadOnlySpan<byte> value)
    {
        fixed (byte* file = fullPath)
        fixed (byte* attribute = LinuxFiles.ToName(attributeName))
        fixed (byte* bytes = value)
        {
            return SystemCalls.SetAttribute(file, attribute, bytes, (nuint)value.Length, 0) == 0;
        }
    }

    /// <summary>The calls for attributes take paths only: this one leads through the open directory.</summary>
    private static byte[] ProcPath(int directory, ReadOnlySpan<byte> name)
    {
        var prefix = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{directory}/"));
        return name.IsEmpty ? [.. prefix, (byte)'.', 0] : [.. prefix, .. name];
    }

    private static List<byte[]> ReadNames(byte* file, string path)
    {
        var names = new List<byte[]>();
        // The kernel's limit for a list (XATTR_LIST_MAX) is 64 KiB; few files have any attribute.
        var small = stackalloc byte[512];
        var length = SystemCalls.ListAttributes(file, small, 512);
        if (length >= 0)
        {
            Split(new ReadOnlySpan<byte>(small, (int)length), names);
            return names;
        }

        if (SystemCalls.LastError == SystemErrors.NotSupported)
        {
            return names;
        }

        var large = new byte[65536];
        fixed (byte* list = large)
        {
            length = SystemCalls.ListAttributes(file, list, (nuint)large.Length);
        }

        if (length < 0)
        {
            throw LinuxFiles.Failure("Reading the extended attributes of", path, isWrite: false);
        }

        Split(large.AsSpan(0, (int)length), names);
        return names;
    }

    private static void Split(ReadOnlySpan<byte> list, List<byte[]> names)
    {
        while (!list.IsEmpty)
        {
            var end = list.IndexOf((byte)0) + 1;
            names.Add(list[..end].ToArray());
            list = list[end..];
        }
    }

    private static byte[]? ReadValue(byte* file, byte* name, string path)
    {
        var size = SystemCalls.GetAttribute(file, name, null, 0);
        if (size >= 0)
        {
            var value = new byte[size];
            fixed (byte* bytes = value)
            {
                size = SystemCalls.GetAttribute(file, name, bytes, (nuint)value.Length);
            }

            if (size >= 0)
            {
                return value[..(int)size];
            }
        }

        return SystemCalls.LastError == SystemErrors.NoData
            ? null
            : throw LinuxFiles.Failure("Reading the extended attributes of", path, isWrite: false);
    }
}
