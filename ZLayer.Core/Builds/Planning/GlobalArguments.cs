using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Builds.Planning;

/// <summary>ARGs before the first FROM, and the ones that every builder defines.</summary>
internal sealed class GlobalArguments
{
    /// <summary>
    /// ARGs that need no declaration; they are not part of keys or history unless declared (Dockerfile reference, "Predefined ARGs").
    /// </summary>
    public static readonly IReadOnlyList<string> Proxies =
    [
        "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "FTP_PROXY", "ftp_proxy", "NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy",
    ];

    private static readonly IReadOnlyList<string> Controls =
    [
        "BUILDKIT_SYNTAX", "BUILDKIT_INLINE_CACHE", "BUILDKIT_MULTI_PLATFORM", "BUILDKIT_SANDBOX_HOSTNAME", "BUILDKIT_CACHE_MOUNT_NS",
        "BUILDKIT_CONTEXT_KEEP_GIT_DIR", "BUILDKIT_BUILD_NAME", "BUILDKIT_DOCKERFILE_CHECK", "BUILDKIT_SBOM_SCAN_CONTEXT",
        "BUILDKIT_SBOM_SCAN_STAGE", "SOURCE_DATE_EPOCH",
    ];

    private readonly IReadOnlyDictionary<string, string> _platform;
    private readonly Dictionary<string, string> _declared = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _all;
    private readonly IReadOnlyDictionary<string, string> _given;

    private GlobalArguments(IReadOnlyDictionary<string, string> platform, IReadOnlyDictionary<string, string> given)
    {
        _platform = platform;
        _all = new Dictionary<string, string>(platform, StringComparer.Ordinal);
        _given = given;
    }

    /// <summary>Evaluates the global ARGs in order; a default may use the ones before it.</summary>
    public static GlobalArguments Evaluate(
        Dockerfile dockerfile, IReadOnlyDictionary<string, string> given, Platform build, Platform target, string? targetStage)
    {
        var platform = PlatformArguments(build, target, targetStage ?? "default");
        foreach (var name in platform.Keys.Where(given.ContainsKey).ToList())
        {
            platform[name] = given[name];
        }

        var result = new GlobalArguments(platform, given);
        var length = 0L;
        foreach (var instruction in dockerfile.GlobalArguments)
        {
            // A later definition of one line sees the earlier ones.
            foreach (var definition in instruction.Arguments)
            {
                var argument = Expand(definition, instruction, given, result.FromScope(dockerfile.Escape));
                var value = argument.Default ?? result._platform.GetValueOrDefault(argument.Name);
                if (value is not null)
                {
                    result._declared[argument.Name] = value;
                    result._all[argument.Name] = value;
                    length += argument.Name.Length + value.Length;
                    VariableLimit.Check(length, instruction);
                }
            }
        }

        return result;
    }

    /// <summary>Whether a build argument of this name means something without a declaration.</summary>
    public static bool IsPredefined(string name) => Proxies.Contains(name, StringComparer.OrdinalIgnoreCase) || Controls.Contains(name);

    /// <summary>The variables of FROM lines: automatic and global ARGs.</summary>
    public VariableScope FromScope(char escape) => new(_all, escape);

    /// <summary>
    /// An ARG of a stage with its value as the default: the build argument, else its own default, else the global ARG's value, else
    /// the automatic one, else null.
    /// </summary>
    public ArgDefinition Evaluate(ArgDefinition definition, ArgInstruction instruction, VariableScope scope)
    {
        var argument = Expand(definition, instruction, _given, scope);
        var value = argument.Default ?? _declared.GetValueOrDefault(argument.Name) ?? _platform.GetValueOrDefault(argument.Name);
        return argument with { Default = value };
    }

    /// <summary>
    /// The proxies that were given, in either case of the letters, under both names: programs look for one or the other. RUN gets
    /// them without a declaration, whatever its environment says.
    /// </summary>
    public IReadOnlyDictionary<string, string> GivenProxies
    {
        get
        {
            var proxies = new SortedDictionary<string, string>(StringComparer.Ordinal);
            var given = _given.Where(a => Proxies.Contains(a.Key, StringComparer.OrdinalIgnoreCase));
            foreach (var (name, value) in given.OrderBy(a => a.Key, StringComparer.Ordinal))
            {
                proxies[name.ToUpperInvariant()] = value;
                proxies[name.ToLowerInvariant()] = value;
            }

            return proxies.Where(p => p.Value.Length > 0).ToDictionary(StringComparer.Ordinal);
        }
    }

    // The default that is written is not looked at where a build argument replaces it: it may well be an error.
    private static ArgDefinition Expand(
        ArgDefinition definition, ArgInstruction instruction, IReadOnlyDictionary<string, string> given, VariableScope scope)
        => given.TryGetValue(definition.Name, out var value)
            ? definition with { Default = value }
            : (instruction with { Arguments = [definition] }).Expand(scope).Arguments[0];

    private static Dictionary<string, string> PlatformArguments(Platform build, Platform target, string targetStage)
        => new(StringComparer.Ordinal)
        {
            ["BUILDPLATFORM"] = build.ToString(),
            ["BUILDOS"] = build.Os,
            ["BUILDOSVERSION"] = build.OsVersion ?? "",
            ["BUILDARCH"] = build.Architecture,
            ["BUILDVARIANT"] = build.Variant ?? "",
            ["TARGETPLATFORM"] = target.ToString(),
            ["TARGETOS"] = target.Os,
            ["TARGETOSVERSION"] = target.OsVersion ?? "",
            ["TARGETARCH"] = target.Architecture,
            ["TARGETVARIANT"] = target.Variant ?? "",
            ["TARGETSTAGE"] = targetStage,
        };
}
