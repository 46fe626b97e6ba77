using System.Security.Cryptography;
using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Builds.Solving;

/// <summary>
/// What the result of a step depends on, as named values in a fixed order. Their hash is the step's key; the names explain a miss.
/// Values that could be sensitive (arguments, environment) are hashed before they are kept; secrets are never added.
/// </summary>
internal sealed class StepInputs
{
    // Raised when the meaning of a key or the bytes that a step makes change: old records then no longer match.
    private const string KeyVersion = "2";

    private readonly List<KeyValuePair<string, string>> _values = [new("version", KeyVersion)];

    /// <summary>The named values, in order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Values => _values;

    /// <summary>Adds a value as it is, but for credentials in addresses: of them a hash stands in the key and the record.</summary>
    public void Add(string name, string value)
    {
        var shown = AddressRedaction.Redact(value);
        _values.Add(new(name, shown == value ? value : $"{shown} {Hash(value)}"));
    }

    /// <summary>Adds the hash of a value.</summary>
    public void AddHashed(string name, string value) => _values.Add(new(name, Hash(value)));

    /// <summary>The key of the step: sha256 over every name and value, 64 hexadecimal characters.</summary>
    public string ComputeKey()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, value) in _values)
        {
            Append(hash, name);
            Append(hash, value);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The values as a step record keeps them.</summary>
    public IReadOnlyDictionary<string, string> ToDictionary()
    {
        var result = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in _values)
        {
            result[name] = value;
        }

        return result;
    }

    private static string Hash(string value) => Digest.Of(Encoding.UTF8.GetBytes(value)).ShortHex;

    // Each part carries its length, so that no two lists of parts give the same bytes.
    private static void Append(IncrementalHash hash, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        hash.AppendData(BitConverter.GetBytes(bytes.Length));
        hash.AppendData(bytes);
    }
}
