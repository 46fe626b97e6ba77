using System.Globalization;

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

    private RunMountOptions options = new();
    private bool? readOnly;
    private bool? required;
    private CacheSharing? sharing;

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
                    throw new SyntaxException("from of a mount does not support variables: name a stage FROM the variable and mount that one");
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
        return options with
        {
            ReadOnly = readOnly ?? options.Kind is RunMountKind.Bind or RunMountKind.Secret or RunMountKind.Ssh,
            Required = required ?? false,
            Sharing = sharing ?? CacheSharing.Shared,
        };
    }

    private void Bare(string key, string field)
    {
        switch (key)
        {
            case "readonly" or "ro":
                readOnly = true;
                break;
            case "readwrite" or "rw":
                readOnly = false;
                break;
            case "required":
                required = true;
                break;
            default:
                throw Keys.Contains(key)
                    ? new SyntaxException($"\"{field}\" of a mount needs a value: {key}=…")
                    : Unknown(key, field);
        }
    }

    private void Set(string key, string value, string field)
    {
        options = key switch
        {
            "type" => options with { Kind = Kind(value) },
            "from" => options with { From = Text(value) },
            "source" or "src" => options with { Source = Text(value) },
            "target" or "dst" or "destination" => options with { Target = Text(value) },
            "id" => options with { Id = Text(value) },
            "env" => options with { Env = value },
            "size" => options with { Size = FlagValues.Size(value) ?? throw Invalid(key, value) },
            "mode" => options with { Mode = Octal(value) ?? throw Invalid(key, value) },
            "uid" => options with { Uid = Number(key, value) },
            "gid" => options with { Gid = Number(key, value) },
            "readonly" or "ro" or "readwrite" or "rw" or "required" or "sharing" => options,
            _ => throw Unknown(key, field),
        };
        switch (key)
        {
            case "readonly" or "ro":
                readOnly = FlagValues.Boolean(value) ?? throw Invalid(key, value);
                break;
            case "readwrite" or "rw":
                readOnly = !(FlagValues.Boolean(value) ?? throw Invalid(key, value));
                break;
            case "required":
                required = FlagValues.Boolean(value) ?? throw Invalid(key, value);
                break;
            case "sharing":
                sharing = Sharing(value);
                break;
        }
    }

    private void Check()
    {
        bool hasFile = options.Kind is RunMountKind.Secret or RunMountKind.Ssh or RunMountKind.Cache;
        Allow("mode", options.Mode is not null, hasFile);
        Allow("uid", options.Uid is not null, hasFile);
        Allow("gid", options.Gid is not null, hasFile);
        Allow("size", options.Size is not null, options.Kind == RunMountKind.Tmpfs);
        Allow("sharing", sharing is not null, options.Kind == RunMountKind.Cache);
        Allow("required", required is not null, options.Kind is RunMountKind.Secret or RunMountKind.Ssh);
        if (options.Kind != RunMountKind.Secret)
        {
            return;
        }

        Allow("from", options.From is not null, false);
        if (options.Source is null && options.Target is null && options.Id is null)
        {
            throw new SyntaxException("a secret mount needs one of id, source and target");
        }

        if (options.Source is not null && options.Id is not null)
        {
            throw new SyntaxException("a secret mount takes either source or id, not both");
        }
    }

    private void Allow(string key, bool given, bool allowed)
    {
        if (given && !allowed)
        {
            throw new SyntaxException($"{key} is not allowed for mounts of type {Kinds[(int)options.Kind]}");
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
            : throw new SyntaxException($"unsupported sharing \"{value}\" of a mount{Suggestion.For(value.ToLowerInvariant(), SharingModes)}");
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
