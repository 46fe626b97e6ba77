using ZLayer.Core.Errors;

namespace ZLayer.Core.Builds.Files;

/// <summary>
/// The value of <c>--chmod</c>: an octal mode, or symbolic changes as chmod(1) reads them (POSIX, "chmod", Extended Description) with umask
/// 0.
/// </summary>
internal sealed class FileModeChange
{
    private const int AllExecute = 0b001_001_001;
    private const int Sticky = 0x200;
    private readonly List<Clause> _clauses = [];

    private FileModeChange()
    {
    }

    /// <summary>The mode, when it was given as an octal number; null for symbolic changes.</summary>
    public int? Octal { get; private init; }

    /// <summary>Reads a value.</summary>
    /// <returns>The change; null when the text is neither form.</returns>
    public static FileModeChange? TryParse(string text)
    {
        if (text.Length > 0 && text.AsSpan().IndexOfAnyExceptInRange('0', '7') < 0)
        {
            var mode = text.Length <= 8 ? Convert.ToInt32(text, 8) : int.MaxValue;
            return mode <= 0b111_111_111_111 ? new FileModeChange { Octal = mode } : null;
        }

        var change = new FileModeChange();
        return text.Split(',').All(change.TryAdd) ? change : null;
    }

    /// <summary>Reads the value of a flag.</summary>
    /// <exception cref="ZLayerException">BuildStepInvalid, naming the place.</exception>
    public static FileModeChange Parse(string text, CopyRequest request)
        => TryParse(text) ?? throw new ZLayerException(
            ZLayerErrorKind.BuildStepInvalid, $"{request.Instruction} --chmod={text}: this is not a mode ({request.Location}).")
        {
            Subject = request.Location.ToString(),
            Advice = "Write an octal number between 0 and 07777, or symbolic changes such as u=rwX,go=rX.",
        };

    /// <summary>Applies the change.</summary>
    public int Apply(int mode, bool isDirectory)
        => Octal ?? _clauses.Aggregate(mode, (current, clause) => clause.Apply(current, mode, isDirectory));

    private bool TryAdd(string text)
    {
        var who = 0;
        var i = 0;
        for (; i < text.Length && "ugoa".Contains(text[i], StringComparison.Ordinal); i++)
        {
            who |= text[i] switch { 'u' => 0b100, 'g' => 0b010, 'o' => 0b001, _ => 0b111 };
        }

        if (i == text.Length)
        {
            return false;
        }

        while (i < text.Length)
        {
            var operation = text[i++];
            var start = i;
            while (i < text.Length && "+-=".IndexOf(text[i], StringComparison.Ordinal) < 0)
            {
                i++;
            }

            var permissions = text[start..i];
            if (operation is not ('+' or '-' or '=') || !IsPermissions(permissions))
            {
                return false;
            }

            _clauses.Add(new Clause(who == 0 ? 0b111 : who, who == 0, operation, permissions));
        }

        return true;
    }

    private static bool IsPermissions(string text)
        => text is "u" or "g" or "o" || text.All(c => "rwxXst".Contains(c, StringComparison.Ordinal));

    private sealed record Clause(int Who, bool ForAll, char Operation, string Permissions)
    {
        public int Apply(int mode, int original, bool isDirectory)
        {
            var bits = Bits(mode, original, isDirectory);
            return Operation switch
            {
                '+' => mode | bits,
                '-' => mode & ~bits,
                _ => (mode & ~Covered) | bits,
            };
        }

        private int Bits(int mode, int original, bool isDirectory)
        {
            var bits = 0;
            foreach (var permission in Permissions)
            {
                bits |= permission switch
                {
                    'r' => Spread(0b100),
                    'w' => Spread(0b010),
                    'x' => Spread(0b001),
                    'X' => Operation == '-' || isDirectory || (original & AllExecute) != 0 ? Spread(0b001) : 0,
                    's' => SetIds,
                    't' => !ForAll && Who == 0b001 ? 0 : Sticky,
                    'u' => Spread((mode >> 6) & 7),
                    'g' => Spread((mode >> 3) & 7),
                    _ => Spread(mode & 7),
                };
            }

            return bits;
        }

        // What '=' clears: the permissions and set-id bits of those named, but not these when it copies ("g=u"); the sticky bit only where
        // it is named too (as BuildKit does).
        private int Covered
            => Spread(0b111) | (Permissions is "u" or "g" or "o" ? 0 : SetIds) | (Permissions.Contains('t', StringComparison.Ordinal)
                ? Sticky
                : 0);

        private int SetIds => ((Who & 0b100) != 0 ? 0x800 : 0) | ((Who & 0b010) != 0 ? 0x400 : 0);

        private int Spread(int three)
            => ((Who & 0b100) != 0 ? three << 6 : 0) | ((Who & 0b010) != 0 ? three << 3 : 0) | ((Who & 0b001) != 0 ? three : 0);
    }
}
