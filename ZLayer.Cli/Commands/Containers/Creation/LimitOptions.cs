using System.CommandLine;
using System.Globalization;
using ZLayer.Cli.Arguments;
using ZLayer.Core.Foundation.Text;
using ZLayer.Core.Runtimes;

namespace ZLayer.Cli.Commands.Containers.Creation;

/// <summary>Limits of a container, when it is made and when it is changed.</summary>
internal sealed class LimitOptions : OptionGroup
{
    private readonly Option<string?> _memory = OptionOf.Text("--memory", "SIZE", "The most memory, such as 512m", "-m");
    private readonly Option<string?> _swap = OptionOf.Text("--memory-swap", "SIZE", "The most memory and swap together; -1 for no limit");
    private readonly Option<string?> _reservation
        = OptionOf.Text("--memory-reservation", "SIZE", "Memory that is left to it when memory is short");
    private readonly Option<string?> _kernelMemory
        = OptionOf.Text("--kernel-memory", "SIZE", "The most kernel memory; newer engines refuse it");
    private readonly Option<int?> _swappiness
        = new("--memory-swappiness") { Description = "How readily its memory is swapped out, 0 to 100", HelpName = "NUMBER" };
    private readonly Option<int?> _oomScore
        = new("--oom-score-adj") { Description = "How readily the kernel kills it for memory, -1000 to 1000", HelpName = "NUMBER" };
    private readonly Option<bool?> _oomDisable
        = new("--oom-kill-disable") { Description = "Keep the kernel from killing it for memory", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _cpus = OptionOf.Text("--cpus", "NUMBER", "CPUs that it may use, such as 1.5");
    private readonly Option<ulong?> _shares
        = new("--cpu-shares", "-c") { Description = "Its weight among others when CPUs are short; 1024 is usual", HelpName = "NUMBER" };
    private readonly Option<ulong?> _period
        = new("--cpu-period") { Description = "The period of the CPU quota in microseconds", HelpName = "NUMBER" };
    private readonly Option<long?> _quota
        = new("--cpu-quota") { Description = "CPU time in a period, in microseconds; -1 for no limit", HelpName = "NUMBER" };
    private readonly Option<ulong?> _realtimePeriod
        = new("--cpu-rt-period") { Description = "The period of the real-time quota in microseconds", HelpName = "NUMBER" };
    private readonly Option<long?> _realtimeRuntime
        = new("--cpu-rt-runtime") { Description = "Real-time CPU time in a period, in microseconds", HelpName = "NUMBER" };
    private readonly Option<string?> _cpuset = OptionOf.Text("--cpuset-cpus", "LIST", "The CPUs that it may use, such as 0-3,5");
    private readonly Option<string?> _memoryNodes = OptionOf.Text("--cpuset-mems", "LIST", "The memory nodes that it may use");
    private readonly Option<long?> _pids
        = new("--pids-limit") { Description = "The most processes and threads; -1 for no limit", HelpName = "NUMBER" };
    private readonly Option<int?> _blockWeight
        = new("--blkio-weight") { Description = "The weight of its block I/O, 10 to 1000", HelpName = "NUMBER" };

    public override IEnumerable<Option> All =>
    [
        _memory, _swap, _reservation, _kernelMemory, _swappiness, _oomScore, _oomDisable, _cpus, _shares, _period, _quota, _realtimePeriod,
        _realtimeRuntime, _cpuset, _memoryNodes, _pids, _blockWeight,
    ];

    /// <summary>The limits that were given.</summary>
    public ResourceLimits Read(ParseResult parsed) => new()
    {
        Memory = parsed.ReadValue(_memory, ByteSize.Parse),
        MemorySwap = parsed.ReadValue(_swap, text => text == "-1" ? -1 : ByteSize.Parse(text)),
        MemoryReservation = parsed.ReadValue(_reservation, ByteSize.Parse),
        KernelMemory = parsed.ReadValue(_kernelMemory, ByteSize.Parse),
        MemorySwappiness = parsed.GetValue(_swappiness),
        OomScoreAdjustment = parsed.GetValue(_oomScore),
        OomKillDisable = parsed.GetValue(_oomDisable),
        CpuCount = parsed.ReadValue(_cpus, text => decimal.Parse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture)),
        CpuShares = parsed.GetValue(_shares),
        CpuPeriod = parsed.GetValue(_period),
        CpuQuota = parsed.GetValue(_quota),
        CpuRealtimePeriod = parsed.GetValue(_realtimePeriod),
        CpuRealtimeRuntime = parsed.GetValue(_realtimeRuntime),
        CpusetCpus = parsed.GetValue(_cpuset),
        CpusetMems = parsed.GetValue(_memoryNodes),
        Pids = parsed.GetValue(_pids),
        BlockIOWeight = parsed.GetValue(_blockWeight),
    };
}
