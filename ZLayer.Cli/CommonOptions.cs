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

    public static void AddTo(RootCommand root)
    {
        root.Options.Add(Root);
        root.Options.Add(PlainHttp);
        root.Options.Add(Verbose);
    }
}
