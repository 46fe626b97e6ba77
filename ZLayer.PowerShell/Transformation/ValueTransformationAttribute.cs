using System.Collections;
using System.Management.Automation;
using ZLayer.Core.Errors;
using ZLayer.PowerShell.Pipeline;

namespace ZLayer.PowerShell.Transformation;

/// <summary>
/// Makes values of one type of what users write for them. Lists are taken item by item. Null passes, so that validation attributes see it.
/// </summary>
/// <typeparam name="T">The type of the parameter, or of its items.</typeparam>
[AttributeUsage(AttributeTargets.Property)]
public abstract class ValueTransformationAttribute<T> : ArgumentTransformationAttribute
    where T : notnull
{
    /// <summary>
    /// Whether another parameter may take what this one refuses: PowerShell then goes on to look for one instead of reporting an error.
    /// </summary>
    public bool LeavesToOthers { get; set; }

    /// <summary>Whether another parameter takes images, which this one refuses.</summary>
    public bool LeavesImages { get; set; }

    /// <summary>
    /// Properties by which another parameter may take what this one refuses: objects of others that have one are left to that.
    /// </summary>
    public string[] LeavesWith { get; set; } = [];

    /// <summary>What the parameters take that leave values to this one: it is the last, and its error speaks for all.</summary>
    public string? Otherwise { get; set; }

    /// <inheritdoc/>
    public sealed override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        var input = Unwrap(inputData);
        if (input is null)
        {
            return inputData;
        }

        try
        {
            IReadOnlyList<T> values = IsList(input)
                ? [.. ((IEnumerable)input).Cast<object?>().SelectMany(item => ConvertMany(item, engineIntrinsics))]
                : ConvertMany(inputData, engineIntrinsics);
            return values is [var single] && !IsList(input) ? single : values.ToArray();
        }
        catch (ZLayerException exception)
        {
            // An invalid cast is the one failure of a transformation that lets the binder try the other parameters.
            var others = Otherwise is null ? "" : $" Or use {Otherwise}.";
            var message = $"{exception.Message}{others} {exception.AdviceFor(FrontDoor.PowerShell)}".TrimEnd();
            throw new ArgumentTransformationMetadataException(
                message, Leaves(inputData!) ? new PSInvalidCastException(message, exception) : exception);
        }
    }

    /// <summary>Makes one value.</summary>
    /// <param name="input">What the user wrote, without PowerShell's wrapper.</param>
    /// <param name="wrapped">The same with its wrapper: type names and added properties.</param>
    /// <param name="engine">The session, for paths.</param>
    /// <exception cref="ZLayerException">The input is not such a value; the message says what is.</exception>
    private protected abstract T Convert(object input, PSObject wrapped, EngineIntrinsics engine);

    /// <summary>Makes several values of one; by default the one of <see cref="Convert"/>.</summary>
    /// <param name="input">What the user wrote, without PowerShell's wrapper.</param>
    /// <param name="wrapped">The same with its wrapper.</param>
    /// <param name="engine">The session, for paths.</param>
    private protected virtual IEnumerable<T> ConvertAll(object input, PSObject wrapped, EngineIntrinsics engine)
        => [Convert(input, wrapped, engine)];

    /// <summary>Splits one written value into several; by default it is one.</summary>
    /// <param name="text">What the user wrote.</param>
    private protected virtual IEnumerable<string> Split(string text) => [text];

    /// <summary>The error for an input of another type.</summary>
    /// <param name="input">The input.</param>
    /// <param name="expected">What is expected, with an example.</param>
    private protected static ZLayerException Refuse(object input, string expected)
        => new(ZLayerErrorKind.InvalidArgument, $"A value of type {input.GetType().Name} cannot be used here. Expected {expected}.");

    /// <summary>Whether the input is a list of values rather than one.</summary>
    /// <param name="input">The input without its wrapper.</param>
    private protected virtual bool IsList(object input) => input is IList and not byte[];

    private bool Leaves(object input)
        => LeavesToOthers
            || (LeavesImages && (ImageIdentityAttribute.IsImage(input) || ObjectProperties.Origin(PSObject.AsPSObject(input)) is null))
            || (PSObject.AsPSObject(input) is var wrapped && !ObjectProperties.AreOfModule(wrapped)
            && LeavesWith.Any(property => ObjectProperties.Text(wrapped, property) is not null));

    // An object of a cmdlet is the record that it shows.
    private static object? Unwrap(object? input)
        => input is PSObject { BaseObject: not PSCustomObject } wrapper ? Unwrap(wrapper.BaseObject)
            : input is OutputRecord shown ? shown.Source
            : input;

    private IReadOnlyList<T> ConvertMany(object? item, EngineIntrinsics engine)
    {
        var input = Unwrap(item) ?? throw new ZLayerException(ZLayerErrorKind.InvalidArgument, "A list of values holds a null.");
        if (input is T value)
        {
            return [value];
        }

        return input is string text
            ? [.. Split(text).SelectMany(part => ConvertAll(part, PSObject.AsPSObject(part == text ? item! : part), engine))]
            : [.. ConvertAll(input, PSObject.AsPSObject(item!), engine)];
    }
}
