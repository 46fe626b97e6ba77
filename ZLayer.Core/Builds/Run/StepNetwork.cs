namespace ZLayer.Core.Builds.Run;

/// <summary>Which network a step sees.</summary>
public enum StepNetwork
{
    /// <summary>A network of its own with a way out: a bridge as root, user-mode networking otherwise.</summary>
    Default = 0,
    /// <summary>A loopback interface only.</summary>
    None,
    /// <summary>The network of the machine.</summary>
    Host,
}
