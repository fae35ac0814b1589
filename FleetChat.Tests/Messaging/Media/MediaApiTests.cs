using System.Net;
using System.Text.Json;
using FleetChat.Tests.Security;

namespace FleetChat.Tests.Messaging.Media;

public sealed class MediaApiTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task Link_gives_the_bytes_to_whoever_has_it_to_be_saved_and_never_shown_as_ours()
    {
        byte[] photo = [0xFF, 0xD8, 0xFF, 0xE0, .. new byte[100_000]];
        var id = await api.A.AddMediumAsync(photo, "..\\étiquette <1>\r\n.jpg");
        var link = (await api.A.GetJsonAsync($"/api/media/{id}")).GetProperty("url").GetString()!;
        Assert.StartsWith("https://fleetchat.example/media/", link, StringComparison.Ordinal);

        using var http = new HttpClient { BaseAddress = api.Host.Address };
        using var response = await http.GetAsync(new Uri(link).AbsolutePath);

        Assert.Equal(photo, await response.Content.ReadAsByteArrayAsync());
        Assert.Equal("image/jpeg", response.Content.Headers.ContentType!.ToString());
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("no-store", response.Headers.CacheControl!.ToString());
        Assert.Equal($"attachment; filename=\"{id:N}.jpeg\"; filename*=UTF-8''.._%C3%A9tiquette%20_1___.jpg", response.Content.Headers.GetValues("Content-Disposition").Single());
    }

    [Fact]
    public async Task Everything_wrong_with_a_link_gets_one_answer()
    {
        var mine = Token(await api.A.GetJsonAsync($"/api/media/{api.A.Medium}"));
        var theirs = Token(await api.B.GetJsonAsync($"/api/media/{api.B.Medium}"));
        var answers = new List<string>();
        using var http = new HttpClient { BaseAddress = api.Host.Address };

        foreach (var token in new[] { "x", "x.y", $"{mine.Split('.')[0]}.{theirs.Split('.')[1]}", mine[..^1] + "_", new string('a', 5000) })
        {
            using var response = await http.GetAsync($"/media/{token}");
            answers.Add($"{response.StatusCode} {await response.Content.ReadAsStringAsync()}");
        }

        Assert.Equal($"{HttpStatusCode.Unauthorized} Unauthorized", Assert.Single(answers.Distinct()));
    }

    [Fact]
    public async Task Message_shows_what_came_with_it()
    {
        var message = (await api.A.GetJsonAsync($"/api/media/{api.A.Medium}")).GetProperty("message_id").GetString();

        var media = (await api.A.GetJsonAsync($"/api/messages/{message}")).GetProperty("media");

        Assert.Equal(api.A.Medium, media.GetProperty("id").GetGuid());
        Assert.Equal(("fetched", 7), (media.GetProperty("state").GetString(), media.GetProperty("size").GetInt32()));
    }

    private static string Token(JsonElement medium) => medium.GetProperty("url").GetString()!.Split('/')[^1];
}
