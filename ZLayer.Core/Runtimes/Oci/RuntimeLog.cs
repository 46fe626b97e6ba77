using System.Text;
using System.Text.Json;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Runtimes.Oci;

/// <summary>The messages that an OCI runtime writes for itself, as opposed to what the container prints.</summary>
internal static class RuntimeLog
{
    // How crun, runc and youki say that the program of the container, not the container, is the problem.
    private static readonly string[] NotFoundPhrases
        = ["executable file not found", "executable file `", "no such file or directory", "not found in $PATH"];
    private static readonly string[] NotExecutablePhrases
        = ["permission denied", "exec format error", "is a directory", "not a regular file"];

    /// <summary>The last error of a log of JSON lines; null when there is none.</summary>
    public static string? ReadError(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        string? error = null;
        foreach (var line in File.ReadLines(path))
        {
            error = ErrorOf(line) ?? error;
        }

        return error;
    }

    /// <summary>
    /// 127 or 126, as shells have it, when the program is missing or cannot be executed; null when the container itself failed.
    /// </summary>
    public static int? ExitCodeOf(string error)
    {
        // Only what is said of the program: mounts and other files can be missing, too.
        var aboutProgram = error.Contains("exec: \"", StringComparison.Ordinal)
            || error.Contains("exec /", StringComparison.Ordinal)
            || error.Contains("executable file", StringComparison.Ordinal)
            || error.Contains("open executable", StringComparison.Ordinal);
        if (!aboutProgram)
        {
            return null;
        }

        return NotExecutablePhrases.Any(phrase => error.Contains(phrase, StringComparison.OrdinalIgnoreCase)) ? 126
            : NotFoundPhrases.Any(phrase => error.Contains(phrase, StringComparison.OrdinalIgnoreCase)) ? 127
            : null;
    }

    private static string? ErrorOf(string line)
    {
        if (!CheckedJson.TryReadElement(Encoding.UTF8.GetBytes(line), out var entry))
        {
            // crun writes plain text before it has read its options.
            return line.Trim() is { Length: > 0 } text ? text : null;
        }

        return TextOf(entry, "level") is "error" or "fatal" or "ERROR" ? TextOf(entry, "msg") : null;
    }

    private static string? TextOf(JsonElement entry, string name)
        => entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
