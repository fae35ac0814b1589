using System.Globalization;
using System.Text.Json.Nodes;
using FleetChat.LocalHost.Hosting;
using FleetChat.Simulators.Samsara;
using FleetChat.Simulators.WhatsApp;

namespace FleetChat.LocalHost.Demo;

/// <summary>The day, minute by minute: what drivers, trucks, strangers and broken lines do.</summary>
internal sealed class DayScript(Stage stage, Company freight, Company cargo, DayNotes notes)
{
    private const int Done = 0;
    private const int Problem = 1;
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly byte[] Picture = [0xff, 0xd8, 0xff, 0xe0, 0xff, 0xd9];

    private readonly Driver _maria = freight.Drivers[0];
    private readonly Driver _jack = freight.Drivers[1];
    private readonly Driver _rosa = freight.Drivers[2];
    private readonly Driver _mariaOfCargo = cargo.Drivers[0];
    private readonly Driver _luis = cargo.Drivers[1];
    private readonly Driver _ana = cargo.Drivers[2];

    public async Task PlayAsync(CancellationToken ct)
    {
        await MorningAsync(ct);
        await LostAnswerAsync(ct);
        await OnePhoneForTwoCompaniesAsync(ct);
        await SharedPhoneAsync(ct);
        await RepeatsAsync(ct);
        await ForgeriesAsync(ct);
        await StrangersAsync(ct);
        await BrokenLinesAsync(ct);
        await StopAsync(ct);
        await DispatchersAsync(ct);
        await new WrongKeys(stage, freight, cargo, notes).TryAsync(ct);
        await EveningAsync(ct);
    }

    private async Task MorningAsync(CancellationToken ct)
    {
        stage.Tell("Maria's truck reaches its first stop.");
        notes.RedeliveredEvent = await stage.ArriveAsync(freight, _maria, 0, ct);
        await stage.SettleAsync(ct);

        stage.Tell("WhatsApp shuffles statuses, sends some twice and leaves some out. The other trucks arrive.");
        await stage.WhatsApp.PlanStatusesAsync(new(freight.NumberId, Shuffled: true, Copies: 2), ct);
        await stage.WhatsApp.PlanStatusesAsync(new(cargo.NumberId, Shuffled: true, SkipDelivered: true), ct);
        await stage.ArriveAsync(cargo, _mariaOfCargo, 0, ct);
        notes.FirstEventOfFact = await stage.ArriveAsync(cargo, _luis, 0, ct);
        await stage.PassAsync(Minute, ct);
    }

    /// <summary>Early, so that the day is long enough to see that it is not sent once more.</summary>
    private async Task LostAnswerAsync(CancellationToken ct)
    {
        stage.Tell("The shared truck arrives. WhatsApp takes the message, and its answer is lost on the way.");
        await stage.WhatsApp.FailSendsAsync(new(NumberId: freight.NumberId, LoseAnswer: true), ct);
        await stage.ArriveAsync(freight, _jack, 0, ct);
        await stage.SettleAsync(ct);
        await stage.ArriveAsync(freight, _rosa, 0, ct);
        await stage.PassAsync(Minute, ct);
    }

    private async Task OnePhoneForTwoCompaniesAsync(CancellationToken ct)
    {
        stage.Tell("Maria, who drives for both, answers both. WhatsApp tells it in one POST.");
        await stage.WhatsApp.HoldAsync(ct);
        notes.TapInOnePost = await stage.TapAsync(freight, _maria, 0, Done, ct);
        notes.OtherTapInOnePost = await stage.TapAsync(cargo, _mariaOfCargo, 0, Problem, ct);
        await stage.WhatsApp.ReleaseAsync(new(OnePost: true), ct);
        await stage.PassAsync(Minute, ct);
    }

    private async Task SharedPhoneAsync(CancellationToken ct)
    {
        stage.Tell("On the shared phone somebody writes, and then each of the two taps.");
        notes.SharedText = await stage.WhatsApp.SendTextAsync(freight.NumberId, _jack.Phone, "Which gate is it?", ct: ct);
        await stage.SettleAsync(ct);
        notes.RedeliveredTap = await stage.TapAsync(freight, _jack, 0, Done, ct);
        await stage.SettleAsync(ct);
        notes.JacksStopAfterJacksTap = await StateOfFirstStopAsync(_jack, ct);
        notes.RosasStopAfterJacksTap = await StateOfFirstStopAsync(_rosa, ct);
        await stage.TapAsync(freight, _rosa, 0, Done, ct);
        await stage.PassAsync(Minute, ct);
    }

