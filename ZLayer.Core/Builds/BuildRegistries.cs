using ZLayer.Core.Builds.Planning;
using ZLayer.Core.Errors;
using ZLayer.Core.Exporters;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Builds;

/// <summary>
/// The registries that a build may talk to, as far as its Dockerfile tells before it begins: triggers of base images may read others.
/// </summary>
/// <param name="Pushes">Those that get the result.</param>
/// <param name="Images">Those of the images that it builds on and copies from.</param>
public sealed record BuildRegistries(IReadOnlyList<string> Pushes, IReadOnlyList<string> Images)
{
    private const string ContextImage = "docker-image://";

    /// <summary>Those that get the result.</summary>
    public IReadOnlyList<string> Pushes { get; init => field = value.ToArray(); } = Pushes.ToArray();

    /// <summary>Those of the images that it builds on and copies from.</summary>
    public IReadOnlyList<string> Images { get; init => field = value.ToArray(); } = Images.ToArray();

    /// <summary>The registries of a build.</summary>
    /// <param name="options">The build.</param>
    /// <exception cref="ZLayerException">What <see cref="BuildOptions.ReadDockerfile"/> and the plan of the build throw.</exception>
    public static BuildRegistries Of(BuildOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var dockerfile = options.ReadDockerfile();
        var planner = new BuildPlanner(dockerfile, options);
        _ = planner.Plan();
        return new BuildRegistries(
            Distinct(PushedNames(options)), Distinct(planner.Planned.SelectMany(stage => ImagesOf(stage, planner, options))));
    }

    /// <summary>
    /// The one registry that a credential of the build is for: the one that gets the result, which may hold its images too; without one
    /// that of the images. A credential is shown to nobody else.
    /// </summary>
    /// <exception cref="ZLayerException">InvalidArgument when there is none, or more than one.</exception>
    public string ForCredential()
        => (Pushes.Count > 0 ? Pushes : Images) switch
        {
            [var one] => one,
            [] => throw new ZLayerException(ZLayerErrorKind.InvalidArgument, "A credential is given, but the build needs no registry.")
            {
                Advice = "Leave the credential out.",
            },
            var several => throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"A credential is for one registry, but the build needs several: {string.Join(", ", several)}.")
            {
                Subject = several[0],
                Advice = $"Leave the credential out, and log in to each of them first: {DoorWords.LogIn(several[0])}.",
            },
        };

    private static IEnumerable<ImageReference> PushedNames(BuildOptions options)
        => options.Outputs.Where(IsPushed).SelectMany(output => NamesOf(output) is { Count: > 0 } names ? names : options.Tags)
            .Concat(options.Push ? options.Tags : []);

    private static bool IsPushed(ExporterSpecification output)
        => output.Type is "registry" or "image" && new ExporterAttributes(output).Boolean("push", fallback: output.Type == "registry");

    private static IReadOnlyList<ImageReference> NamesOf(ExporterSpecification output) => new ExporterAttributes(output).Names();

    private static IEnumerable<ImageReference> ImagesOf(PlannedStage stage, BuildPlanner planner, BuildOptions options)
    {
        // Of a stage that a context stands in for, no instruction is carried out.
        IEnumerable<string?> read = stage.IsReplaced ? [] : stage.Instructions.SelectMany(
            instruction => StageReferences.NamesIn(instruction)
                .Where(name => planner.FindRead(stage, instruction, name) is null)
                .Select(name => NamedContexts.Find(options, name) is { } value ? InContext(value) : name));
        return read.Prepend(stage.Base switch
            {
                StageBase.Image image => image.Name,
                StageBase.NamedContext context => InContext(context.Value),
                _ => null,
            })
            .Where(name => name is not null and not NamedContexts.Scratch)
            .SelectMany(name => References(name!, options));
    }

    private static string? InContext(string value)
        => value.StartsWith(ContextImage, StringComparison.Ordinal) ? value[ContextImage.Length..] : null;

    // What cannot be read the build itself refuses.
    private static IEnumerable<ImageReference> References(string name, BuildOptions options)
    {
        if (!name.Contains('/', StringComparison.Ordinal)
            && options.DefaultRegistry is { } registry
            && ImageReference.TryParse($"{registry}/{name}", out var own))
        {
            yield return own;
        }

        if (ImageReference.TryParse(name, out var reference))
        {
            yield return reference;
        }
    }

    private static string[] Distinct(IEnumerable<ImageReference> names)
        => [.. names.Select(name => name.Registry).Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.Ordinal)];
}
