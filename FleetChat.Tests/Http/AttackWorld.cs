using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FleetChat.Core.Corporate;
using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Tenants;
using FleetChat.Tests.Security;
using FleetChat.Tests.Security.People;
using Microsoft.Extensions.Logging;

namespace FleetChat.Tests.Http;

/// <summary>A company with attackers of every role, and companies of every kin whose rows are full of canaries.</summary>
public sealed class AttackWorld : IAsyncLifetime, IDisposable
{
    /// <summary>What another company's {id} is, where it is no uuid.</summary>
    internal static readonly Dictionary<string, Func<ApiCompany, string>> Ids = new()
    {
        ["PostKeyRotation"] = company => company.Key.KeyId,
        ["DeleteKey"] = company => company.Key.KeyId,
        ["GetChildById"] = company => company.Tenant.Value,
        ["GetChildDrivers"] = company => company.Tenant.Value,
        ["GetChildTransports"] = company => company.Tenant.Value,
    };

    private static readonly Dictionary<Kin, string> Names = new()
    {
        [Kin.Sibling] = "sibling_freight_001",
        [Kin.Parent] = "parent_freight_001",
        [Kin.Child] = "child_freight_001",
        [Kin.Suspended] = "suspended_freight_001",
        [Kin.Terminated] = "terminated_freight_001",
    };

    // Each canary's words have the company's name in them.
    private static readonly Dictionary<Kin, SearchValues<string>> Words = Names.ToDictionary(
        named => named.Key, named => SearchValues.Create([named.Value, CanaryRows.IdOf(named.Value).ToString()], StringComparison.Ordinal));

    private readonly TellTales _tales = new();
    private readonly Dictionary<Kin, ApiCompany> _others = [];
    private readonly Dictionary<(string Company, string Function), string> _cursors = [];
    private readonly Dictionary<(Kin Child, string Function), string> _cursorsOfChildren = [];
    private readonly Dictionary<char, string> _bearers = [];
    private readonly HttpClient _client = new DescribedClient();

    internal PeopleFixture People { get; private set; } = null!;

    /// <summary>Suspended, and otherwise as it was: its own people and key.</summary>
    internal ApiCompany Suspended { get; private set; } = null!;

    internal TellTales Tales => _tales;

    /// <summary>Tables of the other companies' that hold no canary.</summary>
    internal IReadOnlyList<string> WithoutCanary { get; private set; } = [];

    /// <summary>Must stand in no log and no trace.</summary>
    internal IReadOnlyList<string> Secrets => [CanaryRows.Word, "api-token", "access-token", "app-secret-of-the-tests", "verify-token-of-the-tests", .. _bearers.Values, .. _bearers.Values.Select(bearer => bearer[^43..])];

    public async Task InitializeAsync()
    {
        People = new() { Configure = builder => builder.Logging.AddProvider(_tales) };
        await People.InitializeAsync();
        foreach (var (kin, name) in Names) _others[kin] = await SetUpAsync(name);
        Suspended = await SetUpAsync("idle_freight_001");
        await JoinFamiliesAsync();
        await AddSecondOfEverythingAsync(People.A, Roles.TenantAdmin);
        await AddSecondOfEverythingAsync(People.B, "other");
        await TakeCursorsOfChildrenAsync();
        await SetAttackersAsync();
        // The host works beside this, and may take a row away that has just been made.
        for (var left = 3; left > 0 && (left == 3 || WithoutCanary.Count > 0); left--)
            WithoutCanary = await CanaryRows.FillAsync(People.Host.Database, Names.Values);
        foreach (var child in Attack.Children) await GiveDriversNamesAsync(_others[child].Tenant);
        await UseKeysAsync();
        await SetStatusAsync(Names[Kin.Suspended], "suspended");
        await SetStatusAsync(Names[Kin.Terminated], "terminated");
        await SetStatusAsync(Suspended.Tenant.Value, "suspended");
        _tales.Begin();
    }

    public async Task DisposeAsync()
    {
        foreach (var company in _others.Values) company.Dispose();
        Suspended.Dispose();
        await People.DisposeAsync();
    }

