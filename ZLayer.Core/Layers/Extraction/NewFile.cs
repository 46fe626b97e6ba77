using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Linux;

namespace ZLayer.Core.Layers;

/// <summary>
/// A file on its way into a directory. What is there under its name stays until the file is whole, and a file that is never finished,
/// because the disk is full, leaves nothing: a part of a file under its name would look like a whole one. Linux.
/// </summary>
internal sealed unsafe class NewFile : IDisposable
{
    private readonly byte[] _made;
    private bool _isPlaced;

    private NewFile(int descriptor, int directory, byte[] name, byte[] made)
    {
        Descriptor = descriptor;
        Directory = directory;
        Name = name;
        _made = made;
    }

    /// <summary>The open file, to be written.</summary>
    public int Descriptor { get; }

    /// <summary>The open directory that it belongs to.</summary>
    public int Directory { get; }

    /// <summary>The name that it gets, ended by a zero.</summary>
    public byte[] Name { get; }

    /// <summary>Whether something had its name when it was made.</summary>
    public bool Replaces => _made != Name;

    /// <summary>Makes a file under its name or, where something has that name already, under another one until it is placed.</summary>
    /// <param name="directory">The open directory; it stays open.</param>
    /// <param name="name">The name, ended by a zero.</param>
    /// <param name="mode">The mode.</param>
    /// <returns>Null, with the reason in <see cref="SystemCalls.LastError"/>, on failure.</returns>
    public static NewFile? TryCreate(int directory, byte[] name, int mode)
    {
        var made = name;
        var file = TryOpen(directory, made, mode);
        if (file < 0 && SystemCalls.LastError == SystemErrors.Exists)
        {
            made = LinuxFiles.ToName($".zlayer-{Guid.NewGuid():n}");
            file = TryOpen(directory, made, mode);
        }

        return file < 0 ? null : new NewFile(file, directory, name, made);
    }

    /// <summary>Gives the whole file its name; false, with the reason in <see cref="SystemCalls.LastError"/>, on failure.</summary>
    public bool TryPlace()
    {
        fixed (byte* from = _made)
        fixed (byte* to = Name)
        {
            return _isPlaced = !Replaces || SystemCalls.Rename(Directory, from, Directory, to) == 0;
        }
    }

    /// <summary>Closes the file, and takes it away when it has not been placed.</summary>
    public void Dispose()
    {
        LinuxFiles.Close(Descriptor);
        if (!_isPlaced)
        {
            fixed (byte* start = _made)
            {
                _ = SystemCalls.Unlink(Directory, start, 0);
            }
        }
    }

    private static int TryOpen(int directory, byte[] name, int mode)
    {
        const int Flags = LinuxFiles.OpenWriteOnly | LinuxFiles.OpenCreate | LinuxFiles.OpenExclusive | LinuxFiles.OpenCloseOnExec;
        fixed (byte* start = name)
        {
            return SystemCalls.OpenAt(directory, start, Flags | LinuxFiles.OpenNoFollowFlag, (uint)mode);
        }
    }
}
