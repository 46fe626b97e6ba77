using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Builds.Planning;

/// <summary>The one instruction of a Windows image that cannot be carried out here: its processes need Windows.</summary>
internal static class WindowsRun
{
    public static ZLayerException Refuse(RunInstruction run)
        => new(
            ZLayerErrorKind.OperationNotSupported,
            $"{run.OriginalText.ReplaceLineEndings(" ")}: a RUN step of a Windows image needs a Windows host with the Docker runtime ({run.Location}).")
        {
            Subject = run.Location.ToString(),
            Advice = "Build this Dockerfile with Docker on a Windows host; or prepare the files in a stage with FROM --platform=$BUILDPLATFORM, and COPY --from it.",
        };
}
