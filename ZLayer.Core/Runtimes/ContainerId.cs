using System.Globalization;

namespace ZLayer.Core.Runtimes;

/// <summary>
/// The place of a container in a service: which service, role and replica on which node. Runtimes keep its text in the label
/// <see cref="Label"/>, so a container is found by it whatever its name becomes.
/// </summary>
/// <param name="Service">The service.</param>
/// <param name="Replica">The replica, from 0.</param>
/// <param name="Role">The role in the service.</param>
/// <param name="NodeId">The node; 0 is this one.</param>
public sealed record ContainerId(string Service, uint Replica, string Role = ContainerId.DefaultRole, ulong NodeId = 0)
{
    /// <summary>The role of a service that has no roles.</summary>
    public const string DefaultRole = "default";

    /// <summary>The label that holds the text.</summary>
    public const string Label = "com.zlayer.container_id";

    /// <summary>The container name that runtimes derive: unique for each id.</summary>
    public string ContainerName => $"zlayer-{this}";

    /// <summary><c>web-rep-0</c> for the default role on this node, else <c>web-worker-0-on-3</c>.</summary>
    public override string ToString()
        => Role == DefaultRole && NodeId == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{Service}-rep-{Replica}")
            : string.Create(CultureInfo.InvariantCulture, $"{Service}-{Role}-{Replica}-on-{NodeId}");

    /// <summary>The inverse of <see cref="ToString"/>; reads from the right, so a service may contain dashes.</summary>
    public static bool TryParse(string? text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ContainerId? id)
    {
        id = null;
        var parts = text?.Split('-');
        if (parts is [.. var service, "rep", var replica] && service.Length > 0 && TryNumber(replica, out uint number))
        {
            id = new ContainerId(string.Join('-', service), number);
        }
        else if (parts is [.. var named, var role, var index, "on", var node] && named.Length > 0 && role.Length > 0
            && TryNumber(index, out number) && ulong.TryParse(node, NumberStyles.None, CultureInfo.InvariantCulture, out var nodeId))
        {
            id = new ContainerId(string.Join('-', named), number, role, nodeId);
        }

        if (id is { Service: "" })
        {
            id = null;
        }

        return id is not null;
    }

    private static bool TryNumber(string text, out uint number)
        => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
