using System.CommandLine;

namespace ZLayer.Cli.Commands.Containers.Creation;

/// <summary>Options that belong together.</summary>
internal abstract class OptionGroup
{
    /// <summary>The options in the order of the help.</summary>
    public abstract IEnumerable<Option> All { get; }
}
