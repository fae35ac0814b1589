using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace FleetChat.Tests.Webhooks;

/// <summary>A webhook as it came.</summary>
internal sealed record ReceivedHook(string Path, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string Id => Headers["webhook-id"];

    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public string Type => Json.GetProperty("type").GetString()!;

    public JsonElement Data => Json.GetProperty("data");

    public int Signatures => Headers["webhook-signature"].Split(' ').Length;

    /// <summary>As docs/webhooks.md tells receivers to do it, and by nothing of ours.</summary>
    public bool IsSignedWith(string secret)
    {
        using var hmac = new HMACSHA256(Convert.FromBase64String(secret["whsec_".Length..]));
        var text = $"{Headers["webhook-id"]}.{Headers["webhook-timestamp"]}.{Encoding.UTF8.GetString(Body)}";
        return Headers["webhook-signature"].Split(' ').Contains($"v1,{Convert.ToBase64String(hmac.ComputeHash(Encoding.UTF8.GetBytes(text)))}");
    }
}

/// <summary>A company's receiver: a real HTTP server on loopback that answers as it is told.</summary>
internal sealed class HookReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<ReceivedHook> _received = new();

    private HookReceiver(WebApplication app) => _app = app;

    public string Url => $"{_app.Urls.Single()}/hook";

    public IReadOnlyList<ReceivedHook> Received => [.. _received];

    /// <summary>Answers 200 unless told otherwise.</summary>
    public Func<HttpContext, ReceivedHook, Task> Answer { get; set; } = (_, _) => Task.CompletedTask;

    public static async Task<HookReceiver> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var receiver = new HookReceiver(app);
        app.Run(receiver.TakeAsync);
        await app.StartAsync();
        return receiver;
    }

    public void AnswerWith(int status) => Answer = (context, _) =>
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    };

    public async ValueTask DisposeAsync()
    {
        // A test that failed may have left a call open.
        using var atOnce = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await _app.StopAsync(atOnce.Token);
        await _app.DisposeAsync();
    }

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var hook = new ReceivedHook(context.Request.Path, context.Request.Headers.ToDictionary(h => h.Key.ToLowerInvariant(), h => h.Value.ToString()), body.ToArray());
        _received.Enqueue(hook);
        await Answer(context, hook);
    }
}
