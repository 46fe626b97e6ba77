using System.Runtime.InteropServices;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Linux;

namespace ZLayer.Core.Layers;

/// <summary>
/// Memory outside of the garbage-collected heap: only the pages that are touched count, and freeing gives them back at once.
/// On Linux it is mapped, as malloc keeps blocks of this size for itself once some were freed.
/// </summary>
internal sealed unsafe class NativeBuffer : IDisposable
{
    private const int ReadWrite = 3;
    private const int PrivateAnonymous = 0x22;

    private byte* _start;
    private nuint _mapped;

    public NativeBuffer(int capacity)
    {
        Capacity = capacity;
        if (OperatingSystem.IsLinux())
        {
            _mapped = WholePages(capacity);
            _start = (byte*)SystemCalls.Map(0, _mapped, ReadWrite, PrivateAnonymous, -1, 0);
            if (_start == (byte*)-1)
            {
                _start = null;
                throw OutOfMemory("layer");
            }
        }
        else
        {
            _start = (byte*)NativeMemory.Alloc((nuint)capacity);
        }
    }

    ~NativeBuffer() => Free();

    public int Capacity { get; private set; }

    public byte* Pointer => _start != null ? _start : throw new ObjectDisposedException(nameof(NativeBuffer));

    public Span<byte> Span => new(Pointer, Capacity);

    /// <summary>Gives back what lies behind the first bytes.</summary>
    public void Shrink(int capacity)
    {
        Capacity = capacity;
        if (_mapped == 0)
        {
            _start = (byte*)NativeMemory.Realloc(Pointer, (nuint)Math.Max(capacity, 1));
            return;
        }

        var kept = WholePages(capacity);
        if (kept < _mapped && SystemCalls.Unmap(Pointer + kept, _mapped - kept) == 0)
        {
            _mapped = kept;
        }
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    /// <summary>The error when memory for compression cannot be had.</summary>
    public static ZLayerException OutOfMemory(string format)
        => new(ZLayerErrorKind.InternalError, $"Using {format} compression: not enough memory.");

    private static nuint WholePages(int length)
        => (nuint)((Math.Max(length, 1) + Environment.SystemPageSize - 1) / Environment.SystemPageSize * Environment.SystemPageSize);

    private void Free()
    {
        if (_start == null)
        {
            return;
        }

        if (_mapped == 0)
        {
            NativeMemory.Free(_start);
        }
        else
        {
            _ = SystemCalls.Unmap(_start, _mapped);
        }

        _start = null;
    }
}
