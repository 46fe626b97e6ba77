using System.Globalization;
using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Runtimes.Specifications;

/// <summary>The notation of a mount in comma-separated fields.</summary>
/// <param name="text">The fields.</param>
/// <param name="baseDirectory">What a source beginning with a dot is relative to.</param>
internal sealed class MountFields(string text, string baseDirectory)
{
    private const string Advice
        = "Write fields such as 'type=bind,source=/src,target=/dst,readonly' or 'type=tmpfs,target=/run,tmpfs-size=64m'.";

    private static readonly string[] FirstKeys =
        ["type", "source", "src", "target", "dst", "destination", "readonly", "ro", "bind-propagation", "bind-recursive", "bind-create-src", "volume-driver", "volume-opt", "volume-label", "volume-nocopy", "tmpfs-size", "tmpfs-mode", "consistency"];

    private readonly HashSet<MountKind> _kindsOfOptions = [];
    private readonly Dictionary<string, string> _driverOptions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _labels = new(StringComparer.Ordinal);
    private MountSpecification _mount = new() { Kind = MountKind.Volume, Target = "" };

    /// <summary>
    /// Whether a text is in this notation: it begins with one of its keys and an equals sign. No path and no volume's name does.
    /// </summary>
    public static bool Begins(string text)
    {
        var (key, value) = Notation.Cut(text.TrimStart().TrimStart('"'), '=');
        var first = key.Split(',')[0].ToLowerInvariant();
        return FirstKeys.Contains(first) && (value is not null || key.Contains(',', StringComparison.Ordinal));
    }

    public static int ParseMode(string text, string value)
    {
        var isOctal = value.Length is > 0 and <= 5 && value.All(c => c is >= '0' and <= '7');
        return isOctal
            ? Convert.ToInt32(value, 8)
            : throw Notation.Invalid("mount", text, $"the mode '{value}' is not an octal number", "Write permissions such as mode=1777.");
    }

    public MountSpecification Parse()
    {
        foreach (var (given, value) in Notation.Fields("mount", text, Advice))
        {
            var key = given.ToLowerInvariant();
            if (value is null && key is not ("readonly" or "ro" or "volume-nocopy" or "bind-create-src"))
            {
                throw Invalid($"the field '{given}' has no value");
            }

            if (value is "")
            {
                throw Invalid($"the value of '{given}' is empty");
            }

            Apply(key, value);
        }

        var mount = _mount with { DriverOptions = _driverOptions, Labels = _labels };
        return Check(
            mount.Kind == MountKind.Bind
                ? mount with { Source = mount.Source is { } source ? MountSpecification.Absolute(source, baseDirectory) : null }
                : mount);
    }

    private void Apply(string key, string? value)
    {
        if (key.IndexOf('-', StringComparison.Ordinal) is > 0 and var dash && KindOf(key[..dash]) is { } kind)
        {
            _kindsOfOptions.Add(kind);
        }

        _mount = key switch
        {
            "type" => _mount with { Kind = KindOf(value!.ToLowerInvariant()) ?? throw Invalid($"there is no type '{value}'") },
            "source" or "src" => _mount with { Source = value },
            "target" or "dst" or "destination" => _mount with { Target = value! },
            "readonly" or "ro" => _mount with { ReadOnly = Boolean(key, value) },
            "consistency" => _mount,
            _ => key.StartsWith("bind-", StringComparison.Ordinal) ? Bind(key, value)
                : key.StartsWith("volume-", StringComparison.Ordinal) ? Volume(key, value)
                : Other(key, value),
        };
    }

    private MountSpecification Bind(string key, string? value) => key switch
    {
        "bind-propagation" => Notation.IsPropagation(value!.ToLowerInvariant())
            ? _mount with { Propagation = value.ToLowerInvariant() }
            : throw Invalid($"there is no propagation '{value}'"),
        "bind-recursive" => value switch
        {
            "enabled" => _mount with { Recursion = null },
            "disabled" or "writable" or "readonly" => _mount with { Recursion = value },
            _ => throw Invalid("bind-recursive is enabled, disabled, writable or readonly"),
        },
        "bind-create-src" => _mount with { CreateSource = Boolean(key, value) },
        _ => throw Unknown(key),
    };

    private MountSpecification Volume(string key, string? value)
    {
        var (name, text) = Notation.Cut(value ?? "", '=');
        switch (key)
        {
            case "volume-opt":
                _driverOptions[name] = text ?? "";
                return _mount;
            case "volume-label":
                _labels[name] = text ?? "";
                return _mount;
            case "volume-driver":
                return _mount with { Driver = value };
            case "volume-subpath":
                return _mount with { Subpath = value };
            case "volume-nocopy":
                return _mount with { NoCopy = Boolean(key, value) };
            default:
                throw Unknown(key);
        }
    }

    private MountSpecification Other(string key, string? value) => key switch
    {
        "image-subpath" => _mount with { Subpath = value },
        "tmpfs-size" => _mount with { Size = ByteSize.Parse(value!) },
        "tmpfs-mode" => _mount with { Mode = ParseMode(text, value!) },
        _ => throw Unknown(key),
    };

    private MountSpecification Check(MountSpecification mount)
    {
        var foreign = _kindsOfOptions.Where(kind => kind != mount.Kind).Select(NameOf).FirstOrDefault();
        var needsSource = mount.Kind is MountKind.Bind or MountKind.NamedPipe or MountKind.Image;
        return foreign is not null ? throw Invalid($"options of {foreign} do not belong to the type {NameOf(mount.Kind)}")
            : mount.Target.Length == 0 ? throw Invalid("it has no target")
            : !Notation.IsContainerPath(mount.Target) ? throw Invalid($"the target '{mount.Target}' is not an absolute path")
            : needsSource && mount.Source is null ? throw Invalid($"the type {NameOf(mount.Kind)} needs a source")
            : mount.Kind == MountKind.Bind
                && !Notation.IsContainerPath(mount.Source!)
                && !Path.IsPathFullyQualified(mount.Source!) ? throw Invalid(
                    $"the source '{mount.Source}' is not an absolute path and does not begin with './' or '../'")
            : mount.Kind == MountKind.Tmpfs && mount.Source is not null ? throw Invalid("a tmpfs has no source")
            : mount.Recursion is "writable" or "readonly"
                && !mount.ReadOnly ? throw Invalid($"bind-recursive={mount.Recursion} needs readonly")
            : mount.Recursion is "readonly"
                && mount.Propagation is not "rprivate" ? throw Invalid("bind-recursive=readonly needs bind-propagation=rprivate")
            : mount;
    }

    private static MountKind? KindOf(string name) => name switch
    {
        "bind" => MountKind.Bind,
        "volume" => MountKind.Volume,
        "tmpfs" => MountKind.Tmpfs,
        "npipe" => MountKind.NamedPipe,
        "image" => MountKind.Image,
        _ => null,
    };

    private static string NameOf(MountKind kind) => kind == MountKind.NamedPipe ? "npipe" : kind.ToString().ToLowerInvariant();

    private bool Boolean(string key, string? value)
        => value is null
            || (FlagValues.Boolean(value)
                ?? throw Invalid(string.Create(CultureInfo.InvariantCulture, $"'{value}' of '{key}' is not true or false")));

    private ZLayerException Unknown(string key) => Invalid($"there is no field '{key}'");

    private ZLayerException Invalid(string reason) => Notation.Invalid("mount", text, reason, Advice);
}
