using System.Diagnostics;
using System.Net;
using FleetChat.Core.WhatsApp;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace FleetChat.Tests.Monitoring;

public sealed class TraceIdAloneTests(FleetFixture fixture) : IClassFixture<FleetFixture>
{
    /// <summary>As the real clients are made: by the factory, with what is registered for all of them.</summary>
    [Theory]
    [InlineData("any")]
    [InlineData(nameof(IWhatsAppMedia))]
    [InlineData("openid")]
    public async Task A_call_goes_on_in_our_trace_and_takes_nothing_of_the_callers_along(string client)
    {
        await using var outside = await OutsideAsync();
        using var activity = new Activity("request").SetParentId("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        activity.TraceStateString = "vendor=a-secret";
        activity.AddBaggage("customer", "a-name");
        activity.Start();

        using var http = fixture.Fleet.Get<IHttpClientFactory>().CreateClient(client);
        var headers = await http.GetStringAsync(new Uri(outside.Urls.Single()));

        Assert.Contains("traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-", headers, StringComparison.Ordinal);
        Assert.DoesNotContain("a-secret", headers, StringComparison.Ordinal);
        Assert.DoesNotContain("a-name", headers, StringComparison.Ordinal);
    }

    private static async Task<WebApplication> OutsideAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls($"http://{IPAddress.Loopback}:0");
        var app = builder.Build();
        app.Run(context => context.Response.WriteAsync(string.Join('\n', context.Request.Headers.Select(header => $"{header.Key}: {header.Value}"))));
        await app.StartAsync();
        return app;
    }
}
