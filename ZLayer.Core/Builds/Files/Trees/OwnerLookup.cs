using System.Globalization;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Oci;

namespace ZLayer.Core.Builds.Files;

/// <summary>Turns <c>user[:group]</c> into numbers, with names from <c>/etc/passwd</c> and <c>/etc/group</c> of a stage.</summary>
internal static class OwnerLookup
{
    /// <summary>
    /// Looks an owner up. A number without a group is its own group; a name without a group has its primary one; a group that is empty
    /// behind its colon is 0 (all as BuildKit does).
    /// </summary>
    /// <returns>The numbers; null when a name is not known.</returns>
    public static FileOwner? Find(string text, IFileTree? tree)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var user = colon < 0 ? text : text[..colon];
        var group = colon < 0 ? "" : text[(colon + 1)..];
        var owner = FileOwner.Root;
        if (user.Length > 0)
        {
            if (TryParseId(user, out var uid))
            {
                owner = new FileOwner(uid, uid);
            }
            else if (FindLine(tree, "etc/passwd", user) is [_, _, var uidText, var gidText, ..]
                && TryParseId(uidText, out uid) && TryParseId(gidText, out var primary))
            {
                owner = new FileOwner(uid, primary);
            }
            else
            {
                return null;
            }
        }

        if (group.Length == 0)
        {
            return colon < 0 ? owner : owner with { Gid = 0 };
        }

        return TryParseId(group, out var gid)
            || (FindLine(tree, "etc/group", group) is [_, _, var text2, ..] && TryParseId(text2, out gid))
            ? owner with { Gid = gid }
            : null;
    }

    /// <summary>Looks up the value of <c>--chown</c>.</summary>
    /// <exception cref="ZLayerException">BuildStepInvalid, naming the place.</exception>
    public static FileOwner Find(string text, IFileTree? tree, CopyRequest request)
        => Find(text, tree) ?? throw new ZLayerException(
            ZLayerErrorKind.BuildStepInvalid,
            $"{request.Instruction} --chown={text}: no such user or group in {(tree is null ? "an empty root file system" : tree.Description)} ({request.Location}).")
        {
            Subject = request.Location.ToString(),
            Advice = "Write numbers, or create the user in an earlier step; with --link and FROM scratch there is no /etc/passwd to look names up in.",
        };

    // "root" needs no file to look it up in, as in BuildKit.
    private static bool TryParseId(string text, out long id)
    {
        id = 0;
        return text == "root" || (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id) && id <= uint.MaxValue);
    }

    private static string[]? FindLine(IFileTree? tree, string path, string name)
    {
        return tree?.Find(FileTreePaths.Resolve(tree, path)) is { IsFile: true } file
            ? UserTable.ReadRows(tree.OpenRead(file), "/" + path).FirstOrDefault(fields => fields[0] == name)
            : null;
    }
}
