using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace ZLayer.Core.Errors;

/// <summary>
/// What the errors of an operating system mean: the one table of error numbers, for our own system calls, and the one recogniser of what
/// the class library makes of them. A full disk is recognised here and nowhere else.
/// </summary>
internal static class SystemErrors
{
    // errno.h: the first 34 numbers are the same on Linux and macOS.
    public const int NotPermitted = 1;
    public const int NotFound = 2;
    public const int Interrupted = 4;
    public const int InputOutput = 5;
    public const int NoSuchDeviceOrAddress = 6;
    public const int TryAgain = 11;
    public const int OutOfMemory = 12;
    public const int AccessDenied = 13;
    public const int Busy = 16;
    public const int Exists = 17;
    public const int OtherDevice = 18;
    public const int NotDirectory = 20;
    public const int IsDirectory = 21;
    public const int TooManyFilesOfSystem = 23;
    public const int TooManyFilesOfProcess = 24;
    public const int FileTooLarge = 27;
    public const int NoSpace = 28;
    public const int ReadOnlyFileSystem = 30;
    public const int BrokenPipe = 32;
    public const int OutOfRange = 34;

    // Numbers of Linux.
    public const int NameTooLong = 36;
    public const int NotImplemented = 38;
    public const int TooManyLinks = 40;
    public const int NoData = 61;
    public const int NotSupported = 95;

    private const int QuotaExceededOnLinux = 122;
    private const int QuotaExceededOnMac = 69;

    // HRESULT_FROM_WIN32; the low half is a number of winerror.h.
    private const int WindowsFacility = unchecked((int)0x80070000);

    /// <summary>Whether a system call of our own was interrupted by a signal, so that it is made again.</summary>
    /// <param name="result">What it returned: negative on failure.</param>
    public static bool WasInterrupted(long result) => result < 0 && Marshal.GetLastPInvokeError() == Interrupted;

    /// <summary>The number of a quota that is used up, of this system.</summary>
    public static int QuotaExceeded => OperatingSystem.IsMacOS() ? QuotaExceededOnMac : QuotaExceededOnLinux;

    /// <summary>Whether an exception of the class library is the refusal of a system call on files or processes.</summary>
    public static bool IsSystemError(Exception error)
        => error is IOException or UnauthorizedAccessException or Win32Exception and not SocketException
            || (error is ArgumentOutOfRangeException or NotSupportedException && IsThrownByFile(error));

    /// <summary>The error number of this system's errno.h behind an exception, of Windows translated; null when it has none.</summary>
    public static int? NumberOf(Exception error) => error switch
    {
        // The class library takes EFBIG for a wrong argument.
        ArgumentOutOfRangeException => IsThrownByFile(error) ? FileTooLarge : null,
        OutOfMemoryException => OutOfMemory,
        SocketException socket => FromPlatform(socket.NativeErrorCode),
        Win32Exception native => FromPlatform(native.NativeErrorCode),
        UnauthorizedAccessException { InnerException: IOException inner } when NumberOf(inner) is { } number => number,
        UnauthorizedAccessException => AccessDenied,
        FileNotFoundException or DirectoryNotFoundException => NotFound,
        IOException { HResult: > 0 and < 4096 and var number } => number,
        IOException when (error.HResult & unchecked((int)0xFFFF0000)) == WindowsFacility => FromWindows(error.HResult & 0xFFFF),
        _ => null,
    };

    /// <summary>True when a disk or a quota is full.</summary>
    public static bool IsFull(Exception error) => NumberOf(error) is { } number && IsFull(number);

    /// <inheritdoc cref="IsFull(Exception)"/>
    public static bool IsFull(int number) => number == NoSpace || number == QuotaExceeded;

    /// <summary>True when access was refused.</summary>
    public static bool IsDenied(int number) => number is NotPermitted or AccessDenied;

    /// <summary>True when memory, open files or processes ran out: the machine's, or what a limit leaves to this process.</summary>
    public static bool IsExhausted(int number)
        => number is OutOfMemory or TooManyFilesOfSystem or TooManyFilesOfProcess;

    /// <summary>The kind of an error number.</summary>
    /// <param name="number">The error number; null when there is none.</param>
    /// <param name="isWrite">Whether the call was to change something.</param>
    public static ZLayerErrorKind KindOf(int? number, bool isWrite) => number switch
    {
        { } full when IsFull(full) => ZLayerErrorKind.StorageFull,
        { } denied when IsDenied(denied) => ZLayerErrorKind.AccessDenied,
        { } exhausted when IsExhausted(exhausted) => ZLayerErrorKind.ResourcesExhausted,
        _ => isWrite ? ZLayerErrorKind.StorageWriteFailed : ZLayerErrorKind.StorageReadFailed,
    };

