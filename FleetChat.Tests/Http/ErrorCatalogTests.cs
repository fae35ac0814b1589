using System.Net;
using System.Text.RegularExpressions;
using FleetChat.Functions.Http;
using FleetChat.Tests.Conventions;

namespace FleetChat.Tests.Http;

public sealed partial class ErrorCatalogTests
{
    private static readonly Lazy<IReadOnlyList<CatalogedError>> s_errors = new(ErrorCatalog.Read);

    [Fact]
    public void Every_code_has_the_form_of_one()
        => Findings.AssertNone(s_errors.Value.Select(error => error.Code).Where(code => !Code().IsMatch(code)));

    [Fact]
    public void Every_code_has_one_status()
        => Findings.AssertNone(s_errors.Value.GroupBy(error => error.Code).Where(code => code.Select(error => error.Status).Distinct().Count() > 1).Select(code => code.Key));

    [Fact]
    public void Every_error_says_a_sentence()
        => Findings.AssertNone(s_errors.Value.Where(error => !error.Detail.EndsWith('.') && !error.Detail.EndsWith('}') && error.Code != "access.unauthenticated"));

    [Theory]
    [InlineData("drivers.not_found", HttpStatusCode.NotFound)]
    [InlineData("access.unauthenticated", HttpStatusCode.Unauthorized)]
    [InlineData("tenants.tier_unknown", HttpStatusCode.BadRequest)]
    [InlineData("request.json_invalid", HttpStatusCode.BadRequest)]
    [InlineData("request.nul", HttpStatusCode.BadRequest)]
    [InlineData("request.parameter_invalid", HttpStatusCode.BadRequest)]
    [InlineData("internal.unexpected", HttpStatusCode.InternalServerError)]
    [InlineData("internal.key_missing", HttpStatusCode.ServiceUnavailable)]
    public void What_is_said_anywhere_stands_in_it(string code, HttpStatusCode status)
        => Assert.Contains(s_errors.Value, error => (error.Code, error.Status) == (code, status));

    [Theory]
    [InlineData("access.scope_missing", "{scope}")]
    [InlineData("messaging.text_length", "{longest}")]
    [InlineData("request.too_large", "{max_bytes}")]
    [InlineData("samsara.scope_missing", "{scopes}")]
    public void Value_that_only_the_request_knows_is_named(string code, string name)
        => Assert.Contains(s_errors.Value, error => error.Code == code && error.Detail.Contains(name, StringComparison.Ordinal));

    [Fact]
    public void What_a_code_says_of_each_field_stands_in_it()
        => Assert.Equal(6, s_errors.Value.Count(error => error.Code == "consent.evidence_incomplete"));

    [GeneratedRegex(@"^[a-z_]+(\.[a-z_0-9]+)+\z")]
    private static partial Regex Code();
}
