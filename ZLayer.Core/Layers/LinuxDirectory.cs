using System.Runtime.InteropServices;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Layers;

/// <summary>Lists directories by descriptor, with names as bytes.</summary>
internal static unsafe class LinuxDirectory
{
    /// <summary>Offset of d_name in struct dirent of 64-bit glibc and musl.</summary>
    private const int NameOffset = 19;

    /// <summary>The names in an open directory but '.' and '..', each with its NUL, in no order.</summary>
    /// <param name="directory">The open directory; it stays open.</param>
    /// <param name="path">Its path, for messages.</param>
    public static List<byte[]> ReadNames(int directory, string path)
    {
        var names = new List<byte[]>();
        var stream = Open(directory, path);
        try
        {
            while (true)
            {
                Marshal.SetLastSystemError(0);
                var entry = LinuxFiles.ReadDirectory(stream);
                if (entry == null && LinuxFiles.LastError == SystemErrors.Interrupted)
                {
                    continue;
                }

                if (entry == null)
                {
                    return LinuxFiles.LastError == 0 ? names : throw LinuxFiles.Failure("Listing", path, isWrite: false);
                }

                var name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(entry + NameOffset);
                if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                {
                    names.Add([.. name, 0]);
                }
            }
        }
        finally
        {
            LinuxFiles.CloseDirectoryStream(stream);
        }
    }

    /// <summary>A stream owns its descriptor and moves its position, so it gets one of its own.</summary>
    private static nint Open(int directory, string path)
    {
        byte* self = stackalloc byte[] { (byte)'.', 0 };
        var own = LinuxFiles.OpenAt(directory, self, LinuxFiles.OpenReadOnly | LinuxFiles.OpenDirectoryFlag | LinuxFiles.OpenCloseOnExec, 0);
        if (own < 0)
        {
            throw LinuxFiles.Failure("Listing", path, isWrite: false);
        }

        var stream = LinuxFiles.OpenDirectoryStream(own);
        if (stream == 0)
        {
            var failure = LinuxFiles.Failure("Listing", path, isWrite: false);
            LinuxFiles.Close(own);
            throw failure;
        }

        return stream;
    }
}
