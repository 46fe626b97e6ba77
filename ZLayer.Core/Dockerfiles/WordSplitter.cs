using System.Text;

namespace ZLayer.Core.Dockerfiles;

/// <summary>Collects text into words: white space splits, raw text does not. A word without any character is no word.</summary>
internal sealed class WordSplitter
{
    private readonly StringBuilder word = new();
    private readonly List<string> words = [];

    internal void Add(char character)
    {
        if (char.IsWhiteSpace(character))
        {
            EndWord();
        }
        else
        {
            word.Append(character);
        }
    }

    internal void AddText(string text)
    {
        foreach (char character in text)
        {
            Add(character);
        }
    }

    internal void AddRaw(char character) => word.Append(character);

    internal void AddRaw(string text) => word.Append(text);

    internal List<string> Finish()
    {
        EndWord();
        return words;
    }

    private void EndWord()
    {
        if (word.Length > 0)
        {
            words.Add(word.ToString());
            word.Clear();
        }
    }
}
