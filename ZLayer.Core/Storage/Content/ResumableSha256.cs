using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ZLayer.Core.Storage;

/// <summary>
/// sha256 that can go on where an earlier one was: after a multiple of 64 bytes its state is eight numbers (FIPS 180-4, section 6.2). The
/// class library keeps its states to itself; OpenSSL's, which it uses on Linux, are plain structures. Where there is no such library, or it
/// does otherwise than expected, states are not kept, and everything is hashed from its beginning.
/// </summary>
internal sealed unsafe class ResumableSha256 : IDisposable
{
    /// <summary>The bytes of a state.</summary>
    public const int StateLength = 32;

    private const int BlockLength = 64;
    private const int Words = StateLength / sizeof(uint);
    private const int LowBits = 8;
    private const int HighBits = 9;

    // h[8], the number of bits in two words, a block, two numbers: 112 bytes.
    private const int ContextLength = 128;

    private static readonly Lazy<Functions?> Library = new(Load);

    private readonly IncrementalHash? _managed;
    private uint* _context;
    private long _length;

    /// <summary>Begins a hash.</summary>
    public ResumableSha256()
        : this(Library.Value)
    {
    }

    private ResumableSha256(Functions? library)
    {
        if (library is null)
        {
            _managed = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            return;
        }

        _context = (uint*)NativeMemory.AllocZeroed(ContextLength);
        _ = library.Init(_context);
    }

    /// <summary>Whether states can be kept on this machine.</summary>
    public static bool IsSupported => Library.Value is not null;

    /// <summary>Goes on behind some bytes.</summary>
    /// <param name="state">What <see cref="TrySave"/> gave.</param>
    /// <param name="length">How many bytes were hashed by then.</param>
    public static ResumableSha256 Resume(ReadOnlySpan<byte> state, long length)
    {
        var hash = new ResumableSha256();
        hash.Restore(state, length);
        return hash;
    }

    /// <summary>Adds bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        _length += bytes.Length;
        if (_managed is not null)
        {
            _managed.AppendData(bytes);
            return;
        }

        fixed (byte* start = bytes)
        {
            _ = Library.Value!.Update(_context, start, (nuint)bytes.Length);
        }
    }

    /// <summary>The state here; empty where states are not kept, or not a whole number of blocks was hashed.</summary>
    public byte[] TrySave()
    {
        if (_managed is not null || _length % BlockLength != 0)
        {
            return [];
        }

        var state = new byte[StateLength];
        for (var i = 0; i < Words; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(state.AsSpan(i * sizeof(uint)), _context[i]);
        }

        return state;
    }

    /// <summary>The digest; nothing can be added afterwards.</summary>
    public byte[] Finish()
    {
        if (_managed is not null)
        {
            return _managed.GetHashAndReset();
        }

        var digest = new byte[SHA256.HashSizeInBytes];
        fixed (byte* start = digest)
        {
            _ = Library.Value!.Final(start, _context);
        }

        return digest;
    }

    public void Dispose()
    {
        _managed?.Dispose();
        NativeMemory.Free(_context);
        _context = null;
    }

    private void Restore(ReadOnlySpan<byte> state, long length)
    {
        for (var i = 0; i < Words; i++)
        {
            _context[i] = BinaryPrimitives.ReadUInt32BigEndian(state[(i * sizeof(uint))..]);
        }

        _context[LowBits] = (uint)(length << 3);
        _context[HighBits] = (uint)(length >> 29);
        _length = length;
    }

    private static Functions? Load()
    {
        foreach (var name in (string[])["libcrypto.so.3", "libcrypto.so.1.1"])
        {
            if (NativeLibrary.TryLoad(name, out var library) && Functions.TryFind(library) is { } found && Works(found))
            {
                return found;
            }
        }

        return null;
    }

    // A library that keeps something else in its structure is not used.
    private static bool Works(Functions library)
    {
        Span<byte> sample = stackalloc byte[3 * BlockLength + 5];
        for (var i = 0; i < sample.Length; i++)
        {
            sample[i] = (byte)(i * 7);
        }

        var context = (uint*)NativeMemory.AllocZeroed(ContextLength);
        var digest = stackalloc byte[SHA256.HashSizeInBytes];
        try
        {
            fixed (byte* start = sample)
            {
                _ = library.Init(context);
                _ = library.Update(context, start, 2 * BlockLength);
                var words = new Span<uint>(context, Words).ToArray();
                _ = library.Init(context);
                words.CopyTo(new Span<uint>(context, Words));
                context[LowBits] = 2 * BlockLength * 8;
                _ = library.Update(context, start + 2 * BlockLength, (nuint)(sample.Length - 2 * BlockLength));
                _ = library.Final(digest, context);
            }

            return SHA256.HashData(sample).AsSpan().SequenceEqual(new ReadOnlySpan<byte>(digest, SHA256.HashSizeInBytes));
        }
        finally
        {
            NativeMemory.Free(context);
        }
    }

    private sealed class Functions
    {
        public required delegate* unmanaged<uint*, int> Init { get; init; }

        public required delegate* unmanaged<uint*, byte*, nuint, int> Update { get; init; }

        public required delegate* unmanaged<byte*, uint*, int> Final { get; init; }

        public static Functions? TryFind(nint library)
            => NativeLibrary.TryGetExport(library, "SHA256_Init", out var init)
                && NativeLibrary.TryGetExport(library, "SHA256_Update", out var update)
                && NativeLibrary.TryGetExport(library, "SHA256_Final", out var final)
                    ? new Functions
                    {
                        Init = (delegate* unmanaged<uint*, int>)init,
                        Update = (delegate* unmanaged<uint*, byte*, nuint, int>)update,
                        Final = (delegate* unmanaged<byte*, uint*, int>)final,
                    }
                    : null;
    }
}
