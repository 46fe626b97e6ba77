using System.ComponentModel;
using System.Runtime.InteropServices;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Tests.Errors;

/// <summary>What the errors of an operating system mean, from our own calls and from the class library alike.</summary>
public sealed class SystemErrorsTests
{
    public static TheoryData<int, ZLayerErrorKind> Kinds => new()
    {
        { 28, ZLayerErrorKind.StorageFull },
        { SystemErrors.QuotaExceeded, ZLayerErrorKind.StorageFull },
        { 1, ZLayerErrorKind.AccessDenied },
        { 13, ZLayerErrorKind.AccessDenied },
        { 12, ZLayerErrorKind.ResourcesExhausted },
        { 23, ZLayerErrorKind.ResourcesExhausted },
        { 24, ZLayerErrorKind.ResourcesExhausted },
        { 5, ZLayerErrorKind.StorageWriteFailed },
        { 27, ZLayerErrorKind.StorageWriteFailed },
        { 30, ZLayerErrorKind.StorageWriteFailed },
        { 116, ZLayerErrorKind.StorageWriteFailed },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void An_error_number_means_the_same_whoever_reports_it(int number, ZLayerErrorKind kind)
    {
        Assert.Equal(kind, SystemErrors.ToException("Writing 'x'", "x", number, isWrite: true).Kind);
        Assert.Equal(kind, SystemErrors.ToException("Writing 'x'", "x", new IOException("words", number), isWrite: true).Kind);
        var denied = new UnauthorizedAccessException("words", new IOException("words", number));
        Assert.Equal(kind, SystemErrors.ToException("Writing 'x'", "x", denied, isWrite: true).Kind);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(kind, SystemErrors.ToException("Starting 'x'", "x", new Win32Exception(number), isWrite: true).Kind);
        }
    }

    [Theory]
    [InlineData(0x80070070, ZLayerErrorKind.StorageFull)]
    [InlineData(0x80070027, ZLayerErrorKind.StorageFull)]
    [InlineData(0x8007050F, ZLayerErrorKind.StorageFull)]
    [InlineData(0x80070005, ZLayerErrorKind.AccessDenied)]
    [InlineData(0x80070004, ZLayerErrorKind.ResourcesExhausted)]
    [InlineData(0x80070013, ZLayerErrorKind.StorageWriteFailed)]
    public void The_numbers_of_Windows_mean_the_same(uint result, ZLayerErrorKind kind)
        => Assert.Equal(kind, SystemErrors.ToException("Writing 'x'", "x", new IOException("words", unchecked((int)result)), isWrite: true).Kind);

    [Fact]
    public void Reading_fails_as_reading_and_what_is_ours_already_stays()
    {
        Assert.Equal(ZLayerErrorKind.StorageReadFailed, SystemErrors.ToException("Reading 'x'", "x", 5, isWrite: false).Kind);
        var ours = new ZLayerException(ZLayerErrorKind.DigestMismatch, "damaged");
        Assert.Same(ours, SystemErrors.ToException("Reading 'x'", "x", ours, isWrite: false));
        Assert.Same(ours, ZLayerException.From(ours));
    }

    [SkippableFact]
    public void A_full_device_is_recognised_as_the_class_library_reports_it()
    {
        Skip.IfNot(File.Exists("/dev/full"), "needs /dev/full");
        using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);

        var error = Record.Exception(() => full.Write(new byte[10]));

        Assert.True(SystemErrors.IsFull(error!));
        Assert.Equal(ZLayerErrorKind.StorageFull, ZLayerException.From(error!)!.Kind);
        Assert.NotNull(ZLayerException.From(error!)!.Advice);
    }

    [SkippableFact]
    public void A_file_that_becomes_too_large_is_an_error_of_the_system_not_of_an_argument()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs the limits of Linux");
        var path = Path.GetTempFileName();
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write);

            var error = Record.Exception(() => RandomAccess.Write(file, new byte[10], long.MaxValue - 100));

            Assert.True(SystemErrors.IsSystemError(error!), error?.ToString());
            Assert.Equal(SystemErrors.FileTooLarge, SystemErrors.NumberOf(error!));
            var known = ZLayerException.From(error!)!;
            Assert.Equal(ZLayerErrorKind.StorageWriteFailed, known.Kind);
            Assert.Contains("ulimit", known.Advice, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_defect_is_not_taken_for_an_error_of_the_system()
    {
        Assert.Null(ZLayerException.From(Thrown(() => throw new ArgumentOutOfRangeException("value"))));
        Assert.Null(ZLayerException.From(Thrown(() => throw new NotSupportedException())));
        Assert.Null(ZLayerException.From(Thrown(() => _ = ((string?)null)!.Length)));
        Assert.Null(ZLayerException.From(Thrown(() => throw new InvalidOperationException())));
    }

    [Fact]
    public void Memory_that_runs_out_is_no_defect()
        => Assert.Equal(ZLayerErrorKind.ResourcesExhausted, ZLayerException.From(new InsufficientMemoryException())!.Kind);

    [SkippableFact]
    public void A_call_that_a_signal_interrupted_is_told_from_one_that_failed()
    {
        Skip.If(OperatingSystem.IsWindows(), "needs errno");
        Marshal.SetLastPInvokeError(SystemErrors.Interrupted);
        Assert.True(SystemErrors.WasInterrupted(-1));
        Assert.False(SystemErrors.WasInterrupted(0));
        Marshal.SetLastPInvokeError(SystemErrors.InputOutput);
        Assert.False(SystemErrors.WasInterrupted(-1));
    }

    private static Exception Thrown(Action action) => Record.Exception(action)!;
}
