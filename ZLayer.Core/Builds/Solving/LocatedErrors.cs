using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Builds.Solving;

/// <summary>Errors of what knows no Dockerfile, with the place of the instruction that they come from.</summary>
internal static class LocatedErrors
{
    /// <summary>What <paramref name="read"/> returns; its error says which instruction it is of, and where that stands.</summary>
    public static T Locate<T>(this Instruction instruction, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (ZLayerException e)
        {
            throw instruction.Locate(e);
        }
    }

    /// <summary>An error with the instruction that it is of, and where that stands.</summary>
    public static ZLayerException Locate(this Instruction instruction, ZLayerException error)
        => new(error.Kind, $"{instruction.Name}: {error.Message} ({instruction.Location})", error)
        {
            Subject = instruction.Location.ToString(),
            AdviceWords = error.AdviceWords,
            Details = error.Details,
        };
}
