using System.Net;
using FleetChat.Tests.Security;

namespace FleetChat.Tests.Http;

/// <summary>A company's templates over HTTP: as they stand, as a driver would get them, and what is wrong with what is asked.</summary>
public sealed class TemplateApiTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string Note = "fleetchat_dispatcher_note_v2";

    [Fact]
    public async Task List_shows_each_template_in_each_language_with_a_preview()
    {
        var list = await api.A.GetJsonAsync("/api/templates");

        var notes = list.GetProperty("items").EnumerateArray().Where(t => t.GetProperty("template").GetString() == Note).ToList();
        Assert.Equal(["en_US", "es", "fr"], notes.Select(t => t.GetProperty("language").GetString()));
        Assert.Equal("Hello Maria, your dispatcher writes about your current work: Please use gate 4. Just answer here.", notes[0].GetProperty("preview").GetProperty("text").GetString());
        Assert.Equal(list.GetProperty("items").GetArrayLength(), list.GetProperty("progress").GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task Preview_fills_in_what_is_given()
    {
        using var response = await api.A.PostAsync("/api/templates/preview", $$"""{"template":"{{Note}}","language":"es","parameters":["Ana","Puerta 4."]}""");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("Hola Ana, tu despachador escribe sobre tu trabajo actual: Puerta 4. Responde", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""["Ana"]""", "templates.parameter_count", "$.parameters")]
    [InlineData("""["Ana",""]""", "templates.parameter_invalid", "$.parameters[1]")]
    [InlineData("""["Ana","a\nb"]""", "templates.parameter_invalid", "$.parameters[1]")]
    [InlineData("""["Ana",null]""", "templates.parameter_invalid", "$.parameters[1]")]
    public async Task Preview_says_what_is_wrong_with_a_parameter(string parameters, string code, string field)
    {
        using var response = await api.A.PostAsync("/api/templates/preview", $$"""{"template":"{{Note}}","language":"en_US","parameters":{{parameters}}}""");

        var problem = await HttpAssert.ProblemAsync(response, HttpStatusCode.BadRequest, code);
        Assert.Contains(field, problem.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"template":"no_such","language":"en_US"}""")]
    [InlineData("""{"template":"fleetchat_dispatcher_note_v2","language":"de"}""")]
    [InlineData("""{}""")]
    public async Task Template_that_there_is_not_gets_404(string body)
    {
        using var response = await api.A.PostAsync("/api/templates/preview", body);

        await HttpAssert.ProblemAsync(response, HttpStatusCode.NotFound, "templates.not_found");
    }

    [Fact]
    public async Task Submission_is_begun_and_may_be_repeated()
    {
        for (var time = 0; time < 2; time++)
        {
            using var response = await api.A.PostAsync("/api/templates/submission", null);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
    }
}
