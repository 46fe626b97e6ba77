using System.Globalization;

namespace ZLayer.Core.Runtimes.Files;

/// <summary>Kind and permissions of a file, as stat(2) has them in <c>st_mode</c>.</summary>
/// <param name="Value">The bits.</param>
public readonly record struct FileMode(uint Value)
{
    private const uint KindMask = 0xF000;

    /// <summary>Whether it is a directory.</summary>
    public bool IsDirectory => (Value & KindMask) == 0x4000;

    /// <summary>Whether it is a symbolic link.</summary>
    public bool IsSymbolicLink => (Value & KindMask) == 0xA000;

    /// <summary>Whether it is a plain file.</summary>
    public bool IsRegular => (Value & KindMask) == 0x8000;

    /// <summary>The permissions, with set-user-id, set-group-id and sticky.</summary>
    public uint Permissions => Value & 0xFFF;

    /// <summary>As <c>ls -l</c> writes it: <c>drwxr-xr-x</c>.</summary>
    public override string ToString()
    {
        Span<char> text = stackalloc char[10];
        text[0] = (Value & KindMask) switch
        {
            0x4000 => 'd',
            0xA000 => 'l',
            0x2000 => 'c',
            0x6000 => 'b',
            0x1000 => 'p',
            0xC000 => 's',
            _ => '-',
        };
        for (var bit = 0; bit < 9; bit++)
        {
            text[9 - bit] = (Value & (1u << bit)) != 0 ? "xwr"[bit % 3] : '-';
        }

        Mark(text, 3, 0x800, 's');
        Mark(text, 6, 0x400, 's');
        Mark(text, 9, 0x200, 't');
        return new string(text);
    }

    /// <summary>The octal permissions: <c>0755</c>.</summary>
    public string ToOctal() => "0" + Convert.ToString(Permissions, 8).PadLeft(3, '0');

    private void Mark(Span<char> text, int at, uint bit, char letter)
    {
        if ((Value & bit) != 0)
        {
            text[at] = text[at] == 'x' ? letter : char.ToUpper(letter, CultureInfo.InvariantCulture);
        }
    }
}
