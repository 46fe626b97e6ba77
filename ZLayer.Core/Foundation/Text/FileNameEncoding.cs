using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace ZLayer.Core.Foundation.Text;

/// <summary>
/// File names as text. Linux names are bytes; nearly all are UTF-8. A byte that is not part of valid UTF-8 becomes the lone
/// low surrogate U+DC80 to U+DCFF (the "surrogateescape" convention), and turns back into that byte, so that every name
/// survives the way through a <see cref="string"/>.
/// </summary>
internal static class FileNameEncoding
{
    private const char FirstEscape = '\uDC80';
    private const char LastEscape = '\uDCFF';

    /// <summary>The text of a name in bytes.</summary>
    public static string Decode(ReadOnlySpan<byte> name)
        => Utf8.IsValid(name) ? Encoding.UTF8.GetString(name) : DecodeWithEscapes(name);

    /// <summary>The bytes of a name in text.</summary>
    public static byte[] Encode(ReadOnlySpan<char> name)
    {
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(name.Length)];
        return bytes[..Encode(name, bytes)];
    }

    /// <summary>Writes the bytes of a name into <paramref name="destination"/>.</summary>
    /// <returns>The number of bytes written.</returns>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too small: three bytes a character always suffice.</exception>
    public static int Encode(ReadOnlySpan<char> name, Span<byte> destination)
    {
        var written = 0;
        while (true)
        {
            var status = Utf8.FromUtf16(name, destination[written..], out var read, out var count, replaceInvalidSequences: false);
            written += count;
            switch (status)
            {
                case OperationStatus.Done:
                    return written;
                case OperationStatus.DestinationTooSmall:
                    throw new ArgumentException("The destination is too small for the name.", nameof(destination));
                default:
                    written += EncodeLoneSurrogate(name[read], destination[written..]);
                    name = name[(read + 1)..];
                    break;
            }
        }
    }

    private static int EncodeLoneSurrogate(char surrogate, Span<byte> destination)
    {
        if (surrogate is >= FirstEscape and <= LastEscape)
        {
            destination[0] = (byte)(surrogate - 0xDC00);
            return 1;
        }

        // Not a name that came from bytes: U+FFFD, as every encoder writes it.
        "\uFFFD"u8.CopyTo(destination);
        return 3;
    }

    private static string DecodeWithEscapes(ReadOnlySpan<byte> name)
    {
        var text = new StringBuilder(name.Length);
        Span<char> pair = stackalloc char[2];
        while (!name.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(name, out var rune, out var length) == OperationStatus.Done)
            {
                text.Append(pair[..rune.EncodeToUtf16(pair)]);
                name = name[length..];
            }
            else
            {
                text.Append((char)(0xDC00 + name[0]));
                name = name[1..];
            }
        }

        return text.ToString();
    }
}
