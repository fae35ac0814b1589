using System.Text.Json;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging;
using FleetChat.Core.Messaging.Rates;
using FleetChat.Core.WhatsApp;
using FleetChat.Simulators.WhatsApp;
using FleetChat.Tests.Postgres;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace FleetChat.Tests.Messaging.Rates;

/// <summary>A fleet whose WhatsApp is the simulator, which counts and refuses what comes too fast. All lanes of a company send side by side.</summary>
internal sealed class RatedFleet : IAsyncDisposable
{
    private readonly TestDatabase _database;
    private readonly WhatsAppSimulator _simulator;
    private int _phones;

    private RatedFleet(TestDatabase database, TestFleet fleet, WhatsAppSimulator simulator) => (_database, Fleet, _simulator) = (database, fleet, simulator);

    public TestFleet Fleet { get; }

    public WhatsAppControl WhatsApp => _simulator.Control;

    public DateTimeOffset Now => Fleet.Clock.GetUtcNow();

    /// <param name="pauses">Null: nobody waits, because the clock stands still meanwhile.</param>
    public static async Task<RatedFleet> StartAsync(WhatsAppSettings settings, Func<FakeTimeProvider, RatePauses>? pauses = null)
    {
        var database = await TestDatabase.BorrowAsync();
        WhatsAppSimulator? simulator = null;
        var fleet = await TestFleet.StartAsync(database, services => services
            .Replace(ServiceDescriptor.Singleton<IWhatsAppClient>(_ => new WhatsAppClient(new(), Options.Create(new FleetChat.Core.WhatsApp.WhatsAppOptions { GraphBaseUrl = simulator!.Address }))))
            .Replace(ServiceDescriptor.Singleton(provider => (pauses ?? (clock => new NoPauses(clock)))((FakeTimeProvider)provider.GetRequiredService<TimeProvider>()))));
        simulator = await WhatsAppSimulator.StartAsync(new() { Clock = fleet.Clock, Settings = settings });
        await simulator.Control.AddTokenAsync(new("whatsapp-token"));
        return new(database, fleet, simulator);
    }

    public async Task<TestCompany> AddCompanyAsync(string name = "acme")
    {
        var company = await Fleet.AddCompanyAsync(name);
        await WhatsApp.AddWabaAsync(new(company.AccountId, name));
        await WhatsApp.AddNumberAsync(new(company.PhoneNumberId, company.AccountId, $"1555{company.PhoneNumberId}", name));
        foreach (var template in TemplateSet.Get("transport_standard_v2").Templates.Where(t => t.Name == TemplateSet.DispatcherNote))
            await WhatsApp.AddTemplateAsync(new(company.AccountId, template.Name, template.Language, template.Body, template.Buttons, Category: template.Category));
        return company;
    }

    public async Task<(Guid Driver, string Phone)> AddDriverAsync(TestCompany company)
    {
        var phone = $"1512{++_phones:0000000}";
        await WhatsApp.AddUserAsync(new(phone, "Ana"));
        return (await Fleet.AddDriverAsync(company, $"{_phones}", $"+{phone}"), phone);
    }

    public async Task<Guid[]> AddDriversAsync(TestCompany company, int count)
    {
        var drivers = new Guid[count];
        for (var i = 0; i < count; i++) drivers[i] = (await AddDriverAsync(company)).Driver;
        return drivers;
    }

    /// <summary>A template for each, due now.</summary>
    public async Task QueueAsync(TestCompany company, IEnumerable<Guid> drivers)
    {
        foreach (var driver in drivers) await Fleet.QueueNoteAsync(company, driver);
    }

    public async Task SendAsync(TestCompany company)
    {
        var lanes = await Fleet.Db(company).ListAsync("select distinct lane from fleet.outbound where tenant_id = $1 and status <> 'done' and due_at <= $2", row => row.GetInt16(0), default, P.Time(Now));
        await Task.WhenAll(lanes.Select(lane => Fleet.WorkAsync([], [new(company.Id, lane)])));
    }

    /// <summary>Goes from due moment to due moment, and lets all lanes send there side by side.</summary>
    /// <returns>False if something is left then.</returns>
    public async Task<bool> PassAsync(TimeSpan atMost, params TestCompany[] companies)
    {
        var end = Now + atMost;
        while (true)
        {
            await Task.WhenAll(companies.Select(SendAsync));
            if (await FindNextAsync() is not { } due) return true;
            if (due > end) break;
            Assert.True(due > Now, "something is due and does not go out");
            Fleet.Clock.SetUtcNow(due);
        }
        Fleet.Clock.SetUtcNow(end);
        return false;
    }

    private async Task<DateTimeOffset?> FindNextAsync()
    {
        var next = await _database.ScalarAsAdminAsync<object>("""
            select coalesce(min(greatest(o.due_at, h.until)), '-infinity')
            from fleet.outbound o
            left join fleet.sending_holds h on h.tenant_id = o.tenant_id and h.scope = 'number'
            where o.status in ('waiting', 'retrying')
            """);
        return next is DateTime at && at > DateTime.MinValue ? new(at) : null;
    }

    public async Task<IReadOnlyList<JsonElement>> JournalAsync(string kind) => [.. (await WhatsApp.JournalAsync()).Where(e => e.Kind == kind).Select(e => e.Data)];

    public async Task AssertNothingRefusedAsync() => Assert.Empty(await JournalAsync("send.refused"));

    public async ValueTask DisposeAsync()
    {
        await _simulator.DisposeAsync();
        await Fleet.DisposeAsync();
        await _database.DisposeAsync();
    }

    private sealed class NoPauses(TimeProvider time) : RatePauses(time)
    {
        protected override Task PauseAsync(TimeSpan pause, CancellationToken ct) => Task.CompletedTask;
    }
}
