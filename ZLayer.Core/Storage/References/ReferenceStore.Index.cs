using ZLayer.Core.Storage.Remembered;

namespace ZLayer.Core.Storage;

// What the reverse index knows of names.
internal sealed partial class ReferenceStore
{
    /// <summary>
    /// Of names those that may lead to a document whose digest begins with some digits: all of which the reverse index does not know
    /// better.
    /// </summary>
    /// <param name="names">The names.</param>
    /// <param name="digits">The first hexadecimal digits.</param>
    internal IEnumerable<StoredName> ThatMayLeadTo(IEnumerable<StoredName> names, string digits)
    {
        var index = ReverseIndex.Open(layout);
        var leading = index.LeadingTo(digits, index.Arrived(_content));
        // Only what manifests and lists of them lead to is looked for in documents.
        return names.Where(
            name => !name.TryType(out var target)
                || target.Kind is not ('i' or 'm')
                || !index.Covers(target)
                || leading.Contains(target.Id.A));
    }
}
