using System.Globalization;
using ZLayer.Core.Oci;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Docker;
using ZLayer.Core.Runtimes.Operations;
using ZLayer.Core.Runtimes.Specifications;
using ZLayer.Core.Tests.Storage;
using ZLayer.Testing;

namespace ZLayer.Core.Tests.Engines;

/// <summary>What a process holds at a moment.</summary>
/// <param name="Sockets">Sockets.</param>
/// <param name="Descriptors">Open files and pipes, without assemblies.</param>
/// <param name="Threads">Threads.</param>
/// <param name="Files">Files in the directory for temporary ones.</param>
public sealed record Holdings(int Sockets, int Descriptors, int Threads, int Files);

/// <summary>Starts and removes containers again and again in a process of its own, whose holdings are therefore known exactly.</summary>
public static class ContainerCycles
{
    internal const string Job = "cycles";

    private const int AtOnce = 8;

    /// <summary>Goes through so many lives of containers, and tells what the process held before and after them.</summary>
    /// <param name="host">The engine's address; <c>fake</c> for the runtime in memory.</param>
    /// <param name="image">The image of the containers, which the runtime holds.</param>
    /// <param name="count">How many.</param>
    public static async Task<(Holdings Before, Holdings After)> RunAsync(string host, string image, int count)
    {
        var temporary = Directory.CreateTempSubdirectory("zlayer-cycles-").FullName;
        try
        {
            using var child = ChildProcess.Start(Job, temporary, host, image, count.ToString(CultureInfo.InvariantCulture));
            var holdings = (await ChildProcess.FinishAsync(child)).Split('\n').Select(line => line.Split(' ').Select(n => int.Parse(n, CultureInfo.InvariantCulture)).ToArray())
                .Select(numbers => new Holdings(numbers[0], numbers[1], numbers[2], numbers[3])).ToList();
            return (holdings[0], holdings[1]);
        }
        finally
        {
            Directory.Delete(temporary, recursive: true);
        }
    }

    /// <summary>The job of the child.</summary>
    internal static async Task RunJobAsync(string temporary, string host, string image, int count)
    {
        Environment.SetEnvironmentVariable("TMPDIR", temporary);
        await LiveAsync(host, image, 4 * AtOnce);
        Console.WriteLine(Count(temporary));
        await LiveAsync(host, image, count);
        Console.Write(Count(temporary));
    }

    // A runtime keeps connections for its next requests, as many as there were at once: it ends before the count.
    private static async Task LiveAsync(string host, string image, int count)
    {
        await using IContainerRuntime runtime = host == FakeRuntime.RuntimeName ? new FakeRuntime() : new DockerRuntime(new DockerRuntimeOptions { Host = host });
        await runtime.PullImageAsync(ImageReference.Parse(image));
        await CycleAsync(runtime, image, count);
    }

    // One life with its output followed to its end, and one that is cut short.
    private static Task CycleAsync(IContainerRuntime runtime, string image, int count)
        => Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (n, token) =>
        {
            if (n % 2 == 0)
            {
                var specification = new ContainerSpecification { Image = image, Command = ["echo", $"{n}"], Network = "none" };
                var result = await runtime.RunToEndAsync(new ContainerRunOptions { Specification = specification, Remove = true }, cancellationToken: token);
                Assert.Equal((0, $"{n}\n"), (result.ExitCode, result.StdOut));
            }
            else
            {
                var specification = new ContainerSpecification { Image = image, Command = ["sleep", "600"], Network = "none" };
                var id = (await runtime.CreateContainerAsync(specification, token)).Id;
                await runtime.StartContainerAsync(id, token);
                await runtime.RemoveContainerAsync(id, new ContainerRemoveOptions(), token);
            }
        });

    private static string Count(string temporary)
    {
        // What nobody holds any more would otherwise be closed some time later.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var descriptors = new DirectoryInfo("/proc/self/fd").EnumerateFileSystemInfos().Select(file => file.LinkTarget ?? "").ToList();
        var sockets = descriptors.Count(target => target.StartsWith("socket:", StringComparison.Ordinal));
        int[] numbers =
        [
            sockets,
            // Assemblies are opened when something needs them for the first time, which may be late.
            descriptors.Count(target => !target.EndsWith(".dll", StringComparison.Ordinal)) - sockets,
            Directory.GetDirectories("/proc/self/task").Length,
            Directory.GetFileSystemEntries(temporary, "*", SearchOption.AllDirectories).Length,
        ];
        return string.Join(' ', numbers.Select(n => n.ToString(CultureInfo.InvariantCulture)));
    }
}
