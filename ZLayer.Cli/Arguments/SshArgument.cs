using ZLayer.Core.Builds;

namespace ZLayer.Cli.Arguments;

/// <summary><c>--ssh ID[=SOCKET]</c>: an agent's socket or key files; without them, the agent of SSH_AUTH_SOCK.</summary>
internal static class SshArgument
{
    public static BuildSsh Parse(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        var id = equals < 0 ? text : text[..equals];
        if (id.Length == 0)
        {
            throw new UsageException($"--ssh {text}: expected ID[=SOCKET].");
        }

        var paths = equals < 0 ? [] : KeyValues.SplitList(text[(equals + 1)..]).Where(path => path.Length > 0).Select(Path.GetFullPath);
        return new BuildSsh(id, [.. paths]);
    }
}
