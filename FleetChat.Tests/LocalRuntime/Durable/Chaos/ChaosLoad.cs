using System.Collections.Concurrent;
using System.Globalization;
using DurableTask.Core.Exceptions;
using Grpc.Core;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Npgsql;

namespace FleetChat.Tests.LocalRuntime.Durable.Chaos;

/// <summary>What a client saw of an instance's end.</summary>
internal sealed record Seen(OrchestrationRuntimeStatus Status, string? Output);

/// <summary>Clients that start instances and wait for their ends, one after the other, whatever happens to the hosts and the database.</summary>
internal sealed class ChaosLoad(DurableTaskClient client, long seed)
{
    private const int Senders = 3;
    private const int EntriesOfSender = 8;
    private const int Guests = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private readonly ConcurrentDictionary<string, string?> _started = new();
    private readonly ConcurrentDictionary<string, Seen> _seen = new();
    private int _number;

    /// <summary>Each with the output that it must have; null where its plan decides.</summary>
    public IReadOnlyDictionary<string, string?> Started => _started;

    public IReadOnlyDictionary<string, Seen> Seen => _seen;

    /// <summary>For each ledger what it was told for certain.</summary>
    public ConcurrentDictionary<string, ConcurrentBag<string>> Told { get; } = new();

    public Task RunAsync(CancellationToken enough)
    {
        Task[] loops =
        [
            .. Enumerable.Range(0, 4).Select(_ => LoopAsync(FanOutAsync, enough)),
            LoopAsync(FamilyAsync, enough),
            LoopAsync(PlanAsync, enough),
            LoopAsync(LedgersAsync, enough),
        ];
        return Task.WhenAll(loops);
    }

    private static async Task LoopAsync(Func<Task> oneAsync, CancellationToken enough)
    {
        while (!enough.IsCancellationRequested) await oneAsync();
    }

    private async Task FanOutAsync()
    {
        const int Width = 4;
        await RunToEndAsync(NewId("fan"), ChaosTasks.FanOut, Width, Text(Width * Width));
    }

    private async Task FamilyAsync()
    {
        const int Children = 4;
        await RunToEndAsync(NewId("family"), ChaosTasks.Family, Children, Text(Enumerable.Range(0, Children).Sum(i => i * i)));
    }

    private async Task PlanAsync()
    {
        var id = NewId("plan");
        await RunToEndAsync(id, Model.PlanOrchestrator.Name, new Model.PlanInput(id, 0, ""), output: null);
    }

    private async Task LedgersAsync()
    {
        string[] ledgers = [NewId("ledger"), NewId("ledger")];
        foreach (var ledger in ledgers)
        {
            Told[ledger] = [];
            await StartAsync(ledger, ChaosTasks.Ledger, new List<string>(), output: null);
        }
        var senders = Enumerable.Range(0, Senders).Select(_ => NewId("sender")).ToList();
        await Task.WhenAll([
            .. senders.Select(s => RunToEndAsync(s, ChaosTasks.Sender, new SenderInput(ledgers, EntriesOfSender, 0), Text(EntriesOfSender))),
            .. ledgers.Select(TellAsync),
        ]);
        foreach (var sender in senders)
            for (var i = 0; i < EntriesOfSender; i++) Told[ledgers[i % ledgers.Length]].Add(string.Create(CultureInfo.InvariantCulture, $"{sender} {i}"));
        await Task.WhenAll(ledgers.Select(CloseAsync));
    }

    /// <summary>Only what was acknowledged counts: after an error nobody knows.</summary>
    private async Task TellAsync(string ledger)
    {
        for (var i = 0; i < Guests; i++)
        {
            var entry = string.Create(CultureInfo.InvariantCulture, $"guest-{Interlocked.Increment(ref _number)} 0");
            if (await TryAsync(() => client.RaiseEventAsync(ledger, ChaosTasks.Entry, entry))) Told[ledger].Add(entry);
        }
    }

    private async Task CloseAsync(string ledger)
    {
        await Until.TrueAsync(() => TryAsync(() => client.RaiseEventAsync(ledger, ChaosTasks.Close, "")), because: $"{ledger} to be told to close", Patience);
        await SeeEndAsync(ledger);
    }

    private async Task RunToEndAsync(string id, string name, object input, string? output)
    {
        await StartAsync(id, name, input, output);
        await SeeEndAsync(id);
    }

    /// <summary>Started once, however often it takes: an instance of this id, in whatever state, is the one that was started.</summary>
    private async Task StartAsync(string id, string name, object input, string? output)
    {
        _started[id] = output;
        var options = new StartOrchestrationOptions(id).WithDedupeStatuses(Enum.GetValues<OrchestrationRuntimeStatus>());
        await Until.TrueAsync(() => TryAsync(() => client.ScheduleNewOrchestrationInstanceAsync(name, input, options)), because: $"{id} to be started", Patience);
    }

    private async Task SeeEndAsync(string id)
    {
        using var limit = new CancellationTokenSource(Patience);
        await Until.TrueAsync(
            () => TryAsync(async () =>
            {
                var end = await client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, limit.Token);
                _seen[id] = new(end.RuntimeStatus, end.SerializedOutput);
            }),
            because: $"the end of {id}",
            Patience);
    }

    /// <returns>False if it did not work, or nobody knows.</returns>
    public static async Task<bool> TryAsync(Func<Task> call)
    {
        try
        {
            await call();
            return true;
        }
        catch (OrchestrationAlreadyExistsException)
        {
            return true;
        }
        catch (RpcException ended) when (ended.StatusCode == StatusCode.FailedPrecondition)
        {
            return true;
        }
        catch (Exception exception) when (exception is NpgsqlException or IOException or TimeoutException or InvalidOperationException)
        {
            return false;
        }
    }

    private string NewId(string kind) => string.Create(CultureInfo.InvariantCulture, $"{kind}-{seed}{Interlocked.Increment(ref _number):D5}");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
