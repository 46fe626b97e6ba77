using System.Globalization;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Registries;

/// <summary>
/// Follows a registry from page to page of a listing, as long as that can have an end: no page twice, no more pages and items than any
/// registry has.
/// </summary>
/// <param name="attempt">What the listing is for, to complete "Cannot …".</param>
/// <param name="subject">What is listed.</param>
internal sealed class PageWalk(string attempt, string subject)
{
    private const int MaximumPages = 10_000;
    private const int MaximumItems = 1_000_000;

    // Registries may leave out what the user may not see, and so send pages with nothing on them, but not for ever.
    private const int MaximumEmptyPages = 1_000;

    private readonly HashSet<string> _pages = new(StringComparer.Ordinal);
    private int _items;
    private int _emptyPages;
    private string? _first;

    /// <summary>Notes a page that was read, and where the next one is.</summary>
    /// <param name="path">The page.</param>
    /// <param name="next">The next page; null on the last one.</param>
    /// <param name="count">How many items it has.</param>
    /// <param name="first">Its first item.</param>
    /// <returns>The next page; null when this was the last one. A page that leads to itself is the last one.</returns>
    /// <exception cref="ZLayerException">RegistryProtocolError: the listing has no end.</exception>
    public string? Next(string path, string? next, int count, string? first)
    {
        _pages.Add(path);
        _items += count;
        _emptyPages += count == 0 ? 1 : 0;
        var isRepeated = first is not null && first == _first;
        _first = first;
        return next is null || next == path ? null
            : isRepeated ? throw Endless("it sends the same page again")
            : _pages.Contains(next) ? throw Endless("its pages lead in a circle")
            : _pages.Count >= MaximumPages ? throw Endless(Limit(MaximumPages, "pages"))
            : _emptyPages >= MaximumEmptyPages ? throw Endless(Limit(MaximumEmptyPages, "empty pages"))
            : _items >= MaximumItems ? throw Endless(Limit(MaximumItems, "items"))
            : next;
    }

    private static string Limit(int limit, string what)
        => string.Create(CultureInfo.InvariantCulture, $"there are more than {limit:N0} {what}");

    private ZLayerException Endless(string why)
        => new(ZLayerErrorKind.RegistryProtocolError, $"Cannot {attempt}: the registry's list does not end: {why}.")
        {
            Subject = subject,
            Advice = "The registry does not follow the distribution specification: its operator should look into it.",
        };
}
