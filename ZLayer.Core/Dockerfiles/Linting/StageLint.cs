using System.Text.RegularExpressions;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Text;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Dockerfiles;

/// <summary>The rules that depend on the values of variables: it reads the stages as a build does, without running anything.</summary>
internal sealed partial class StageLint(Dockerfile dockerfile, DockerfileLintContext context, LintReport report)
{
    private readonly Dictionary<string, (StageVariables Variables, Stage Stage)> _byName = new(StringComparer.OrdinalIgnoreCase);
    private GlobalVariables _globals = null!;

    internal void Check()
    {
        _globals = GlobalVariables.Of(dockerfile, context.BuildArguments);
        GlobalVariables defaults = GlobalVariables.Of(dockerfile, new Dictionary<string, string>());
        foreach (Stage stage in dockerfile.Stages)
        {
            CheckDefaultImage(stage.From, defaults);
            CheckFrom(stage);
            StageVariables variables = Open(stage);
            bool isWanted = context.Stages?.Contains(stage.Index) ?? true;
            foreach (Instruction instruction in stage.Instructions)
            {
                CheckInstruction(instruction, variables, isWanted);
            }

            if (stage.Name is { } name)
            {
                _byName[name] = (variables, stage);
            }
        }
    }

    private static T? Try<T>(Func<T> expand)
        where T : class
    {
        try
        {
            return expand();
        }
        catch (ZLayerException)
        {
            // The build reports it as an error, at the place where it happens; a rule has nothing to add.
            return null;
        }
    }

    private void CheckDefaultImage(FromInstruction from, GlobalVariables defaults)
    {
        string? image = Try(() => VariableExpander.ExpandWord(from.Image, defaults.Scope(dockerfile.Escape)));
        if (image is not null && !ImageReference.TryParse(image, out _))
        {
            report.Add(
                DockerfileRules.InvalidDefaultArgInFrom,
                from,
                $"Default value for ARG {from.Image} results in empty or invalid base image name");
        }
    }

    private void CheckFrom(Stage stage)
    {
        CheckGlobalNames(stage.From, stage.From.Image);
        if (stage.From.Platform is not { } platform)
        {
            return;
        }

        CheckGlobalNames(stage.From, platform);
        VariableScope scope = _globals.Scope(dockerfile.Escape);
        string? value = Try(() => VariableExpander.ExpandWord(platform, scope));
        if (scope.Used.SetEquals(["TARGETPLATFORM"]) && scope.Unset.Count == 0 && value == _globals.TargetPlatform)
        {
            report.Add(
                DockerfileRules.RedundantTargetPlatform,
                stage.From,
                $"Setting platform to predefined {platform} in FROM is redundant as this is the default behavior");
        }

        if (scope.Used.Count == 0
            && scope.Unset.Count == 0
            && Platform.TryParse(value, out Platform? constant)
            && !Names(stage.Name, constant))
        {
            report.Add(
                DockerfileRules.FromPlatformFlagConstDisallowed,
                stage.From,
                $"FROM --platform flag should not use constant value \"{value}\"");
        }
    }

    // A stage called build-arm64 says by its name that the platform is meant.
    private static bool Names(string? stage, Platform platform)
        => stage is not null
            && (stage.Contains(platform.Os, StringComparison.Ordinal) || stage.Contains(platform.Architecture, StringComparison.Ordinal));

    private void CheckGlobalNames(FromInstruction from, string word)
    {
        VariableScope scope = _globals.Scope(dockerfile.Escape);
        _ = Try(() => VariableExpander.ExpandWord(word, scope));
        foreach (string name in scope.Unset.Where(name => !_globals.Declared.Contains(name)))
        {
            report.Add(
                DockerfileRules.UndefinedArgInFrom,
                from,
                $"FROM argument '{name}' is not declared{Suggestion.For(name, _globals.Declared.Concat(scope.Names))}");
        }
    }

    private StageVariables Open(Stage stage)
    {
        string? image = Try(() => VariableExpander.ExpandWord(stage.From.Image, _globals.Scope(dockerfile.Escape)));
        if (context.BaseEnvironment?.Invoke(stage.Index) is { } known)
        {
            return StageVariables.Of(known);
        }

        if (image is not null && _byName.TryGetValue(image, out (StageVariables Variables, Stage Stage) earlier))
        {
            StageVariables variables = earlier.Variables.Inherit();
            foreach (OnBuildInstruction trigger in earlier.Stage.Instructions.OfType<OnBuildInstruction>())
            {
                CheckInstruction(trigger.Trigger, variables, isWanted: false);
            }

            return variables;
        }

        return image == "scratch" ? StageVariables.OfScratch() : StageVariables.Of(null);
    }

