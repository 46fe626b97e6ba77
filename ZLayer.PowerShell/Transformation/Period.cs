using System.Management.Automation;

namespace ZLayer.PowerShell.Transformation;

/// <summary>
/// A length of time as the parameters of the cmdlets take it. It is a type of its own so that PowerShell reads '30s' and 30 as the cmdlets
/// do also where their transformations are missing: in mocks, where a TimeSpan of 30 would be 3 µs.
/// </summary>
public readonly struct Period : IComparable, IEquatable<Period>
{
    /// <summary>A length of time.</summary>
    /// <param name="value">A TimeSpan, seconds, or a text such as '30s'; -1 is without an end.</param>
    /// <exception cref="ArgumentTransformationMetadataException">It is none.</exception>
    public Period(object value)
        : this(value is Period period ? period.Value : (TimeSpan)new DurationAttribute { AllowInfinite = true }.Transform(null!, value)!)
    {
    }

    private Period(TimeSpan value) => Value = value;

    /// <summary>The time; <see cref="Timeout.InfiniteTimeSpan"/> is without an end.</summary>
    public TimeSpan Value { get; }

    /// <summary>The seconds.</summary>
    public double TotalSeconds => Value.TotalSeconds;

    /// <summary>The minutes.</summary>
    public double TotalMinutes => Value.TotalMinutes;

    /// <summary>The hours.</summary>
    public double TotalHours => Value.TotalHours;

    /// <summary>The days.</summary>
    public double TotalDays => Value.TotalDays;

    /// <summary>The time.</summary>
    public static implicit operator TimeSpan(Period period) => period.Value;

    /// <summary>A time.</summary>
    public static implicit operator Period(TimeSpan value) => new(value);

    /// <summary>Whether both are as long.</summary>
    public static bool operator ==(Period left, Period right) => left.Equals(right);

    /// <summary>Whether one is longer.</summary>
    public static bool operator !=(Period left, Period right) => !left.Equals(right);

    /// <inheritdoc/>
    public int CompareTo(object? obj) => Value.CompareTo(obj is Period other ? other.Value : (TimeSpan)obj!);

    /// <inheritdoc/>
    public bool Equals(Period other) => Value == other.Value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Period period ? Equals(period) : obj is TimeSpan value && Value == value;

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode();

    /// <summary>As a TimeSpan is written: <c>00:00:30</c>.</summary>
    public override string ToString() => Value.ToString();
}
