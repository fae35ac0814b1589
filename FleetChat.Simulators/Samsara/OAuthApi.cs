using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using FleetChat.Simulators.Hosting;
using FleetChat.Simulators.Journal;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FleetChat.Simulators.Samsara;

/// <summary>Access tokens of a marketplace app: a code gives the first pair, each refresh token works once and gives the next pair.</summary>
internal static class OAuthApi
{
    public static void Map(IEndpointRouteBuilder app, SamsaraState state, TimeProvider clock, SimulatorJournal journal)
        => app.MapPost("/oauth2/token", (RequestDelegate)(async context =>
        {
            var form = context.Request.HasFormContentType ? await context.Request.ReadFormAsync(context.RequestAborted) : FormCollection.Empty;
            var (status, body) = Exchange(state, clock.GetUtcNow(), context.Request.Headers.Authorization.ToString(), form);
            journal.Write("rest.request", SimulatorJson.Object(
                ("method", "POST"), ("path", "/oauth2/token"), ("query", ""), ("status", status), ("body", SimulatorJson.Object(("grant_type", form["grant_type"].ToString())))));
            await Results.Text(body.ToJsonString(SimulatorJson.Wire), "application/json", Encoding.UTF8, status).ExecuteAsync(context);
        }));

    private static (int Status, JsonObject Body) Exchange(SamsaraState state, DateTimeOffset now, string authorization, IFormCollection form)
    {
        lock (state.Gate)
        {
            var mine = state.Grants.Where(grant => authorization == Basic(grant)).ToList();
            if (mine.Count == 0)
                return (StatusCodes.Status401Unauthorized, SimulatorJson.Object(("error", "invalid_client")));
            var grant = form["grant_type"].ToString() switch
            {
                "authorization_code" => mine.Find(grant => grant.Code is { } code && code == form["code"]),
                "refresh_token" => mine.Find(grant => grant.RefreshToken is { } refresh && refresh == form["refresh_token"]),
                _ => null,
            };
            return grant is null
                ? (StatusCodes.Status400BadRequest, SimulatorJson.Object(("error", "invalid_grant")))
                : (StatusCodes.Status200OK, NextPair(grant, now));
        }
    }

    private static JsonObject NextPair(OAuthGrant grant, DateTimeOffset now)
    {
        var access = Unique.Letters(40);
        grant.Org.Tokens.Add(new(access, [], now + grant.TokenLife));
        (grant.Code, grant.RefreshToken) = (null, Unique.Letters(40));
        return SimulatorJson.Object(
            ("access_token", access), ("expires_in", (long)grant.TokenLife.TotalSeconds), ("refresh_token", grant.RefreshToken), ("scope", "admin:read admin:write"), ("token_type", "bearer"));
    }

    private static string Basic(OAuthGrant grant)
        => new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{grant.ClientId}:{grant.ClientSecret}"))).ToString();
}
