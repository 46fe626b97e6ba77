using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Images;

/// <summary>
/// Instructions that change the config of an image outside of a build: <c>import --change</c> and <c>commit --change</c>.
/// </summary>
internal sealed class ConfigChanges
{
    private readonly IReadOnlyList<Instruction> _instructions;

    private ConfigChanges(IReadOnlyList<Instruction> instructions) => _instructions = instructions;

    /// <summary>Reads instructions, one in each text.</summary>
    /// <exception cref="ZLayerException">
    /// DockerfileSyntaxError; InvalidArgument for an instruction that does more than change the config.
    /// </exception>
    public static ConfigChanges Parse(IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return new ConfigChanges([.. texts.Select(ParseOne)]);
    }

    /// <summary>The config with all changes.</summary>
    public ImageConfig Apply(ImageConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var defaults = config.Config ?? new ContainerDefaults();
        var commandSet = false;
        foreach (var change in _instructions)
        {
            defaults = ConfigInstructions.Apply(defaults, change, config.Os, commandSet);
            commandSet |= change is CmdInstruction;
        }

        return config with { Config = defaults };
    }

    private static Instruction ParseOne(string text)
    {
        var instruction = Dockerfile.ParseInstruction(text, "change").Expand(new VariableScope(new Dictionary<string, string>()));
        return ConfigInstructions.IsConfigOnly(instruction) || instruction is WorkdirInstruction
            ? instruction
            : throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"'{text}' is not a change of the config.")
            {
                Subject = text,
                Advice = "Use CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, SHELL, STOPSIGNAL, USER, VOLUME or WORKDIR.",
            };
    }
}
