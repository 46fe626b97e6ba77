using System.Diagnostics.CodeAnalysis;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Runtimes.Specifications;

public sealed partial record MountSpecification
{
    private const string VolumeAdvice
        = "Write source:target[:ro], such as './site:/usr/share/nginx/html:ro', 'data:/var/lib/data', or a target alone.";

    /// <summary>
    /// Parses either notation: fields such as <c>type=tmpfs,target=/run</c> as <see cref="ParseFields"/> has them, everything else as
    /// <see cref="ParseVolume"/> has it.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="baseDirectory">The absolute directory that a source beginning with a dot is relative to.</param>
    /// <param name="createSource">
    /// Whether the short notation makes a directory of the host that is missing, as <c>docker run -v</c> does.
    /// </param>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.InvalidArgument"/>.</exception>
    public static MountSpecification Parse(string text, string baseDirectory, bool createSource = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (MountFields.Begins(text))
        {
            return ParseFields(text, baseDirectory);
        }

        var mount = ParseVolume(text, baseDirectory);
        return createSource ? mount : mount with { CreateSource = false };
    }

    /// <summary>As <see cref="Parse"/>, without an error.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, string baseDirectory, [NotNullWhen(true)] out MountSpecification? mount)
    {
        try
        {
            mount = text is null ? null : Parse(text, baseDirectory);
        }
        catch (ZLayerException)
        {
            mount = null;
        }

        return mount is not null;
    }

    /// <summary>
    /// Parses <c>[source:]target[:options]</c>, as <c>docker run -v</c> takes it. A source that is a path (it begins with <c>/</c>,
    /// <c>.</c>, a drive or <c>\\</c>) is bound and made as a directory when it is missing; another is the name of a volume; without one
    /// the volume goes with the container. Options: <c>ro</c>, <c>rw</c>, <c>z</c>, <c>Z</c>, <c>nocopy</c>, a propagation; <c>cached</c>,
    /// <c>delegated</c> and <c>consistent</c> have no meaning on Linux and Windows engines and are allowed.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="baseDirectory">The absolute directory that a source beginning with a dot is relative to.</param>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.InvalidArgument"/>.</exception>
    public static MountSpecification ParseVolume(string text, string baseDirectory)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentException.ThrowIfNullOrEmpty(baseDirectory);
        var parts = SplitPaths(text);
        if (parts.Count > 3 || parts.Any(part => part.Length == 0))
        {
            throw Invalid(text, parts.Count > 3 ? "it has too many colons" : "a part of it is empty");
        }

        var mount = parts.Count == 1
            ? new MountSpecification { Kind = MountKind.Volume, Target = parts[0] }
            : Between(text, parts[0], parts[1], baseDirectory);
        mount = parts.Count == 3 ? parts[2].Split(',').Aggregate(mount, (current, option) => current.WithOption(text, option)) : mount;
        return Notation.IsContainerPath(mount.Target) ? mount : throw Invalid(text, $"the target '{mount.Target}' is not an absolute path");
    }

    /// <summary>
    /// Parses comma-separated fields, <c>type=bind,source=/src,target=/dst,readonly</c>, as <c>docker run --mount</c> takes them.
    /// </summary>
    /// <param name="text">The text; a field with a comma is quoted.</param>
    /// <param name="baseDirectory">The absolute directory that a source beginning with a dot is relative to.</param>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.InvalidArgument"/>.</exception>
    public static MountSpecification ParseFields(string text, string baseDirectory)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentException.ThrowIfNullOrEmpty(baseDirectory);
        return new MountFields(text, baseDirectory).Parse();
    }

    /// <summary>Parses <c>target[:options]</c>, as <c>docker run --tmpfs</c> takes it: <c>/run:size=64m,mode=1777,noexec</c>.</summary>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.InvalidArgument"/>.</exception>
    public static MountSpecification ParseTmpfs(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var (target, options) = Notation.Cut(text, ':');
        var mount = new MountSpecification { Kind = MountKind.Tmpfs, Target = target };
        if (!target.StartsWith('/'))
        {
            throw Notation.Invalid(
                "tmpfs", text, $"'{target}' is not an absolute path", "Write /path[:options], such as '/run:size=64m,mode=1777'.");
        }

        foreach (var option in options?.Split(',', StringSplitOptions.RemoveEmptyEntries) ?? [])
        {
            var (key, value) = Notation.Cut(option, '=');
            mount = key switch
            {
                "size" when value is not null && !value.EndsWith('%') => mount with { Size = ByteSize.Parse(value) },
                "mode" => mount with { Mode = MountFields.ParseMode(text, value ?? "") },
                "ro" => mount with { ReadOnly = true },
                _ => mount with { Options = [.. mount.Options, option] },
            };
        }

        return mount;
    }

    /// <summary>A path as it is sent: absolute, from the base directory where it begins with a dot.</summary>
    internal static string Absolute(string source, string baseDirectory)
        => source.StartsWith('.') ? Path.GetFullPath(source, baseDirectory) : source;

    private static MountSpecification Between(string text, string source, string target, string baseDirectory)
    {
        if (source.StartsWith(@"\\.\pipe\", StringComparison.OrdinalIgnoreCase)
            || source.StartsWith("//./pipe/", StringComparison.OrdinalIgnoreCase))
        {
            return new MountSpecification { Kind = MountKind.NamedPipe, Source = source, Target = target };
        }

        if (source.StartsWith('.') || Notation.IsContainerPath(source))
        {
            return new MountSpecification
            {
                Kind = MountKind.Bind,
                Source = Absolute(source, baseDirectory),
                Target = target,
                CreateSource = true,
            };
        }

        return Notation.IsName(source) ? new MountSpecification { Kind = MountKind.Volume, Source = source, Target = target }
            : source.StartsWith('~') ? throw Invalid(text, "'~' is not replaced by the home directory here")
            : throw Invalid(text, $"'{source}' is neither the name of a volume nor a path that begins with '/', './' or '../'");
    }

    private MountSpecification WithOption(string text, string option) => option switch
    {
        "ro" or "readonly" => this with { ReadOnly = true },
        "rw" => this with { ReadOnly = false },
        "z" or "Z" => this with { SelinuxLabel = option[0] },
        "nocopy" => Kind == MountKind.Volume ? this with { NoCopy = true } : throw Invalid(text, "nocopy is for volumes"),
        "cached" or "delegated" or "consistent" => this,
        _ when Notation.IsPropagation(option) => Kind == MountKind.Bind
            ? this with { Propagation = option }
            : throw Invalid(text, $"{option} is for paths of the host"),
        _ => throw Invalid(text, $"there is no option '{option}'"),
    };

    /// <summary>Splits at colons, but not behind a drive letter.</summary>
    private static List<string> SplitPaths(string text)
    {
        var parts = new List<string>();
        foreach (var part in text.Split(':'))
        {
            // The name of a volume has two characters at least, so a letter alone is always a drive.
            if (parts is [.., var last] && Notation.IsDriveLetter(last) && part is ['\\' or '/', ..])
            {
                parts[^1] = $"{last}:{part}";
            }
            else
            {
                parts.Add(part);
            }
        }

        return parts;
    }

    private static ZLayerException Invalid(string text, string reason) => Notation.Invalid("mount", text, reason, VolumeAdvice);
}
