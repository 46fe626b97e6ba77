using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace ZLayer.Core.Foundation.Text;

/// <summary>
/// IP addresses as engines read them: four decimal numbers, or IPv6 without a zone. The class library reads more, and a part with a leading
/// zero as octal: 010.1.1.1 would be the address 8.1.1.1.
/// </summary>
internal static class AddressText
{
    public static bool TryParse(string? text, [NotNullWhen(true)] out IPAddress? address)
        => IPAddress.TryParse(text, out address)
            && (address.AddressFamily == AddressFamily.InterNetworkV6
                ? !text!.Contains('%', StringComparison.Ordinal) && !text.StartsWith('[')
                : address.ToString() == text);
}
