using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;
using ZLayer.Core.Storage.Remembered;
using ZLayer.Core.Tests.Engines;
using ZLayer.Core.Tests.Faults;

namespace ZLayer.Core.Tests.Storage;

/// <summary>
/// Runs parts of tests in processes of their own, which can be killed: this assembly, started again with a job in its environment.
/// </summary>
public static class ChildProcess
{
    private const string JobVariable = "ZLAYER_TEST_JOB";

    /// <summary>Starts a job with its arguments; what it prints comes from the standard output.</summary>
    public static Process Start(string job, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", typeof(ChildProcess).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[JobVariable] = job;
        return Process.Start(start)!;
    }

    /// <summary>Waits for a job that must succeed, and returns what it printed.</summary>
    public static async Task<string> FinishAsync(Process process)
    {
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await error);
        return output;
    }

#pragma warning disable CA2255 // The entry point belongs to the test platform.
    [ModuleInitializer]
    internal static void RunJob()
    {
        if (Environment.GetEnvironmentVariable(JobVariable) is { } job)
        {
            // The test platform's entry point does nothing, and the process ends with its last thread. In the initializer itself a job could
            // use no other thread: all wait until it is done.
            new Thread(() => Environment.Exit(Run(job, Environment.GetCommandLineArgs()[1..]))).Start();
        }
    }
#pragma warning restore CA2255

    private static int Run(string job, string[] arguments)
    {
        try
        {
            var layout = new StoreLayout(arguments[0]);
            switch (job)
            {
                case "ingest": Ingest(layout, int.Parse(arguments[1], CultureInfo.InvariantCulture)); break;
                case "build": BuildAgainAndAgain(layout, arguments[1], int.Parse(arguments[2], CultureInfo.InvariantCulture)); break;
                case "remember": RememberAgainAndAgain(new StoreLayout(arguments[0]) { Clock = new LaterClock() }, int.Parse(arguments[1], CultureInfo.InvariantCulture)); break;
                case "prune": PruneAgainAndAgain(layout, int.Parse(arguments[1], CultureInfo.InvariantCulture)); break;
                case "seed": SeedCacheMountAsync(layout, arguments[1]).GetAwaiter().GetResult(); break;
                case "lease": HoldLease(layout, Digest.Parse(arguments[1])); break;
                case ContainerCycles.Job: ContainerCycles.RunJobAsync(arguments[0], arguments[1], arguments[2], int.Parse(arguments[3], CultureInfo.InvariantCulture)).GetAwaiter().GetResult(); break;
                case StoreStress.Job: StoreStress.RunJobAsync(arguments).GetAwaiter().GetResult(); break;
                case "names": SetNames(layout, arguments[1], int.Parse(arguments[2], CultureInfo.InvariantCulture)); break;
                default: throw new ArgumentException(job);
            }

            return 0;
        }
        catch (Exception e)
        {
            Console.Error.WriteLine(e);
            return 1;
        }
    }

    // Writes a known blob slowly and says how far it is, until somebody kills it.
    private static void Ingest(StoreLayout layout, int size)
    {
        var content = TemporaryStore.RandomBytes(size, 42);
        using var writer = new ContentStore(layout).Resume(Digest.Of(content), size)!;
        for (var at = (int)writer.Position; at < size; at += 4096)
        {
            writer.Write(content.AsSpan(at, Math.Min(4096, size - at)));
            Console.WriteLine(writer.Position);
            Thread.Sleep(5);
        }

        writer.Commit();
    }

    /// <summary>
    /// As builds do: opens a lease, finds or makes a layer that all share and one of its own, names the image, lets go, and checks that it is whole.
    /// </summary>
    internal static void BuildAgainAndAgain(StoreLayout layout, string worker, int rounds)
    {
        var content = new ContentStore(layout);
        var references = new ReferenceStore(layout);
        var name = ImageReference.Parse($"worker{worker}");
        for (var round = 0; round < rounds; round++)
        {
            var target = BuildOnce(layout, content, references, name, $"{worker}-{round % 3}");
            foreach (var blob in OciJson.ParseManifest(content.ReadDocument(target.Digest, "test"), "test").Layers)
            {
                Assert.True(content.Contains(blob.Digest), $"{blob} of {name}, round {round}");
            }
        }
    }

    private static Descriptor BuildOnce(StoreLayout layout, ContentStore content, ReferenceStore references, ImageReference name, string text)
    {
        using var lease = new LeaseStore(layout).Open("test");
        var shared = StoredImages.Tar("shared", "shared");
        if (!lease.Protect(Digest.Of(shared)))
        {
            content.Write(shared);
        }

        var own = StoredImages.Tar("own", text);
        content.Write(own);
        var manifest = OciJson.Serialize(new ImageManifest
        {
            Config = new Descriptor { MediaType = MediaTypes.OciEmpty, Digest = content.Write("{}"u8.ToArray()), Size = 2 },
            Layers = [.. new[] { shared, own }.Select(l => new Descriptor { MediaType = MediaTypes.OciLayer, Digest = Digest.Of(l), Size = l.Length })],
        });
        var target = new Descriptor { MediaType = MediaTypes.OciManifest, Digest = content.Write(manifest), Size = manifest.Length };
        references.Set(name, target);
        return target;
    }

    private static void PruneAgainAndAgain(StoreLayout layout, int rounds)
    {
        for (var round = 0; round < rounds; round++)
        {
            new Collector(layout).Collect(new PruneOptions { Images = ImagePruning.Dangling, BuildCache = true });
            Thread.Sleep(5); // Locks are not fair: whoever collects without a pause keeps everybody out.
        }
    }

    private static Task SeedCacheMountAsync(StoreLayout layout, string id)
        => new CacheMountStore(layout).OpenAsync(id, CacheMountSharing.Shared, async (directory, cancellationToken) =>
        {
            await File.WriteAllTextAsync(Path.Combine(directory, "half"), "", cancellationToken);
            Console.WriteLine("half");
            await Task.Delay(Timeout.Infinite, cancellationToken);
        });

    private static void RememberAgainAndAgain(StoreLayout layout, int rounds)
    {
        for (var round = 0; round < rounds; round++)
        {
            new Collector(layout).Collect(new PruneOptions());
            File.Delete(Path.Combine(FileMemory.DirectoryOf(layout), round % 2 == 0 ? "documents" : "names"));
        }
    }

    private static void HoldLease(StoreLayout layout, Digest digest)
    {
        using var lease = new LeaseStore(layout).Open("test");
        Console.WriteLine(lease.Protect(digest));
        Thread.Sleep(Timeout.Infinite);
    }

    private static void SetNames(StoreLayout layout, string worker, int rounds)
    {
        var references = new ReferenceStore(layout);
        var target = new Descriptor { MediaType = MediaTypes.OciManifest, Digest = Digest.Of([1]), Size = 1 };
        for (var round = 0; round < rounds; round++)
        {
            references.Set(ImageReference.Parse($"example.com/a/b:{worker}"), target);
            references.Set(ImageReference.Parse("example.com/a/b:shared"), target);
            Assert.True(references.Remove(ImageReference.Parse($"example.com/a/b:{worker}")));
            references.Remove(ImageReference.Parse("example.com/a/b:shared"));
        }

        references.Set(ImageReference.Parse($"example.com/a/b:{worker}"), target);
    }
}