    private async Task RepeatsAsync(CancellationToken ct)
    {
        stage.Tell("Samsara and WhatsApp deliver again what they delivered, and Samsara tells a fact under a new event id.");
        await stage.Samsara.EmitAgainAsync(notes.RedeliveredEvent, ct);
        if (notes.RedeliveredTap is { } tap) await stage.WhatsApp.RedeliverAsync(tap, ct);
        notes.SecondEventOfFact = await TellAgainAsync(cargo, _luis, notes.FirstEventOfFact, ct);
        await stage.PassAsync(Minute, ct);
    }

    private async Task ForgeriesAsync(CancellationToken ct)
    {
        stage.Tell("Forged signatures at both doors; then another org's event and another webhook's, signed rightly.");
        await ArriveAtGhostAsync(1, new(Forgery: Forgery.WrongSecret), ct);
        await ArriveAtGhostAsync(2, new(Forgery: Forgery.TamperedBody), ct);
        await ArriveAtGhostAsync(3, new(BodyOrgId: cargo.OrgId), ct);
        await ArriveAtGhostAsync(4, new(BodyWebhookId: cargo.WebhookId), ct);
        await stage.WhatsApp.SendTextAsync(freight.NumberId, _maria.Phone, "I never wrote this.", new(Forged: true), ct);
        await stage.PassAsync(Minute, ct);
    }

    private async Task StrangersAsync(CancellationToken ct)
    {
        stage.Tell("Somebody on no roster writes twice, and once to a number that is nobody's.");
        await stage.WhatsApp.SendTextAsync(freight.NumberId, Cast.Stranger, "Where is my load?", ct: ct);
        await stage.SettleAsync(ct);
        await stage.WhatsApp.SendTextAsync(freight.NumberId, Cast.Stranger, "Hello?", ct: ct);
        await stage.WhatsApp.SendTextAsync(Cast.NobodysNumberId, Cast.Stranger, "Anybody?", ct: ct);
        await stage.PassAsync(Minute, ct);
    }

    private async Task BrokenLinesAsync(CancellationToken ct)
    {
        stage.Tell("WhatsApp has trouble for a moment; then it tells a status before it answers.");
        await stage.WhatsApp.FailSendsAsync(new(NumberId: cargo.NumberId, ErrorCode: 131000), ct);
        await stage.ArriveAsync(cargo, _luis, 1, ct);
        await stage.SettleAsync(ct);
        await stage.WhatsApp.FailSendsAsync(new(NumberId: cargo.NumberId, StatusesFirst: true, DelayMs: 100), ct);
        await stage.ArriveAsync(cargo, _mariaOfCargo, 1, ct);
        await stage.PassAsync(Minute, ct);
    }

    private async Task StopAsync(CancellationToken ct)
    {
        stage.Tell("Ana reaches a stop, wants no more messages, and reaches the next one.");
        await stage.ArriveAsync(cargo, _ana, 0, ct);
        await stage.SettleAsync(ct);
        notes.Stop = await stage.WhatsApp.SendTextAsync(cargo.NumberId, _ana.Phone, "STOP", ct: ct);
        await stage.SettleAsync(ct);
        await stage.ArriveAsync(cargo, _ana, 1, ct);
        await stage.PassAsync(Minute, ct);
    }

    private async Task DispatchersAsync(CancellationToken ct)
    {
        stage.Tell("Maria sends a photo, a place and a question; the dispatchers read, answer and write.");
        await stage.ArriveAsync(freight, _maria, 1, ct);
        notes.Photo = await stage.WhatsApp.SendMediaAsync(new(freight.NumberId, _maria.Phone, "image", "image/jpeg", Picture, "Broken pallet"), ct);
        notes.Place = await stage.WhatsApp.SendLocationAsync(new(freight.NumberId, _maria.Phone, 31.5493, -97.1467, "Gate 4"), ct);
        notes.FreeText = await stage.WhatsApp.SendTextAsync(freight.NumberId, _maria.Phone, "Where do I park?", ct: ct);
        await stage.SettleAsync(ct);
        notes.FreightWaited = await WaitingAsync(freight, ct);
        notes.CargoWaited = await WaitingAsync(cargo, ct);

        await AnswerMariaAsync(ct);
        notes.NoteToDriver = await WriteAsync(cargo, _luis, "Por favor llama al almacén", ct);
        await stage.TapAsync(freight, _maria, 1, Done, ct);
        await stage.PassAsync(Minute, ct);
    }

