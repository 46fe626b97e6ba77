namespace ZLayer.Core.Oci;

/// <summary>
/// The text that a value was read from. It adds nothing to what the value says, so that two values that differ in this alone are equal.
/// </summary>
/// <param name="text">The JSON text, with its white space.</param>
internal sealed class RawJson(string text) : IEquatable<RawJson>
{
    public string Text => text;

    public bool Equals(RawJson? other) => true;

    public override bool Equals(object? obj) => true;

    public override int GetHashCode() => 0;
}
