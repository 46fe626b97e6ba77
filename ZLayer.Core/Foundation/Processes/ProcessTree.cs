using System.Diagnostics;
using System.Globalization;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Linux;

namespace ZLayer.Core.Foundation.Processes;

/// <summary>Processes and their children. Linux.</summary>
internal static class ProcessTree
{
    /// <summary>
    /// Kills the children of a process, or itself where it has none. A child that is the first process of a PID namespace takes all others
    /// of it along, and its parent ends only after that.
    /// </summary>
    public static void KillChildren(Process process)
    {
        if (process.HasExited)
        {
            return;
        }

        var children = ChildrenOf(process.Id).DefaultIfEmpty(process.Id).ToList();
        foreach (var child in children)
        {
            _ = SystemCalls.Kill(child, SystemCalls.KillSignal);
        }
    }

    private static IEnumerable<int> ChildrenOf(int parent)
    {
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var process)
                && ParentOf(directory) == parent)
            {
                yield return process;
            }
        }
    }

    private static int ParentOf(string directory)
    {
        try
        {
            // pid (name) state parent …; the name may hold anything (proc_pid_stat(5)).
            var stat = File.ReadAllText($"{directory}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return int.Parse(fields[1], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (SystemErrors.IsSystemError(e))
        {
            // It ended meanwhile.
            return 0;
        }
    }
}
