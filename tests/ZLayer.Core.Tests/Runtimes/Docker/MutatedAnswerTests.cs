using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using CsCheck;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Docker;
using ZLayer.Core.Tests.Engines;
using ZLayer.Core.Tests.Mutations;

namespace ZLayer.Core.Tests.Runtimes.Docker;

/// <summary>
/// Every operation against an engine one of whose answers is spoiled at random. Whatever comes, it ends in a result or in an error of ZLayer, and
/// soon. <c>ZLAYER_TEST_MUTATIONS</c> sets how many answers each test spoils.
/// </summary>
public sealed class MutatedAnswerTests
{
    private const int Workers = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static int Count { get; }
        = int.TryParse(Environment.GetEnvironmentVariable("ZLAYER_TEST_MUTATIONS"), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 1000;

    [Fact]
    public async Task Documents_that_are_almost_valid_end_in_a_result_or_an_error_of_the_engine()
    {
        var cases = await FindCasesAsync();
        var engines = new ConcurrentBag<RecordedEngine>();
        Gen.Int[0, cases.Count - 1].SelectMany(index => JsonMutations.Of(Encoding.UTF8.GetString(cases[index].Answer.Body)).Select(document => (cases[index].Operation, cases[index].Answer, document))).Sample(
            spoiled =>
            {
                var engine = engines.TryTake(out var free) ? free : new RecordedEngine();
                var isFirst = true;
                var failure = TryAsync(
                    engine,
                    spoiled.Operation,
                    answer =>
                    {
                        var bytes = isFirst && answer.Name == spoiled.Answer.Name ? (answer with { Body = spoiled.document.Bytes }).ToBytes() : null;
                        isFirst &= bytes is null;
                        return bytes;
                    },
                    IsOfEngine).GetAwaiter().GetResult();
                engines.Add(engine);
                Assert.Null(failure);
            },
            iter: Count,
            threads: Workers,
            print: spoiled => $"{EngineOperations.All[spoiled.Operation].Name}, {spoiled.Answer.Name}: {spoiled.document}");
        foreach (var engine in engines)
        {
            await engine.DisposeAsync();
        }
    }

    [Fact]
    public Task Values_that_no_engine_tells_end_in_a_result_or_an_error_of_the_engine()
        => SpoilAsync(
            (mutation, answer) => mutation.OfJson(answer),
            IsOfEngine);

    [Fact]
    public Task Bytes_that_are_wrong_end_in_a_result_or_an_error()
        => SpoilAsync((mutation, answer) => mutation.OfBytes(answer), error => error.Kind != ZLayerErrorKind.InternalError);

    [Fact]
    public Task Heads_that_are_wrong_end_in_a_result_or_an_error()
        => SpoilAsync((mutation, answer) => mutation.OfHead(answer), error => error.Kind != ZLayerErrorKind.InternalError);

    private static async Task SpoilAsync(Func<AnswerMutation, RecordedAnswer, byte[]?> spoil, Func<ZLayerException, bool> isFitting)
    {
        var failures = new ConcurrentQueue<string>();
        var next = 0;
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => Task.Run(async () =>
        {
            await using var engine = new RecordedEngine();
            while (Interlocked.Increment(ref next) is var seed && seed <= Count && failures.Count < 20)
            {
                if (await TryAsync(engine, seed, spoil, isFitting) is { } failure)
                {
                    failures.Enqueue($"seed {seed}, {failure}");
                }
            }
        })));
        Assert.True(failures.IsEmpty, $"{failures.Count} spoiled answers ended otherwise:\n" + string.Join("\n\n", failures));
    }

    private static Task<string?> TryAsync(RecordedEngine engine, int seed, Func<AnswerMutation, RecordedAnswer, byte[]?> spoil, Func<ZLayerException, bool> isFitting)
    {
        var random = new Random(seed);
        var operation = random.Next(EngineOperations.All.Count);
        // The greeting comes first; most operations have one answer after it, some have several.
        var target = random.Next(10) == 0 ? 0 : random.Next(5) == 0 ? 2 : 1;
        var isPodman = random.Next(4) == 0;
        var answered = 0;
        return TryAsync(
            engine,
            operation,
            answer => answered++ == target ? spoil(new AnswerMutation(seed), answer) : isPodman && answer.Name == "Ping" ? Podman(answer).ToBytes() : null,
            isFitting);
    }

    private static async Task<string?> TryAsync(RecordedEngine engine, int operation, Func<RecordedAnswer, byte[]?> twist, Func<ZLayerException, bool> isFitting)
    {
        var (name, run) = EngineOperations.All[operation];
        var sent = Array.Empty<byte>();
        engine.Twist = answer =>
        {
            var bytes = twist(answer);
            sent = bytes ?? sent;
            return bytes;
        };
        await using var runtime = new DockerRuntime(new DockerRuntimeOptions { Host = engine.Host });
        using var limit = new CancellationTokenSource(Patience);
        try
        {
            await run(runtime, limit.Token);
            return null;
        }
        catch (ZLayerException e) when (isFitting(e))
        {
            return null;
        }
        catch (Exception e)
        {
            return $"{name}: {e}\n--- after the answer\n{Encoding.Latin1.GetString(sent, 0, Math.Min(sent.Length, 1500))}";
        }
    }

    // Which operation takes which documents: each is run once against an engine that is whole.
    private static async Task<IReadOnlyList<(int Operation, RecordedAnswer Answer)>> FindCasesAsync()
    {
        var cases = new ConcurrentQueue<(int, RecordedAnswer)>();
        await using var engine = new RecordedEngine();
        for (var operation = 0; operation < EngineOperations.All.Count; operation++)
        {
            var current = operation;
            Assert.Null(await TryAsync(
                engine,
                operation,
                answer =>
                {
                    if (IsDocument(answer.Body) && !cases.Contains((current, answer)))
                    {
                        cases.Enqueue((current, answer));
                    }

                    return null;
                },
                _ => false));
        }

        return [.. cases];
    }

    private static bool IsDocument(byte[] body)
    {
        try
        {
            JsonDocument.Parse(body).Dispose();
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    // Status and framing are those of a good answer: no argument of the caller is to blame.
    private static bool IsOfEngine(ZLayerException error) => error.Kind is not (ZLayerErrorKind.InternalError or ZLayerErrorKind.InvalidArgument);

    private static RecordedAnswer Podman(RecordedAnswer answer)
        => answer with { Headers = new Dictionary<string, string>(answer.Headers) { ["Libpod-Api-Version"] = "4.9.3" } };
}
