using ZLayer.Core.Errors;

namespace ZLayer.Core.Runtimes.Oci;

/// <summary>Who a process in a container is.</summary>
/// <param name="Uid">The user id.</param>
/// <param name="Gid">The primary group id.</param>
/// <param name="Groups">The supplementary group ids, in the order of the image's group file.</param>
/// <param name="Home">The home directory of the image's user file; <c>/</c> when it has no such user.</param>
internal sealed record ContainerUser(uint Uid, uint Gid, IReadOnlyList<uint> Groups, string Home)
{
    // NGROUPS_MAX of Linux.
    private const int MostGroups = 65536;

    /// <summary>
    /// Looks up <c>name|uid[:group|gid]</c> in the root's <c>/etc/passwd</c> and <c>/etc/group</c> as Docker does: a number need not be
    /// listed, a name must; without a group the user's own groups count, with one they do not. Nothing at all is user 0.
    /// </summary>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.BuildStepInvalid"/>: the image has no such user or group.</exception>
    public static ContainerUser Resolve(StackedRoot root, string specification)
    {
        var colon = specification.IndexOf(':', StringComparison.Ordinal);
        var userPart = colon < 0 ? specification : specification[..colon];
        var groupPart = colon < 0 ? "" : specification[(colon + 1)..];
        var (uid, gid, name, home) = FindUser(root, userPart);
        return groupPart.Length > 0
            ? new ContainerUser(uid, FindGroup(root, groupPart), [], home)
            : new ContainerUser(uid, gid, name is null ? [] : MembershipsOf(root, name, isRequired: specification.Length > 0), home);
    }

    // name:password:uid:gid:comment:home:shell. A name counts before a number, wherever they stand.
    private static (uint Uid, uint Gid, string? Name, string Home) FindUser(StackedRoot root, string text)
    {
        var isNumber = TryParseId(text, out var number) || text.Length == 0;
        var found = FindRow(ReadTable(root, "/etc/passwd"), text, isNumber ? number : null);
        if (found is not null && Field(found, 2) is { } uid)
        {
            return (uid, Field(found, 3) ?? 0, found[0], found.Length > 5 && found[5].Length > 0 ? found[5] : "/");
        }

        return isNumber
            ? (number, 0, null, "/")
            : throw Missing(
                $"the image has no user '{text}' in /etc/passwd", text, "Create the user in an earlier step, or give its numeric id.");
    }

    private static string[]? FindRow(IEnumerable<string[]> rows, string name, uint? number)
    {
        string[]? found = null;
        try
        {
            foreach (var row in rows)
            {
                if (name.Length > 0 && row[0] == name)
                {
                    return row;
                }

                found ??= number is not null && Field(row, 2) == number ? row : null;
                if (name.Length == 0 && found is not null)
                {
                    break;
                }
            }
        }
        catch (ZLayerException e) when (number is not null && e.Kind == ZLayerErrorKind.BuildStepInvalid)
        {
            // The file is too large to look a name up in, but a number needs no file.
        }

        return found;
    }

    // name:password:gid:members
    private static uint FindGroup(StackedRoot root, string text)
    {
        if (ReadTable(root, "/etc/group").FirstOrDefault(row => row[0] == text) is { } found && Field(found, 2) is { } gid)
        {
            return gid;
        }

        return TryParseId(text, out var number)
            ? number
            : throw Missing(
                $"the image has no group '{text}' in /etc/group", text, "Create the group in an earlier step, or give its numeric id.");
    }

    private static IReadOnlyList<uint> MembershipsOf(StackedRoot root, string user, bool isRequired)
    {
        try
        {
            var rows = ReadTable(root, "/etc/group").Where(row => row.Length > 3 && row[3].Split(',').Contains(user));
            return [.. rows.Select(row => Field(row, 2)).OfType<uint>().Distinct().Take(MostGroups)];
        }
        catch (ZLayerException e) when (!isRequired && e.Kind == ZLayerErrorKind.BuildStepInvalid)
        {
            return []; // The file is too large, but nobody asked for a user.
        }
    }

    private static uint? Field(string[] row, int index)
        => row.Length > index && TryParseId(row[index], out var value) ? value : null;

    private static bool TryParseId(string text, out uint value) => UserTable.TryParseId(text, out value) && value <= int.MaxValue;

    private static IEnumerable<string[]> ReadTable(StackedRoot root, string path)
        => root.OpenRead(path) is { } file ? UserTable.ReadRows(file, path) : [];

    private static ZLayerException Missing(string reason, string subject, string advice)
        => new(ZLayerErrorKind.BuildStepInvalid, $"Cannot run as that user: {reason}.") { Subject = subject, Advice = advice };
}
