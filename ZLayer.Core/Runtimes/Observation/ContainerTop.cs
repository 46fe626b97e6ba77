using System.Globalization;

namespace ZLayer.Core.Runtimes.Observation;

/// <summary>The processes of a container as ps shows them.</summary>
/// <param name="Titles">The columns.</param>
/// <param name="Processes">The rows, each with a value for each column.</param>
public sealed record ContainerTop(IReadOnlyList<string> Titles, IReadOnlyList<IReadOnlyList<string>> Processes)
{
    // More than any process has run, and few enough for a TimeSpan.
    private const int MostOfUnit = 1_000_000;

    /// <summary>The columns.</summary>
    public IReadOnlyList<string> Titles { get; init => field = value.ToArray(); } = Titles.ToArray();

    /// <summary>The rows, each with a value for each column.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Processes { get; init => field = Rows(value); } = Rows(Processes);

    /// <summary>
    /// The processes by the names that ps gives its columns; what has none of the usual names goes to <see cref="ContainerProcess.Extra"/>.
    /// </summary>
    /// <param name="containerName">The container.</param>
    public IReadOnlyList<ContainerProcess> ToProcesses(string containerName) => [.. Processes.Select(row => ToProcess(containerName, row))];

    private static string[][] Rows(IEnumerable<IReadOnlyList<string>> rows) => [.. rows.Select(row => row.ToArray())];

    private ContainerProcess ToProcess(string containerName, IReadOnlyList<string> row)
    {
        var process = new ContainerProcess { ContainerName = containerName };
        var extra = new Dictionary<string, string>();
        foreach (var (title, value) in Titles.Zip(row))
        {
            process = Known(process, title.ToUpperInvariant(), value) ?? Keep(process, extra, title, value);
        }

        return process with { Extra = extra };
    }

    private static ContainerProcess? Known(ContainerProcess process, string title, string value) => title switch
    {
        "PID" when TryNumber(value, out var id) => process with { Id = id },
        "PPID" when TryNumber(value, out var id) => process with { ParentId = id },
        "USER" or "UID" or "RUSER" or "EUSER" when process.User is null => process with { User = value },
        "TIME" when TryTime(value, out var time) => process with { Cpu = time },
        "STIME" or "START" or "STARTED" when process.StartTime is null => process with { StartTime = value },
        "CMD" or "COMMAND" or "ARGS" when process.CommandLine.Length == 0 => process with { CommandLine = value },
        _ => null,
    };

    private static ContainerProcess Keep(ContainerProcess process, Dictionary<string, string> extra, string title, string value)
    {
        extra[title] = value;
        return process;
    }

    private static bool TryNumber(string text, out int number)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    // [[dd-]hh:]mm:ss, as ps(1) writes it.
    private static bool TryTime(string text, out TimeSpan time)
    {
        time = default;
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        var days = 0;
        if (dash >= 0 && (!TryNumber(text[..dash], out days) || days > MostOfUnit))
        {
            return false;
        }

        var parts = text[(dash + 1)..].Split(':');
        var numbers = new int[3];
        for (var i = 0; i < parts.Length; i++)
        {
            if (parts.Length is < 2 or > 3
                || !TryNumber(parts[i], out numbers[3 - parts.Length + i])
                || numbers[3 - parts.Length + i] > MostOfUnit)
            {
                return false;
            }
        }

        time = parts.Length is < 2 or > 3 ? default : new TimeSpan(days, numbers[0], numbers[1], numbers[2]);
        return parts.Length is 2 or 3;
    }
}
