using System.CommandLine;

namespace ZLayer.Cli;

/// <summary>The options of every command.</summary>
internal static class CommonOptions
{
    public const string VerboseName = "--verbose";

    public static Option<string?> Root { get; } = new("--root")
    {
        Description = "The data root; default: $ZLAYER_HOME, else /var/lib/zlayer for root and ~/.local/share/zlayer for others",
        HelpName = "DIR",
        Recursive = true,
    };

    public static Option<bool> PlainHttp { get; } = new("--plain-http")
    {
        Description = "Talk to registries over plain HTTP where HTTPS does not answer (loopback addresses need no option)",
        Recursive = true,
    };

    public static Option<bool> Verbose { get; } = new(VerboseName)
    {
        Description = "Say on standard error what is done underneath",
        Recursive = true,
    };

    /// <summary>The runtime of a container command; not an option of every command.</summary>
    public static Option<string?> Runtime { get; } = new("--runtime")
    {
        Description = "The container runtime: one of 'zlayer runtimes', or the address of an engine such as ssh://user@host or context://NAME (default: $ZLAYER_RUNTIME, else docker)",
        HelpName = "NAME",
    };

    /// <summary>The runtime whose images a command means; its own store without.</summary>
    public static Option<string?> ImageRuntime { get; } = new("--runtime")
    {
        Description = "Mean the images of this container runtime, or of the engine at this address (default: ZLayer's own store)",
        HelpName = "NAME",
    };

    public static void AddTo(RootCommand root)
    {
        root.Options.Add(Root);
        root.Options.Add(PlainHttp);
        root.Options.Add(Verbose);
    }
}
