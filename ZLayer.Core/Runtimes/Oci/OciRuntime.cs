namespace ZLayer.Core.Runtimes.Oci;

/// <summary>An installed OCI runtime.</summary>
/// <param name="Name">
/// The name of the program, which decides its dialect: <c>crun</c>, <c>runc</c>, <c>youki</c>, or another that behaves as runc.
/// </param>
/// <param name="Program">Its absolute path.</param>
internal sealed record OciRuntime(string Name, string Program)
{
    /// <summary>crun refuses machines with both versions of control groups, even when it is to make none.</summary>
    public bool RefusesHybridCgroups => Name == "crun";

    /// <summary>The arguments that run a bundle to its end, in the foreground.</summary>
    /// <param name="state">A directory for the runtime's own state.</param>
    /// <param name="log">A file for its messages, as JSON lines.</param>
    /// <param name="bundle">The bundle.</param>
    /// <param name="id">The container's name.</param>
    /// <param name="withCgroup">False when no control group can be made.</param>
    public IReadOnlyList<string> RunArguments(string state, string log, string bundle, string id, bool withCgroup)
    {
        // crun reads what stands before a colon as the kind of log.
        List<string> arguments = [Program, "--root", state, "--log", Name == "crun" ? "file:" + log : log, "--log-format", "json"];
        if (!withCgroup)
        {
            arguments.Add(Name == "crun" ? "--cgroup-manager=disabled" : "--rootless=true");
        }

        arguments.AddRange(["run", "--bundle", bundle, id]);
        return arguments;
    }
}
