using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Files;

namespace ZLayer.Core.Runtimes.Specifications;

/// <summary>
/// Files of <c>NAME=value</c> lines, as <c>docker run --env-file</c> and <c>--label-file</c> read them: blank lines and lines that begin
/// with <c>#</c> are left out; quotes, backslashes and <c>$</c> have no meaning; blanks behind the equals sign and at the end belong to the
/// value.
/// </summary>
public static class EnvironmentFile
{
    private const int MaximumFile = 16 * 1024 * 1024;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file, UTF-8.</param>
    /// <param name="environment">
    /// Where a line with a name alone takes its value; such a name that is not there is left out. Null: a name alone has the empty value.
    /// </param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The pairs in the order of their lines; a later one of the same name wins.</returns>
    /// <exception cref="ZLayerException">
    /// <see cref="ZLayerErrorKind.PathNotFound"/>, <see cref="ZLayerErrorKind.AccessDenied"/>;
    /// <see cref="ZLayerErrorKind.InvalidArgument"/> naming the line.
    /// </exception>
    public static async Task<IReadOnlyList<KeyValuePair<string, string>>> ReadAsync(
        string path, IReadOnlyDictionary<string, string>? environment = null, CancellationToken cancellationToken = default)
    {
        try
        {
            return Parse(
                new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(
                    await BoundedFile.ReadAsync(path, MaximumFile, cancellationToken).ConfigureAwait(false)), path, environment);
        }
        catch (DecoderFallbackException)
        {
            throw Invalid(path, "it is not UTF-8");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ZLayerException(ZLayerErrorKind.PathNotFound, $"There is no file '{path}' to read variables from.", e)
            {
                Subject = path,
            };
        }
        catch (Exception e) when (SystemErrors.IsSystemError(e))
        {
            throw SystemErrors.ToException($"The file '{path}' cannot be read", path, e, isWrite: false);
        }
    }

    /// <summary>Parses a variable as <c>docker run -e</c> takes it: <c>NAME=value</c>, or a name that takes the caller's value.</summary>
    /// <param name="text">The text.</param>
    /// <param name="environment">The caller's environment.</param>
    /// <returns>Null for a name alone that the environment does not have.</returns>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.InvalidArgument"/>: the name is empty.</exception>
    public static KeyValuePair<string, string>? ParseVariable(string text, IReadOnlyDictionary<string, string> environment)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(environment);
        var (name, value) = Notation.Cut(text, '=');
        return name.Length == 0 ? throw Notation.Invalid(
            "variable", text, "it has no name", "Write NAME=value, or NAME to hand your own value on.")
            : (value ?? environment.GetValueOrDefault(name)) is { } found ? new(name, found)
            : null;
    }

    private static List<KeyValuePair<string, string>> Parse(string content, string path, IReadOnlyDictionary<string, string>? environment)
    {
        var pairs = new List<KeyValuePair<string, string>>();
        var number = 0;
        foreach (var line in content.TrimStart('\uFEFF').Split('\n').Select(line => line.TrimEnd('\r').TrimStart()))
        {
            number++;
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            var (name, value) = Notation.Cut(line, '=');
            if (name.Length == 0 || name.Any(c => c is ' ' or '\t'))
            {
                throw Invalid(
                    path, name.Length == 0 ? $"line {number} has no name" : $"the name '{name}' in line {number} contains blanks");
            }

            value ??= environment is null ? "" : environment.GetValueOrDefault(name);
            if (value is not null)
            {
                pairs.Add(new(name, value));
            }
        }

        return pairs;
    }

    private static ZLayerException Invalid(string path, string reason)
        => new(ZLayerErrorKind.InvalidArgument, $"The file '{path}' is not one of NAME=value lines: {reason}.")
        {
            Subject = path,
            Advice = "Write one NAME=value in each line; quotes are not needed.",
        };
}
