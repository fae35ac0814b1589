using System.Net;
using FleetChat.Core.Security.Access;
using FleetChat.Tests.Security.People;

namespace FleetChat.Tests.Tenants;

/// <summary>The pool over HTTP; AccessTests tells who may. Nobody is at Meta's address here.</summary>
public sealed class NumberPoolApiTests(PeopleFixture people) : IClassFixture<PeopleFixture>
{
    private const string Path = "/api/platform/numbers";
    private const string Token = "a-token-that-nobody-sees";

    [Fact]
    public async Task Operator_enters_a_number_and_sees_what_it_waits_for_and_never_its_token()
    {
        var body = $$"""{"phone_number":"+1 312 555 0199","display":"+1-555-ABC-FLEET","verified_name":"FleetChat","business_account_id":"778899","access_token":"{{Token}}"}""";
        using var entered = await PostAsync(Path, body);
        Assert.Equal(HttpStatusCode.Conflict, entered.StatusCode);
        Assert.Contains("numbers.meta_unreachable", await entered.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        using var listed = await people.AskAsync(Roles.PlatformOperator, Path, null, "get");
        var text = await listed.Content.ReadAsStringAsync();
        Assert.Contains("\"phone_number\":\"+13125550199\"", text, StringComparison.Ordinal);
        Assert.Contains("\"state\":\"entered\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain(Token, text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Path, """{"phone_number":"+1 312 555 0199"}""", HttpStatusCode.BadRequest, "numbers.name_invalid")]
    [InlineData(Path, "{", HttpStatusCode.BadRequest, "json")]
    [InlineData(Path + "/no-id/code", """{"code":"123456"}""", HttpStatusCode.NotFound, "numbers.not_found")]
    [InlineData(Path + "/0199b0a0-0000-7000-8000-00000000dead/code", """{"code":"123456"}""", HttpStatusCode.NotFound, "numbers.not_found")]
    [InlineData(Path + "/0199b0a0-0000-7000-8000-00000000dead/code", """{"code":"1234 56"}""", HttpStatusCode.BadRequest, "numbers.code_invalid")]
    public async Task What_is_wrong_is_said(string path, string body, HttpStatusCode status, string code)
    {
        using var response = await PostAsync(path, body);
        Assert.Equal(status, response.StatusCode);
        Assert.Contains(code, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private Task<HttpResponseMessage> PostAsync(string path, string body) => people.AskAsync(Roles.PlatformOperator, path, null, "post", body);
}