    public void Dispose()
    {
        _client.Dispose();
        _tales.Dispose();
    }

    internal HttpRequestMessage Build(Attack attack)
    {
        var home = Home(attack.Who);
        var request = new HttpRequestMessage(new(attack.Route.Method.ToUpperInvariant()), new Uri(People.Host.Address, Path(attack, home) + Query(attack, home)));
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {_bearers[attack.Who]}");
        if (attack.Carrier == Carrier.HeaderTenant) request.Headers.TryAddWithoutValidation(AccessRequest.TenantHeader, TenantOf(attack.Kin, home));
        else if (attack.Who is 'S' or 'O' or 'N' && attack is not { NamesTenant: true }) request.Headers.TryAddWithoutValidation(AccessRequest.TenantHeader, home.Tenant.Value);
        if (attack.Carrier == Carrier.IdempotencyKey) request.Headers.TryAddWithoutValidation("Idempotency-Key", KeyOf(attack));
        if (attack.Carrier == Carrier.IfMatch) request.Headers.TryAddWithoutValidation("If-Match", $"\"{IdOf(attack.Kin, home)}\"");
        if (Body(attack, home) is { } json) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        return request;
    }

    internal Task<HttpResponseMessage> SendAsync(HttpRequestMessage request) => _client.SendAsync(request);

    /// <summary>Whether anything of the other companies' stands there, but for those that may be <paramref name="shown"/>.</summary>
    internal static bool TellsOfOthers(string text, IReadOnlyList<Kin> shown)
        => Names.Keys.Except(shown).Any(kin => TellsOf(kin, text)) || (shown.Count == 0 && text.Contains(CanaryRows.Word, StringComparison.Ordinal));

    /// <summary>A company's audit trail names the companies that its people asked for in vain, and whose child it was made.</summary>
    internal static string WithoutSubjects(string trail) => Names.Values.Aggregate(trail, (text, name) => text.Replace($"\"subject\":\"{name}\"", "", StringComparison.Ordinal));

    internal static bool TellsOf(Kin kin, string text) => text.AsSpan().ContainsAny(Words[kin]);

    /// <summary>Where there is nothing.</summary>
    internal string PathOf(Route route, string? tenant = null) => Fill(route, People.A, Kin.Missing, null, tenant);

    private async Task<ApiCompany> SetUpAsync(string name)
    {
        var company = await ApiCompany.SetUpAsync(People.Host, name);
        await People.AddMemberAsync(company, name, Roles.TenantAdmin);
        await AddSecondOfEverythingAsync(company, name);
        return company;
    }

    /// <summary>And then takes a cursor of each list.</summary>
    private async Task AddSecondOfEverythingAsync(ApiCompany company, string admin)
    {
        await company.AddSecondOfEverythingAsync();
        await People.AddMemberAsync(company, $"{admin}-2", Roles.TenantAdmin);
        await ApiCompany.KeyAsync(People.Host, company.Tenant, "read");
        foreach (var route in AccessTests.Guarded.Where(HasCursor))
        {
            using var response = await People.AskAsync(admin, $"{Fill(route, company, Kin.Own, null)}?limit=1");
            if (!response.IsSuccessStatusCode) continue;
            using var page = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
            if (page.RootElement.TryGetProperty("next_cursor", out var cursor) && cursor.GetString() is { } text) _cursors[(company.Tenant.Value, route.Function)] = text;
        }
    }

    private async Task JoinFamiliesAsync()
    {
        var (set, parent) = (People.Host.Get<SetParent>(), _others[Kin.Parent].Tenant.Value);
        foreach (var child in Attack.Children) await JoinAsync(_others[child], People.A.Tenant.Value);
        foreach (var child in new[] { People.B, _others[Kin.Sibling] }) await JoinAsync(child, parent);

        async Task JoinAsync(ApiCompany child, string to) => Assert.True((await set.HandleAsync(new(child.Tenant.Value, to, "test"), CancellationToken.None)).IsOk);
    }

