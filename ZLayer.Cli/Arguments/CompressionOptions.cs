using System.CommandLine;
using ZLayer.Core.Layers;

namespace ZLayer.Cli.Arguments;

/// <summary>How layers are compressed: <c>--compression</c> and <c>--compression-level</c>.</summary>
/// <param name="which">Which layers, for the help.</param>
/// <param name="otherwise">What happens without the option, for the help.</param>
internal sealed class CompressionOptions(string which, string otherwise)
{
    private readonly Option<LayerCompression?> _kind = OptionOf.ChoiceOrNothing<LayerCompression>(
        "--compression", $"How layers are compressed {which} (default: {otherwise})");
    private readonly Option<int?> _level = new("--compression-level")
    {
        Description = "The level of the compression, 0 to 22 (default: that of the compression)",
        HelpName = "NUMBER",
        Validators =
        {
            result =>
            {
                if (result.GetValueOrDefault<int?>() is < 0 or > 22)
                {
                    result.AddError($"--compression-level {result.Tokens[^1].Value}: expected a number from 0 to 22.");
                }
            },
        },
    };

    public IEnumerable<Option> All => [_kind, _level];

    public LayerCompression? Kind(ParseResult parsed) => parsed.GetValue(_kind);

    public int? Level(ParseResult parsed) => parsed.GetValue(_level);
}
