namespace ZLayer.Core.Dockerfiles;

/// <summary>One <c>RUN --device</c>: a CDI device.</summary>
/// <param name="Name">The CDI name, such as <c>nvidia.com/gpu=all</c>.</param>
/// <param name="Required">True when the step fails without the device.</param>
public sealed record RunDevice(string Name, bool Required);
