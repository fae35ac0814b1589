using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FleetChat.Core;
using FleetChat.Core.Drivers.Imports;
using FleetChat.Tests.Security;

namespace FleetChat.Tests.Drivers.Imports;

/// <summary>An import over HTTP, from its opening to its results.</summary>
public sealed class ImportApiTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task Roster_is_handed_in_by_parts_runs_by_itself_and_says_what_became_of_each_row()
    {
        var file = Encoding.UTF8.GetBytes("samsara id;Conductor;Teléfono;Idioma\nimp-1;=cmd|'/c calc'!A1;512 555 0181;es\nimp-2;Bo;12;\n;;512 555 0181;\n");
        var opened = await PostAsync("/api/imports", """{"source":"csv"}""", HttpStatusCode.Created);
        var id = opened.GetProperty("id").GetString();
        Assert.Equal("open", opened.Text("state"));
        var first = await PutAsync(id, 1, file[..50]);
        Assert.Equal(["samsara_driver_id", "name", "phone", "language"], first.GetProperty("columns").EnumerateArray().Select(c => c.Text("field")));
        await PutAsync(id, 2, file[50..]);
        var completion = $$"""{"parts":2,"sha256":"{{Convert.ToHexStringLower(SHA256.HashData(file))}}"}""";
        await PostAsync($"/api/imports/{id}/complete", completion, HttpStatusCode.Accepted);
        await Until.TrueAsync(async () => (await api.A.GetJsonAsync($"/api/imports/{id}")).Text("state") == "done", "the import to be done");

        Assert.Equal("3 of 3 rows: 1 added, 0 changed, 0 unchanged, 2 refused.", (await api.A.GetJsonAsync($"/api/imports/{id}")).Text("progress"));
        var page = await api.A.GetJsonAsync($"/api/imports/{id}/rows?outcome=refused&limit=1");
        Assert.Equal("drivers.phone_invalid", page.GetProperty("data")[0].Text("code"));
        var next = await api.A.GetJsonAsync($"/api/imports/{id}/rows?outcome=refused&limit=1&cursor={page.Text("next_cursor")}");
        Assert.Equal("imports.duplicate", next.GetProperty("data")[0].Text("code"));
        using var foreign = await api.B.GetAsync($"/api/imports/{api.B.Import}/rows?outcome=refused&limit=1&cursor={page.Text("next_cursor")}");
        await HttpAssert.ProblemAsync(foreign, HttpStatusCode.BadRequest, "request.cursor_invalid");
        using var csv = await api.A.GetAsync($"/api/imports/{id}/rows.csv");
        Assert.Equal("text/csv", csv.Content.Headers.ContentType?.MediaType);
        var lines = (await csv.Content.ReadAsStringAsync()).TrimStart('\uFEFF').Split("\r\n");
        Assert.Equal(5, lines.Length);
        Assert.StartsWith("1,2,imp-1,'=cmd|'/c calc'!A1,,added,,,,", lines[1], StringComparison.Ordinal);
        using var drivers = await api.A.GetAsync("/api/drivers?limit=200");
        Assert.Contains("\"imp-1\"", await drivers.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"source":"fax"}""", "$.source")]
    [InlineData("""{}""", "$.source")]
    [InlineData("""{"source":"csv","delimiter":"x"}""", "$.delimiter")]
    [InlineData("""{"source":"csv","encoding":"ebcdic"}""", "$.encoding")]
    [InlineData("""{"source":"csv","date_format":"ymd"}""", "$.date_format")]
    [InlineData("""{"source":"csv","columns":{"Nr":"number"}}""", "$.columns")]
    [InlineData("""{"source":"csv","columns":{"A":"phone","B":"phone"}}""", "$.columns")]
    public async Task What_cannot_be_meant_is_refused_with_its_field(string body, string field)
    {
        using var response = await api.A.PostAsync("/api/imports", body);

        Assert.Equal(field, HttpAssert.Field(await HttpAssert.ProblemAsync(response, HttpStatusCode.BadRequest, "imports.settings_invalid")));
    }

    [Fact]
    public async Task Parts_have_a_number_and_an_end()
    {
        foreach (var number in new[] { "0", "65", "-1", "one", "99999999999" })
        {
            using var response = await SendPartAsync(api.B.Import.ToString(), number, "x"u8.ToArray());
            await HttpAssert.ProblemAsync(response, HttpStatusCode.BadRequest, "imports.part_number");
        }
        using var empty = await SendPartAsync(api.B.Import.ToString(), "3", []);
        await HttpAssert.ProblemAsync(empty, HttpStatusCode.BadRequest, "imports.part_empty");
        using var large = await SendPartAsync(api.B.Import.ToString(), "3", new byte[1024 * 1024 + 1]);
        await HttpAssert.ProblemAsync(large, HttpStatusCode.RequestEntityTooLarge, "request.too_large");
        using var hash = await api.B.PostAsync($"/api/imports/{api.B.Import}/complete", """{"parts":1,"sha256":"xyz"}""");
        Assert.Equal("$.sha256", HttpAssert.Field(await HttpAssert.ProblemAsync(hash, HttpStatusCode.BadRequest, "imports.sha256_wrong")));
    }

    [Theory]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("+1", "'+1")]
    [InlineData("-1", "'-1")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("\t=1", "\"'\t=1\"")]
    [InlineData("a,\"b\"", "\"a,\"\"b\"\"\"")]
    [InlineData("Ana", "Ana")]
    [InlineData(null, "")]
    public void Cells_are_no_formulas(string? text, string cell) => Assert.Equal(cell, Csv.Cell(text));

    private async Task<JsonElement> PostAsync(string path, string body, HttpStatusCode status)
    {
        using var response = await api.A.PostAsync(path, body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == status, $"{(int)response.StatusCode} {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    private async Task<JsonElement> PutAsync(string? id, int number, byte[] part)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/api/imports/{id}/parts/{number}") { Content = new ByteArrayContent(part) };
        using var response = await api.A.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode} {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    private Task<HttpResponseMessage> SendPartAsync(string id, string number, byte[] part)
        => api.B.SendAsync(new HttpRequestMessage(HttpMethod.Put, $"/api/imports/{id}/parts/{number}") { Content = new ByteArrayContent(part) });
}
