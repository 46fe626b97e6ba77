namespace ZLayer.Core.Builds.Solving;

internal static class LayerFiles
{
    public static void Extract(Stream tar, string directory, CancellationToken cancellationToken) => throw new NotSupportedException($"{tar} {directory} {cancellationToken}");
}
