namespace ZLayer.Core.Tests.Storage;

/// <summary>A clock that is an hour ahead: files that have just been written count as old.</summary>
internal sealed class LaterClock : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UtcNow.AddHours(1);
}