    private async Task TakeCursorsOfChildrenAsync()
    {
        foreach (var route in AccessTests.Guarded.Where(route => AttackTable.ToParents.ContainsKey(route.Function) && HasCursor(route)))
        {
            foreach (var child in Attack.Children)
            {
                var page = await HttpAssert.JsonAsync(People.AskAsync(Roles.CorporateOverseer, $"{Fill(route, People.A, child, null)}?limit=1"));
                _cursorsOfChildren[(child, route.Function)] = page.GetProperty("next_cursor").GetString()!;
            }
        }
    }

    // What stands there as a canary nobody can decrypt, and the parent's people do read it.
    private async Task GiveDriversNamesAsync(TenantId child)
    {
        var (key, db) = (await People.Host.Get<DataKeys>().GetAsync(child, CancellationToken.None), People.Host.Get<TenantDbs>().For(child));
        foreach (var driver in await db.ListAsync("select id from fleet.drivers where tenant_id = $1", row => row.GetGuid(0), CancellationToken.None))
        {
            await db.ExecuteAsync("update fleet.drivers set name = $3 where tenant_id = $1 and id = $2", CancellationToken.None,
                P.Uuid(driver), P.Bytes(key.Encrypt(EncryptedColumns.DriverName, driver, $"{CanaryRows.Word} {child}")));
        }
    }

    private static bool HasCursor(Route route) => ApiDocument.Operations.TryGetValue(route.Function, out var operation) && operation.HasParameter("cursor");

    private async Task SetAttackersAsync()
    {
        foreach (var (who, subject) in new Dictionary<char, string>
        {
            ['A'] = Roles.TenantAdmin, ['D'] = Roles.Dispatcher, ['V'] = Roles.Viewer, ['C'] = Roles.CorporateOverseer, ['S'] = Roles.Support, ['O'] = Roles.PlatformOperator, ['N'] = "nobody",
            [Attack.ChildsAdmin] = "other",
        })
        {
            _bearers[who] = People.Issuer.Token(subject);
        }
        _bearers['R'] = (await ApiCompany.KeyAsync(People.Host, People.A.Tenant, "read")).Token;
        _bearers['W'] = (await ApiCompany.KeyAsync(People.Host, People.A.Tenant, "write")).Token;
    }

    /// <summary>The other companies have used the keys that they are attacked with, for the very same requests.</summary>
    private async Task UseKeysAsync()
    {
        var used = Attacks.All.Where(attack => attack.Carrier == Carrier.IdempotencyKey && _others.ContainsKey(attack.Kin)).ToList();
        await People.Host.Database.ExecuteAsAdminAsync("""
            insert into fleet.idempotency_keys (tenant_id, key, request_hash, created_at, status_code, response)
            select tenant, key, hash, now(), 200, convert_to($4, 'UTF8')
            from unnest($1::text[], $2::text[], $3::bytea[]) as used (tenant, key, hash)
            """,
            P.Texts([.. used.Select(attack => Names[attack.Kin])]), P.Texts([.. used.Select(KeyOf)]), P.ByteArrays([.. used.Select(Identity)]), P.Text(CanaryRows.Word));
    }

    private byte[] Identity(Attack attack)
    {
        var home = Home(attack.Who);
        return SHA256.HashData(Encoding.UTF8.GetBytes($"{attack.Route.Method.ToUpperInvariant()} {Path(attack, home)}\n{Body(attack, home)}"));
    }

    private Task SetStatusAsync(string tenant, string status) => People.Host.Database.ExecuteAsAdminAsync("""
        with directory as (update directory.tenants set status = $2 where tenant_id = $1)
        update fleet.tenants set status = $2 where tenant_id = $1
        """, P.Text(tenant), P.Text(status));

    // An operator needs a company that has granted nothing.
    private ApiCompany Home(char who) => who is 'O' or Attack.ChildsAdmin ? People.B : People.A;

    private string Path(Attack attack, ApiCompany home)
    {
        if (attack.Carrier == Carrier.PathTenant) return Fill(attack.Route, home, Kin.Missing, null, TenantOf(attack.Kin, home));
        if (attack.Carrier == Carrier.PathId) return Fill(attack.Route, home, attack.Kin, attack.Name);
        if (attack.IsOfChild) return Fill(attack.Route, home, Kin.Child, null);
        // Nothing of one's own is changed; a body's ids are looked at where there is something to change.
        return Fill(attack.Route, home, attack.Route.Method == "get" || attack.Carrier == Carrier.BodyId ? Kin.Own : Kin.Missing, null);
    }

