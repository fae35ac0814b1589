using System.Net.Sockets;
using FleetChat.Core.Tenants;
using FleetChat.Core.Webhooks;
using Microsoft.Extensions.Logging;

namespace FleetChat.Core.Billing.Documents;

/// <summary>
/// Fetches a company's logo from where its branding says, for one document. Where it lies is the company's choice: so it is fetched as its webhooks are
/// sent, and whatever goes wrong, the document goes out without it.
/// </summary>
public sealed partial class CompanyLogos(CompanyConnections connections, ILogger<CompanyLogos> logger) : IDisposable
{
    // Somebody looks at a page meanwhile.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(3);

    private readonly HttpMessageInvoker _http = new(connections.NewHandler());

    public void Dispose() => _http.Dispose();

    /// <param name="url">Empty: it has none.</param>
    /// <returns>As it came, at most <see cref="InvoiceLogo.MostBytes"/>; null: none.</returns>
    internal async Task<byte[]?> FindAsync(TenantId tenant, string url, CancellationToken ct)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address)) return null;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Longest);
        try
        {
            return await GetAsync(tenant, address, limit.Token);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or SocketException || (failure is OperationCanceledException && !ct.IsCancellationRequested))
        {
            Log.Missing(logger, tenant, failure.GetType().Name);
            return null;
        }
    }

    private async Task<byte[]?> GetAsync(TenantId tenant, Uri address, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        using var response = await _http.SendAsync(request, ct);
        if (!response.IsSuccessStatusCode)
        {
            Log.Missing(logger, tenant, $"{(int)response.StatusCode}");
            return null;
        }
        await using var content = await response.Content.ReadAsStreamAsync(ct);
        // A byte more than may be shows that it is too large.
        var logo = new byte[InvoiceLogo.MostBytes + 1];
        var length = await content.ReadAtLeastAsync(logo, logo.Length, throwOnEndOfStream: false, ct);
        if (length < logo.Length) return logo[..length];
        Log.Missing(logger, tenant, "too large");
        return null;
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "A document of {TenantId} was made without its logo: {Reason}")]
        public static partial void Missing(ILogger logger, TenantId tenantId, string reason);
    }
}
