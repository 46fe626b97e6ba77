using System.Globalization;
using System.Text;

namespace ZLayer.Core.Builds.Run;

/// <summary>
/// The shell script that prepares a step's mounts in its own mount namespace and then becomes the OCI runtime. What must not reach a disk
/// or a command line comes through standard input, ahead of the step's own input.
/// </summary>
internal sealed class SetupScript
{
    private readonly StringBuilder _text = new();
    private readonly List<ReadOnlyMemory<byte>> _input = [];

    public string Text => _text.ToString();

    /// <summary>What is to be written to standard input, in order.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Input => _input;

    /// <summary>Adds a command; each word is quoted.</summary>
    public void Run(params ReadOnlySpan<string> words)
    {
        for (var i = 0; i < words.Length; i++)
        {
            _text.Append(i == 0 ? "" : " ").Append(Quote(words[i]));
        }

        _text.Append('\n');
    }

    /// <summary>Adds a line of shell text as it is.</summary>
    public void Line(string text) => _text.Append(text).Append('\n');

    /// <summary>Writes content to a file that is in memory.</summary>
    public void WriteFile(string path, ReadOnlyMemory<byte> content)
    {
        if (content.IsEmpty)
        {
            Line($": > {Quote(path)}");
            return;
        }

        // dd reads exactly as much as it is told, which head and cat do not promise; what follows belongs to the next reader.
        var size = content.Length.ToString(CultureInfo.InvariantCulture);
        Run("dd", $"bs={size}", "count=1", "iflag=fullblock", $"of={path}", "status=none");
        _input.Add(content);
    }

    /// <summary>Adds input for the process that the script becomes.</summary>
    public void PassInput(ReadOnlyMemory<byte> content) => _input.Add(content);

    public static string Quote(string word)
        => word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '-' or '_' or '=' or ':' or ',' or '+')
            ? word
            : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
