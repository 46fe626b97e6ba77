// Cmdlets that exercise the bridge between asynchronous work and the pipeline. Compiled by the tests, never shipped.
using System;
using System.Management.Automation;
using System.Threading;
using System.Threading.Tasks;
using ZLayer.Core.Errors;
using ZLayer.PowerShell.Pipeline;

namespace ZLayer.Tests
{
    /// <summary>What the tests look at from outside: whether work still runs, and how far it got.</summary>
    public static class Work
    {
        private static int _running;
        private static int _produced;
        private static int _cancelled;
        private static int _lateWritesRejected;
        private static int _disposed;

        public static int Running => Volatile.Read(ref _running);
        public static int Produced => Volatile.Read(ref _produced);
        public static int Cancelled => Volatile.Read(ref _cancelled);
        public static int LateWritesRejected => Volatile.Read(ref _lateWritesRejected);
        public static int Disposed => Volatile.Read(ref _disposed);
        public static int Ended { get; set; }

        public static void Reset()
        {
            _running = _produced = _cancelled = _lateWritesRejected = _disposed = 0;
            Ended = 0;
        }

        public static void Start() => Interlocked.Increment(ref _running);
        public static void Stop() => Interlocked.Decrement(ref _running);
        public static void Produce() => Interlocked.Increment(ref _produced);
        public static void Cancel() => Interlocked.Increment(ref _cancelled);
        public static void RejectLateWrite() => Interlocked.Increment(ref _lateWritesRejected);
        public static void Dispose() => Interlocked.Increment(ref _disposed);
    }

    [Cmdlet(VerbsCommon.Get, "TestStream", SupportsShouldProcess = true)]
    public sealed class GetTestStreamCommand : ZLayerAsyncCmdlet
    {
        [Parameter(ValueFromPipeline = true)] public int Seed { get; set; }
        [Parameter] public int Count { get; set; } = -1;
        [Parameter] public int FirstDelay { get; set; }
        [Parameter] public int Delay { get; set; }
        [Parameter] public int ErrorAt { get; set; } = -1;
        [Parameter] public int ThrowAt { get; set; } = -1;
        [Parameter] public int TimeOutAt { get; set; } = -1;
        [Parameter] public int CrashAt { get; set; } = -1;
        [Parameter] public SwitchParameter Ask { get; set; }
        [Parameter] public SwitchParameter AskToContinue { get; set; }
        [Parameter] public SwitchParameter AllStreams { get; set; }
        [Parameter] public SwitchParameter Progress { get; set; }
        [Parameter] public SwitchParameter Stubborn { get; set; }
        [Parameter] public SwitchParameter PostOnCancel { get; set; }
        [Parameter] public SwitchParameter KeepWriting { get; set; }

        protected override TimeSpan ProgressDelay => TimeSpan.Zero;

        protected override async Task ProcessRecordAsync(IPipelineSink sink, CancellationToken cancellationToken)
        {
            Work.Start();
            CancellationTokenRegistration registration = PostOnCancel
                ? cancellationToken.Register(() =>
                {
                    for (var i = 0; i < 1000; i++)
                    {
                        sink.PostInformation("late " + i, "Test");
                    }
                })
                : default;
            try
            {
                if (KeepWriting)
                {
                    _ = WriteLater(sink);
                }

                await Task.Delay(FirstDelay, cancellationToken);
                for (var i = 0; i != Count; i++)
                {
                    await Step(sink, i, cancellationToken);
                }
            }
            catch (OperationCanceledException)
            {
                Work.Cancel();
                if (Stubborn)
                {
                    await Task.Delay(500, CancellationToken.None);
                }

                throw;
            }
            finally
            {
                registration.Dispose();
                Work.Stop();
            }
        }

        protected override async Task EndProcessingAsync(IPipelineSink sink, CancellationToken cancellationToken)
        {
            await Task.Yield();
            Work.Ended++;
        }

        protected override void Dispose(bool disposing)
        {
            Work.Dispose();
            base.Dispose(disposing);
        }

        private async Task Step(IPipelineSink sink, int i, CancellationToken cancellationToken)
        {
            if (i == ErrorAt)
            {
                await sink.WriteErrorAsync(new ErrorRecord(new InvalidOperationException("item " + i), "TestItemFailed", ErrorCategory.InvalidOperation, i));
            }

            if (i == ThrowAt)
            {
                throw new ZLayerException(ZLayerErrorKind.ImageNotFound, "No image 'x'.") { Subject = "x", Advice = "Pull it first." };
            }

            if (i == TimeOutAt)
            {
                throw new OperationCanceledException("too slow");
            }

            if (i == CrashAt)
            {
                throw new InvalidOperationException("a defect");
            }

            if (Ask && !await sink.ShouldProcessAsync("item " + i, "Produce"))
            {
                return;
            }

            if (AskToContinue && !await sink.ShouldContinueAsync("Produce item " + i + "?", "Produce"))
            {
                return;
            }

            if (AllStreams)
            {
                await sink.WriteVerboseAsync("verbose " + i);
                await sink.WriteWarningAsync("warning " + i);
                await sink.WriteInformationAsync("information " + i, "Test");
            }

            if (Progress)
            {
                sink.ReportProgress(new ProgressUpdate(1, "Produce", i + " done") { Percent = ProgressUpdate.PercentOf(i, Count) });
            }

            if (Delay > 0)
            {
                await Task.Delay(Delay, cancellationToken);
            }

            Work.Produce();
            await sink.WriteObjectAsync(i);
        }

        private static async Task WriteLater(IPipelineSink sink)
        {
            await Task.Delay(300);
            try
            {
                await sink.WriteObjectAsync("late");
            }
            catch (OperationCanceledException)
            {
                Work.RejectLateWrite();
            }
        }
    }

    [Cmdlet(VerbsData.Convert, "TestStream")]
    public sealed class ConvertTestStreamCommand : ZLayerAsyncCmdlet
    {
        [Parameter(ValueFromPipeline = true)] public int InputObject { get; set; }
        [Parameter] public int Delay { get; set; }

        protected override async Task ProcessRecordAsync(IPipelineSink sink, CancellationToken cancellationToken)
        {
            await Task.Delay(Delay, cancellationToken);
            await sink.WriteObjectAsync(InputObject * 10);
        }
    }
}
