using System.Globalization;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Dockerfiles;

/// <summary>Reads the value of <c>RUN --mount</c>: comma-separated keys and values, whose values may hold variables.</summary>
internal sealed class RunMountParser(Func<string, string> expand)
{
    private static readonly string[] Keys =
    [
        "type", "from", "source", "src", "target", "dst", "destination", "readonly", "ro", "readwrite", "rw", "id", "sharing",
        "required", "size", "mode", "uid", "gid", "env",
    ];

    private static readonly string[] Kinds = ["bind", "cache", "tmpfs", "secret", "ssh"];
    private static readonly string[] SharingModes = ["shared", "private", "locked"];

    private RunMountOptions _options = new();
    private bool? _readOnly;
    private bool? _required;
    private CacheSharing? _sharing;

    internal static RunMountOptions Parse(string text, Func<string, string> expand) => new RunMountParser(expand).Read(text);

    /// <summary>The value of <c>from</c>, for the graph of stages: it is needed before any variable is known.</summary>
    internal static string? ReadFrom(string text)
    {
        string? from = null;
        foreach (string field in CsvFields.Split(text))
        {
            (string key, string? value) = KeyValue(field);
            if (key == "from" && value is not null)
            {
                int dollar = value.IndexOf('$', StringComparison.Ordinal);
                if (dollar >= 0 && dollar < value.Length - 1)
                {
                    throw new SyntaxException(
                        "from of a mount does not support variables: name a stage FROM the variable and mount that one");
                }

                from = value.Length == 0 ? null : value;
            }
        }

        return from;
    }

    /// <summary>Checks what can be checked before variables have values: everything, or the keys alone where there are variables.</summary>
    internal static void Check(string text, char escape)
    {
        if (!text.Contains('$', StringComparison.Ordinal))
        {
            var scope = new VariableScope(new Dictionary<string, string>(), escape);
            _ = Parse(text, value => VariableExpander.Word(value, scope));
            return;
        }

        foreach (string field in CsvFields.Split(text))
        {
            (string key, _) = KeyValue(field);
            if (!Keys.Contains(key))
            {
                throw Unknown(key, field);
            }
        }
    }

    private static (string Key, string? Value) KeyValue(string field)
    {
        int equals = field.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? (field.ToLowerInvariant(), null) : (field[..equals].ToLowerInvariant(), field[(equals + 1)..]);
    }

    private RunMountOptions Read(string text)
    {
        foreach (string field in CsvFields.Split(text))
        {
            (string key, string? value) = KeyValue(field);
            if (value is null)
            {
                Bare(key, field);
            }
            else
            {
                Set(key, expand(value), field);
            }
        }

        Check();
        return _options with
        {
            ReadOnly = _readOnly ?? _options.Kind is RunMountKind.Bind or RunMountKind.Secret or RunMountKind.Ssh,
            Required = _required ?? false,
            Sharing = _sharing ?? CacheSharing.Shared,
        };
    }

    private void Bare(string key, string field)
    {
        switch (key)
        {
            case "readonly" or "ro":
                _readOnly = true;
                break;
            case "readwrite" or "rw":
                _readOnly = false;
                break;
            case "required":
                _required = true;
                break;
            default:
                throw Keys.Contains(key)
                    ? new SyntaxException($"\"{field}\" of a mount needs a value: {key}=…")
                    : Unknown(key, field);
        }
    }

    private void Set(string key, string value, string field)
    {
        _options = key switch
        {
            "type" => _options with { Kind = Kind(value) },
            "from" => _options with { From = Text(value) },
            "source" or "src" => _options with { Source = Text(value) },
            "target" or "dst" or "destination" => _options with { Target = Text(value) },
            "id" => _options with { Id = Text(value) },
            "env" => _options with { Env = value },
            "size" => _options with { Size = FlagValues.Size(value) ?? throw Invalid(key, value) },
            "mode" => _options with { Mode = Octal(value) ?? throw Invalid(key, value) },
            "uid" => _options with { Uid = Number(key, value) },
            "gid" => _options with { Gid = Number(key, value) },
            "readonly" or "ro" or "readwrite" or "rw" or "required" or "sharing" => _options,
            _ => throw Unknown(key, field),
        };
        switch (key)
        {
            case "readonly" or "ro":
                _readOnly = FlagValues.Boolean(value) ?? throw Invalid(key, value);
                break;
            case "readwrite" or "rw":
                _readOnly = !(FlagValues.Boolean(value) ?? throw Invalid(key, value));
                break;
            case "required":
                _required = FlagValues.Boolean(value) ?? throw Invalid(key, value);
                break;
            case "sharing":
                _sharing = Sharing(value);
                break;
        }
    }

    private void Check()
    {
        bool hasFile = _options.Kind is RunMountKind.Secret or RunMountKind.Ssh or RunMountKind.Cache;
        Allow("mode", _options.Mode is not null, hasFile);
        Allow("uid", _options.Uid is not null, hasFile);
        Allow("gid", _options.Gid is not null, hasFile);
        Allow("size", _options.Size is not null, _options.Kind == RunMountKind.Tmpfs);
        Allow("sharing", _sharing is not null, _options.Kind == RunMountKind.Cache);
        Allow("required", _required is not null, _options.Kind is RunMountKind.Secret or RunMountKind.Ssh);
        if (_options.Kind != RunMountKind.Secret)
        {
            return;
        }

        Allow("from", _options.From is not null, false);
        if (_options.Source is null && _options.Target is null && _options.Id is null)
        {
            throw new SyntaxException("a secret mount needs one of id, source and target");
        }

        if (_options.Source is not null && _options.Id is not null)
        {
            throw new SyntaxException("a secret mount takes either source or id, not both");
        }
    }

    private void Allow(string key, bool given, bool allowed)
    {
        if (given && !allowed)
        {
            throw new SyntaxException($"{key} is not allowed for mounts of type {Kinds[(int)_options.Kind]}");
        }
    }

    private static RunMountKind Kind(string value)
    {
        int index = Array.IndexOf(Kinds, value.ToLowerInvariant());
        return index >= 0
            ? (RunMountKind)index
            : throw new SyntaxException($"unsupported mount type \"{value}\"{Suggestion.For(value.ToLowerInvariant(), Kinds)}");
    }

    private static CacheSharing Sharing(string value)
    {
        int index = Array.IndexOf(SharingModes, value.ToLowerInvariant());
        return index >= 0
            ? (CacheSharing)index
            : throw new SyntaxException(
                $"unsupported sharing \"{value}\" of a mount{Suggestion.For(value.ToLowerInvariant(), SharingModes)}");
    }

    private static string? Text(string value) => value.Length == 0 ? null : value;

    private static int? Octal(string value)
    {
        if (value.Length is 0 or > 10 || value.AsSpan().ContainsAnyExceptInRange('0', '7'))
        {
            return null;
        }

        int mode = Convert.ToInt32(value, 8);
        return mode is >= 0 and <= 0xFFF ? mode : null;
    }

    private static uint Number(string key, string value)
        => uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out uint number) ? number : throw Invalid(key, value);

    private static SyntaxException Invalid(string key, string value) => new($"invalid value \"{value}\" for {key} of a mount");

    private static SyntaxException Unknown(string key, string field)
        => new($"unexpected key \"{key}\" in \"{field}\" of a mount{Suggestion.For(key, Keys)}");
}
