using System.Management.Automation;

namespace ZLayer.PowerShell.Transformation;

/// <summary>
/// Takes texts, and objects of some types by what they are called. Everything else that is piped in has a text too, which is the name of
/// something else: it is refused.
/// </summary>
/// <param name="expected">What is expected, with an example.</param>
/// <param name="types">
/// The types whose objects are taken, alive or come back from another session. Property bags are taken as if they were of them.
/// </param>
public sealed class TextOfAttribute(string expected, params Type[] types) : ValueTransformationAttribute<string>
{
    /// <summary>The property that names such an object.</summary>
    public string Property { get; set; } = "Name";

    private protected override string Convert(object input, PSObject wrapped, EngineIntrinsics engine)
        => (types.Length > 0 && IsTaken(wrapped) ? ObjectProperties.Text(wrapped, Property) : null) ?? throw Refuse(input, expected);

    // What another parameter takes by a property is better there, as the path of a file that PowerShell found is.
    private bool IsTaken(PSObject wrapped)
        => ObjectProperties.Origin(wrapped) is var origin && (origin is null || types.Any(type => type.FullName == origin))
            && !LeavesWith.Any(property => property != Property && ObjectProperties.Text(wrapped, property) is not null);
}
