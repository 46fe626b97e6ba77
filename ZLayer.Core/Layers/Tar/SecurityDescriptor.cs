using System.Buffers.Binary;

namespace ZLayer.Core.Layers;

/// <summary>
/// The security descriptors that files copied into a Windows image get, self-relative ([MS-DTYP] 2.4.6): owner Administrators, group and
/// full control for the system, full control for administrators, reading for users, as files have that are made below <c>C:\</c>.
/// </summary>
internal static class SecurityDescriptor
{
    private const byte ObjectInherit = 1;
    private const byte ContainerInherit = 2;
    private const byte InheritOnly = 8;
    private const uint FullControl = 0x1F01FF;
    private const uint GenericAll = 0x10000000;
    private const uint ReadAndExecute = 0x1200A9;
    private const uint AppendData = 4;
    private const uint WriteData = 2;

    // Well-known identities ([MS-DTYP] 2.4.2.4): authority and sub-authorities.
    private static readonly byte[] Administrators = Identity(5, 32, 544);
    private static readonly byte[] Users = Identity(5, 32, 545);
    private static readonly byte[] System = Identity(5, 18);
    private static readonly byte[] CreatorOwner = Identity(3, 0);

    /// <summary>
    /// O:BAG:SYD:(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)(A;;FA;;;BA)(A;OICIIO;GA;;;CO)(A;OICI;0x1200a9;;;BU)(A;CI;LC;;;BU)(A;CI;DC;;;BU)
    /// </summary>
    public static byte[] OfDirectory() => Make(
    [
        Allow(ObjectInherit | ContainerInherit, FullControl, Administrators),
        Allow(ObjectInherit | ContainerInherit, FullControl, System),
        Allow(0, FullControl, Administrators),
        Allow(ObjectInherit | ContainerInherit | InheritOnly, GenericAll, CreatorOwner),
        Allow(ObjectInherit | ContainerInherit, ReadAndExecute, Users),
        Allow(ContainerInherit, AppendData, Users),
        Allow(ContainerInherit, WriteData, Users),
    ]);

    /// <summary>O:BAG:SYD:(A;;FA;;;BA)(A;;FA;;;SY)(A;;0x1200a9;;;BU)</summary>
    public static byte[] OfFile()
        => Make([Allow(0, FullControl, Administrators), Allow(0, FullControl, System), Allow(0, ReadAndExecute, Users)]);

    private static byte[] Make(byte[][] entries)
    {
        const int headerLength = 20;
        const ushort selfRelativeWithList = 0x8004;
        var owner = headerLength;
        var group = owner + Administrators.Length;
        var list = group + System.Length;
        var listLength = 8 + entries.Sum(e => e.Length);
        var bytes = new byte[list + listLength];
        bytes[0] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2), selfRelativeWithList);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), owner);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), group);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(16), list);
        Administrators.CopyTo(bytes, owner);
        System.CopyTo(bytes, group);
        bytes[list] = 2;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(list + 2), (ushort)listLength);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(list + 4), (ushort)entries.Length);
        var at = list + 8;
        foreach (var entry in entries)
        {
            entry.CopyTo(bytes, at);
            at += entry.Length;
        }

        return bytes;
    }

    // ACCESS_ALLOWED_ACE ([MS-DTYP] 2.4.4.2).
    private static byte[] Allow(int flags, uint rights, byte[] identity)
    {
        var entry = new byte[8 + identity.Length];
        entry[1] = (byte)flags;
        BinaryPrimitives.WriteUInt16LittleEndian(entry.AsSpan(2), (ushort)entry.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(entry.AsSpan(4), rights);
        identity.CopyTo(entry, 8);
        return entry;
    }

    private static byte[] Identity(byte authority, params uint[] parts)
    {
        var bytes = new byte[8 + (4 * parts.Length)];
        (bytes[0], bytes[1], bytes[7]) = (1, (byte)parts.Length, authority);
        for (var i = 0; i < parts.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8 + (4 * i)), parts[i]);
        }

        return bytes;
    }
}
