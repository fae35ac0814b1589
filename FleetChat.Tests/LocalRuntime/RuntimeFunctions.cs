using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Tests.LocalRuntime;

/// <summary>What the functions below saw, and the gates that some of them wait at; one for all hosts of a test.</summary>
public sealed class RuntimeLog
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _gates = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _entries = new();

    public IReadOnlyList<string> Entries => [.. _entries];

    public void Add(string entry) => _entries.Enqueue(entry);

    public IReadOnlyList<string> Of(string function) => [.. _entries.Where(e => e.StartsWith(function + ' ', StringComparison.Ordinal)).Select(e => e[(function.Length + 1)..])];

    public void Open(string gate) => GateOf(gate).TrySetResult();

    public Task WaitAtAsync(string gate) => GateOf(gate).Task;

    private TaskCompletionSource GateOf(string gate)
        => _gates.GetOrAdd(gate, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}

/// <summary>A host's name, so that a test can tell which of two did something.</summary>
public sealed record HostName(string Value);

public sealed class PutAnswer
{
    [HttpResult]
    public HttpResponseData? Answer { get; set; }

    [QueueOutput("work")]
    public string[]? Messages { get; set; }
}

public sealed class RuntimeFunctions(RuntimeLog log, HostName host, TimeProvider clock)
{
    /// <summary>One message a line of the body.</summary>
    [Function("Put")]
    public async Task<PutAnswer> Put([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "put")] HttpRequestData request)
    {
        var lines = (await request.ReadAsStringAsync())!.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        log.Add($"Put {lines.Length}");
        return new() { Answer = request.CreateResponse(System.Net.HttpStatusCode.Accepted), Messages = lines };
    }

    /// <summary>A message is "text", "hold:gate", "fail" or "failAfter:gate".</summary>
    [Function("Work")]
    public async Task Work([QueueTrigger("work")] string message, int dequeueCount)
    {
        log.Add($"Work {message} {dequeueCount.ToString(CultureInfo.InvariantCulture)} {host.Value}");
        if (message.StartsWith("hold:", StringComparison.Ordinal)) await log.WaitAtAsync(message["hold:".Length..]);
        if (message.StartsWith("failAfter:", StringComparison.Ordinal)) await log.WaitAtAsync(message["failAfter:".Length..]);
        if (message.StartsWith("fail", StringComparison.Ordinal)) throw new InvalidOperationException("asked to fail");
        log.Add($"Worked {message} {host.Value}");
    }

    [Function("Relay")]
    [QueueOutput("relayed")]
    public string[] Relay([QueueTrigger("relay")] string message)
    {
        log.Add($"Relay {message} {host.Value}");
        return [message];
    }

    [Function("Traced")]
    [QueueOutput("traced")]
    public static string[] PutTraced([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "traced/{name}")] HttpRequestData request, string name) => [name];

    [Function("TakeTraced")]
    [QueueOutput("traced-last")]
    public string[] TakeTraced([QueueTrigger("traced")] string message, FunctionContext context)
    {
        log.Add($"TakeTraced {message} {context.TraceContext.TraceParent}");
        return message == "fail" ? throw new InvalidOperationException("+49 170 1234567 is secret") : [message];
    }

    /// <summary>For a test that has this process' log only over HTTP.</summary>
    [Function("Log")]
    public string[] ReadLog([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "log")] HttpRequestData request) => [.. log.Entries];

    [Function("Open")]
    public void Open([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "open/{gate}")] HttpRequestData request, string gate) => log.Open(gate);

    [Function("Hold")]
    public async Task<string> Hold([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "hold/{gate}")] HttpRequestData request, string gate)
    {
        log.Add($"Hold {gate} begun");
        await log.WaitAtAsync(gate);
        log.Add($"Hold {gate} done");
        return "held";
    }

    [Function("NameOfBody")]
    public static string NameOfBody([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "name")] HttpRequestData request, string? name) => name ?? "none";

    [Function("Echo")]
    public static async Task<string> Echo([HttpTrigger(AuthorizationLevel.Anonymous, Route = "echo/{*rest}")] HttpRequestData request, string? rest)
        => $"{request.Method} {rest} {(await request.ReadAsStringAsync())!.Length}";

    /// <summary>Waits for its own end.</summary>
    [Function("Wait")]
    public async Task Wait([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "wait")] HttpRequestData request, FunctionContext context)
    {
        log.Add("Wait begun");
        var cancelled = new TaskCompletionSource();
        await using (context.CancellationToken.Register(cancelled.SetResult)) await cancelled.Task;
        log.Add("Wait cancelled");
    }

    [Function("Hourly")]
    public void Hourly([TimerTrigger("0 0 * * * *")] TimerInfo timer) => log.Add($"Hourly {Now()} pastDue={timer.IsPastDue}");

    [Function("EveryTenMinutes")]
    [QueueOutput("ticks")]
    public string EveryTenMinutes([TimerTrigger("0 */10 * * * *")] TimerInfo timer)
    {
        log.Add($"EveryTenMinutes {Now()} {host.Value}");
        return Now();
    }

    [Function("TakeTick")]
    public void TakeTick([QueueTrigger("ticks")] string message) => log.Add($"TakeTick {message} at {Now()}");

    [Function("Sweep")]
    public void Sweep([TimerTrigger("*/5 * * * * *")] TimerInfo timer) => log.Add($"Sweep {Now()}");

    [Function("AtStart")]
    public void AtStart([TimerTrigger("0 0 0 1 1 *", RunOnStartup = true)] TimerInfo timer) => log.Add($"AtStart {host.Value}");

    [Function("Yearly")]
    public async Task Yearly([TimerTrigger("0 0 12 1 6 *")] TimerInfo timer)
    {
        log.Add($"Yearly begun {host.Value}");
        await log.WaitAtAsync("yearly");
        log.Add($"Yearly done {host.Value}");
    }

    private string Now() => clock.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture);
}
