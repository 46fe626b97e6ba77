using System.Security.Cryptography.X509Certificates;

namespace ZLayer.Core.Registries;

/// <summary>Verifies a server's certificate against authorities that are given instead of the system's.</summary>
internal static class CertificateAuthorities
{
    /// <summary>Whether a certificate was issued by one of the authorities.</summary>
    /// <param name="shown">The certificate that the server showed.</param>
    /// <param name="seen">The chain that came with it, whose other certificates may lie between; null for none.</param>
    /// <param name="authorities">The authorities.</param>
    public static bool HaveIssued(X509Certificate2 shown, X509Chain? seen, X509Certificate2Collection authorities)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        foreach (var element in seen?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
        {
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        }

        return chain.Build(shown);
    }
}
