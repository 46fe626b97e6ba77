using System.Text;

namespace ZLayer.Core.Foundation.Processes;

/// <summary>
/// The beginning of what a program prints. The rest is read, so that the program can go on, and dropped. Not line by line: what comes from
/// a stranger may have no line ends.
/// </summary>
/// <param name="limit">How many characters are kept.</param>
internal sealed class KeptText(int limit)
{
    private readonly StringBuilder _text = new();

    /// <summary>Reads to the end, or until the reader is closed under it.</summary>
    /// <returns>What was kept.</returns>
    public async Task<string> ReadAsync(StreamReader reader, CancellationToken cancellationToken = default)
    {
        var piece = new char[4096];
        try
        {
            while (await reader.ReadAsync(piece, cancellationToken).ConfigureAwait(false) is > 0 and var count)
            {
                lock (_text)
                {
                    _text.Append(piece, 0, Math.Min(count, limit - _text.Length));
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The program was ended meanwhile.
        }

        return ToString();
    }

    /// <summary>What was kept so far.</summary>
    public override string ToString()
    {
        lock (_text)
        {
            return _text.ToString();
        }
    }
}
