using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Cli.Commands.Containers.Creation;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Cli.Commands.Containers;

/// <summary>The variables of a program in a container.</summary>
internal sealed class VariableOptions : OptionGroup
{
    private readonly Option<string[]> _variables
        = OptionOf.List("--env", "NAME=VALUE", "A variable; a bare NAME takes your own value", "-e");
    private readonly Option<string[]> _files = OptionOf.List("--env-file", "FILE", "A file of variables, one a line");

    public override IEnumerable<Option> All => [_variables, _files];

    /// <summary>What was given. Options win over files, and later ones over earlier ones, as with docker.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ReadAsync(
        ParseResult parsed, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in parsed.All(_files))
        {
            variables.SetAll(await EnvironmentFile.ReadAsync(Path.GetFullPath(file), environment, cancellationToken));
        }

        variables.SetAll(
            parsed.ReadAll(_variables, text => EnvironmentFile.ParseVariable(text, environment)).OfType<KeyValuePair<string, string>>());
        return variables;
    }
}
