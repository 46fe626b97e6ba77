namespace ZLayer.Core.Dockerfiles;

/// <summary>The rules about how a Dockerfile is written: they need no value of any variable.</summary>
internal static class TextLint
{
    internal static void Check(Dockerfile dockerfile, LintReport report)
    {
        foreach (SourceLocation location in dockerfile.EmptyContinuations)
        {
            report.Add(DockerfileRules.NoEmptyContinuation, location, "Empty continuation line");
        }

        foreach (ArgInstruction argument in dockerfile.GlobalArguments)
        {
            CheckDescription(argument, report);
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (Stage stage in dockerfile.Stages)
        {
            CheckFrom(stage.From, names, report);
            foreach (Instruction instruction in stage.Instructions)
            {
                CheckInstruction(instruction, report);
            }

            CheckMultiples(stage, report);
        }

        CheckKeywordCase(dockerfile, report);
    }

    private static void CheckFrom(FromInstruction from, HashSet<string> names, LintReport report)
    {
        if (from.StageName is not { } name)
        {
            return;
        }

        if (from.StageNameAsWritten != name)
        {
            report.Add(DockerfileRules.StageNameCasing, from, $"Stage name '{from.StageNameAsWritten}' should be lowercase");
        }

        // Where FROM itself is in mixed case, ConsistentInstructionCasing says it all.
        string? expected = IsLower(from.Keyword) ? "as" : IsUpper(from.Keyword) ? "AS" : null;
        if (expected is not null && from.AsKeyword != expected)
        {
            report.Add(DockerfileRules.FromAsCasing, from, $"'{from.AsKeyword}' and '{from.Keyword}' keywords' casing do not match");
        }

        if (name is "context" or "scratch")
        {
            report.Add(DockerfileRules.ReservedStageName, from, $"Stage name should not use the same name as reserved stage \"{name}\"");
        }

        if (!names.Add(name))
        {
            report.Add(DockerfileRules.DuplicateStageName, from, $"Duplicate stage name \"{name}\", stage names should be unique");
        }

        CheckDescription(from, "FROM", [name], report);
    }

    private static void CheckInstruction(Instruction instruction, LintReport report)
    {
        switch (instruction)
        {
            case ArgInstruction argument:
                CheckDescription(argument, report);
                break;
            case MaintainerInstruction:
                report.Add(
                    DockerfileRules.MaintainerDeprecated, instruction, "Maintainer instruction is deprecated in favor of using label");
                break;
            case EnvInstruction env:
                CheckLegacy(env, env.Variables, report);
                break;
            case LabelInstruction label:
                CheckLegacy(label, label.Labels, report);
                break;
        }
    }

    private static void CheckLegacy(Instruction instruction, IReadOnlyList<NameValue> pairs, LintReport report)
    {
        if (pairs.Any(pair => pair.IsLegacy))
        {
            string name = instruction.Keyword;
            report.Add(
                DockerfileRules.LegacyKeyValueFormat,
                instruction,
                $"\"{name} key=value\" should be used instead of legacy \"{name} key value\" format");
        }
    }

    private static void CheckDescription(ArgInstruction argument, LintReport report)
        => CheckDescription(argument, "ARG", [.. argument.Arguments.Select(definition => definition.Name)], report);

    private static void CheckDescription(Instruction instruction, string keyword, string[] names, LintReport report)
    {
        string? last = instruction.Comments.LastOrDefault(comment => Directives.CheckOf(comment) is null);
        if (last is not null && !names.Contains(last.Split(' ')[0]))
        {
            string example = names.Length == 1 ? names[0] : "<arg_key>";
            report.Add(
                DockerfileRules.InvalidDefinitionDescription,
                instruction,
                $"Comment for {keyword} should follow the format: `# {example} <description>`");
        }
    }

    // The earlier one is reported, for it is the one without effect.
    private static void CheckMultiples(Stage stage, LintReport report)
    {
        var last = new Dictionary<Type, Instruction>();
        foreach (Instruction instruction in stage.Instructions)
        {
            if (instruction is not (CmdInstruction or EntrypointInstruction or HealthcheckInstruction))
            {
                continue;
            }

            if (last.TryGetValue(instruction.GetType(), out Instruction? earlier))
            {
                report.Add(
                    DockerfileRules.MultipleInstructionsDisallowed,
                    instruction,
                    $"Multiple {instruction.Keyword} instructions should not be used in the same stage because only the last one will be used",
                    earlier.Location);
            }

            last[instruction.GetType()] = instruction;
        }
    }

    private static void CheckKeywordCase(Dockerfile dockerfile, LintReport report)
    {
        Instruction[] all = [.. dockerfile.Stages.SelectMany(stage => stage.Instructions.Prepend(stage.From))];
        int lower = all.Count(instruction => IsLower(instruction.Keyword));
        bool majorityIsLower = lower > all.Count(instruction => IsUpper(instruction.Keyword));
        foreach (Instruction instruction in all)
        {
            if (majorityIsLower ? !IsLower(instruction.Keyword) : !IsUpper(instruction.Keyword))
            {
                report.Add(
                    DockerfileRules.ConsistentInstructionCasing,
                    instruction,
                    $"Command '{instruction.Keyword}' should match the case of the command majority ({(majorityIsLower ? "lowercase" : "uppercase")})");
            }
        }
    }

    private static bool IsLower(string word) => !word.Any(char.IsUpper);

    private static bool IsUpper(string word) => !word.Any(char.IsLower);
}