    /// <summary>What to do about an error number, where that is the same whatever was attempted; null where it depends on it.</summary>
    public static string? AdviceFor(int? number) => number switch
    {
        { } full when IsFull(full) => "Free some space on that disk or raise the quota, or choose another place, then try again.",
        FileTooLarge => "Use a file system that holds files of that size, or raise the limit of the process (ulimit -f).",
        ReadOnlyFileSystem => "The file system is mounted read-only: mount it writable, or choose another place.",
        TooManyFilesOfProcess => "Raise the number of files that the process may open (ulimit -n), then try again.",
        TooManyFilesOfSystem => "Raise the number of files that the system may open (sysctl fs.file-max), or end programs that hold many.",
        OutOfMemory => "Free memory, or raise the memory limit of the process or its container, then try again.",
        InputOutput => "The disk reports an error: check it and the system's log.",
        _ => null,
    };

    /// <summary>The system's own words for an error number.</summary>
    public static string Describe(int number) => Marshal.GetPInvokeErrorMessage(number);

    /// <summary>The error for an error number of a system call of our own.</summary>
    /// <param name="attempt">What was attempted on what, as the beginning of a sentence: <c>Creating 'etc/passwd'</c>.</param>
    /// <param name="subject">The path.</param>
    /// <param name="number">The error number.</param>
    /// <param name="isWrite">Whether the call was to change something.</param>
    public static ZLayerException ToException(string attempt, string? subject, int number, bool isWrite)
        => new(KindOf(number, isWrite), $"{attempt}: {Describe(number)}.") { Subject = subject, Advice = AdviceFor(number) };

    /// <summary>The error for an exception of the class library; one that is ours already stays as it is.</summary>
    /// <inheritdoc cref="ToException(string, string?, int, bool)"/>
    /// <param name="attempt">What was attempted on what.</param>
    /// <param name="subject">The path.</param>
    /// <param name="error">What was thrown.</param>
    /// <param name="isWrite">Whether the call was to change something.</param>
    public static ZLayerException ToException(string attempt, string? subject, Exception error, bool isWrite)
        => error as ZLayerException ?? new ZLayerException(KindOf(NumberOf(error), isWrite), $"{attempt}: {Words(error)}", error)
        {
            Subject = subject,
            Advice = AdviceFor(NumberOf(error)),
        };

    /// <summary>
    /// What a front door makes of an exception that got through to it although it is no defect: the message of the class library names the
    /// path. Null for anything that is a defect.
    /// </summary>
    /// <param name="error">What was thrown.</param>
    /// <param name="isWrite">Whether something was to be written.</param>
    public static ZLayerException? Recognise(Exception error, bool isWrite = false) => error switch
    {
        ZLayerException known => known,
        OutOfMemoryException => ToException("The operation needs more memory than there is", null, error, isWrite: false),
        FileNotFoundException or DirectoryNotFoundException => new ZLayerException(ZLayerErrorKind.PathNotFound, error.Message, error)
        {
            Subject = (error as FileNotFoundException)?.FileName,
        },
        AggregateException { InnerExceptions: [var only] } => Recognise(only, isWrite),
        TypeInitializationException { InnerException: { } cause } => Recognise(cause, isWrite),
        _ when IsSystemError(error) || error is SocketException => new ZLayerException(
            KindOf(NumberOf(error), isWrite || NumberOf(error) is ReadOnlyFileSystem or FileTooLarge), Words(error), error)
        {
            Advice = AdviceFor(NumberOf(error)),
        },
        _ => null,
    };

    /// <summary>The words of an exception; for those that stand for an error number without saying so, the system's.</summary>
    public static string Words(Exception error)
        => error is ArgumentOutOfRangeException ? Describe(FileTooLarge) + "."
            : error is NotSupportedException ? "the file cannot be positioned."
            : error.Message;

    // A file that is too large, and one that cannot be positioned, are exceptions of another family. Where they were thrown tells them from
    // our defects.
    private static bool IsThrownByFile(Exception error)
        => error.StackTrace is { } trace
            && Head(trace) is var head
            && (head.Contains(" System.IO.RandomAccess.", StringComparison.Ordinal)
                || head.Contains(" System.IO.FileStream.", StringComparison.Ordinal)
                || head.Contains(" System.IO.Strategies.", StringComparison.Ordinal)
                || head.Contains(" Microsoft.Win32.SafeHandles.SafeFileHandle.", StringComparison.Ordinal));

    // The first frame may be a helper that only throws.
    private static string Head(string trace)
    {
        var end = trace.IndexOf('\n', StringComparison.Ordinal);
        end = end < 0 ? -1 : trace.IndexOf('\n', end + 1);
        return end < 0 ? trace : trace[..end];
    }

    private static int? FromPlatform(int number) => OperatingSystem.IsWindows() ? FromWindows(number) : number;

    // winerror.h.
    private static int? FromWindows(int number) => number switch
    {
        2 or 3 => NotFound,
        4 => TooManyFilesOfProcess,
        5 => AccessDenied,
        8 or 14 or 1450 or 1455 => OutOfMemory,
        19 => ReadOnlyFileSystem,
        21 or 23 or 29 or 30 or 31 or 1117 => InputOutput,
        32 or 33 => Busy,
        39 or 112 => NoSpace,
        80 or 183 => Exists,
        223 => FileTooLarge,
        1295 => QuotaExceeded,
        _ => null,
    };
}
