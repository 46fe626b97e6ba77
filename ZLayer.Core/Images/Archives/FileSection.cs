using Microsoft.Win32.SafeHandles;
using ZLayer.Core.Foundation.Streams;

namespace ZLayer.Core.Images.Archives;

/// <summary>A part of an open file as a stream of its own.</summary>
internal sealed class FileSection(SafeFileHandle file, long offset, long length) : PositionedStream(length)
{
    public override int ReadAt(long position, Span<byte> buffer) => RandomAccess.Read(file, buffer, offset + position);
}
