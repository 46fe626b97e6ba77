using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Runtimes;

/// <summary>A signal of Linux.</summary>
public readonly record struct Signal
{
    private const int RealTimeMinimum = 34;
    private const int RealTimeMaximum = 64;

    private static readonly string[] Names =
    [
        "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT",
        "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ];

    private Signal(int number) => Number = number;

    /// <summary>SIGKILL.</summary>
    public static Signal Kill { get; } = new(9);

    /// <summary>SIGTERM.</summary>
    public static Signal Terminate { get; } = new(15);

    /// <summary>SIGINT.</summary>
    public static Signal Interrupt { get; } = new(2);

    /// <summary>The names of all signals with a name of their own, with SIG, in the order of their numbers.</summary>
    public static IReadOnlyList<string> AllNames { get; } = [.. Names.Skip(1).Select(n => "SIG" + n)];

    /// <summary>The number, 1 to 64.</summary>
    public int Number { get; }

    /// <summary>The name: <c>SIGTERM</c>, <c>SIGRTMIN+3</c>.</summary>
    public string Name
        => Number < Names.Length ? "SIG" + Names[Number]
            : Number < RealTimeMinimum ? string.Create(CultureInfo.InvariantCulture, $"signal_{Number}")
            : Number == RealTimeMinimum ? "SIGRTMIN"
            : string.Create(CultureInfo.InvariantCulture, $"SIGRTMIN+{Number - RealTimeMinimum}");

    /// <summary>A signal by its name, with or without SIG, in any case, or by its number.</summary>
    /// <exception cref="ZLayerException">InvalidArgument, with the names that there are.</exception>
    public static Signal Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out var signal)
            ? signal
            : throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, text.Trim().Length == 0 ? "A signal is empty." : $"There is no signal '{text}'.")
            {
                Subject = text,
                Advice = $"Use a number, SIGRTMIN+n, or one of {string.Join(", ", AllNames)}.",
            };
    }

    /// <summary>As <see cref="Parse"/>, without an error.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Signal signal)
    {
        signal = default;
        var name = text?.Trim().ToUpperInvariant() ?? "";
        var number = int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var given)
            ? given
            : NumberOf(name.StartsWith("SIG", StringComparison.Ordinal) ? name[3..] : name);
        if (number is < 1 or > RealTimeMaximum)
        {
            return false;
        }

        signal = new Signal(number);
        return true;
    }

    /// <summary>The signal that an exit code tells of: 128 + n; null for the others.</summary>
    public static Signal? FromExitCode(int exitCode) => exitCode is > 128 and <= 128 + RealTimeMaximum ? new Signal(exitCode - 128) : null;

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    /// <summary>As engines take it: the name, or the number of a signal without one.</summary>
    internal string ToWire() => Number >= Names.Length && Number < RealTimeMinimum ? Number.ToString(CultureInfo.InvariantCulture) : Name;

    private static int NumberOf(string name)
    {
        if (Array.IndexOf(Names, name) is > 0 and var number)
        {
            return number;
        }

        return name switch
        {
            "IOT" => 6,
            "CLD" => 17,
            "POLL" => 29,
            "RTMIN" => RealTimeMinimum,
            "RTMAX" => RealTimeMaximum,
            _ when name.StartsWith("RTMIN+", StringComparison.Ordinal) && TryOffset(name, out var up) => RealTimeMinimum + up,
            _ when name.StartsWith("RTMAX-", StringComparison.Ordinal) && TryOffset(name, out var down) => RealTimeMaximum - down,
            _ => 0,
        };
    }

    private static bool TryOffset(string name, out int offset)
        => int.TryParse(name.AsSpan(6), NumberStyles.None, CultureInfo.InvariantCulture, out offset)
            && offset <= RealTimeMaximum - RealTimeMinimum;
}
