using FleetChat.Simulators.Delivery;
using FleetChat.Simulators.Hosting;
using FleetChat.Simulators.Journal;
using FleetChat.Simulators.Samsara;
using FleetChat.Simulators.Stripe;
using FleetChat.Simulators.WhatsApp;

namespace FleetChat.Simulators;

/// <summary>Which simulators a process runs, and how.</summary>
public sealed record SimulatorsOptions(bool Samsara, bool WhatsApp, bool Stripe = false)
{
    /// <summary>Port 0 takes a free one.</summary>
    public string SamsaraUrl { get; init; } = "http://127.0.0.1:0";

    public string WhatsAppUrl { get; init; } = "http://127.0.0.1:0";

    public string StripeUrl { get; init; } = "http://127.0.0.1:0";

    /// <summary>Where Stripe's events go; null: nowhere, until a control call adds an endpoint.</summary>
    public NewEndpoint? StripeWebhook { get; init; }

    /// <summary>Null keeps the journal in memory.</summary>
    public string? Journal { get; init; }

    /// <summary>Null: the machine's own.</summary>
    public Uri? Clock { get; init; }

    public int? SamsaraAttempts { get; init; }

    public int? FirstDelayMs { get; init; }

    public int? LongestDelayMs { get; init; }

    /// <summary>Of everything that is shuffled.</summary>
    public int Seed { get; init; } = 1;
}

/// <summary>One simulator or several, with one journal and one clock.</summary>
public sealed class RunningSimulators : IAsyncDisposable
{
    private readonly JournalFile journal;
    private readonly HostClock? clock;
    private SamsaraSimulator? samsara;
    private WhatsAppSimulator? whatsApp;
    private StripeSimulator? stripe;

    private RunningSimulators(JournalFile journal, HostClock? clock) => (this.journal, this.clock) = (journal, clock);

    public Uri? Samsara => samsara?.Address;

    public Uri? WhatsApp => whatsApp?.Address;

    public Uri? Stripe => stripe?.Address;

    /// <exception cref="IOException">A port is taken, or the journal is another process's.</exception>
    public static async Task<RunningSimulators> StartAsync(SimulatorsOptions options, CancellationToken ct)
    {
        var running = new RunningSimulators(new JournalFile(options.Journal), options.Clock is { } url ? new HostClock(url) : null);
        try
        {
            if (running.clock is { } host)
                await host.RefreshAsync(ct);
            await running.StartAllAsync(options);
            return running;
        }
        catch
        {
            await running.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        IAsyncDisposable?[] all = [samsara, whatsApp, stripe];
        (samsara, whatsApp, stripe) = (null, null, null);
        foreach (var simulator in all.OfType<IAsyncDisposable>())
            await simulator.DisposeAsync();
        journal.Dispose();
        clock?.Dispose();
    }

    private async Task StartAllAsync(SimulatorsOptions options)
    {
        var time = clock ?? TimeProvider.System;
        if (options.Samsara)
        {
            samsara = await SamsaraSimulator.StartAsync(
                new() { Clock = time, Url = options.SamsaraUrl, Seed = options.Seed, Delivery = Patience(options, DeliveryOptions.Samsara, options.SamsaraAttempts) }, journal, ownsJournal: false);
        }
        if (options.WhatsApp)
        {
            whatsApp = await WhatsAppSimulator.StartAsync(
                new() { Clock = time, Url = options.WhatsAppUrl, Seed = options.Seed, Delivery = Patience(options, DeliveryOptions.WhatsApp, null) }, journal, ownsJournal: false);
        }
        if (options.Stripe)
        {
            stripe = await StripeSimulator.StartAsync(
                new() { Clock = time, Url = options.StripeUrl, Seed = options.Seed, Endpoints = options.StripeWebhook is { } endpoint ? [endpoint] : [] }, journal, ownsJournal: false);
        }
    }

    private static DeliveryOptions Patience(SimulatorsOptions options, DeliveryOptions usual, int? attempts) => usual with
    {
        MaxAttempts = attempts ?? usual.MaxAttempts,
        FirstDelay = options.FirstDelayMs is { } first ? TimeSpan.FromMilliseconds(first) : usual.FirstDelay,
        LongestDelay = options.LongestDelayMs is { } longest ? TimeSpan.FromMilliseconds(longest) : usual.LongestDelay,
    };
}