    /// <param name="kin">Whose id the parameter called <paramref name="name"/> gets; all of them if it is null.</param>
    private string Fill(Route route, ApiCompany home, Kin kin, string? name, string? tenant = null) => string.Join('/', route.Path.Split('/').Select(segment =>
        segment is not ['{', .. var parameter, '}'] ? segment
        : parameter == "tenantId" ? tenant ?? home.Tenant.Value
        : parameter == Attacks.Ordinal ? "1"
        : IdOf(route, home, name is null || name == parameter ? kin : Kin.Own)));

    private string IdOf(Route route, ApiCompany home, Kin kin)
    {
        if (kin == Kin.Missing || AccessTests.IsOfPlatform(route)) return AccessTests.Missing;
        var company = _others.GetValueOrDefault(kin, home);
        if (Ids.TryGetValue(route.Function, out var id)) return id(company);
        return kin == Kin.Own && IsolationTests.ById.TryGetValue(route.Function, out var own) ? own(company).ToString() : IdOf(kin, home);
    }

    private static string IdOf(Kin kin, ApiCompany home) => kin == Kin.Missing ? AccessTests.Missing : CanaryRows.IdOf(TenantOf(kin, home)).ToString();

    private static string TenantOf(Kin kin, ApiCompany home) => kin switch
    {
        Kin.Own => home.Tenant.Value,
        Kin.Missing => "nobody_at_all_001",
        _ => Names[kin],
    };

    private string Query(Attack attack, ApiCompany home) => attack.Carrier switch
    {
        Carrier.QueryTenant => $"?tenantId={TenantOf(attack.Kin, home)}",
        Carrier.QueryId => $"?{attack.Name}={IdOf(attack.Kin, home)}",
        Carrier.Cursor or Carrier.CursorOfChild => $"?limit=1{(CursorOf(attack, home) is { } cursor ? $"&cursor={cursor}" : "")}",
        _ => "",
    };

    // One of another list where the company has none of this: foreign it is all the same.
    private string? CursorOf(Attack attack, ApiCompany home)
    {
        if (attack.Carrier == Carrier.CursorOfChild) return _cursorsOfChildren[(attack.Kin, attack.IsOfChild ? attack.Route.Function : "GetChildDrivers")];
        if (attack.Kin == Kin.Missing) return Base64Url.EncodeToString(SHA256.HashData("made up"u8)[..30].Concat(SHA256.HashData("more"u8)[..10]).ToArray());
        var company = TenantOf(attack.Kin, home);
        if (_cursors.TryGetValue((company, attack.Route.Function), out var cursor)) return cursor;
        return attack.Kin == Kin.Own && !attack.IsOfChild ? null : _cursors.First(c => c.Key.Company == company).Value;
    }

    private static string KeyOf(Attack attack) => $"used-{attack.Kin}-{attack.Route.Function}-{attack.Who}";

    private static string? Body(Attack attack, ApiCompany home)
    {
        var example = ApiDocument.Operations[attack.Route.Function].BodyExample?.ToString();
        return attack.Carrier switch
        {
            Carrier.BodyTenant => With(null, attack.Name, TenantOf(attack.Kin, home)),
            Carrier.BodyId => With(example, attack.Name, IdOf(attack.Kin, home)),
            // Where bytes are put, any are good.
            Carrier.PathId when attack.Route.Method == "put" => example ?? "{}",
            Carrier.PathId when attack.Route.Method != "get" => example,
            // What there is no id for would be made.
            Carrier.IdempotencyKey => Attacks.PathParameters(attack.Route).Any() ? example : "{}",
            Carrier.IfMatch when example is not null => "{}",
            _ => null,
        };
    }

    private static string With(string? json, string field, string value)
    {
        var body = json is null ? [] : JsonNode.Parse(json)!.AsObject();
        body[field] = value;
        return body.ToJsonString();
    }
}
