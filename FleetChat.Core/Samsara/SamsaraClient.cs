using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using FleetChat.Core.Samsara.Webhooks;

namespace FleetChat.Core.Samsara;

/// <summary>Samsara's REST API over HTTP. Never retries by itself: whether a second call is safe, only the caller's rows know.</summary>
public sealed class SamsaraClient(HttpClient http) : ISamsaraClient
{
    private const int LongestMessage = 2500;
    private const int LongestRouteNotes = 2000;

    /// <summary>A cursor that leads nowhere must not go on for ever: 200 pages of 512 are more than anybody has.</summary>
    private const int MostPages = 200;

    /// <summary>In one query: an address of some thousand characters passes everywhere.</summary>
    private const int MostIds = 100;

    /// <summary>In the middle of a list so much quiet is waited for: begun anew, the list would meet the limit at the same page again.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    public async Task<SamsaraOrg> GetOrgAsync(SamsaraAccess access, CancellationToken ct)
    {
        var org = (await CallAsync(access, HttpMethod.Get, "me", null, ct)).Member("data");
        return org.Id("id") is { } id ? new(id, org.Text("name") ?? "") : throw new SamsaraException(SamsaraFailure.Transient, 200, null, null);
    }

    public async Task<bool> MayReadAsync(SamsaraAccess access, SamsaraScope scope, DateTimeOffset now, CancellationToken ct)
    {
        try
        {
            await CallAsync(access, HttpMethod.Get, scope.PathAt(now), null, ct);
            return true;
        }
        catch (SamsaraException exception) when (exception.Failure == SamsaraFailure.Refused)
        {
            return false;
        }
    }

    public async Task<IReadOnlyList<SamsaraWebhook>> ListWebhooksAsync(SamsaraAccess access, CancellationToken ct)
        => [.. (await ListAsync(access, "webhooks", [], ct)).Select(ReadWebhook).OfType<SamsaraWebhook>()];

    public async Task<SamsaraWebhook> CreateWebhookAsync(SamsaraAccess access, NewSamsaraWebhook webhook, CancellationToken ct)
    {
        var body = new JsonObject
        {
            ["name"] = Cut(webhook.Name, 255),
            ["url"] = webhook.Url.ToString(),
            ["eventTypes"] = new JsonArray([.. webhook.EventTypes.Select(type => (JsonNode)type)]),
        };
        // Bare, unlike the list.
        return ReadWebhook(await CallAsync(access, HttpMethod.Post, "webhooks", body, ct)) ?? throw new SamsaraException(SamsaraFailure.Transient, 200, null, null);
    }

    public async Task DeleteWebhookAsync(SamsaraAccess access, string webhookId, CancellationToken ct)
    {
        try
        {
            await CallAsync(access, HttpMethod.Delete, $"webhooks/{Uri.EscapeDataString(webhookId)}", null, ct);
        }
        catch (SamsaraException exception) when (exception.Failure == SamsaraFailure.NotFound)
        {
            // Somebody was faster.
        }
    }

    public Task<IReadOnlyList<JsonElement>> ListRoutesAsync(SamsaraAccess access, DateTimeOffset from, DateTimeOffset to, CancellationToken ct)
        => ListAsync(access, "fleet/routes", [("startTime", Time(from)), ("endTime", Time(to))], ct);

    public Task<JsonElement> GetRouteAsync(SamsaraAccess access, string routeId, CancellationToken ct) => GetAsync(access, "fleet/routes", routeId, ct);

    public Task ChangeRouteAsync(SamsaraAccess access, string routeId, RouteWrite change, CancellationToken ct)
    {
        var body = new JsonObject();
        if (change.Notes is { } notes) body["notes"] = Cut(notes, LongestRouteNotes);
        if (change.ExternalIds is { } ids) body["externalIds"] = new JsonObject(ids.Select(id => KeyValuePair.Create(id.Key, (JsonNode?)id.Value)));
        if (change.Tags is { } tags) body["tagIds"] = new JsonArray([.. tags.Select(tag => (JsonNode)tag)]);
        return CallAsync(access, HttpMethod.Patch, $"fleet/routes/{Uri.EscapeDataString(routeId)}", body, ct);
    }

