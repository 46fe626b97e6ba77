using ZLayer.Core.Builds.Events;

namespace ZLayer.Cli.Display;

/// <summary>A build on a terminal: <see cref="BuildBoard"/>, redrawn.</summary>
internal sealed class LiveBuildDisplay : IBuildDisplay
{
    private readonly BuildBoard _board = new(() => DateTimeOffset.UtcNow);
    private readonly LiveRegion _region;

    public LiveBuildDisplay() => _region = new LiveRegion(_board.Draw);

    public void Report(BuildEvent value) => _board.Apply(value);

    public ValueTask DisposeAsync() => _region.DisposeAsync();
}
