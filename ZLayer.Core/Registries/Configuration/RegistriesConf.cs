using System.Globalization;
using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Files;

namespace ZLayer.Core.Registries.Configuration;

/// <summary>
/// Reads <c>registries.conf</c>, version 2, and its drop-in files (containers-registries.conf(5), containers-registries.conf.d(5)).
/// </summary>
internal static class RegistriesConf
{
    private const int MaximumSize = 1024 * 1024;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>
    /// Reads a file and then the <c>*.conf</c> files of directories, in the order of their names; what comes later counts. What does not
    /// exist is left out.
    /// </summary>
    /// <param name="path">The file; null for none.</param>
    /// <param name="directories">Directories of drop-in files.</param>
    /// <exception cref="ZLayerException">
    /// StorageReadFailed, naming the file and line, when one is not readable TOML or of version 1.
    /// </exception>
    public static RegistryRules Read(string? path, IReadOnlyList<string> directories)
    {
        ArgumentNullException.ThrowIfNull(directories);
        var dropIns = directories.Where(Directory.Exists).SelectMany(DropIns).OrderBy(Path.GetFileName, StringComparer.Ordinal);
        return new RegistryRules([.. ((string?[])[path, .. dropIns]).OfType<string>().Where(File.Exists).SelectMany(Read)]);
    }

    private static string[] DropIns(string directory) => Reading(directory, () => Directory.GetFiles(directory, "*.conf"));

    private static IReadOnlyList<RegistryRule> Read(string path)
        => Reading(path, () => Parse(Decode(BoundedFile.Read(path, MaximumSize))));

    private static string Decode(byte[] content)
    {
        try
        {
            return Utf8.GetString(content);
        }
        catch (DecoderFallbackException e)
        {
            var line = content.AsSpan(..e.Index).Count((byte)'\n') + 1;
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"line {line}: the text is not UTF-8"), e);
        }
    }

    private static T Reading<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            throw new ZLayerException(ZLayerErrorKind.StorageReadFailed, $"Cannot read {path}: {e.Message.TrimEnd('.')}.", e)
            {
                Subject = path,
                Advice = "Correct the file as containers-registries.conf(5) describes it, version 2.",
            };
        }
    }

    /// <summary>The rules of one document.</summary>
    /// <exception cref="FormatException">It is not TOML, or not version 2.</exception>
    internal static IReadOnlyList<RegistryRule> Parse(string text)
    {
        var document = TomlDocument.Parse(text);
        return document.TryGetValue("registries", out var old) && old is TomlTable { Count: > 0 }
            ? throw new FormatException("the tables [registries.…] are those of version 1")
            : [.. document.Tables("registry").Select(ToRule)];
    }

    private static RegistryRule ToRule(TomlTable table)
    {
        var location = Clean(table.Text("location"));
        var prefix = Clean(table.Text("prefix")) ?? location ?? throw table.Problem("a [[registry]] has neither prefix nor location");
        if (prefix.Contains('*', StringComparison.Ordinal)
            && !(prefix.StartsWith("*.", StringComparison.Ordinal) && prefix.LastIndexOf('*') == 0))
        {
            throw table.Problem($"'{prefix}': a wildcard stands only at the beginning, as in '*.example.com'");
        }

        var digestOnly = table.Flag("mirror-by-digest-only") ?? false;
        return new RegistryRule
        {
            Prefix = prefix,
            Location = location == prefix ? null : location,
            IsInsecure = table.Flag("insecure") ?? false,
            IsBlocked = table.Flag("blocked") ?? false,
            Mirrors = [.. table.Tables("mirror").Select(mirror => ToMirror(mirror, digestOnly))],
        };
    }

    private static RegistryMirror ToMirror(TomlTable table, bool digestOnly)
        => new()
        {
            Location = Clean(table.Text("location")) ?? throw table.Problem("a [[registry.mirror]] has no location"),
            IsInsecure = table.Flag("insecure") ?? false,
            PullFrom = (table.Text("pull-from-mirror"), digestOnly) switch
            {
                (null or "", false) or ("all", false) => MirrorUse.All,
                (null or "", true) or ("digest-only", false) => MirrorUse.DigestOnly,
                ("tag-only", false) => MirrorUse.TagOnly,
                (_, true) => throw table.Problem("pull-from-mirror does not go with mirror-by-digest-only"),
                var (other, _) => throw table.Problem($"pull-from-mirror is 'all', 'digest-only' or 'tag-only', not '{other}'"),
            },
        };

    private static string? Clean(string? location) => location?.Trim().TrimEnd('/') is { Length: > 0 } text ? text : null;
}
