using System.Diagnostics;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace FleetChat.Benchmarks.Fleet;

/// <summary>
/// WhatsApp's Graph in a process of its own, as far as sending needs it: takes every message after a while, and notes when it came.
/// FleetChat's simulator of it checks and remembers what it gets, and would take more of the machine than what is measured.
/// </summary>
internal sealed class GraphProcess : IDisposable
{
    /// <summary>The command under which a process is it; its argument is the time that an answer takes, in milliseconds.</summary>
    public const string Command = "graph";

    private const string Take = "take";
    private const string Samsara = "samsara";

    private const string NothingThere = """
        {"data":[],"pagination":{"endCursor":"","hasNextPage":false}}
        """;

    private readonly ChildProcess _process;

    private GraphProcess(ChildProcess process, Uri address) => (_process, Address) = (process, address);

    public Uri Address { get; }

    /// <summary>A Samsara in which nothing is: every list is empty.</summary>
    public Uri SamsaraAddress => new(Address, Samsara);

    /// <summary>WhatsApp's id of a message.</summary>
    public static string MessageId(string opaque) => $"wamid.{opaque}";

    public static async Task<GraphProcess> StartAsync(int milliseconds, CancellationToken ct)
    {
        var process = new ChildProcess(Command, milliseconds.ToString(System.Globalization.CultureInfo.InvariantCulture));
        return new(process, new Uri(await process.HearAsync(ct)));
    }

    /// <summary>What came since this was asked the last time.</summary>
    public async Task<IReadOnlyList<GraphCall>> TakeAsync(CancellationToken ct)
    {
        await _process.TellAsync(Take, ct);
        return JsonSerializer.Deserialize<List<GraphCall>>(await _process.HearAsync(ct))!;
    }

    public void Dispose() => _process.Dispose();

    public static async Task RunAsync(string[] arguments, TextReader input, TextWriter output)
    {
        var delay = TimeSpan.FromMilliseconds(int.Parse(arguments[0], System.Globalization.CultureInfo.InvariantCulture));
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = ["--urls", "http://127.0.0.1:0"] });
        builder.Logging.ClearProviders();
        await using var app = builder.Build();
        var (calls, gate) = (new List<GraphCall>(), new Lock());
        app.MapPost("/{version}/{number}/messages", async (HttpContext context) =>
        {
            var arrivedAt = Stopwatch.GetTimestamp();
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            var text = body.GetBuffer().AsMemory(0, (int)body.Length);
            var (to, id) = Read(text);
            if (StopNames.Find(text.Span) is { } code)
            {
                lock (gate) calls.Add(new(code, arrivedAt, to, id));
            }
            if (delay > TimeSpan.Zero) await Task.Delay(delay);
            await AnswerAsync(context, to, id);
        });
        app.MapGet($"/{Samsara}/{{**path}}", (HttpContext context) => AnswerAsync(context, NothingThere));
        await app.StartAsync();
        await output.WriteLineAsync(app.Urls.First());
        while (await input.ReadLineAsync() is not null)
        {
            List<GraphCall> taken;
            lock (gate) (taken, calls) = (calls, []);
            await output.WriteLineAsync(JsonSerializer.Serialize(taken));
        }
    }

    private static (string To, string Opaque) Read(ReadOnlyMemory<byte> request)
    {
        using var message = JsonDocument.Parse(request);
        return (message.RootElement.GetProperty("to").GetString()!, message.RootElement.GetProperty("biz_opaque_callback_data").GetString()!);
    }

    private static Task AnswerAsync(HttpContext context, string to, string opaque) => AnswerAsync(context, $$"""
        {"messaging_product":"whatsapp","contacts":[{"input":"{{to}}","wa_id":"{{to.TrimStart('+')}}"}],"messages":[{"id":"{{MessageId(opaque)}}"}]}
        """);

    private static Task AnswerAsync(HttpContext context, string json)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(json);
    }
}

/// <param name="Code">Of the event that it comes from.</param>
/// <param name="ArrivedAt">As <see cref="LoadResult.StartedAt"/>.</param>
/// <param name="To">The driver's phone.</param>
/// <param name="Opaque">What comes back in each report about the message.</param>
internal sealed record GraphCall(long Code, long ArrivedAt, string To, string Opaque);
