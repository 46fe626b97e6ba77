using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Builds.Planning;

/// <summary>ARGs before the first FROM, and the ones that every builder defines.</summary>
internal sealed class GlobalArguments
{
    /// <summary>ARGs that need no declaration; they are not part of keys or history unless declared (Dockerfile reference, "Predefined ARGs").</summary>
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
        Dockerfile dockerfile, IReadOnlyDictionary<string, string> given, Platform build, Platform target, string targetStage)
    {
        var result = new GlobalArguments(PlatformArguments(build, target, targetStage), given);
        var length = 0L;
        foreach (var instruction in dockerfile.GlobalArguments)
        {
            // A later definition of one line sees the earlier ones.
            foreach (var definition in instruction.Arguments)
            {
                var argument = (instruction with { Arguments = [definition] }).Expand(result.FromScope(dockerfile.Escape)).Arguments[0];
                var value = given.GetValueOrDefault(argument.Name) ?? argument.Default ?? result._platform.GetValueOrDefault(argument.Name);
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
    public static bool IsPredefined(string name) => Proxies.Contains(name) || Controls.Contains(name);

    /// <summary>The variables of FROM lines: automatic and global ARGs.</summary>
    public VariableScope FromScope(char escape) => new(_all, escape);

    /// <summary>
    /// The value that an ARG declared in a stage gets: the build argument, else its own default, else the global ARG's value, else the automatic one.
    /// </summary>
    public string? ValueOf(string name, string? stageDefault)
        => _given.GetValueOrDefault(name) ?? stageDefault ?? _declared.GetValueOrDefault(name) ?? _platform.GetValueOrDefault(name);

    /// <summary>The proxy arguments that were given; RUN gets them without a declaration.</summary>
    public IEnumerable<KeyValuePair<string, string>> GivenProxies => _given.Where(a => Proxies.Contains(a.Key));

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
