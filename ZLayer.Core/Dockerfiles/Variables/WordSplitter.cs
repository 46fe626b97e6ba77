using System.Text;

namespace ZLayer.Core.Dockerfiles;

/// <summary>Collects text into words: white space splits, raw text does not. A word without any character is no word.</summary>
internal sealed class WordSplitter
{
    private readonly StringBuilder _word = new();
    private readonly List<string> _words = [];

    internal void Add(char character)
    {
        if (char.IsWhiteSpace(character))
        {
            EndWord();
        }
        else
        {
            _word.Append(character);
        }
    }

    internal void AddText(string text)
    {
        foreach (char character in text)
        {
            Add(character);
        }
    }

    internal void AddRaw(char character) => _word.Append(character);

    internal void AddRaw(string text) => _word.Append(text);

    internal List<string> Finish()
    {
        EndWord();
        return _words;
    }

    private void EndWord()
    {
        if (_word.Length > 0)
        {
            _words.Add(_word.ToString());
            _word.Clear();
        }
    }
}