    public Task<IReadOnlyList<JsonElement>> ListDriversAsync(SamsaraAccess access, bool isActive, string tag, CancellationToken ct)
        => ListAsync(access, "fleet/drivers", [("driverActivationStatus", isActive ? "active" : "deactivated"), ("parentTagIds", tag)], ct);

    public async Task<SamsaraDriverPage> ListDriverPageAsync(SamsaraAccess access, string tag, string? cursor, CancellationToken ct)
    {
        var page = await CallAsync(access, HttpMethod.Get, Path("fleet/drivers", [("driverActivationStatus", "active"), ("parentTagIds", tag), ("after", cursor ?? "")]), null, ct);
        var (items, next) = ReadPage(page);
        return new(items, next);
    }

    public Task<JsonElement> GetDriverAsync(SamsaraAccess access, string driverId, CancellationToken ct) => GetAsync(access, "fleet/drivers", driverId, ct);

    public Task<IReadOnlyList<JsonElement>> ListVehiclesAsync(SamsaraAccess access, string tag, CancellationToken ct) => ListAsync(access, "fleet/vehicles", [("parentTagIds", tag)], ct);

    public Task<JsonElement> GetVehicleAsync(SamsaraAccess access, string vehicleId, CancellationToken ct) => GetAsync(access, "fleet/vehicles", vehicleId, ct);

    public async Task<IReadOnlyList<SamsaraAssignment>> ListAssignmentsAsync(
        SamsaraAccess access, IReadOnlyCollection<string> vehicleIds, DateTimeOffset from, DateTimeOffset to, CancellationToken ct)
    {
        var found = await ListOfAsync(access, "fleet/driver-vehicle-assignments", "vehicleIds", vehicleIds, [("filterBy", "vehicles"), ("startTime", Time(from)), ("endTime", Time(to))], ct);
        return [.. found.Select(ReadAssignment).OfType<SamsaraAssignment>()];
    }

    public async Task<IReadOnlyList<SamsaraDuty>> ListDutiesAsync(SamsaraAccess access, IReadOnlyCollection<string> driverIds, CancellationToken ct)
    {
        var found = await ListOfAsync(access, "fleet/hos/clocks", "driverIds", driverIds, [], ct);
        return [.. found.Select(ReadDuty).OfType<SamsaraDuty>()];
    }

    public async Task<IReadOnlyList<SamsaraSpeed>> ListSpeedsAsync(SamsaraAccess access, IReadOnlyCollection<string> vehicleIds, CancellationToken ct)
    {
        var found = await ListOfAsync(access, "fleet/vehicles/stats", "vehicleIds", vehicleIds, [("types", "gps")], ct);
        return [.. found.Select(ReadSpeed).OfType<SamsaraSpeed>()];
    }

    public Task<IReadOnlyList<JsonElement>> ListDocumentTypesAsync(SamsaraAccess access, CancellationToken ct) => ListAsync(access, "fleet/document-types", [], ct);

    public Task<IReadOnlyList<JsonElement>> ListDocumentsAsync(SamsaraAccess access, DateTimeOffset from, DateTimeOffset to, CancellationToken ct)
        => ListAsync(access, "fleet/documents", [("startTime", Time(from)), ("endTime", Time(to))], ct);

    public async Task<string?> CreateDocumentAsync(SamsaraAccess access, SamsaraDocument document, CancellationToken ct)
    {
        var body = new JsonObject
        {
            ["documentTypeId"] = document.TypeId,
            ["driverId"] = document.DriverId,
            ["state"] = "submitted",
            ["fields"] = JsonNode.Parse(document.Fields.GetRawText()),
        };
        if (document.Name is { } name) body["name"] = Cut(name, 255);
        if (document.Notes is { } notes) body["notes"] = Cut(notes, 2000);
        if (document.StopId is { } stop) body["routeStopId"] = stop;
        if (document.VehicleId is { } vehicle) body["vehicleId"] = vehicle;
        return (await CallAsync(access, HttpMethod.Post, "fleet/documents", body, ct)).Member("data").Id("id");
    }

