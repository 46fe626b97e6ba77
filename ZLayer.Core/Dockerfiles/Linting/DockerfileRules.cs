using System.Globalization;

namespace ZLayer.Core.Dockerfiles;

/// <summary>The rules of Docker's build checks.</summary>
internal static class DockerfileRules
{
    internal const string StageNameCasing = nameof(StageNameCasing);
    internal const string FromAsCasing = nameof(FromAsCasing);
    internal const string NoEmptyContinuation = nameof(NoEmptyContinuation);
    internal const string ConsistentInstructionCasing = nameof(ConsistentInstructionCasing);
    internal const string DuplicateStageName = nameof(DuplicateStageName);
    internal const string ReservedStageName = nameof(ReservedStageName);
    internal const string JSONArgsRecommended = nameof(JSONArgsRecommended);
    internal const string MaintainerDeprecated = nameof(MaintainerDeprecated);
    internal const string UndefinedArgInFrom = nameof(UndefinedArgInFrom);
    internal const string WorkdirRelativePath = nameof(WorkdirRelativePath);
    internal const string UndefinedVar = nameof(UndefinedVar);
    internal const string MultipleInstructionsDisallowed = nameof(MultipleInstructionsDisallowed);
    internal const string LegacyKeyValueFormat = nameof(LegacyKeyValueFormat);
    internal const string InvalidBaseImagePlatform = nameof(InvalidBaseImagePlatform);
    internal const string RedundantTargetPlatform = nameof(RedundantTargetPlatform);
    internal const string SecretsUsedInArgOrEnv = nameof(SecretsUsedInArgOrEnv);
    internal const string InvalidDefaultArgInFrom = nameof(InvalidDefaultArgInFrom);
    internal const string FromPlatformFlagConstDisallowed = nameof(FromPlatformFlagConstDisallowed);
    internal const string CopyIgnoredFile = nameof(CopyIgnoredFile);
    internal const string InvalidDefinitionDescription = nameof(InvalidDefinitionDescription);
    internal const string ExposeProtoCasing = nameof(ExposeProtoCasing);
    internal const string ExposeInvalidFormat = nameof(ExposeInvalidFormat);

    internal static IReadOnlyDictionary<string, DockerfileRule> All { get; } = new DockerfileRule[]
    {
        Rule(StageNameCasing, "Stage names should be in lower case."),
        Rule(FromAsCasing, "The words FROM and AS should have the same case."),
        Rule(NoEmptyContinuation, "A continued line should not be followed by an empty one."),
        Rule(ConsistentInstructionCasing, "All instructions should be written in the same case."),
        Rule(DuplicateStageName, "Stage names should be unique."),
        Rule(ReservedStageName, "Reserved words should not be stage names."),
        Rule(JSONArgsRecommended, "CMD and ENTRYPOINT should be in JSON form, so that signals reach the program and not a shell."),
        Rule(MaintainerDeprecated, "MAINTAINER is deprecated: a label should name the author."),
        Rule(UndefinedArgInFrom, "FROM should use declared ARGs only."),
        Rule(WorkdirRelativePath, "The first WORKDIR should be absolute: a relative one depends on the base image."),
        Rule(UndefinedVar, "Variables should be defined before they are used."),
        Rule(MultipleInstructionsDisallowed, "Of CMD, ENTRYPOINT and HEALTHCHECK a stage should have one each: only the last counts."),
        Rule(LegacyKeyValueFormat, "ENV and LABEL should be written with an equals sign."),
        Rule(InvalidBaseImagePlatform, "The base image should be of the platform that is built.", hasPage: false),
        Rule(RedundantTargetPlatform, "FROM --platform=$TARGETPLATFORM is the default and says nothing."),
        Rule(SecretsUsedInArgOrEnv, "ARG and ENV should not hold secrets: they stay in the image."),
        Rule(InvalidDefaultArgInFrom, "The defaults of global ARGs should give a valid base image."),
        Rule(FromPlatformFlagConstDisallowed, "FROM --platform should not be a constant."),
        Rule(CopyIgnoredFile, "COPY and ADD should not name files that the ignore file leaves out."),
        Rule(InvalidDefinitionDescription, "A comment directly above ARG or FROM should describe it: # <name> <description>.", isExperimental: true),
        Rule(ExposeProtoCasing, "The protocol of EXPOSE should be in lower case."),
        Rule(ExposeInvalidFormat, "EXPOSE should not name an IP address or a host port."),
    }.ToDictionary(rule => rule.Name, StringComparer.Ordinal);

    private static DockerfileRule Rule(string name, string description, bool isExperimental = false, bool hasPage = true)
        => new(name, description, isExperimental, hasPage ? $"https://docs.docker.com/go/dockerfile/rule/{KebabCase(name)}/" : null);

    // A run of capitals is one word: JSONArgsRecommended is json-args-recommended.
    private static string KebabCase(string name)
    {
        var slug = new System.Text.StringBuilder();
        for (int i = 0; i < name.Length; i++)
        {
            bool startsWord = i > 0 && char.IsUpper(name[i])
                && (char.IsLower(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1])));
            slug.Append(CultureInfo.InvariantCulture, $"{(startsWord ? "-" : "")}{char.ToLowerInvariant(name[i])}");
        }

        return slug.ToString();
    }
}

/// <summary>The description of a rule that Dockerfiles should follow.</summary>
/// <param name="Name">The name, such as <c>StageNameCasing</c>.</param>
/// <param name="Description">What the rule asks for.</param>
/// <param name="IsExperimental">True when it warns only where <c># check=experimental=</c> asks for it.</param>
/// <param name="Url">The page that explains it; null when there is none.</param>
internal sealed record DockerfileRule(string Name, string Description, bool IsExperimental, string? Url);
