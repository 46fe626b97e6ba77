using System.Runtime.InteropServices;

namespace ZLayer.Core.Layers;

/// <summary>Memory outside of the garbage-collected heap: only the pages that are touched count, and freeing gives them back at once.</summary>
internal sealed unsafe class NativeBuffer : IDisposable
{
    private byte* _start;

    public NativeBuffer(int capacity)
    {
        _start = (byte*)NativeMemory.Alloc((nuint)capacity);
        Capacity = capacity;
    }

    ~NativeBuffer() => Free();

    public int Capacity { get; private set; }

    public byte* Pointer => _start != null ? _start : throw new ObjectDisposedException(nameof(NativeBuffer));

    public Span<byte> Span => new(Pointer, Capacity);

    /// <summary>Gives back what lies behind the first bytes.</summary>
    public void Shrink(int capacity)
    {
        _start = (byte*)NativeMemory.Realloc(Pointer, (nuint)Math.Max(capacity, 1));
        Capacity = capacity;
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.Free(_start);
        _start = null;
    }
}
