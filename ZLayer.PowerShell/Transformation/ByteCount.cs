using System.Management.Automation;

namespace ZLayer.PowerShell.Transformation;

/// <summary>
/// A number of bytes as the parameters of the cmdlets take it. It is a type of its own so that PowerShell reads '512m' as the cmdlets do
/// also where their transformations are missing: in mocks.
/// </summary>
public readonly struct ByteCount : IComparable, IEquatable<ByteCount>
{
    /// <summary>A number of bytes.</summary>
    /// <param name="value">Bytes, or a text such as '512m'; -1 is without a limit.</param>
    /// <exception cref="ArgumentTransformationMetadataException">It is none.</exception>
    public ByteCount(object value)
        : this(value is ByteCount count ? count.Value : (long)new ByteSizeAttribute { AllowUnlimited = true }.Transform(null!, value)!)
    {
    }

    private ByteCount(long value) => Value = value;

    /// <summary>The bytes; -1 is without a limit.</summary>
    public long Value { get; }

    /// <summary>The bytes.</summary>
    public static implicit operator long(ByteCount count) => count.Value;

    /// <summary>A number of bytes.</summary>
    public static implicit operator ByteCount(long value) => new(value);

    /// <summary>Whether both are the same.</summary>
    public static bool operator ==(ByteCount left, ByteCount right) => left.Equals(right);

    /// <summary>Whether they differ.</summary>
    public static bool operator !=(ByteCount left, ByteCount right) => !left.Equals(right);

    /// <inheritdoc/>
    public int CompareTo(object? obj) => Value.CompareTo(obj is ByteCount other ? other.Value : (long)obj!);

    /// <inheritdoc/>
    public bool Equals(ByteCount other) => Value == other.Value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ByteCount other ? Equals(other) : obj is long value && Value == value;

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode();

    /// <summary>The bytes.</summary>
    public override string ToString() => $"{Value}";
}