    public Task SendMessageAsync(SamsaraAccess access, string driverId, string text, CancellationToken ct)
    {
        // The old API knows ids as numbers only.
        if (!long.TryParse(driverId, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) throw new SamsaraException(SamsaraFailure.Invalid, 0, null, null);
        return CallAsync(access, HttpMethod.Post, "v1/fleet/messages", new JsonObject { ["driverIds"] = new JsonArray(number), ["text"] = Cut(text, LongestMessage) }, ct);
    }

    private async Task<IReadOnlyList<JsonElement>> ListOfAsync(
        SamsaraAccess access, string path, string name, IReadOnlyCollection<string> ids, (string Name, string Value)[] query, CancellationToken ct)
    {
        var items = new List<JsonElement>();
        foreach (var some in ids.Chunk(MostIds)) items.AddRange(await ListAsync(access, path, [(name, string.Join(',', some)), .. query], ct));
        return items;
    }

    private async Task<IReadOnlyList<JsonElement>> ListAsync(SamsaraAccess access, string path, (string Name, string Value)[] query, CancellationToken ct)
    {
        var first = Path(path, query);
        var (items, cursors, next) = (new List<JsonElement>(), new HashSet<string>(), first);
        while (true)
        {
            var page = await PageAsync(access, next, isFirst: cursors.Count == 0, ct);
            var (data, cursor) = ReadPage(page);
            items.AddRange(data);
            if (cursor is null) return items;
            // In a circle: the list can't be had whole.
            if (!cursors.Add(cursor) || cursors.Count > MostPages) throw new SamsaraException(SamsaraFailure.Transient, 200, null, null);
            next = $"{first}{(first.Contains('?', StringComparison.Ordinal) ? '&' : '?')}after={Uri.EscapeDataString(cursor)}";
        }
    }

    private static string Path(string path, (string Name, string Value)[] query)
        => $"{path}?{string.Join('&', query.Where(q => q.Value.Length > 0).Select(q => $"{q.Name}={Uri.EscapeDataString(q.Value)}"))}".TrimEnd('?');

    private static (IReadOnlyList<JsonElement> Items, string? NextCursor) ReadPage(JsonElement page)
    {
        // Whatever a 200 without a list is, it does not say that there is nothing.
        if (page.Member("data") is not { ValueKind: JsonValueKind.Array } data) throw new SamsaraException(SamsaraFailure.Transient, 200, null, null);
        var pagination = page.Member("pagination");
        if (pagination.Member("hasNextPage") is not { ValueKind: JsonValueKind.True }) return ([.. data.EnumerateArray()], null);
        // More without a way to it: the list can't be had whole.
        return pagination.Text("endCursor") is { } cursor ? ([.. data.EnumerateArray()], cursor) : throw new SamsaraException(SamsaraFailure.Transient, 200, null, null);
    }

    private async Task<JsonElement> PageAsync(SamsaraAccess access, string path, bool isFirst, CancellationToken ct)
    {
        try
        {
            return await CallAsync(access, HttpMethod.Get, path, null, ct);
        }
        catch (SamsaraException exception) when (exception.Failure == SamsaraFailure.RateLimited && !isFirst && exception.RetryAfter <= LongestPause)
        {
            // Real time, not the business clock's: it is a matter of the line.
            await Task.Delay(exception.RetryAfter, ct);
            return await CallAsync(access, HttpMethod.Get, path, null, ct);
        }
    }

    private async Task<JsonElement> GetAsync(SamsaraAccess access, string path, string id, CancellationToken ct)
        => (await CallAsync(access, HttpMethod.Get, $"{path}/{Uri.EscapeDataString(id)}", null, ct)).Member("data") is { ValueKind: JsonValueKind.Object } data
            ? data
            : throw new SamsaraException(SamsaraFailure.Transient, 200, null, null);

    private async Task<JsonElement> CallAsync(SamsaraAccess access, HttpMethod method, string path, JsonObject? body, CancellationToken ct)
    {
        using var request = Request(access, method, path, body);
        try
        {
            using var response = await http.SendAsync(request, ct);
            var bytes = await response.Content.ReadAsByteArrayAsync(ct);
            if (!response.IsSuccessStatusCode) throw ReadRefusal(response, bytes);
            if (bytes.Length == 0) return default;
            using var answer = JsonDocument.Parse(bytes);
            return answer.RootElement.Clone();
        }
        catch (Exception exception) when (exception is HttpRequestException or SocketException or IOException or JsonException || (exception is OperationCanceledException && !ct.IsCancellationRequested))
        {
            throw new SamsaraException(SamsaraFailure.Transient, 0, null, null, exception);
        }
    }

    private static HttpRequestMessage Request(SamsaraAccess access, HttpMethod method, string path, JsonObject? body)
    {
        // A token that no header can hold is a broken setting: refused as Samsara would.
        if (access.Token.Length == 0 || access.Token.Any(c => !char.IsAscii(c) || char.IsControl(c))) throw new SamsaraException(SamsaraFailure.Refused, 401, null, null);
        var request = new HttpRequestMessage(method, $"{access.BaseUrl.ToString().TrimEnd('/')}/{path}");
        request.Headers.Authorization = new("Bearer", access.Token);
        if (body is not null) request.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body)) { Headers = { ContentType = new("application/json") } };
        return request;
    }

    /// <summary>By the status alone: texts change, and the old API answers with a bare string instead of an object.</summary>
    private static SamsaraException ReadRefusal(HttpResponseMessage response, byte[] body)
    {
        var failure = response.StatusCode switch
        {
            // 401 for a missing scope is seen too.
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => SamsaraFailure.Refused,
            HttpStatusCode.NotFound => SamsaraFailure.NotFound,
            HttpStatusCode.TooManyRequests => SamsaraFailure.RateLimited,
            HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError or < HttpStatusCode.BadRequest => SamsaraFailure.Transient,
            _ => SamsaraFailure.Invalid,
        };
        return new(failure, (int)response.StatusCode, RequestIdOf(body), RetryAfter(response.Headers));
    }

    private static string? RequestIdOf(byte[] body)
    {
        try
        {
            using var error = JsonDocument.Parse(body);
            return error.RootElement.Id("requestId");
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Samsara's may be a fraction of a second, such as <c>0.40235</c>.</summary>
    private static TimeSpan? RetryAfter(HttpResponseHeaders headers)
        => headers.TryGetValues("Retry-After", out var values) && double.TryParse(values.First(), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and < 86400
            ? TimeSpan.FromSeconds(seconds)
            : null;

    private static SamsaraWebhook? ReadWebhook(JsonElement item)
        => item.Id("id") is { } id ? new(id, item.Text("url") ?? "", item.Text("secretKey"), [.. item.Items("eventTypes").Where(t => t.ValueKind == JsonValueKind.String).Select(t => t.GetString()!)]) : null;

    private static SamsaraAssignment? ReadAssignment(JsonElement item)
        => item.Member("vehicle").Id("id") is { } vehicle && item.Member("driver").Id("id") is { } driver
            ? new(vehicle, driver, item.Time("startTime") ?? DateTimeOffset.UnixEpoch, item.Time("endTime"), item.Member("isPassenger") is { ValueKind: JsonValueKind.True })
            : null;

    private static SamsaraDuty? ReadDuty(JsonElement item)
        => item.Member("driver").Id("id") is { } driver ? new(driver, item.Member("currentDutyStatus").Id("hosStatusType")) : null;

    private static SamsaraSpeed? ReadSpeed(JsonElement item)
    {
        var gps = item.Member("gps");
        return item.Id("id") is { } vehicle && gps.Number("speedMilesPerHour") is { } speed && gps.Time("time") is { } at ? new(vehicle, speed, at) : null;
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    // Never through the middle of a character.
    private static string Cut(string text, int most) => text.Length <= most ? text : text[..(char.IsHighSurrogate(text[most - 1]) ? most - 1 : most)];
}
