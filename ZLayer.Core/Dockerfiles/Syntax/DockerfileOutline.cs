namespace ZLayer.Core.Dockerfiles;

/// <summary>The stages and arguments that a build of a Dockerfile can be asked for: what completion offers.</summary>
/// <param name="Stages">The stages in order.</param>
/// <param name="Arguments">Each argument once, global ones first, in order.</param>
public sealed record DockerfileOutline(IReadOnlyList<OutlineStage> Stages, IReadOnlyList<OutlineArgument> Arguments)
{
    /// <summary>The stages in order.</summary>
    public IReadOnlyList<OutlineStage> Stages { get; init => field = value.ToArray(); } = Stages.ToArray();

    /// <summary>Each argument once, global ones first, in order.</summary>
    public IReadOnlyList<OutlineArgument> Arguments { get; init => field = value.ToArray(); } = Arguments.ToArray();

    /// <summary>Makes the outline of a parsed Dockerfile.</summary>
    /// <param name="dockerfile">The Dockerfile.</param>
    /// <returns>The outline.</returns>
    public static DockerfileOutline Of(Dockerfile dockerfile)
    {
        OutlineStage[] stages =
        [
            .. dockerfile.Stages.Select(stage => new OutlineStage(
                stage.Name ?? stage.Index.ToString(System.Globalization.CultureInfo.InvariantCulture),
                stage.From.Image,
                stage.Description,
                stage.Index == dockerfile.Stages.Count - 1,
                stage.From.Location)),
        ];
        IEnumerable<(ArgInstruction Instruction, int? Stage)> instructions = dockerfile.GlobalArguments
            .Select(argument => (argument, (int?)null))
            .Concat(dockerfile.Stages.SelectMany(
                stage => stage.Instructions.OfType<ArgInstruction>().Select(argument => (argument, (int?)stage.Index))));
        var arguments = new Dictionary<string, OutlineArgument>(StringComparer.Ordinal);
        var order = new List<string>();
        foreach ((ArgInstruction instruction, int? stage) in instructions)
        {
            foreach (ArgDefinition definition in instruction.Arguments)
            {
                Merge(arguments, order, definition, instruction.Location, stage);
            }
        }

        return new DockerfileOutline(stages, [.. order.Select(name => arguments[name])]);
    }

    // A stage that declares a global argument again may be the one that describes it.
    private static void Merge(
        Dictionary<string, OutlineArgument> arguments, List<string> order, ArgDefinition definition, SourceLocation location, int? stage)
    {
        if (!arguments.TryGetValue(definition.Name, out OutlineArgument? known))
        {
            order.Add(definition.Name);
            known = new OutlineArgument(definition.Name, null, null, stage, location);
        }

        arguments[definition.Name] = known with
        {
            Default = known.Default ?? definition.Default,
            Description = known.Description ?? definition.Description,
        };
    }
}

/// <summary>A stage as completion shows it.</summary>
/// <param name="Name">The name; the number as text when the stage has none.</param>
/// <param name="Base">The image or stage that it builds on, as written.</param>
/// <param name="Description">What the comment above FROM says; null when absent.</param>
/// <param name="IsDefault">True for the last stage: the one that is built when none is asked for.</param>
/// <param name="Location">Where its FROM is.</param>
public sealed record OutlineStage(string Name, string Base, string? Description, bool IsDefault, SourceLocation Location);

/// <summary>A build argument as completion shows it.</summary>
/// <param name="Name">The name.</param>
/// <param name="Default">The default as written; null when there is none.</param>
/// <param name="Description">What the comment above ARG says; null when absent.</param>
/// <param name="Stage">The number of the stage that declares it first; null for a global one.</param>
/// <param name="Location">Where its ARG is.</param>
public sealed record OutlineArgument(string Name, string? Default, string? Description, int? Stage, SourceLocation Location);
