using ZLayer.Core.Errors;
using ZLayer.Core.Layers;

namespace ZLayer.Core.Builds.Run;

/// <summary>The places in a step's work directory.</summary>
/// <param name="root">The work directory, absolute.</param>
internal sealed class StepDirectory(string root)
{
    private const UnixFileMode Open =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    public string Root { get; } = root;

    /// <summary>What the step changes; the only thing that stays.</summary>
    public string Upper => $"{Root}/upper";

    /// <summary>The scratch space of overlayfs.</summary>
    public string Work => $"{Root}/work";

    /// <summary>Where the root file system is mounted, in the step's own mount namespace.</summary>
    public string Merged => $"{Root}/root";

    /// <summary>The lowest layer: mount points that the image does not have.</summary>
    public string Stubs => $"{Root}/stubs";

    /// <summary>Short names of the layers.</summary>
    public string Lower => $"{Root}/lower";

    /// <summary>A file system in memory, in the step's own mount namespace: config.json, secrets, the runtime's state.</summary>
    public string Bundle => $"{Root}/bundle";

    public string SetupLog => $"{Root}/setup.log";

    public string RuntimeLog => $"{Root}/runtime.log";

    /// <summary>Exists once the setup is done and the runtime begins.</summary>
    public string Started => $"{Root}/started";

    public string ResolvConf => $"{Root}/resolv.conf";

    public string Hosts => $"{Root}/hosts";

    /// <summary>The scratch space of a bind mount that is assembled.</summary>
    public string Bind(int index) => $"{Root}/bind{index}";

    public string AgentSocket(int index) => $"{Root}/agent{index}";

    /// <summary>Makes the directories afresh.</summary>
    public void Create()
    {
        foreach (var directory in (string[])[Upper, Work, Merged, Stubs, Lower, Bundle])
        {
            Directory.CreateDirectory(directory);
        }

        if (!OperatingSystem.IsWindows())
        {
            // Its mode is that of the root directory inside the step, whatever the umask.
            File.SetUnixFileMode(Upper, Open);
            File.SetUnixFileMode(Stubs, Open);
        }
    }

    /// <summary>
    /// Removes everything, or everything but the changes. What cannot be removed stays for whoever removes the work directory.
    /// </summary>
    public void Clear(bool keepUpper)
    {
        try
        {
            Remove(keepUpper);
        }
        catch (Exception e) when (e is ZLayerException || SystemErrors.IsSystemError(e))
        {
            // The result of the step is not worse for it, and collection tries again.
        }
    }

    // What a step made of its files is a stranger's tree.
    private void Remove(bool keepUpper)
    {
        foreach (var entry in Directory.GetFileSystemEntries(Root))
        {
            if (!keepUpper || entry != Upper)
            {
                LinuxTree.Remove(entry);
            }
        }
    }
}
