using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FleetChat.Benchmarks.Fleet;

namespace FleetChat.Benchmarks.Work;

/// <summary>What Meta tells of messages that were sent, and what drivers answer: each in a signed webhook of its own.</summary>
internal sealed class MetaReports(BenchmarkFleet fleet) : IDisposable
{
    private const int AtOnce = 4;
    private readonly HttpClient _http = new() { BaseAddress = fleet.Settings.Url };
    private readonly byte[] _secret = Encoding.UTF8.GetBytes(fleet.Settings.AppSecret);

    public Task ReportAsync(IEnumerable<(LoadCompany Company, GraphCall Call)> sent, string status, CancellationToken ct)
        => PostAsync(sent.Select(s => (s.Company, Status(s.Call, status))), ct);

    /// <summary>Each driver answers in a few words.</summary>
    public Task AnswerAsync(IEnumerable<(LoadCompany Company, GraphCall Call)> sent, CancellationToken ct) => PostAsync(sent.Select(s => (s.Company, Text(s.Call))), ct);

    public void Dispose() => _http.Dispose();

    private Task PostAsync(IEnumerable<(LoadCompany Company, string Value)> posts, CancellationToken ct)
        => Parallel.ForEachAsync(posts, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct }, async (post, end) => await PostAsync(post.Company, post.Value, end));

    private async Task PostAsync(LoadCompany company, string value, CancellationToken ct)
    {
        var body = Encoding.UTF8.GetBytes($$$"""
            {"object":"whatsapp_business_account","entry":[{"id":"{{{company.AccountId}}}","changes":[{"field":"messages","value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550100000","phone_number_id":"{{{company.PhoneNumberId}}}"},{{{value}}}}}]}]}
            """);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/whatsapp/webhook") { Content = new ByteArrayContent(body) };
        request.Headers.Add("X-Hub-Signature-256", $"sha256={Convert.ToHexStringLower(HMACSHA256.HashData(_secret, body))}");
        using var answer = await _http.SendAsync(request, ct);
        if (!answer.IsSuccessStatusCode) throw new NotMeasuredException(string.Create(CultureInfo.InvariantCulture, $"A webhook of WhatsApp's was refused with {(int)answer.StatusCode}."));
    }

    private static string Status(GraphCall call, string status) => $$$"""
        "statuses":[{"id":"{{{GraphProcess.MessageId(call.Opaque)}}}","status":"{{{status}}}","timestamp":"{{{Now}}}","recipient_id":"{{{WhatsAppId(call)}}}","biz_opaque_callback_data":"{{{call.Opaque}}}","pricing":{"billable":true,"pricing_model":"PMP","category":"utility","type":"regular"}}]
        """;

    private static string Text(GraphCall call) => $$$"""
        "contacts":[{"wa_id":"{{{WhatsAppId(call)}}}","profile":{"name":"as WhatsApp has it"}}],"messages":[{"from":"{{{WhatsAppId(call)}}}","id":"wamid.answer.{{{call.Opaque}}}","timestamp":"{{{Now}}}","type":"text","text":{"body":"The gate is closed, I wait outside"}}]
        """;

    private static string WhatsAppId(GraphCall call) => call.To.TrimStart('+');

    private static string Now => TimeProvider.System.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
}
