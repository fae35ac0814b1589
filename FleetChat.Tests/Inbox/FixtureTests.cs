using System.Globalization;
using System.Text;
using System.Text.Json;
using FleetChat.Benchmarks.Fleet;
using FleetChat.Core.Drivers;
using FleetChat.Core.Samsara;
using FleetChat.Core.Tenants;
using FleetChat.Core.WhatsApp;
using Microsoft.Extensions.Options;

namespace FleetChat.Tests.Inbox;

/// <summary>Real samples of both senders: every signature vector, and every webhook body for a fresh company of its own.</summary>
public sealed class FixtureTests(FleetFixture fixture) : IClassFixture<FleetFixture>
{
    private static int _companies;
    private readonly TestFleet _fleet = fixture.Fleet;

    [FixtureFact]
    public void Every_Samsara_signature_vector_gives_its_stated_result()
    {
        var signature = new SamsaraSignature();
        var vectors = Fixtures.Read("samsara/signature_vectors.json").GetProperty("vectors").EnumerateArray().ToArray();

        Assert.NotEmpty(vectors);
        Assert.All(vectors, v => Assert.True(
            signature.IsValid(v.GetProperty("secret_base64").GetString(), v.GetProperty("timestamp").GetString(), v.GetProperty("header").GetString(), BodyOf(v))
                == v.GetProperty("valid").GetBoolean(),
            v.GetProperty("name").GetString()));
    }

    [FixtureFact]
    public void Every_WhatsApp_signature_vector_gives_its_stated_result()
    {
        var vectors = Fixtures.Read("whatsapp/signature_vectors.json").GetProperty("vectors").EnumerateArray().ToArray();

        Assert.NotEmpty(vectors);
        Assert.All(vectors, v =>
        {
            var signature = new WhatsAppSignature(Options.Create(new WhatsAppOptions { AppSecret = v.GetProperty("app_secret").GetString()! }));
            Assert.True(signature.IsValid(v.GetProperty("header").GetString(), BodyOf(v)) == v.GetProperty("valid").GetBoolean(), v.GetProperty("name").GetString());
        });
    }

    [FixtureFact]
    public async Task Every_Samsara_webhook_is_accepted_stored_and_processed()
    {
        var names = Fixtures.List("samsara", "webhook1_*.json").Concat(Fixtures.List("samsara", "webhook2_*.json")).ToArray();
        Assert.NotEmpty(names);
        foreach (var name in names)
        {
            var body = File.ReadAllText(Path.Combine(Fixtures.Folder!, name));
            var company = await CompanyForAsync(Fixtures.Read(name));

            var receipt = await _fleet.FromSamsaraAsync(company, body);
            await _fleet.WorkAsync(receipt.Nudges);

            Assert.True(receipt.IsAccepted, name);
            Assert.Equal((1, 1), await RowsAsync(company));
        }
    }

    [FixtureFact]
    public async Task Every_WhatsApp_webhook_is_accepted_stored_and_processed()
    {
        var names = new[] { "inbound_*", "status_*", "composed_*", "webhook_user_*" }.SelectMany(p => Fixtures.List("whatsapp", $"{p}.json")).ToArray();
        Assert.NotEmpty(names);
        await using var database = await Postgres.TestDatabase.CreateAsync("fixture");
        foreach (var name in names)
        {
            // Each file's numbers go to fresh companies of their own. The companies of the file before give theirs up, and as if
            // they had never held them: the samples' messages are older than that.
            await database.ExecuteAsAdminAsync("truncate directory.phone_numbers, directory.whatsapp_accounts, directory.number_history, fleet.audit_heads");
            await using var fleet = await TestFleet.StartAsync(database);
            fleet.AcceptAll();
            var (companies, updates) = await CompaniesForAsync(fleet, Fixtures.Read(name));

            var receipt = await fleet.FromWhatsAppAsync(File.ReadAllText(Path.Combine(Fixtures.Folder!, name)));
            await fleet.WorkAsync(receipt.Nudges);
            // A status of no message of ours is looked at again: the answer to the call might have been under way.
            fleet.Clock.Advance(TimeSpan.FromMinutes(1));
            await fleet.WorkAsync(receipt.Nudges);

            Assert.True(receipt.IsAccepted, name);
            var rows = await Task.WhenAll(companies.Select(c => RowsAsync(fleet, c)));
            Assert.True(updates == rows.Sum(r => r.Stored) && updates == rows.Sum(r => r.Done), $"{name}: {updates} updates, {rows.Sum(r => r.Stored)} stored, {rows.Sum(r => r.Done)} processed");
            Assert.Equal(0, await database.ScalarAsAdminAsync<long>("select count(*) from fleet.unrouted"));
        }
    }

