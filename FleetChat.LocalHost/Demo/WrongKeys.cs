using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using FleetChat.LocalHost.Hosting;

namespace FleetChat.LocalHost.Demo;

/// <summary>One company's key tries what is the other's.</summary>
internal sealed class WrongKeys(Stage stage, Company freight, Company cargo, DayNotes notes)
{
    public async Task TryAsync(CancellationToken ct)
    {
        stage.Tell("One company's key tries the other's doors, and somebody has no key at all.");
        using var nobody = new FleetApi(stage.Settings.Url, bearer: null);
        using var invented = new FleetApi(stage.Settings.Url, $"fc_local_{new string('a', 16)}_{new string('b', 43)}");
        foreach (var list in Evidence.Lists)
        {
            await ExpectAsync(nobody, HttpMethod.Get, list, HttpStatusCode.Unauthorized, "no key", ct);
            await ExpectAsync(invented, HttpMethod.Get, list, HttpStatusCode.Unauthorized, "an invented key", ct);
        }
        await ExpectAsync(stage.ApiOf(cargo), HttpMethod.Get, $"api/tenants/{freight.Tenant}", HttpStatusCode.Forbidden, "the other company's key", ct);
        await ExpectAsync(stage.ApiOf(cargo), HttpMethod.Get, "api/tenants/nobody_at_all_001", HttpStatusCode.Forbidden, "a company's key", ct);
        await TryForeignIdsAsync(ct);
    }

    private async Task TryForeignIdsAsync(CancellationToken ct)
    {
        var own = stage.ApiOf(freight);
        var driver = (await own.ListAsync<ApiDriver>("api/drivers", ct))[0].Id;
        var message = (await own.ListAsync<ApiMessage>("api/messages", ct))[0].Id;
        var transport = (await own.ListAsync<ApiTransport>("api/transports", ct))[0].Id;
        var conversation = (await own.ListAsync<ApiConversation>("api/conversations", ct))[0].Id;

        await CompareAsync(HttpMethod.Get, "api/drivers/{0}", driver, null, ct);
        await CompareAsync(HttpMethod.Get, "api/messages/{0}", message, null, ct);
        await CompareAsync(HttpMethod.Get, "api/transports/{0}", transport, null, ct);
        await CompareAsync(HttpMethod.Post, "api/drivers/{0}/messages", driver, new { text = "Not yours." }, ct);
        await CompareAsync(HttpMethod.Post, "api/conversations/{0}/handled", conversation, new { }, ct);
    }

    private async Task ExpectAsync(FleetApi api, HttpMethod method, string path, HttpStatusCode expected, string with, CancellationToken ct)
    {
        var (status, _) = await api.AskAsync(method, path, body: null, ct);
        if (status != expected) notes.NotRefused.Add($"{path} with {with} answered {(int)status}, not {(int)expected}");
    }

    /// <summary>A foreign id and one that nobody has must be answered alike.</summary>
    private async Task CompareAsync(HttpMethod method, string route, Guid foreign, object? body, CancellationToken ct)
    {
        var missing = new Guid(RandomNumberGenerator.GetBytes(16));
        var told = await AskAsync(foreign);
        var silent = await AskAsync(missing);
        if (told.Status != HttpStatusCode.NotFound || told != silent) notes.ForeignIdsTold.Add($"{method} {route}: {(int)told.Status} {told.Body} and {(int)silent.Status} {silent.Body}");

        // The path that the caller asked for, and the number of the request, may be told back.
        async Task<(HttpStatusCode Status, string Body)> AskAsync(Guid id)
        {
            var (status, text) = await stage.ApiOf(cargo).AskAsync(method, string.Format(System.Globalization.CultureInfo.InvariantCulture, route, id), body, ct);
            using var problem = JsonDocument.Parse(text);
            return (status, string.Join(", ", problem.RootElement.EnumerateObject().Where(m => m.Name is not ("instance" or "trace_id")).Select(m => m.ToString())));
        }
    }
}
