using System.Globalization;
using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Cli.Display;

/// <summary>The latest measurement of each container.</summary>
/// <param name="wholeIds">Shows ids that are not cut.</param>
internal sealed class StatsBoard(bool wholeIds)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ContainerStatistic> _current = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IReadOnlyList<ContainerStatistic> _idle = [];

    /// <summary>Completes with the first measurement.</summary>
    public Task First => _first.Task;

    public void Set(ContainerStatistic statistic)
    {
        lock (_lock)
        {
            _current[statistic.Id] = statistic;
        }

        _first.TrySetResult();
    }

    public void Remove(string id)
    {
        lock (_lock)
        {
            _current.Remove(id);
        }
    }

    /// <summary>Shows these too, but for those that are measured.</summary>
    public void SetIdle(IReadOnlyList<ContainerStatistic> statistics)
    {
        lock (_lock)
        {
            _idle = statistics;
        }
    }

    public IReadOnlyList<ContainerStatistic> Current()
    {
        lock (_lock)
        {
            return [.. _idle.Where(statistic => !_current.ContainsKey(statistic.Id))
                .Concat(_current.Values)
                .OrderBy(statistic => statistic.Name, StringComparer.Ordinal)];
        }
    }

    public string Table()
    {
        var table = new TextTable("CONTAINER ID", "NAME", "CPU %", "MEM USAGE / LIMIT", "MEM %", "NET I/O", "BLOCK I/O", "PIDS");
        foreach (var s in Current())
        {
            table.Add(
                ContainerTexts.Id(s.Id, wholeIds),
                s.Name,
                Percent(s.CpuPercent),
                $"{Memory(s.MemoryUsed)} / {(s.MemoryLimit is { } limit ? Memory(limit) : "--")}",
                // As docker shows what has no limit.
                Percent(s.MemoryPercent ?? 0),
                $"{Texts.Size((long)s.NetworkReceived)} / {Texts.Size((long)s.NetworkSent)}",
                $"{Texts.Size((long)s.BlockRead)} / {Texts.Size((long)s.BlockWritten)}",
                s.Pids.ToString(CultureInfo.InvariantCulture));
        }

        using var text = new StringWriter { NewLine = "\n" };
        table.WriteTo(text);
        return text.ToString();
    }

    private static string Percent(double value) => value.ToString("0.00", CultureInfo.InvariantCulture) + "%";

    // Memory is counted in powers of two, as limits are given.
    private static string Memory(ulong bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB"];
        var value = (double)bytes;
        var unit = 0;
        while (value >= 1024 && unit < units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        return value.ToString("G4", CultureInfo.InvariantCulture) + units[unit];
    }
}
