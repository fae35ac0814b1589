using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Text;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Security.Access;
using FleetChat.Tests.Http;
using MimeKit;

namespace FleetChat.Tests.Security.People;

public sealed partial class InvitationTests(PeopleFixture people) : IClassFixture<PeopleFixture>
{
    private string MailFolder => Path.Combine(people.Host.SecretsFolder, "mail");

    [Fact]
    public async Task Invited_person_gets_an_email_and_is_a_member_once_he_accepts()
    {
        var invited = await InviteAsync("ann@example.com", "dispatcher");
        var letter = await LetterAsync("ann@example.com");
        using (var before = await people.AskAsync("ann", "/api/drivers")) await HttpAssert.ProblemAsync(before, HttpStatusCode.Forbidden, "access.no_membership");

        var accepted = await JsonAsync(await AcceptAsync("ann", TokenOf(letter)));
        using var after = await people.AskAsync("ann", "/api/drivers");
        var users = await JsonAsync(await people.AskAsync(Roles.TenantAdmin, "/api/users?limit=200"));

        Assert.Equal("Work with Company alfa_haulage_001 on FleetChat", letter.Subject);
        Assert.Equal($"{people.A.Tenant} dispatcher", $"{accepted.GetProperty("tenant_id")} {accepted.GetProperty("role")}");
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
        Assert.Contains(users.GetProperty("data").EnumerateArray(), user => user.GetProperty("email").GetString() == "ann@example.com" && user.GetProperty("id").GetString() == accepted.GetProperty("user_id").GetString());
        Assert.DoesNotContain(TokenOf(letter)[^43..], invited.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Accepted_again_by_the_same_person_answers_the_same_and_by_another_not_at_all()
    {
        await InviteAsync("ben@example.com", "viewer");
        var token = TokenOf(await LetterAsync("ben@example.com"));

        var first = await JsonAsync(await AcceptAsync("ben", token));
        var again = await JsonAsync(await AcceptAsync("ben", token));
        using var thief = await AcceptAsync("thief", token);

        Assert.Equal(first.ToString(), again.ToString());
        await HttpAssert.ProblemAsync(thief, HttpStatusCode.NotFound, "invitations.not_found");
    }

    [Fact]
    public async Task Of_many_who_accept_at_once_one_is_let_in()
    {
        await InviteAsync("race@example.com", "viewer");
        var token = TokenOf(await LetterAsync("race@example.com"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => AcceptAsync($"racer-{i}", token)));

        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.OK);
        Assert.All(answers.Where(answer => answer.StatusCode != HttpStatusCode.OK), answer => Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode));
    }

    [Fact]
    public async Task Who_was_removed_does_not_come_back_with_his_old_invitation()
    {
        await InviteAsync("gone@example.com", "viewer");
        var token = TokenOf(await LetterAsync("gone@example.com"));
        var user = (await JsonAsync(await AcceptAsync("gone", token))).GetProperty("user_id").GetString();
        using var removed = await people.AskAsync(Roles.TenantAdmin, $"/api/users/{user}", method: "DELETE");

        using var back = await AcceptAsync("gone", token);

        await HttpAssert.ProblemAsync(back, HttpStatusCode.NotFound, "invitations.not_found");
    }

    [Fact]
    public async Task Who_is_a_member_already_is_told_so_and_the_invitation_is_left()
    {
        await InviteAsync("double@example.com", "tenant_admin");
        var token = TokenOf(await LetterAsync("double@example.com"));

        using var member = await AcceptAsync(Roles.Viewer, token);
        using var right = await AcceptAsync("double", token);

        await HttpAssert.ProblemAsync(member, HttpStatusCode.Conflict, "users.already_member");
        Assert.Equal(HttpStatusCode.OK, right.StatusCode);
    }

    [Fact]
    public async Task Invitation_that_has_ended_was_changed_or_never_was_is_answered_alike()
    {
        await InviteAsync("late@example.com", "viewer");
        var token = TokenOf(await LetterAsync("late@example.com"));
        await people.Host.Database.ExecuteAsAdminAsync("update fleet.invitations set expires_at = now() - interval '1 second' where id = $1", P.Uuid(Guid.Parse(token.Split('.')[2])));

        string[] tokens = [token, $"{token[..^2]}AA", token.Replace(people.A.Tenant.Value, people.B.Tenant.Value, StringComparison.Ordinal), token.Replace(people.A.Tenant.Value, "nobody_at_all_001", StringComparison.Ordinal), "invite", ""];
        var answers = new List<string>();
        foreach (var wrong in tokens)
        {
            using var response = await AcceptAsync("late", wrong);
            await HttpAssert.ProblemAsync(response, HttpStatusCode.NotFound, "invitations.not_found");
            answers.Add(await response.Content.ReadAsStringAsync());
        }

        Assert.Single(answers.Distinct());
    }

