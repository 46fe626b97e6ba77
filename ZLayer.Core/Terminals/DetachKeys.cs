using ZLayer.Core.Errors;

namespace ZLayer.Core.Terminals;

/// <summary>
/// The keys that end a terminal session and leave the container running: <c>ctrl-p,ctrl-q</c>. Each is a character or <c>ctrl-</c> with a
/// letter or one of <c>@ [ \ ] ^ _</c>, as docker writes them.
/// </summary>
public sealed class DetachKeys
{
    private const string ControlPrefix = "ctrl-";

    private DetachKeys(string text, byte[] sequence)
    {
        Text = text;
        Sequence = sequence;
    }

    /// <summary>Ctrl+P, then Ctrl+Q.</summary>
    public static DetachKeys Default { get; } = Parse("ctrl-p,ctrl-q");

    /// <summary>The keys as they were written.</summary>
    public string Text { get; }

    /// <summary>The bytes that a terminal sends for them.</summary>
    internal ReadOnlyMemory<byte> Sequence { get; }

    /// <summary>Reads keys that are separated by commas.</summary>
    /// <exception cref="ZLayerException">InvalidArgument.</exception>
    public static DetachKeys Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var keys = text.Split(',');
        return new DetachKeys(text, [.. keys.Select(key => ToByte(key) ?? throw Invalid(text, key))]);
    }

    /// <summary>The keys as they were written.</summary>
    public override string ToString() => Text;

    private static byte? ToByte(string key)
    {
        if (key.Length == 1 && char.IsAscii(key[0]))
        {
            return (byte)key[0];
        }

        if (key.Length != ControlPrefix.Length + 1 || !key.StartsWith(ControlPrefix, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        // Control and a character send the character's five lowest bits.
        var letter = char.ToUpperInvariant(key[^1]);
        return letter is >= '@' and <= '_' ? (byte)(letter & 0x1F) : null;
    }

    private static ZLayerException Invalid(string text, string key)
        => new(ZLayerErrorKind.InvalidArgument, $"The detach keys '{text}' cannot be read: '{key}' is not a key.")
        {
            Subject = text,
            Advice = @"Write characters or ctrl- with a letter or one of @ [ \ ] ^ _, separated by commas: ctrl-p,ctrl-q.",
        };
}
