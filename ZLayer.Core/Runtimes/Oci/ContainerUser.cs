using System.Globalization;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Runtimes.Oci;

/// <summary>Who a process in a container is.</summary>
/// <param name="Uid">The user id.</param>
/// <param name="Gid">The primary group id.</param>
/// <param name="Groups">The supplementary group ids, in the order of the image's group file.</param>
/// <param name="Home">The home directory of the image's user file; <c>/</c> when it has no such user.</param>
internal sealed record ContainerUser(uint Uid, uint Gid, IReadOnlyList<uint> Groups, string Home)
{
    /// <summary>
    /// Looks up <c>name|uid[:group|gid]</c> in the root's <c>/etc/passwd</c> and <c>/etc/group</c> as Docker does: a number need not be listed,
    /// a name must; without a group the user's own groups count, with one they do not.
    /// </summary>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.BuildStepInvalid"/>: the image has no such user or group.</exception>
    public static ContainerUser Resolve(StackedRoot root, string specification)
    {
        var colon = specification.IndexOf(':', StringComparison.Ordinal);
        var userPart = colon < 0 ? specification : specification[..colon];
        var groupPart = colon < 0 ? "" : specification[(colon + 1)..];
        var passwd = ReadTable(root, "/etc/passwd");
        if (specification.Length == 0)
        {
            return new ContainerUser(0, 0, [], HomeOf(passwd, 0));
        }

        var (uid, gid, name) = FindUser(passwd, userPart);
        var groups = ReadTable(root, "/etc/group");
        return groupPart.Length > 0
            ? new ContainerUser(uid, FindGroup(groups, groupPart), [], HomeOf(passwd, uid))
            : new ContainerUser(uid, gid, MembershipsOf(groups, name), HomeOf(passwd, uid));
    }

    // name:password:uid:gid:comment:home:shell
    private static (uint Uid, uint Gid, string? Name) FindUser(List<string[]> passwd, string text)
    {
        var isNumber = TryParseId(text, out var number);
        if (text.Length == 0)
        {
            isNumber = true;
        }

        var row = passwd.FirstOrDefault(row => row[0] == text && text.Length > 0)
            ?? (isNumber ? passwd.FirstOrDefault(row => Field(row, 2) == number) : null);
        if (row is not null && Field(row, 2) is { } uid)
        {
            return (uid, Field(row, 3) ?? 0, row[0]);
        }

        return isNumber
            ? (number, 0, null)
            : throw Missing($"the image has no user '{text}' in /etc/passwd", text, "Create the user in an earlier step, or give its numeric id.");
    }

    // name:password:gid:members
    private static uint FindGroup(List<string[]> groups, string text)
    {
        var row = groups.FirstOrDefault(row => row[0] == text);
        if (row is not null && Field(row, 2) is { } gid)
        {
            return gid;
        }

        return TryParseId(text, out var number)
            ? number
            : throw Missing($"the image has no group '{text}' in /etc/group", text, "Create the group in an earlier step, or give its numeric id.");
    }

    private static IReadOnlyList<uint> MembershipsOf(List<string[]> groups, string? user)
        => user is null
            ? []
            : [.. groups.Where(row => row.Length > 3 && row[3].Split(',').Contains(user)).Select(row => Field(row, 2)).OfType<uint>().Distinct()];

    private static string HomeOf(List<string[]> passwd, uint uid)
        => passwd.FirstOrDefault(row => Field(row, 2) == uid) is { Length: > 5 } row && row[5].Length > 0 ? row[5] : "/";

    private static uint? Field(string[] row, int index)
        => row.Length > index && TryParseId(row[index], out var value) ? value : null;

    private static bool TryParseId(string text, out uint value)
        => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value <= int.MaxValue;

    private static List<string[]> ReadTable(StackedRoot root, string path)
    {
        using var file = root.OpenRead(path);
        if (file is null)
        {
            return [];
        }

        using var reader = new StreamReader(file);
        var rows = new List<string[]>();
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0 && line[0] != '#')
            {
                rows.Add(line.Trim().Split(':'));
            }
        }

        return rows;
    }

    private static ZLayerException Missing(string reason, string subject, string advice)
        => new(ZLayerErrorKind.BuildStepInvalid, $"Cannot run as that user: {reason}.") { Subject = subject, Advice = advice };
}
