using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace FleetChat.Tests.Simulators;

internal sealed record Received(IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public JsonElement Json
    {
        get
        {
            using var document = JsonDocument.Parse(Body);
            return document.RootElement.Clone();
        }
    }

    /// <summary>Of WhatsApp: each status and message of the POST.</summary>
    public IEnumerable<JsonElement> All(string kind)
        => from entry in Json.GetProperty("entry").EnumerateArray()
           from change in entry.GetProperty("changes").EnumerateArray()
           where change.GetProperty("value").TryGetProperty(kind, out _)
           from item in change.GetProperty("value").GetProperty(kind).EnumerateArray()
           select item;
}

/// <summary>A webhook receiver on loopback that keeps what it gets and answers what it is told.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentQueue<Received> received = new();

    private Receiver(WebApplication app) => this.app = app;

    public Uri Url { get; private set; } = new("http://127.0.0.1");

    public string VerifyToken { get; } = "the verify token";

    /// <summary>The status for each POST, in turn; 200 when there is none left.</summary>
    public ConcurrentQueue<int> Answers { get; } = new();

    public IReadOnlyList<Received> All => [.. received];

    public static async Task<Receiver> StartAsync(int port = 0)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls($"http://127.0.0.1:{port}");
        var app = builder.Build();
        var receiver = new Receiver(app);
        app.Run(receiver.AnswerAsync);
        await app.StartAsync();
        receiver.Url = new Uri(new Uri(app.Urls.Single()), "hook");
        return receiver;
    }

    public async Task<IReadOnlyList<Received>> WaitAsync(int count)
    {
        await Until.TrueAsync(() => received.Count >= count, $"{count} webhooks");
        return All;
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        if (HttpMethods.IsGet(context.Request.Method))
        {
            context.Response.StatusCode = context.Request.Query["hub.verify_token"] == VerifyToken ? 200 : 403;
            await context.Response.WriteAsync(context.Request.Query["hub.challenge"].ToString());
            return;
        }
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        received.Enqueue(new(context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase), body.ToArray()));
        context.Response.StatusCode = Answers.TryDequeue(out var status) ? status : 200;
    }
}
