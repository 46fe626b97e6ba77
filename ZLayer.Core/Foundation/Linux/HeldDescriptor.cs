using System.Runtime.InteropServices;

namespace ZLayer.Core.Foundation.Linux;

/// <summary>The number of an open handle while calls use it: nobody closes it meanwhile, and no other file gets the number.</summary>
internal readonly ref struct HeldDescriptor
{
    private readonly SafeHandle _handle;

    /// <exception cref="ObjectDisposedException">The handle is closed.</exception>
    public HeldDescriptor(SafeHandle handle)
    {
        var isHeld = false;
        handle.DangerousAddRef(ref isHeld);
        _handle = handle;
    }

    public int Number => (int)_handle.DangerousGetHandle();

    public void Dispose() => _handle.DangerousRelease();
}
