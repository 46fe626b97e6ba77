using System.Runtime.InteropServices;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Foundation.Linux;

/// <summary>Lists directories by descriptor, with names as bytes.</summary>
internal static unsafe class LinuxDirectory
{
    /// <summary>Offset of d_name in struct dirent of 64-bit glibc and musl.</summary>
    private const int NameOffset = 19;

    /// <summary>The type of an entry in struct dirent, a byte before the name.</summary>
    private const int TypeOffset = 18;

    /// <summary>Hears of an entry.</summary>
    /// <param name="name">The name with its NUL.</param>
    /// <param name="type">The type as struct dirent has it: <see cref="DirectoryType"/> and its like, or 0 where the file system does not
    /// say.</param>
    public delegate void EntryVisitor(ReadOnlySpan<byte> name, byte type);

    /// <summary>The type of directories, DT_DIR.</summary>
    public const byte DirectoryType = 4;

    /// <summary>The type of symbolic links, DT_LNK.</summary>
    public const byte LinkType = 10;

    /// <summary>The names in an open directory but '.' and '..', each with its NUL, in no order.</summary>
    /// <param name="directory">The open directory; it stays open.</param>
    /// <param name="path">Its path, for messages.</param>
    public static List<byte[]> ReadNames(int directory, string path)
    {
        var names = new List<byte[]>();
        var stream = Open(directory, path);
        try
        {
            return TryVisit(stream, (name, _) => names.Add(name.ToArray()))
                ? names
                : throw LinuxFiles.Failure("Listing", path, isWrite: false);
        }
        finally
        {
            _ = SystemCalls.CloseDirectoryStream(stream);
        }
    }

    /// <summary>
    /// Goes through the entries of a directory but '.' and '..', in no order, and again to the one at which a signal came; false, with the
    /// reason in
    /// <see cref="SystemCalls.LastError"/>, when they cannot be read.
    /// </summary>
    /// <param name="stream">A stream of <see cref="SystemCalls.OpenDirectoryStream"/> that nobody has read.</param>
    /// <param name="visit">Hears of each.</param>
    public static bool TryVisit(nint stream, EntryVisitor visit)
    {
        while (true)
        {
            Marshal.SetLastSystemError(0);
            var entry = SystemCalls.ReadDirectory(stream);
            if (entry != null)
            {
                var name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(entry + NameOffset);
                if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                {
                    visit(new ReadOnlySpan<byte>(entry + NameOffset, name.Length + 1), entry[TypeOffset]);
                }
            }
            else if (SystemCalls.LastError != SystemErrors.Interrupted)
            {
                return SystemCalls.LastError == 0;
            }
        }
    }

    /// <summary>A stream owns its descriptor and moves its position, so it gets one of its own.</summary>
    private static nint Open(int directory, string path)
    {
        byte* self = stackalloc byte[] { (byte)'.', 0 };
        var own = SystemCalls.OpenAt(
            directory, self, LinuxFiles.OpenReadOnly | LinuxFiles.OpenDirectoryFlag | LinuxFiles.OpenCloseOnExec, 0);
        if (own < 0)
        {
            throw LinuxFiles.Failure("Listing", path, isWrite: false);
        }

        var stream = SystemCalls.OpenDirectoryStream(own);
        if (stream == 0)
        {
            var failure = LinuxFiles.Failure("Listing", path, isWrite: false);
            LinuxFiles.Close(own);
            throw failure;
        }

        return stream;
    }
}