    private static byte[] BodyOf(JsonElement vector)
    {
        foreach (var member in new[] { "raw_body", "raw_body_ascii", "raw_body_utf8" })
            if (vector.TryGetProperty(member, out var body)) return Encoding.UTF8.GetBytes(body.GetString()!);
        throw new InvalidOperationException($"a vector without a body: {vector.GetProperty("name")}");
    }

    private async Task<TestCompany> CompanyForAsync(JsonElement body)
    {
        var org = body.TryGetProperty("orgId", out var id) ? id.GetRawText()
            : body.TryGetProperty("event", out var legacy) && legacy.TryGetProperty("orgId", out var legacyId) ? legacyId.GetRawText() : null;
        var webhook = body.TryGetProperty("webhookId", out var given) ? given.GetString() : null;
        return await AddAsync(_fleet, org, webhook, null, null);
    }

    private static async Task<(TestCompany[] Companies, int Updates)> CompaniesForAsync(TestFleet fleet, JsonElement body)
    {
        var (companies, accounts, updates) = (new Dictionary<string, TestCompany>(), new HashSet<string>(), 0);
        foreach (var entry in body.GetProperty("entry").EnumerateArray())
        {
            foreach (var value in entry.GetProperty("changes").EnumerateArray().Select(c => c.GetProperty("value")))
            {
                var items = Count(value, "messages") + Count(value, "statuses");
                updates += items == 0 ? 1 : items;
                var number = value.GetProperty("metadata").GetProperty("phone_number_id").GetString()!;
                if (companies.ContainsKey(number)) continue;
                var account = entry.GetProperty("id").GetString()!;
                companies[number] = await AddAsync(fleet, null, null, number, accounts.Add(account) ? account : $"{account}9{companies.Count}");
            }
        }
        return ([.. companies.Values], updates);

        static int Count(JsonElement value, string name) => value.TryGetProperty(name, out var items) ? items.GetArrayLength() : 0;
    }

    private static async Task<TestCompany> AddAsync(TestFleet fleet, string? org, string? webhook, string? number, string? account)
    {
        var sequence = Interlocked.Increment(ref _companies);
        var company = new TestCompany(TenantId.Parse(string.Create(CultureInfo.InvariantCulture, $"fixture_{sequence:000}")), org ?? "", webhook ?? "", "Zml4dHVyZSBzZWNyZXQ=",
            number ?? $"77{sequence:0000}", account ?? $"88{sequence:0000}");
        var result = await SetUpTenant.Of(fleet.Get<IServiceProvider>()).HandleAsync(
            new(company.Id, "Fixture", "US", "America/Chicago", "en", "USD", new(new("https://api.samsara.com"), org, webhook, company.WebhookSecret, null),
                new("+15550100000", company.PhoneNumberId, company.AccountId, "token")),
            default);
        Assert.True(result.IsOk, result.Error?.Code);
        // The roster of the sample with the arrival: so that its message is made too.
        await fleet.Get<AddDriver>().HandleAsync(new(company.Id, "51732619", "Sample", "+15550001111", null, "granted"), default);
        return company;
    }

    private Task<(long Stored, long Done)> RowsAsync(TestCompany company) => RowsAsync(_fleet, company);

    private static async Task<(long Stored, long Done)> RowsAsync(TestFleet fleet, TestCompany company)
        => await fleet.Db(company).FindAsync(
            "select count(*), count(*) filter (where status = 'done') from fleet.inbox where tenant_id = $1", r => (r.GetInt64(0), r.GetInt64(1)), default);
}
