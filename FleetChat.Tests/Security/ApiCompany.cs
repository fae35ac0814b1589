using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using FleetChat.Benchmarks.Fleet;
using FleetChat.Core.Consent;
using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Drivers.Imports;
using FleetChat.Core.Messaging;
using FleetChat.Core.Messaging.Media;
using FleetChat.Core.Messaging.Pauses;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using FleetChat.Core.Webhooks;
using FleetChat.Tests.Http;

namespace FleetChat.Tests.Security;

/// <summary>A company with one driver, one transport and so on, and a client that holds its key.</summary>
public sealed class ApiCompany : IDisposable
{
    private readonly ApiHost _host;
    private readonly HttpClient _client;

    private ApiCompany(ApiHost host, TenantId tenant, CreatedApiKey key)
    {
        (_host, Tenant, Key) = (host, tenant, key);
        _client = new DescribedClient { BaseAddress = host.Address };
        _client.DefaultRequestHeaders.Authorization = new("Bearer", key.Token);
    }

    public TenantId Tenant { get; }

    public CreatedApiKey Key { get; }

    public Guid Driver { get; private set; }

    public Guid Conversation { get; private set; }

    /// <summary>Has agreed on paper, and was not asked yet.</summary>
    public Guid Willing { get; private set; }

    /// <summary>Has a link with which to begin.</summary>
    public Guid Invited { get; private set; }

    /// <summary>What lies in the imports.</summary>
    public const string Roster = "samsara_id,name\nsamsara-1,Ana\n";

    /// <summary>Has its first part, and waits for others.</summary>
    public Guid Import { get; private set; }

    /// <summary>Has all its parts.</summary>
    public Guid WholeImport { get; private set; }

    /// <summary>For a test that cancels one.</summary>
    public Guid SpareImport { get; private set; }

    public Guid Transport { get; private set; }

    public Guid Stop { get; private set; }

    /// <summary>From the driver, about the transport; waits for a dispatcher.</summary>
    public Guid Message { get; private set; }

    /// <summary>Asks for alerts; has got one, which waits.</summary>
    public Guid WebhookEndpoint { get; private set; }

    /// <summary>For a test that deletes one.</summary>
    public Guid SpareWebhookEndpoint { get; private set; }

    /// <summary>In some months.</summary>
    public Guid Pause { get; private set; }

    /// <summary>A photo that came with a message of the driver's.</summary>
    public Guid Medium { get; private set; }

    /// <summary>Something that arrived and is done.</summary>
    public Guid Event { get; private set; }

    private TenantDb Db => _host.Get<TenantDbs>().For(Tenant);

    private TimeProvider Time => _host.Get<TimeProvider>();

    public static async Task<ApiCompany> SetUpAsync(ApiHost host, string id)
    {
        var tenant = TenantId.Parse(id);
        var setUp = new SetUpTenantInput(
            tenant, $"Company {id}", "US", "America/Chicago", "en", "USD",
            new(new("http://127.0.0.1:1"), $"org-{id}", $"webhook-{id}", Convert.ToBase64String(Encoding.UTF8.GetBytes($"secret of {id}")), "api-token"),
            new("+15558230001", $"number-{id}", $"waba-{id}", "access-token"));
        Assert.Null((await SetUpTenant.Of(host.Get<IServiceProvider>()).HandleAsync(setUp, CancellationToken.None)).Error);
        var company = new ApiCompany(host, tenant, await KeyAsync(host, tenant, "read", "write"));
        await company.FillAsync();
        var now = company.Time.GetUtcNow();
        company.Pause = (await host.Get<TenantPauses>().PauseAsync(new(tenant, new("break", now.AddDays(100), now.AddDays(101)), ByPlatform: false, "test"), CancellationToken.None)).Value.Id;
        return company;
    }

    public static async Task<CreatedApiKey> KeyAsync(ApiHost host, TenantId tenant, params string[] scopes)
        => (await host.Get<CreateApiKey>().HandleAsync(new(tenant, "test", scopes, null, "test"), CancellationToken.None)).Value;

    public Task<HttpResponseMessage> GetAsync(string path) => _client.GetAsync(path);

