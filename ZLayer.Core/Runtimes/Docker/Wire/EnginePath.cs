using System.Runtime.CompilerServices;
using System.Text;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Runtimes.Docker.Wire;

/// <summary>
/// A path of the engine's API, written as an interpolated string whose holes are escaped: <c>$"containers/{name}/json"</c>. A name can
/// therefore never lead to another path.
/// </summary>
[InterpolatedStringHandler]
internal readonly ref struct EnginePath
{
    private readonly StringBuilder _text;

    public EnginePath(int literalLength, int formattedCount) => _text = new StringBuilder(literalLength + (formattedCount * 64));

    public void AppendLiteral(string text) => _text.Append(text);

    public void AppendFormatted(string name)
    {
        if (!IsName(name))
        {
            throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"'{name}' is not a name that an engine can know.")
            {
                Subject = name,
            };
        }

        _text.Append(Uri.EscapeDataString(name));
    }

    /// <summary>Whether a text can be a name in a path.</summary>
    public static bool IsName(string name) => name is not ("" or "." or "..");

    public override string ToString() => _text.ToString();
}
