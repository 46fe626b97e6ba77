using ZLayer.Core.Registries;

namespace ZLayer.Cli.Display;

/// <summary>What a push did: how much it sent on standard error, what is there now on standard output.</summary>
internal static class PushSummary
{
    public static void Write(PushResult result)
    {
        Screen.Note(
            $"{result.Uploaded} blobs uploaded ({Texts.Size(result.Bytes)}), {result.Mounted} mounted, {result.Skipped} already there, in {Texts.Seconds(result.Duration)}");
        Screen.Line($"{result.Destination.ToFamiliarString()} {result.Digest}");
    }
}