    /// <summary>Statuses of this one come in the worst order, one by one.</summary>
    private async Task AnswerMariaAsync(CancellationToken ct)
    {
        await stage.WhatsApp.PlanStatusesAsync(new(freight.NumberId, Automatic: false), ct);
        notes.TextToDriver = await WriteAsync(freight, _maria, "Behind gate 4, please.", ct);
        await stage.SettleAsync(ct);
        var answer = (await stage.LookAsync(freight, ct)).FirstOrDefault(m => m.Id == notes.TextToDriver);
        if (answer is { WhatsappMessageId: { } wamid })
        {
            foreach (var status in new[] { "read", "delivered", "sent" })
            {
                await stage.WhatsApp.SendStatusAsync(new(wamid, status), ct);
                await stage.SettleAsync(ct);
            }
        }
        await stage.WhatsApp.PlanStatusesAsync(new(freight.NumberId, Shuffled: true, Copies: 2), ct);

        if (notes.FreightWaited.FirstOrDefault(entry => entry.Message.WhatsappMessageId == notes.FreeText) is not { } asked) return;
        var conversation = asked.Message.ConversationId;
        await stage.ApiOf(freight).PostAsync($"api/conversations/{conversation}/handled", new { }, ct);
        notes.LeftAfterHandled = (await WaitingAsync(freight, ct)).Count(entry => entry.Message.ConversationId == conversation);
    }

    /// <summary>Past the doubt window, after which an attempt that nothing had settled would be sent once more.</summary>
    private async Task EveningAsync(CancellationToken ct)
    {
        stage.Tell("Ten minutes are over. The clock goes on: nothing is sent late, and nothing twice.");
        for (var round = 0; round < 12; round++)
        {
            await stage.PassAsync(Minute, ct);
            // A message that waits for another try is found by the sweep; it looks at real seconds too, so that nobody is told twice.
            for (var look = 0; look < 8 && await IsWaitingAsync(ct); look++)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(500), ct);
                await stage.PassAsync(TimeSpan.FromSeconds(5), ct);
            }
        }
    }

    private async Task<bool> IsWaitingAsync(CancellationToken ct)
    {
        foreach (var company in new[] { freight, cargo })
        {
            if ((await stage.LookAsync(company, ct)).Any(message => message is { IsOutbound: true, Status: "queued" })) return true;
        }
        return false;
    }

    private async Task ArriveAtGhostAsync(int number, EventOptions how, CancellationToken ct)
    {
        var trip = Cast.GhostTrip(number);
        await new CompanySetUp(stage.Samsara, stage.WhatsApp).AddTripAsync(freight, _maria, trip, stage.Now, ct);
        await stage.Samsara.ArriveAsync(freight.OrgId, trip.RouteId, trip.Stops[0].Id, how, ct);
        // Only the delivery knows of it: a look at Samsara must not.
        await stage.Samsara.DeleteRouteAsync(freight.OrgId, trip.RouteId, ct);
    }

    /// <summary>The arrival once more, as Samsara would tell it under another event id.</summary>
    private async Task<string> TellAgainAsync(Company company, Driver driver, string eventId, CancellationToken ct)
    {
        var told = (await stage.Samsara.JournalAsync(ct: ct)).First(entry => entry.Kind == "webhook.emitted" && entry.Data.GetProperty("event_id").GetString() == eventId);
        var at = told.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        var stop = driver.Trip.Stops[0];
        var data = new JsonObject
        {
            ["driver"] = new JsonObject { ["id"] = driver.Id, ["name"] = driver.Name },
            ["route"] = new JsonObject { ["id"] = driver.Trip.RouteId, ["name"] = driver.Trip.Name },
            ["routeStopDetails"] = new JsonObject { ["id"] = stop.Id, ["state"] = "arrived", ["actualArrivalTime"] = at },
            ["time"] = at,
            ["type"] = "route tracking",
        };
        return (await stage.Samsara.EmitAsync(company.OrgId, "RouteStopArrival", data, ct: ct)).Single().EventId;
    }

    private async Task<Guid> WriteAsync(Company company, Driver driver, string text, CancellationToken ct)
    {
        var drivers = await stage.ApiOf(company).ListAsync<ApiDriver>("api/drivers", ct);
        var (_, body) = await stage.ApiOf(company).PostAsync($"api/drivers/{drivers.Single(d => d.SamsaraDriverId == driver.Id).Id}/messages", new { text }, ct);
        return JsonNode.Parse(body)?["message_id"]?.GetValue<Guid>() ?? Guid.Empty;
    }

    private async Task<IReadOnlyList<ApiEntry>> WaitingAsync(Company company, CancellationToken ct)
        => [.. (await stage.ApiOf(company).ListAsync<ApiConversation>("api/conversations?needs=dispatcher", ct)).SelectMany(c => c.Entries)];

    private async Task<string?> StateOfFirstStopAsync(Driver driver, CancellationToken ct)
    {
        var transports = await stage.ApiOf(freight).ListAsync<ApiTransport>("api/transports", ct);
        if (transports.FirstOrDefault(t => t.SamsaraRouteId == driver.Trip.RouteId) is not { } transport) return null;
        var detail = await stage.ApiOf(freight).GetAsync<ApiTransport>($"api/transports/{transport.Id}", ct);
        return detail.Stops!.FirstOrDefault(s => s.SamsaraStopId == driver.Trip.Stops[0].Id)?.State;
    }
}
