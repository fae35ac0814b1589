using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using PhoneNumbers;

namespace FleetChat.Core.WhatsApp;

/// <summary>Numbers over Meta's Graph API.</summary>
public sealed class WhatsAppNumbers(HttpClient http, IOptions<WhatsAppOptions> options) : IWhatsAppNumbers
{
    private const string Fields = "display_phone_number,code_verification_status,status,verified_name,name_status,new_display_name,new_name_status";
    private readonly GraphHttp _graph = new(http, options);

    public Task<IReadOnlyList<AccountNumber>> ListAsync(WhatsAppAccount account, CancellationToken ct)
        => _graph.GetAsync<IReadOnlyList<AccountNumber>>($"{Segment(account.AccountId)}/phone_numbers?fields={Fields}", account.AccessToken, answer => [.. answer.Items("data").Select(Read)], ct);

    public Task<string> AddAsync(WhatsAppAccount account, string e164, string verifiedName, CancellationToken ct)
    {
        var (util, phone) = (PhoneNumberUtil.GetInstance(), PhoneNumberUtil.GetInstance().Parse(e164, null));
        var body = new JsonObject { ["cc"] = phone.CountryCode.ToString(CultureInfo.InvariantCulture), ["phone_number"] = util.GetNationalSignificantNumber(phone), ["verified_name"] = verifiedName };
        return _graph.PostAsync($"{Segment(account.AccountId)}/phone_numbers", account.AccessToken, body, answer => answer.Text("id") ?? throw new JsonException("a number without an id"), ct);
    }

    public Task RequestCodeAsync(WhatsAppNumber number, CodeRequest request, CancellationToken ct)
        => PostAsync(number.PhoneNumberId, "request_code", number.AccessToken, new() { ["code_method"] = request.Method, ["language"] = request.Language }, ct);

    public Task VerifyCodeAsync(WhatsAppNumber number, string code, CancellationToken ct)
        => PostAsync(number.PhoneNumberId, "verify_code", number.AccessToken, new() { ["code"] = code }, ct);

    public Task RegisterAsync(WhatsAppNumber number, string pin, string? localizationRegion, CancellationToken ct)
    {
        var body = new JsonObject { ["messaging_product"] = "whatsapp", ["pin"] = pin };
        if (localizationRegion is not null) body["data_localization_region"] = localizationRegion;
        return PostAsync(number.PhoneNumberId, "register", number.AccessToken, body, ct);
    }

    public Task SubmitNameAsync(WhatsAppNumber number, string name, CancellationToken ct)
        => _graph.PostAsync($"{Segment(number.PhoneNumberId)}?new_display_name={Uri.EscapeDataString(name)}", number.AccessToken, [], _ => true, ct);

    public Task SubscribeAsync(WhatsAppAccount account, CancellationToken ct) => PostAsync(account.AccountId, "subscribed_apps", account.AccessToken, [], ct);

    private Task PostAsync(string id, string edge, string accessToken, JsonObject body, CancellationToken ct)
        => _graph.PostAsync($"{Segment(id)}/{edge}", accessToken, body, _ => true, ct);

    private static AccountNumber Read(JsonElement number) => new(
        number.Text("id") ?? throw new JsonException("a number without an id"),
        // Shown with spaces and dashes.
        string.Concat((number.Text("display_phone_number") ?? "").Where(char.IsAsciiDigit)),
        number.Text("code_verification_status") == "VERIFIED", number.Text("status") == "CONNECTED", number.Text("name_status"))
    {
        VerifiedName = number.Text("verified_name"),
        NewName = number.Text("new_display_name"),
        NewNameStatus = number.Text("new_name_status"),
    };

    private static string Segment(string id) => Uri.EscapeDataString(id);
}
