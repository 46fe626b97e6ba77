using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace ZLayer.Core.Tests.Doors;

/// <summary>The compiled code of a front door: which properties of Core's records it sets.</summary>
internal sealed class DoorAssembly
{
    private const string CoreNamespace = "ZLayer.Core";

    private static readonly Dictionary<int, OpCode> Codes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => (int)(ushort)code.Value);

    private DoorAssembly(string path)
    {
        using var file = new PEReader(File.OpenRead(path));
        var metadata = file.GetMetadataReader();
        foreach (var method in metadata.MethodDefinitions.Select(metadata.GetMethodDefinition))
        {
            // What JSON is written with can set everything that it shows, and nobody calls that.
            if (method.RelativeVirtualAddress != 0 && !IsOfJson(metadata, method.GetDeclaringType()))
            {
                Read(metadata, file.GetMethodBody(method.RelativeVirtualAddress).GetILReader());
            }
        }
    }

    /// <summary>Properties that the door sets by name, in initialisers and <c>with</c> expressions: the type and the property.</summary>
    public HashSet<(string Type, string Property)> Set { get; } = [];

    /// <summary>Records of which every property can be given, because the door makes them of whatever names somebody writes.</summary>
    public HashSet<string> ReadWhole { get; } = [];

    /// <summary>The door as the solution builds it; null where it was not built.</summary>
    /// <param name="project">Its directory.</param>
    /// <param name="assembly">The file.</param>
    public static DoorAssembly? Find(string project, string assembly)
        => Path.Combine(Repository.Root, project, "bin") is var directory && Directory.Exists(directory)
            && Directory.EnumerateFiles(directory, assembly, SearchOption.AllDirectories).MaxBy(File.GetLastWriteTimeUtc) is { } path
                ? new DoorAssembly(path)
                : null;

    private void Read(MetadataReader metadata, BlobReader code)
    {
        while (code.RemainingBytes > 0)
        {
            var first = code.ReadByte();
            var operation = Codes[first == 0xFE ? 0xFE00 | code.ReadByte() : first];
            if (operation.OperandType == OperandType.InlineMethod)
            {
                Note(metadata, MetadataTokens.EntityHandle(code.ReadInt32()));
            }
            else
            {
                Skip(operation.OperandType, ref code);
            }
        }
    }

    private static void Skip(OperandType operand, ref BlobReader code)
    {
        var length = operand switch
        {
            OperandType.InlineNone => 0,
            OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
            OperandType.InlineVar => 2,
            OperandType.InlineI8 or OperandType.InlineR => 8,
            OperandType.InlineSwitch => 4 * code.ReadInt32(),
            _ => 4,
        };
        code.Offset += length;
    }

    private void Note(MetadataReader metadata, EntityHandle called)
    {
        if (called.Kind == HandleKind.MemberReference
            && metadata.GetMemberReference((MemberReferenceHandle)called) is { Parent.Kind: HandleKind.TypeReference } member
            && metadata.GetString(member.Name) is var accessor
            && accessor.StartsWith("set_", StringComparison.Ordinal)
            && NameOf(metadata, member.Parent) is { } type
            && type.StartsWith(CoreNamespace, StringComparison.Ordinal))
        {
            Set.Add((type, accessor[4..]));
        }
        else if (called.Kind == HandleKind.MethodSpecification
            && metadata.GetMethodSpecification((MethodSpecificationHandle)called) is { Method.Kind: HandleKind.MethodDefinition } call
            && metadata.GetMethodDefinition((MethodDefinitionHandle)call.Method) is var method
            && metadata.GetString(metadata.GetTypeDefinition(method.GetDeclaringType()).Name) == "RecordReader"
            && ArgumentOf(metadata, call) is { } record)
        {
            ReadWhole.Add(record);
        }
    }

    // ECMA-335 II.23.2.15: GENERICINST, the number of arguments, and here CLASS and its token.
    private static string? ArgumentOf(MetadataReader metadata, MethodSpecification call)
    {
        var signature = metadata.GetBlobReader(call.Signature);
        return signature.ReadByte() == 0x0A && signature.ReadCompressedInteger() == 1 && signature.ReadByte() == 0x12
            ? NameOf(metadata, signature.ReadTypeHandle())
            : null;
    }

    private static bool IsOfJson(MetadataReader metadata, TypeDefinitionHandle handle)
    {
        var type = metadata.GetTypeDefinition(handle);
        while (type.GetDeclaringType() is { IsNil: false } outer)
        {
            type = metadata.GetTypeDefinition(outer);
        }

        return !type.BaseType.IsNil
            && NameOf(metadata, type.BaseType)?.EndsWith(".JsonSerializerContext", StringComparison.Ordinal) == true;
    }

    private static string? NameOf(MetadataReader metadata, EntityHandle handle)
        => handle.Kind == HandleKind.TypeReference && metadata.GetTypeReference((TypeReferenceHandle)handle) is var type
            ? $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}"
            : null;
}
