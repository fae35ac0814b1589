using System.Collections.Concurrent;
using System.Net;
using FleetChat.Core.Security.Access;
using FleetChat.Functions.Security;
using FleetChat.Simulators.OpenId;
using FleetChat.Tests.Conventions;
using FleetChat.Tests.Security;
using FleetChat.Tests.Security.People;
using Xunit.Abstractions;

namespace FleetChat.Tests.Http;

/// <summary>
/// Every route, with everybody's credentials, with the ids of every other company in everything that can carry one. A new route joins by itself.
/// FLEETCHAT_TEST_SIZE=long tries all attacks, else a part of them by chance, always the same, and all at children.
/// </summary>
public sealed class AttackMatrixTests(AttackWorld world, ITestOutputHelper output) : IClassFixture<AttackWorld>
{
    private const int Seed = 20260302;
    private const int Few = 3400;
    private const int AtOnce = 8;

    private static readonly bool IsLong = Environment.GetEnvironmentVariable("FLEETCHAT_TEST_SIZE") == "long";

    [Fact]
    public void Every_route_can_be_tried() => Findings.AssertNone(AccessTests.Guarded.SelectMany(Attacks.Lacks));

    [Fact]
    public void Every_row_of_the_other_companies_holds_a_canary() => Findings.AssertNone(world.WithoutCanary);

    [Fact]
    public async Task Every_attack_gets_what_the_table_says_and_learns_nothing()
    {
        var findings = new ConcurrentQueue<string>();
        var answers = new ConcurrentQueue<(Attack Attack, string Whole)>();
        var attacks = Chosen();

        await Parallel.ForEachAsync(attacks, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (attack, ct) =>
        {
            using var request = world.Build(attack);
            using var response = await world.SendAsync(request);
            var (status, body) = ((int)response.StatusCode, await response.Content.ReadAsStringAsync(ct));
            var whole = Whole(response, body);
            if (AttackTable.Find(attack, status, body) is { } finding) findings.Enqueue(finding);
            if (AttackWorld.TellsOfOthers(attack.Route.Function == "GetAudit" ? AttackWorld.WithoutSubjects(whole) : whole, attack.Shown) && !attack.IsWorkOfPlatform) findings.Enqueue($"{attack} tells of another company: {whole}");
            if (attack.IsLookAtChild && status == 200 && !AttackWorld.TellsOf(attack.Kin, body)) findings.Enqueue($"{attack} shows nothing of the child: {whole}");
            if (attack.Kin != Kin.Own && response.Headers.Contains("Idempotent-Replayed")) findings.Enqueue($"{attack} got another company's answer: {whole}");
            if (AttackTable.IsAsMissing(attack, status)) answers.Enqueue((attack, whole));
        });

        foreach (var alike in answers.GroupBy(answer => answer.Attack with { Kin = Kin.Missing }).Where(alike => alike.Select(answer => answer.Whole).Distinct().Count() > 1))
            findings.Enqueue($"{alike.Key} is not answered alike for all:\n{string.Join('\n', alike.Select(answer => $"{answer.Attack.Kin}: {answer.Whole}").Order())}");
        output.WriteLine($"{attacks.Count} of {Attacks.All.Count} attacks");
        Findings.AssertNone(findings);
        AssertUntold();
    }

    [Fact]
    public async Task Every_bearer_that_is_none_gets_the_same_401_on_every_route()
    {
        await using var stranger = await IssuerSimulator.StartAsync();
        var forgeries = Forgeries.Tokens(world.People, stranger).Concat(await Forgeries.KeysAsync(world.People)).ToList();
        var answers = new ConcurrentDictionary<string, string>();

        await Parallel.ForEachAsync(AccessTests.Guarded.SelectMany(_ => forgeries, (route, forgery) => (route, forgery)), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (attack, ct) =>
        {
            var (route, (what, bearer)) = attack;
            using var response = await SendAsync(route, bearer);
            answers[$"{route} with {what}"] = Whole(response, await response.Content.ReadAsStringAsync(ct));
        });

        output.WriteLine($"{answers.Count} attacks");
        var usual = answers.Values.GroupBy(answer => answer).MaxBy(alike => alike.Count())!.Key;
        Assert.StartsWith("401\n", usual, StringComparison.Ordinal);
        Findings.AssertNone(answers.Where(answer => answer.Value != usual).Select(answer => $"{answer.Key}: {answer.Value}"));
        AssertUntold();
    }

    [Fact]
    public async Task Suspended_company_is_read_and_not_changed()
    {
        var findings = new ConcurrentQueue<string>();
        var key = world.Suspended.Key.Token;
        string[] bearers = [key, world.People.Issuer.Token("idle_freight_001")];

        await Parallel.ForEachAsync(AccessTests.Guarded.Where(AccessTests.IsOfTenant).SelectMany(_ => bearers, (route, bearer) => (route, bearer)), async (attack, ct) =>
        {
            using var response = await SendAsync(attack.route, attack.bearer, "idle_freight_001");
            var body = await response.Content.ReadAsStringAsync(ct);
            var isForPeople = attack.bearer == key && body.Contains("\"access.person_needed\"", StringComparison.Ordinal);
            var isRefused = response.StatusCode == HttpStatusCode.Forbidden && body.Contains("\"tenants.suspended\"", StringComparison.Ordinal);
            var isRead = (int)response.StatusCode is < 500 and not (401 or 403);
            if (!isForPeople && !(Roles.OutlastsSuspension(RoutePermissions.Find(attack.route.Function)!.Value) ? isRead : isRefused)) findings.Enqueue($"{attack.route}: {(int)response.StatusCode} {body}");
        });

        Findings.AssertNone(findings);
    }

    private void AssertUntold()
    {
        Assert.True(world.Tales is { Lines: > 0, Spans: > 0, Measurements: > 0 });
        Findings.AssertNone(world.Tales.Find(world.Secrets).Take(10));
    }

    private static IReadOnlyList<Attack> Chosen()
    {
        if (IsLong) return Attacks.All;
        // Whole groups: each is compared with the one whose id nobody has.
        var groups = Attacks.All.GroupBy(attack => attack with { Kin = Kin.Missing }).ToArray();
        new Random(Seed).Shuffle(groups);
        var chosen = new List<Attack>();
        // Looks at children are few, and the only ones that are let see another company.
        foreach (var group in groups.OrderBy(group => !group.Key.IsOfChild))
        {
            if (chosen.Count >= Few) break;
            chosen.AddRange(group);
        }
        return chosen;
    }

    private Task<HttpResponseMessage> SendAsync(Route route, string bearer, string? tenant = null)
    {
        var request = new HttpRequestMessage(new(route.Method.ToUpperInvariant()), new Uri(world.People.Host.Address, world.PathOf(route, tenant)));
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {bearer}");
        return world.SendAsync(request);
    }

    private static string Whole(HttpResponseMessage response, string body)
    {
        var headers = response.Headers.Concat(response.Content.Headers).Where(HttpAssert.IsComparable).Select(header => $"{header.Key}: {string.Join(',', header.Value)}").Order(StringComparer.Ordinal);
        return $"{(int)response.StatusCode}\n{string.Join('\n', headers)}\n\n{body}";
    }
}
