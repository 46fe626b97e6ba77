using System.Globalization;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Linux;
using ZLayer.Core.Foundation.Processes;

namespace ZLayer.Core.Runtimes.Oci;

/// <summary>Maps ids into a new user namespace: the user's own as root, then the ranges of subuid(5) and subgid(5).</summary>
/// <param name="Count">How many ids are mapped.</param>
/// <param name="Limitation">Why only one is; null otherwise.</param>
internal sealed record SubordinateIds(long Count, string? Limitation)
{
    /// <summary>How many ids, from 0 on, exist in the namespace of this process.</summary>
    public static long CountCurrent()
    {
        var count = 0L;
        foreach (var (inside, _, length) in ReadCurrentMap().OrderBy(range => range.Inside))
        {
            if (inside != count)
            {
                break;
            }

            count += length;
        }

        return count;
    }

    /// <summary>Writes the maps of the namespace that a process is in.</summary>
    /// <exception cref="ZLayerException">
    /// <see cref="ZLayerErrorKind.OperationNotSupported"/>: not even the user's own id can be mapped.
    /// </exception>
    public static async Task<SubordinateIds> MapAsync(ProgramSearch programs, int process, CancellationToken cancellationToken)
    {
        var uid = SystemCalls.EffectiveUser();
        var gid = SystemCalls.EffectiveGroup();
        var names = NamesOf(uid);
        var users = ReadRanges("/etc/subuid", names);
        var groups = ReadRanges("/etc/subgid", names);
        var limitation = await TryMapRangesAsync().ConfigureAwait(false);
        if (limitation is null)
        {
            return new SubordinateIds(1 + Math.Min(users.Sum(range => range.Count), groups.Sum(range => range.Count)), null);
        }

        MapOne(process, uid, gid);
        return new SubordinateIds(1, limitation);

        async Task<string?> TryMapRangesAsync()
        {
            if (users.Count == 0 || groups.Count == 0)
            {
                return $"/etc/subuid and /etc/subgid have no range for {names[^1]}";
            }

            if (programs.Find("newuidmap") is not { } newuidmap || programs.Find("newgidmap") is not { } newgidmap)
            {
                return "newuidmap and newgidmap are not installed (package uidmap or shadow-utils)";
            }

            var mapped = await new ProgramStart([newgidmap, Text(process), .. Arguments(gid, groups)]) { Directory = "/" }.RunAsync(
                input: null, cancellationToken).ConfigureAwait(false);
            if (mapped.ExitCode == 0)
            {
                mapped = await new ProgramStart([newuidmap, Text(process), .. Arguments(uid, users)]) { Directory = "/" }.RunAsync(
                    input: null, cancellationToken).ConfigureAwait(false);
                return mapped.ExitCode == 0 ? null : throw NoMap(mapped.Error);
            }

            return mapped.Error;
        }
    }

    /// <summary>The ranges of a user, by name or number, in a file of <c>user:first:count</c> lines.</summary>
    internal static IReadOnlyList<(long First, long Count)> ReadRanges(string path, IReadOnlyList<string> names)
    {
        if (!File.Exists(path))
        {
            return [];
        }

        var ranges = new List<(long, long)>();
        foreach (var fields in File.ReadLines(path).Select(line => line.Trim().Split(':')))
        {
            if (fields.Length == 3 && names.Contains(fields[0])
                && long.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var first)
                && long.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var count)
                && count > 0)
            {
                ranges.Add((first, count));
            }
        }

        return ranges;
    }

    // Inside, outside, count (user_namespaces(7)).
    private static List<(long Inside, long Outside, long Count)> ReadCurrentMap()
    {
        return [.. File.ReadLines("/proc/self/uid_map")
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields.Length == 3)
            .Select(fields => (Number(fields[0]), Number(fields[1]), Number(fields[2])))];

        static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
    }

    private static IEnumerable<string> Arguments(uint own, IReadOnlyList<(long First, long Count)> ranges)
    {
        string[] first = ["0", Text(own), "1"];
        var inside = 1L;
        return first.Concat(ranges.SelectMany(range =>
        {
            string[] words = [Text(inside), Text(range.First), Text(range.Count)];
            inside += range.Count;
            return words;
        }));
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static List<string> NamesOf(uint uid)
    {
        List<string> names = [Text(uid)];
        if (File.Exists("/etc/passwd"))
        {
            names.AddRange(
                File.ReadLines("/etc/passwd")
                    .Select(line => line.Split(':'))
                    .Where(row => row.Length > 2 && row[2] == names[0])
                    .Select(row => row[0]));
        }

        return names;
    }

    private static void MapOne(int process, uint uid, uint gid)
    {
        try
        {
            File.WriteAllText($"/proc/{process}/setgroups", "deny");
            File.WriteAllText($"/proc/{process}/gid_map", $"0 {gid} 1\n");
            File.WriteAllText($"/proc/{process}/uid_map", $"0 {uid} 1\n");
        }
        catch (Exception e) when (SystemErrors.IsSystemError(e))
        {
            throw NoMap(e.Message);
        }
    }

    private static ZLayerException NoMap(string reason)
        => new(ZLayerErrorKind.OperationNotSupported, $"Cannot map ids into a user namespace: {reason}")
        {
            Subject = "user namespace",
            Advice = "Install the package uidmap (shadow-utils) and give the user ranges in /etc/subuid and /etc/subgid, or run as root.",
        };
}
