using System.Net;
using ZLayer.Core.Registries;
using ZLayer.Core.Registries.Configuration;

namespace ZLayer.Core;

/// <summary>Turns the engine's options into how registries and URLs are reached.</summary>
internal static class RegistrySettings
{
    public static RegistryOptions From(ZLayerEngineOptions options)
        => new()
        {
            PlainHttpHosts = options.PlainHttpHosts,
            AllowPlainHttp = options.AllowInsecure,
            SkipCertificateCheck = options.AllowInsecure,
            CertificateDirectories = options.CertificateDirectories,
            TrustedRealms = options.TrustedRealms,
            Rules = RegistriesConf.Read(options.RegistriesConfFile, options.RegistriesConfDirectories),
            Proxy = ProxyOf(options.Environment),
            UserAgent = "zlayer/" + ZLayerEngineOptions.Version,
        };

    /// <summary>The client for ADD of URLs.</summary>
    public static HttpClient CreateHttpClient(RegistryOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            Proxy = options.Proxy,
            UseProxy = options.Proxy is not null,
            ConnectTimeout = options.ConnectTimeout,
            AutomaticDecompression = DecompressionMethods.None,
        };
        var client = new HttpClient(handler, disposeHandler: true) { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.ParseAdd(options.UserAgent);
        return client;
    }

    private static EnvironmentProxy? ProxyOf(IReadOnlyDictionary<string, string> environment)
        => new[] { "http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY" }.Any(environment.ContainsKey)
            ? new EnvironmentProxy(environment)
            : null;
}
