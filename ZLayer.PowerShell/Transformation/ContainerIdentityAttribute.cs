using System.Management.Automation;
using ZLayer.Core.Errors;

namespace ZLayer.PowerShell.Transformation;

/// <summary>
/// Takes names, container objects and what tells of one (log lines, statistics, results, events), what became of them in another session,
/// and property bags that name a container. Everything else is refused, so that a process or an image piped by mistake does not become a
/// name.
/// </summary>
public sealed class ContainerIdentityAttribute : ValueTransformationAttribute<ContainerIdentity>
{
    private const string Expected
        = "a container's name, its id or the beginning of it (4 digits at least), or an object of Get-ZLayerContainer";
    private const string Containers = "ZLayer.Core.Runtimes.Container";
    private const string Statistic = "ZLayer.Core.Runtimes.Observation.ContainerStatistic";
    private const string Event = "ZLayer.Core.Runtimes.ZLayerEvent";
    private const string LogLine = "ZLayer.Core.Runtimes.Observation.LogRecord";
    private const int ShortId = 12;

    /// <summary>What a value names.</summary>
    internal static ContainerIdentity Read(object value)
    {
        var wrapped = PSObject.AsPSObject(value);
        return Read(wrapped.BaseObject is PSCustomObject ? wrapped : wrapped.BaseObject, wrapped);
    }

    private protected override ContainerIdentity Convert(object input, PSObject wrapped, EngineIntrinsics engine) => Read(input, wrapped);

    private static ContainerIdentity Read(object input, PSObject wrapped) => input switch
    {
        ContainerIdentity identity => identity,
        // A line of a log is a string, which tells of its container; a line that a command printed is what it says.
        string when wrapped.TypeNames is [var type, ..]
            && type.EndsWith(LogLine, StringComparison.Ordinal) => FromProperties(input, wrapped),
        string text when string.IsNullOrWhiteSpace(text)
            => throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"A container name is empty. Expected {Expected}."),
        string text => new ContainerIdentity(text.Trim()),
        _ when ObjectProperties.AreOurs(wrapped) => FromProperties(input, wrapped),
        _ => throw Refuse(input, Expected),
    };

    private static ContainerIdentity FromProperties(object input, PSObject wrapped)
    {
        var origin = ObjectProperties.Origin(wrapped);
        var (name, id) = (ObjectProperties.Text(wrapped, "ContainerName"), ObjectProperties.Text(wrapped, "ContainerId"));
        if (name is null && id is null && (origin is null || IsContainer(origin, wrapped)))
        {
            // "docker ps --format json" says Names.
            name = ObjectProperties.Text(wrapped, "Name") ?? ObjectProperties.Text(wrapped, "Names");
            id = ObjectProperties.Text(wrapped, "Id");
        }

        if (id is not null && name is not null && !IsEngineId(id))
        {
            id = null;
        }

        return new ContainerIdentity(
            name
                ?? id
                ?? throw Refuse(input, Expected), id, ObjectProperties.Text(wrapped, "Runtime"), ObjectProperties.Text(wrapped, "Root"));
    }

    // Other objects of ours have names and ids too: those of images, runtimes, builders.
    private static bool IsContainer(string origin, PSObject wrapped)
        => origin.StartsWith(Containers, StringComparison.Ordinal) || origin == Statistic
            || (origin == Event && ObjectProperties.Text(wrapped, "Type") == "container");

    // A bag's Id may be anything, such as a row number; its name is the better key then.
    private static bool IsEngineId(string id) => id.Length >= ShortId && id.All(char.IsAsciiHexDigit);
}