    [Fact]
    public async Task Repeated_request_sends_one_email()
    {
        await InviteAsync("once@example.com", "viewer", "invite-once");
        await InviteAsync("once@example.com", "viewer", "invite-once");
        await people.Host.Database.ExecuteAsAdminAsync("update fleet.idempotency_keys set status_code = null, response = null, created_at = now() - interval '2 minutes' where key = 'invite-once'");
        await InviteAsync("once@example.com", "viewer", "invite-once");

        await LetterAsync("once@example.com");
        Assert.Equal(1, await people.Host.Database.ScalarAsAdminAsync<long>("select count(*) from fleet.invitations where effect_key like 'invite-once%'"));
        Assert.Equal(1, await people.Host.Database.ScalarAsAdminAsync<long>("select count(*) from fleet.calls where effect_key in (select 'mail:invitation:' || id from fleet.invitations where effect_key like 'invite-once%')"));
    }

    [Fact]
    public async Task Address_and_token_lie_encrypted()
    {
        await InviteAsync("hidden@example.com", "viewer");
        var token = TokenOf(await LetterAsync("hidden@example.com"));

        var rows = await people.Host.Database.ScalarAsAdminAsync<string>("""
            select (select string_agg(i::text || encode(i.email, 'escape'), ' ') from fleet.invitations i)
                || (select string_agg(c::text || encode(c.content, 'escape'), ' ') from fleet.calls c where c.kind = 'mail')
                || (select string_agg(a::text, ' ') from fleet.audit_entries a)
            """);
        Assert.DoesNotContain("hidden@", rows, StringComparison.Ordinal);
        Assert.DoesNotContain(token[^43..], rows, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Operator_invites_a_companys_first_admin_and_nobody_else()
    {
        using var company = await ApiCompany.SetUpAsync(people.Host, "fresh_001");

        using var lower = await PostAsync(Roles.PlatformOperator, company.Tenant.Value, """{"email":"x@example.com","role":"viewer"}""");
        using var customer = await PostAsync(Roles.PlatformOperator, company.Tenant.Value, """{"email":"boss@example.com","role":"tenant_admin"}""");
        using var own = await PostAsync(Roles.PlatformOperator, company.Tenant.Value, """{"email":"operator@example.com","role":"tenant_admin"}""");
        using var boss = await AcceptAsync("boss", TokenOf(await LetterAsync("boss@example.com")));
        using var intruder = await AcceptAsync(Roles.PlatformOperator, TokenOf(await LetterAsync("operator@example.com")));
        using var later = await PostAsync(Roles.PlatformOperator, company.Tenant.Value, """{"email":"more@example.com","role":"tenant_admin"}""");

        await HttpAssert.ProblemAsync(lower, HttpStatusCode.Conflict, "invitations.not_first");
        Assert.Equal(HttpStatusCode.Created, customer.StatusCode);
        Assert.Equal(HttpStatusCode.Created, own.StatusCode);
        Assert.Equal(HttpStatusCode.OK, boss.StatusCode);
        await HttpAssert.ProblemAsync(intruder, HttpStatusCode.NotFound, "invitations.not_found");
        await HttpAssert.ProblemAsync(later, HttpStatusCode.Conflict, "invitations.not_first");
    }

    [Fact]
    public async Task Invitations_that_wait_are_listed_and_others_are_not()
    {
        using var company = await ApiCompany.SetUpAsync(people.Host, "waiting_001");
        await people.AddMemberAsync(company, "waiting", Roles.TenantAdmin);
        var ids = new List<string>();
        for (var i = 0; i < 5; i++) ids.Add((await JsonAsync(await PostAsync("waiting", null, $$"""{"email":"waiting-{{i}}@example.com","role":"viewer"}"""))).GetProperty("id").GetString()!);
        using (var accepted = await AcceptAsync("waiting-0", TokenOf(await LetterAsync("waiting-0@example.com")))) Assert.Equal(HttpStatusCode.OK, accepted.StatusCode);
        using (var cancelled = await CancelAsync("waiting", ids[1])) Assert.Equal(HttpStatusCode.OK, cancelled.StatusCode);
        await people.Host.Database.ExecuteAsAdminAsync("update fleet.invitations set expires_at = now() where id = $1", P.Uuid(Guid.Parse(ids[2])));

        var first = await JsonAsync(await people.AskAsync("waiting", "/api/invitations?limit=1"));
        var second = await JsonAsync(await people.AskAsync("waiting", $"/api/invitations?limit=1&cursor={first.GetProperty("next_cursor").GetString()}"));

        Assert.Equal($"{ids[4]} waiting-4@example.com viewer", Shown(first));
        Assert.Equal($"{ids[3]} waiting-3@example.com viewer", Shown(second));
        Assert.Equal(JsonValueKind.Null, second.GetProperty("next_cursor").ValueKind);

        static string Shown(JsonElement page)
        {
            var only = Assert.Single(page.GetProperty("data").EnumerateArray());
            return $"{only.GetProperty("id").GetString()} {only.GetProperty("email").GetString()} {only.GetProperty("role").GetString()}";
        }
    }

    [Fact]
    public async Task Cancelled_invitation_lets_nobody_in_and_leaves_room_for_another()
    {
        using var company = await ApiCompany.SetUpAsync(people.Host, "cancelled_001");
        await people.AddMemberAsync(company, "cancelling", Roles.TenantAdmin);
        var id = (await JsonAsync(await PostAsync("cancelling", null, """{"email":"not-you@example.com","role":"viewer"}"""))).GetProperty("id").GetString()!;
        var token = TokenOf(await LetterAsync("not-you@example.com"));
        await people.Host.Database.ExecuteAsAdminAsync("""
            insert into fleet.invitations (tenant_id, id, token_hash, email, role, is_first, created_at, expires_at)
            select tenant_id, gen_random_uuid(), token_hash, email, role, false, created_at, expires_at from fleet.invitations, generate_series(1, 99) where id = $1
            """, P.Uuid(Guid.Parse(id)));
        using (var full = await PostAsync("cancelling", null, """{"email":"you@example.com","role":"viewer"}""")) await HttpAssert.ProblemAsync(full, HttpStatusCode.Conflict, "invitations.too_many");

        using var cancelled = await CancelAsync("cancelling", id);
        using var again = await CancelAsync("cancelling", id);
        using var late = await AcceptAsync("not-you", token);
        using var room = await PostAsync("cancelling", null, """{"email":"you@example.com","role":"viewer"}""");

        Assert.Equal(HttpStatusCode.OK, cancelled.StatusCode);
        await HttpAssert.ProblemAsync(again, HttpStatusCode.NotFound, "invitations.not_found");
        await HttpAssert.ProblemAsync(late, HttpStatusCode.NotFound, "invitations.not_found");
        Assert.Equal(HttpStatusCode.Created, room.StatusCode);
        Assert.StartsWith("user:", await people.Host.Database.ScalarAsAdminAsync<string>("select actor from fleet.audit_entries where action = 'user.invitation_cancelled' and subject = $1", P.Text(id)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_accepting_and_cancelling_at_once_one_happens()
    {
        for (var round = 0; round < 5; round++)
        {
            var id = (await InviteAsync($"race-{round}@example.com", "viewer")).GetProperty("id").GetString()!;
            var token = TokenOf(await LetterAsync($"race-{round}@example.com"));

            var answers = await Task.WhenAll(AcceptAsync($"race-{round}", token), CancelAsync(Roles.TenantAdmin, id));

            Assert.Equal([HttpStatusCode.OK, HttpStatusCode.NotFound], answers.Select(answer => answer.StatusCode).Order());
        }
    }

    [Fact]
    public async Task Another_companys_invitation_gets_the_same_404_as_a_missing_one_and_one_that_is_no_id()
    {
        using var invited = await PostAsync("other", null, """{"email":"theirs@example.com","role":"viewer"}""");
        var id = (await JsonAsync(invited)).GetProperty("id").GetString()!;

        var answers = new List<string>();
        foreach (var wrong in new[] { id, "0199b0a0-0000-7000-8000-00000000dead", "no-id" }) answers.Add(await HttpAssert.WholeAsync(CancelAsync(Roles.TenantAdmin, wrong)));

        Assert.StartsWith("404", Assert.Single(answers.Distinct()), StringComparison.Ordinal);
        using var accepted = await AcceptAsync("theirs", TokenOf(await LetterAsync("theirs@example.com")));
        Assert.Equal(HttpStatusCode.OK, accepted.StatusCode);
    }

    [Fact]
    public async Task Operator_takes_back_what_operators_invited_and_nothing_else()
    {
        using var company = await ApiCompany.SetUpAsync(people.Host, "misled_001");
        using var wrong = await PostAsync(Roles.PlatformOperator, company.Tenant.Value, """{"email":"wrong-boss@example.com","role":"tenant_admin"}""");
        var first = (await JsonAsync(wrong)).GetProperty("id").GetString()!;
        await people.AddMemberAsync(company, "misled", Roles.TenantAdmin);
        using var own = await PostAsync("misled", null, """{"email":"colleague@example.com","role":"viewer"}""");
        var second = (await JsonAsync(own)).GetProperty("id").GetString()!;

        using var cancelled = await CancelAsync(Roles.PlatformOperator, first, company.Tenant.Value);
        using var refused = await CancelAsync(Roles.PlatformOperator, second, company.Tenant.Value);

        Assert.Equal(HttpStatusCode.OK, cancelled.StatusCode);
        await HttpAssert.ProblemAsync(refused, HttpStatusCode.NotFound, "invitations.not_found");
    }

    [Fact]
    public async Task Invitations_are_forgotten_a_month_after_their_end()
    {
        using var company = await ApiCompany.SetUpAsync(people.Host, "forgotten_001");
        await people.Host.Database.ExecuteAsAdminAsync("""
            insert into fleet.invitations (tenant_id, id, token_hash, email, role, is_first, effect_key, created_at, expires_at, cancelled_at)
            select $1, gen_random_uuid(), sha256(days::text::bytea), '', 'viewer', false, days::text, now() - interval '1 year', now() - make_interval(days => days), case when days > 31 then now() - interval '1 year' end
            from unnest(array[-1, 29, 31, 60]) days
            """, P.Text(company.Tenant.Value));

        await people.Host.Get<KeepInbox>().HandleAsync(default);

        Assert.Equal("-1,29", await people.Host.Database.ScalarAsAdminAsync<string>("select string_agg(effect_key, ',' order by effect_key::int) from fleet.invitations where tenant_id = $1", P.Text(company.Tenant.Value)));
    }

    [Theory]
    [InlineData("""{"role":"viewer"}""", "$.email")]
    [InlineData("""{"email":"nobody","role":"viewer"}""", "$.email")]
    [InlineData("""{"email":"Ann <ann@example.com>","role":"viewer"}""", "$.email")]
    [InlineData("""{"email":"ann@example.com, ben@example.com","role":"viewer"}""", "$.email")]
    [InlineData("""{"email":"ann@example.com\r\nBcc: all@example.com","role":"viewer"}""", "$.email")]
    [InlineData("""{"email":"ann@example.com"}""", "$.role")]
    [InlineData("""{"email":"ann@example.com","role":"platform_operator"}""", "$.role")]
    public async Task Invitation_that_makes_no_sense_is_refused(string body, string field)
    {
        using var response = await PostAsync(Roles.TenantAdmin, null, body);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(field, HttpAssert.Field(JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement));
    }

    private async Task<JsonElement> InviteAsync(string email, string role, string? idempotencyKey = null)
        => await JsonAsync(await PostAsync(Roles.TenantAdmin, null, $$"""{"email":"{{email}}","role":"{{role}}"}""", idempotencyKey));

    private async Task<HttpResponseMessage> PostAsync(string subject, string? tenant, string json, string? idempotencyKey = null)
    {
        using var client = new DescribedClient { BaseAddress = people.Host.Address, DefaultRequestHeaders = { Authorization = new("Bearer", people.Issuer.Token(subject)) } };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/users/invitations") { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        if (tenant is not null) request.Headers.Add(AccessRequest.TenantHeader, tenant);
        if (idempotencyKey is not null) request.Headers.Add("Idempotency-Key", idempotencyKey);
        return await client.SendAsync(request);
    }

    private Task<HttpResponseMessage> AcceptAsync(string subject, string token)
        => people.AskAsync(subject, "/api/invitations/accept", method: "POST", json: $$"""{"token":"{{token}}"}""");

    private Task<HttpResponseMessage> CancelAsync(string subject, string id, string? tenant = null) => people.AskAsync(subject, $"/api/invitations/{id}", tenant, "DELETE");

    private async Task<MimeMessage> LetterAsync(string to)
    {
        MimeMessage? found = null;
        await Until.TrueAsync(
            () =>
            {
                found = Directory.Exists(MailFolder)
                    ? Directory.EnumerateFiles(MailFolder, "*.eml").Select(file => MimeMessage.Load(file)).SingleOrDefault(letter => letter.To.Mailboxes.Single().Address == to)
                    : null;
                return Task.FromResult(found is not null);
            },
            because: $"an e-mail to {to}");
        return found!;
    }

    private static string TokenOf(MimeMessage letter) => Token().Match(letter.TextBody!).Value;

    private static async Task<JsonElement> JsonAsync(HttpResponseMessage response)
    {
        using (response)
        {
            var text = await response.Content.ReadAsStringAsync();
            Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode} {text}");
            return JsonDocument.Parse(text).RootElement;
        }
    }

    [GeneratedRegex(@"invite\.\S+")]
    private static partial Regex Token();
}
