using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using FleetChat.Core.Data;
using FleetChat.Core.Security.Access;
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
        using var client = new HttpClient { BaseAddress = people.Host.Address, DefaultRequestHeaders = { Authorization = new("Bearer", people.Issuer.Token(subject)) } };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/users/invitations") { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        if (tenant is not null) request.Headers.Add(AccessRequest.TenantHeader, tenant);
        if (idempotencyKey is not null) request.Headers.Add("Idempotency-Key", idempotencyKey);
        return await client.SendAsync(request);
    }

    private Task<HttpResponseMessage> AcceptAsync(string subject, string token)
        => people.AskAsync(subject, "/api/invitations/accept", method: "POST", json: $$"""{"token":"{{token}}"}""");

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
