using ZLayer.Core.Builds.Events;

namespace ZLayer.Cli.Display;

/// <summary>Shows the events of one build while it runs; disposing shows the end.</summary>
internal interface IBuildDisplay : IProgress<BuildEvent>, IAsyncDisposable;