    public async Task<JsonElement> GetJsonAsync(string path)
    {
        using var response = await GetAsync(path);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{path}: {(int)response.StatusCode} {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    public Task<HttpResponseMessage> PostAsync(string path, string? json, string? idempotencyKey = null) => SendJsonAsync(HttpMethod.Post, path, json, idempotencyKey);

    public Task<HttpResponseMessage> SendJsonAsync(HttpMethod method, string path, string? json, string? idempotencyKey = null)
    {
        var request = new HttpRequestMessage(method, path);
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        if (idempotencyKey is not null) request.Headers.Add("Idempotency-Key", idempotencyKey);
        return SendAsync(request);
    }

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request) => _client.SendAsync(request);

    /// <summary>Another driver, with his chat.</summary>
    public async Task<Guid> AddDriverAsync(string samsaraId, string name, string? phone)
        => (await _host.Get<AddDriver>().HandleAsync(new(Tenant, samsaraId, name, phone, "en", "granted"), CancellationToken.None)).Value;

    /// <summary>A message from the driver, as the processing of a webhook would leave it.</summary>
    public async Task<Guid> AddInboundAsync(string text, DateTimeOffset? at = null, bool waits = true, Guid? conversation = null)
    {
        var (id, key) = (Time.NewId(), await _host.Get<DataKeys>().GetAsync(Tenant, CancellationToken.None));
        await Db.ExecuteAsync("""
            insert into fleet.message_logs (tenant_id, id, conversation_id, driver_id, transport_id, direction, content, kind, timestamp,
                                            status, status_rank, reason, effect_key, created_at)
            values ($1, $2, $3, $4, $5, 'inbound', $6, 'text', $7, 'received', 0, 'free_text', $8, $7)
            """, CancellationToken.None,
            P.Uuid(id), P.Uuid(conversation ?? Conversation), P.Uuid(Driver), P.Uuid(Transport), P.Bytes(new MessageContent(text).Seal(key, id)),
            P.Time(at ?? Time.GetUtcNow()), P.Text($"test:{id}"));
        if (waits)
            await Db.ExecuteAsync("""
                insert into fleet.dispatcher_entries (tenant_id, id, conversation_id, message_id, driver_id, reason, since)
                values ($1, $2, $3, $4, $5, 'free_text', $6)
                """, CancellationToken.None,
                P.Uuid(Time.NewId()), P.Uuid(conversation ?? Conversation), P.Uuid(id), P.Uuid(Driver), P.Time(at ?? Time.GetUtcNow()));
        return id;
    }

    public Task AddTransportAsync(Guid id, string route) => Db.ExecuteAsync("""
        insert into fleet.transports (tenant_id, id, samsara_route_id, samsara_driver_id, driver_id, name, status, status_at,
                                      route_at, driver_at, created_at, updated_at)
        values ($1, $2, $3, 'driver-1', $4, 'Dallas to Tulsa', 'en_route', $5, $5, $5, $5, $5)
        """, CancellationToken.None, P.Uuid(id), P.Text(route), P.Uuid(Driver), P.Time(Time.GetUtcNow()));

    /// <summary>So that every list has two rows.</summary>
    public async Task AddSecondOfEverythingAsync()
    {
        await AddDriverAsync("driver-2", "Ben", "+15558232000");
        await AddTransportAsync(Time.NewId(), "route-2");
        await Alerts.RaiseAsync(Db, Time, "inbox.parked", Alerts.Critical, "another-event", CancellationToken.None);
        await AddEventAsync("second-event");
        var conversation = Guid.Parse((await GetJsonAsync($"/api/drivers/{await AddDriverAsync("driver-3", "Cem", "+15558233000")}")).GetProperty("conversation_id").GetString()!);
        await AddInboundAsync("Me too!", conversation: conversation);
    }

    /// <summary>A photo as it is once it was fetched.</summary>
    public async Task<Guid> AddMediumAsync(byte[] bytes, string? fileName = null)
    {
        var (id, message, key) = (Time.NewId(), Time.NewId(), await _host.Get<DataKeys>().GetAsync(Tenant, CancellationToken.None));
        await Db.ExecuteAsync("""
            insert into fleet.message_logs (tenant_id, id, conversation_id, driver_id, direction, content, kind, timestamp, status, status_rank, reason, effect_key, created_at)
            values ($1, $2, $3, $4, 'inbound', $5, 'image', $6, 'received', 0, 'attachment', $7, $6)
            """, CancellationToken.None,
            P.Uuid(message), P.Uuid(Conversation), P.Uuid(Driver), P.Bytes(new MessageContent("") { Media = new("meta-1", "image/jpeg", fileName, null) }.Seal(key, message)),
            P.Time(Time.GetUtcNow()), P.Text($"test:{message}"));
        await MediaSql.InsertAsync(Db, id, message, "image", Time.GetUtcNow(), CancellationToken.None);
        await _host.Get<IMediaStore>().WriteAsync(MediaSql.NameOf(Tenant, id), MediaCipher.Seal(key, id, new MemoryStream(bytes)), CancellationToken.None);
        await MediaSql.TrySetFetchedAsync(Db, id, "image/jpeg", bytes.Length, key.BlindIndex("test", $"{id}"), TimeZoneInfo.Utc, Time.GetUtcNow(), CancellationToken.None);
        return id;
    }

    public void Dispose() => _client.Dispose();

    private async Task FillAsync()
    {
        Driver = await AddDriverAsync("driver-1", $"Ana of {Tenant}", "+15558231000");
        Conversation = Guid.Parse((await GetJsonAsync($"/api/drivers/{Driver}")).GetProperty("conversation_id").GetString()!);
        (Transport, Stop) = (Time.NewId(), Time.NewId());
        await AddTransportAsync(Transport, "route-1");
        await Db.ExecuteAsync("""
            insert into fleet.stops (tenant_id, id, transport_id, samsara_stop_id, sequence, kind, state, state_at, name, scheduled_at)
            values ($1, $2, $3, 'stop-1', 0, 'pickup', 'arrived', $4, 'Dock 4, Dallas', $4)
            """, CancellationToken.None, P.Uuid(Stop), P.Uuid(Transport), P.Time(Time.GetUtcNow()));
        await Db.ExecuteAsync("""
            insert into fleet.transport_events (tenant_id, id, transport_id, stop_id, happened_at, what, source, effect_key, recorded_at)
            values ($1, $2, $3, $4, $5, 'stop_arrived', 'samsara', 'test:arrived', $5)
            """, CancellationToken.None, P.Uuid(Time.NewId()), P.Uuid(Transport), P.Uuid(Stop), P.Time(Time.GetUtcNow()));
        Message = await AddInboundAsync("Where do I park?");
        (Willing, Invited) = (await AddWillingAsync(), await AddInvitedAsync());
        (WebhookEndpoint, SpareWebhookEndpoint) = (await AddWebhookEndpointAsync(), await AddWebhookEndpointAsync());
        (Import, WholeImport, SpareImport) = (await AddImportAsync(), await AddImportAsync(), await AddImportAsync());
        Medium = await AddMediumAsync([0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3]);
        await Alerts.RaiseAsync(Db, Time, "inbox.parked", Alerts.Critical, "some-event", CancellationToken.None);
        Event = await AddEventAsync("first-event");
    }

    private async Task<Guid> AddWillingAsync()
    {
        var driver = (await _host.Get<AddDriver>().HandleAsync(new(Tenant, "driver-8", "Willing", "+15558238000", "en"), CancellationToken.None)).Value;
        var chat = Guid.Parse((await GetJsonAsync($"/api/drivers/{driver}")).GetProperty("conversation_id").GetString()!);
        var optIn = new OptIn("I agree.", "1", "en", "paper", "form 8", Time.GetUtcNow());
        await ConsentRecords.AddAsync(Db, await _host.Get<DataKeys>().GetAsync(Tenant, CancellationToken.None), Time, driver, chat, ConsentState.Unknown, ConsentProof.Of(optIn, "test"), CancellationToken.None);
        return driver;
    }

    private async Task<Guid> AddImportAsync()
    {
        var opened = (await _host.Get<OpenImport>().HandleAsync(new(Tenant, new(ImportSettings.Csv, DryRun: true), "test"), CancellationToken.None)).Value;
        await _host.Get<PutImportPart>().HandleAsync(new(Tenant, opened.Id, 1, Encoding.UTF8.GetBytes(Roster)), CancellationToken.None);
        return opened.Id;
    }

    private async Task<Guid> AddInvitedAsync()
    {
        var driver = (await _host.Get<AddDriver>().HandleAsync(new(Tenant, "driver-9", "Invited", null, "en"), CancellationToken.None)).Value;
        await _host.Get<InviteDriver>().HandleAsync(new(Tenant, driver, "test"), CancellationToken.None);
        return driver;
    }

    // Paused, so that no test calls the outside.
    private async Task<Guid> AddWebhookEndpointAsync()
    {
        var made = await _host.Get<CreateWebhookEndpoint>().HandleAsync(new(Tenant, "https://hooks.example.com/fleetchat", ["alert.opened"], "test"), CancellationToken.None);
        await Db.ExecuteAsync("update fleet.webhook_endpoints set paused_until = now() + interval '1 year' where tenant_id = $1", CancellationToken.None);
        return made.Value.Endpoint.Id;
    }

    private async Task<Guid> AddEventAsync(string externalId)
    {
        var id = Time.NewId();
        var sealedId = (await _host.Get<DataKeys>().GetAsync(Tenant, CancellationToken.None)).Encrypt(EncryptedColumns.InboxExternalId, id, $"{externalId} of {Tenant}");
        await Db.ExecuteAsync("""
            insert into fleet.inbox (tenant_id, received_on, id, source, kind, external_id, lane, payload, received_at, status, due_at, outcome, finished_at)
            values ($1, ($3 at time zone 'utc')::date, $2, 'samsara', 'RouteStopArrival', $4, 0, '', $3, 'done', $3, 'message_queued', $3)
            """, CancellationToken.None, P.Uuid(id), P.Time(Time.GetUtcNow()), P.Bytes(sealedId));
        return id;
    }
}
