using System.Text.Json;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Docker.Wire;
using ZLayer.Core.Runtimes.Observation;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Runtimes.Docker;

public sealed class DockerStatsTests(DockerEngineFixture docker) : EngineTest(docker)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [SkippableFact]
    public async Task A_container_under_load_shows_it_and_its_samples_end_with_it()
    {
        var id = await StartAsync(Shell(NewName(), "dd if=/dev/zero of=/file bs=1M count=20 conv=fsync; x=$(head -c 3000000 /dev/zero | tr '\\0' x); while [ ! -e /stop ]; do :; done") with
        {
            Limits = new ResourceLimits { Memory = 256 * 1024 * 1024, Pids = 50 },
        });
        var samples = new List<StatsSample>();
        await foreach (var sample in Runtime.StreamStatsAsync(id).WithCancellation(new CancellationTokenSource(Patience).Token))
        {
            samples.Add(sample);
            if (samples.Count == 3)
            {
                await Runtime.ExecAsync(id, new() { Command = ["touch", "/stop"] });
            }
        }

        Assert.InRange(samples.Count, 3, 8);
        Assert.True(samples[2].CpuTotalNanoseconds > samples[0].CpuTotalNanoseconds && samples[2].CpuSystemNanoseconds > samples[0].CpuSystemNanoseconds);
        Assert.InRange((samples[2].Timestamp - samples[1].Timestamp).TotalSeconds, 0.3, 5);
        Assert.All(samples.Take(3), sample =>
        {
            Assert.InRange(sample.MemoryUsed, 1u, 256ul * 1024 * 1024);
            Assert.Equal(256ul * 1024 * 1024, sample.MemoryLimit);
            Assert.InRange(sample.PidsCurrent, 1u, 50u);
            Assert.True(sample.OnlineCpus > 0);
        });
        Assert.Equal(IsPodman ? null : 50ul, samples[0].PidsLimit);
        Assert.InRange(ContainerStatistic.From("web", id, samples[1], samples[2]).CpuPercent, 0.5, 100 * Environment.ProcessorCount * 1.5);
    }

    [SkippableFact]
    public async Task Samples_end_when_the_container_is_removed()
    {
        var id = await StartAsync(Shell(NewName(), "sleep 600"));
        var samples = Runtime.StreamStatsAsync(id).GetAsyncEnumerator();
        Assert.True(await samples.MoveNextAsync().AsTask().WaitAsync(Patience));
        await Runtime.RemoveContainerAsync(id, new ContainerRemoveOptions());
        while (await samples.MoveNextAsync().AsTask().WaitAsync(Patience))
        {
            Assert.True(samples.Current.Timestamp.Year > 2000);
        }

        await samples.DisposeAsync();
    }

    [Fact]
    public void Both_versions_of_cgroups_are_read()
    {
        var first = Read("""
            {"read":"2026-01-02T03:04:05.123456789Z","pids_stats":{"current":7,"limit":18446744073709551615},
             "blkio_stats":{"io_service_bytes_recursive":[{"major":8,"op":"Read","value":10},{"major":8,"op":"Write","value":20},{"major":9,"op":"Read","value":1},{"op":"Total","value":31}]},
             "cpu_stats":{"cpu_usage":{"total_usage":500,"percpu_usage":[100,400]},"system_cpu_usage":10000},
             "memory_stats":{"usage":1000,"limit":4096,"stats":{"total_inactive_file":300,"inactive_file":200,"hierarchical_memory_limit":9223372036854771712}},
             "networks":{"eth0":{"rx_bytes":1,"tx_bytes":2},"eth1":{"rx_bytes":10,"tx_bytes":20}}}
            """).ToSample(machineMemory: 4096);
        Assert.Equal((500ul, 10000ul, 2, 700ul, 0ul), (first.CpuTotalNanoseconds, first.CpuSystemNanoseconds, first.OnlineCpus, first.MemoryUsed, first.MemoryLimit));
        Assert.Equal((11ul, 20ul, 11ul, 22ul, 7ul, null), (first.BlockRead, first.BlockWritten, first.NetworkReceived, first.NetworkSent, first.PidsCurrent, first.PidsLimit));

        var second = Read("""
            {"read":"2026-01-02T03:04:05Z","blkio_stats":{"io_service_bytes_recursive":[{"op":"read","value":10},{"op":"write","value":20}]},
             "cpu_stats":{"cpu_usage":{"total_usage":500},"system_cpu_usage":10000,"online_cpus":8},"pids_stats":{"current":1,"limit":99},
             "memory_stats":{"usage":1000,"limit":2048,"stats":{"inactive_file":300}}}
            """).ToSample(machineMemory: 4096);
        Assert.Equal((8, 700ul, 2048ul, 10ul, 20ul, 99ul), (second.OnlineCpus, second.MemoryUsed, second.MemoryLimit, second.BlockRead, second.BlockWritten, second.PidsLimit!.Value));
    }

    [Fact]
    public void Windows_counts_otherwise()
    {
        var sample = Read("""
            {"read":"2026-01-02T03:04:05Z","num_procs":4,"storage_stats":{"read_size_bytes":5,"write_size_bytes":6},"pids_stats":{},"blkio_stats":{"io_service_bytes_recursive":null},
             "cpu_stats":{"cpu_usage":{"total_usage":5}},"memory_stats":{"commitbytes":7,"privateworkingset":9},"networks":{"{id}":{"rx_bytes":3,"tx_bytes":4}}}
            """).ToSample(4096);
        Assert.Equal((500ul, 4, 9ul, 5ul, 6ul, 3ul), (sample.CpuTotalNanoseconds, sample.OnlineCpus, sample.MemoryUsed, sample.BlockRead, sample.BlockWritten, sample.NetworkReceived));
    }

    private static EngineSample Read(string json) => JsonSerializer.Deserialize(json, StreamsJson.Default.EngineSample)!;
}
