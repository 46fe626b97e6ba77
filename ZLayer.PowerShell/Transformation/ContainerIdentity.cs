using System.Management.Automation;

namespace ZLayer.PowerShell.Transformation;

/// <summary>
/// What a user names a container by: a name, an id or the beginning of one, a wildcard, or a container object. It remembers the runtime and
/// the data root of the object that it came from.
/// </summary>
public sealed class ContainerIdentity
{
    /// <summary>
    /// Names a container by a text or an object, as the parameters of the cmdlets do. Mocks of cmdlets, which have no transformations, come
    /// here.
    /// </summary>
    /// <param name="value">The name, id or object.</param>
    /// <exception cref="Core.Errors.ZLayerException">InvalidArgument: it names no container.</exception>
    public ContainerIdentity(object value)
    {
        var identity = ContainerIdentityAttribute.Read(value);
        (Text, Id, Runtime, Root) = (identity.Text, identity.Id, identity.Runtime, identity.Root);
    }

    internal ContainerIdentity(string text, string? id = null, string? runtime = null, string? root = null)
    {
        Text = text;
        Id = id;
        Runtime = runtime;
        Root = root;
    }

    /// <summary>The name as it was written, or that of the object.</summary>
    public string Text { get; }

    /// <summary>The id of the object that this came from; null for a bare name.</summary>
    public string? Id { get; }

    /// <summary>The runtime of the object that this came from; null for a bare name.</summary>
    public string? Runtime { get; }

    /// <summary>The data root of the object that this came from; null for a bare name.</summary>
    public string? Root { get; }

    /// <summary>True when the name is a pattern.</summary>
    public bool IsPattern => Id is null && WildcardPattern.ContainsWildcardCharacters(Text);

    /// <summary>What the runtime is asked for: the id, which a rename does not change, else the name.</summary>
    internal string Key => Id ?? Text;

    /// <summary>The name.</summary>
    public override string ToString() => Text;
}
