namespace ZLayer.Core.Dockerfiles;

/// <summary>How <see cref="VariableExpander"/> treats quotes, escapes and unset variables.</summary>
[Flags]
public enum VariableExpansionOptions
{
    /// <summary>Quotes and escapes are processed and removed; unset variables are empty.</summary>
    None = 0,
    /// <summary>Quotes guard their content and stay in the result.</summary>
    KeepQuotes = 1,
    /// <summary>Escape characters stay in the result.</summary>
    KeepEscapes = 2,
    /// <summary>Quotes are ordinary characters: for the bodies of heredocs.</summary>
    IgnoreQuotes = 4,
    /// <summary>References to unset variables stay as they are.</summary>
    KeepUnset = 8,
}