    private void CheckInstruction(Instruction instruction, StageVariables variables, bool isWanted)
    {
        if (instruction is ArgInstruction argument)
        {
            Declare(argument, variables, isWanted);
            return;
        }

        VariableScope scope = variables.Scope(dockerfile.Escape);
        Instruction? expanded = Try(() => instruction.Expand(scope));
        bool isCertain = variables.IsComplete || scope.Unset.IsSubsetOf(variables.Declared);
        if (isWanted)
        {
            ReportUndefined(instruction, scope, variables);
            CheckExpanded(instruction, expanded, variables, isCertain);
        }

        switch (expanded)
        {
            case EnvInstruction env:
                foreach (NameValue pair in env.Variables)
                {
                    variables.Set(pair.Name, pair.Value);
                }

                break;
            case ShellInstruction:
                variables.HasShell = true;
                break;
            case WorkdirInstruction:
                variables.HasWorkdir = true;
                break;
        }
    }

    private void CheckExpanded(Instruction written, Instruction? expanded, StageVariables variables, bool isCertain)
    {
        switch (expanded)
        {
            case EnvInstruction env:
                foreach (NameValue pair in env.Variables)
                {
                    CheckSecret("ENV", pair.Name, written);
                }

                break;
            case WorkdirInstruction workdir when isCertain && !variables.HasWorkdir && !IsAbsolute(workdir.Path):
                report.Add(
                    DockerfileRules.WorkdirRelativePath,
                    written,
                    $"Relative workdir \"{workdir.Path}\" can have unexpected results if the base image changes");
                break;
            case ExposeInstruction expose:
                CheckPorts(expose, written);
                break;
            case CmdInstruction { Command.IsShellForm: true } or EntrypointInstruction { Command.IsShellForm: true } when !variables.HasShell:
                report.Add(
                    DockerfileRules.JSONArgsRecommended,
                    written,
                    $"JSON arguments recommended for {written.Keyword} to prevent unintended behavior related to OS signals");
                break;
        }
    }

    private void Declare(ArgInstruction instruction, StageVariables variables, bool isWanted)
    {
        foreach (ArgDefinition argument in instruction.Arguments)
        {
            if (isWanted)
            {
                CheckSecret("ARG", argument.Name, instruction);
            }

            string? value = context.BuildArguments.GetValueOrDefault(argument.Name);
            if (value is null && argument.Default is not null)
            {
                VariableScope scope = variables.Scope(dockerfile.Escape);
                value = Try(() => VariableExpander.ExpandWord(argument.Default, scope));
                if (isWanted)
                {
                    ReportUndefined(instruction, scope, variables);
                }
            }

            value ??= argument.Default is null ? _globals.Get(argument.Name) : null;
            if (value is not null)
            {
                variables.Set(argument.Name, value);
            }

            variables.Declared.Add(argument.Name);
        }
    }

    private void ReportUndefined(Instruction instruction, VariableScope scope, StageVariables variables)
    {
        if (!variables.IsComplete)
        {
            return;
        }

        foreach (string name in scope.Unset.Where(name => !variables.Declared.Contains(name)))
        {
            report.Add(
                DockerfileRules.UndefinedVar,
                instruction,
                $"Usage of undefined variable '${name}'{Suggestion.For(name, scope.Names, prefix: "$")}");
        }
    }

    private void CheckSecret(string keyword, string name, Instruction instruction)
    {
        if (SecretName().IsMatch(name) && !HarmlessName().IsMatch(name))
        {
            report.Add(
                DockerfileRules.SecretsUsedInArgOrEnv,
                instruction,
                $"Do not use ARG or ENV instructions for sensitive data ({keyword} \"{name}\")");
        }
    }

    private void CheckPorts(ExposeInstruction expose, Instruction written)
    {
        foreach (string word in expose.Ports)
        {
            PortSpecification port;
            try
            {
                port = PortSpecification.Parse(word);
            }
            catch (SyntaxException)
            {
                // An error of the build, not a matter of style.
                continue;
            }

            if (port.HasUpperCaseProtocol)
            {
                report.Add(
                    DockerfileRules.ExposeProtoCasing, written, $"Defined protocol '{word}' in EXPOSE instruction should be lowercase");
            }

            if (port.HasHostPart)
            {
                report.Add(
                    DockerfileRules.ExposeInvalidFormat,
                    written,
                    $"EXPOSE instruction should not define an IP address or host-port mapping, found '{word}'");
            }
        }
    }

    // Windows paths are absolute with a drive, or with a leading backslash.
    private static bool IsAbsolute(string path)
        => path.Length > 0
            && (path[0] is '/' or '\\' || (path.Length > 2 && char.IsAsciiLetter(path[0]) && path[1] == ':' && path[2] is '/' or '\\'));

    [GeneratedRegex("(?:_|^)(?:apikey|auth|credentials?|key|password|pword|passwd|secret|token)(?:_|$)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SecretName();

    [GeneratedRegex("(?:_|^)(?:public|file|version)(?:_|$)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex HarmlessName();
}
