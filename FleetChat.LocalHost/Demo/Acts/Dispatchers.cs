using FleetChat.LocalHost.Hosting;

namespace FleetChat.LocalHost.Demo.Acts;

/// <summary>What needs people, and what they do; then one company's key tries the other's doors.</summary>
internal sealed class Dispatchers(Stage stage, Fleet fleet, DayNotes notes) : Act(stage, fleet, notes)
{
    internal static readonly byte[] Picture = [0xff, 0xd8, 0xff, 0xe0, 0xff, 0xd9];

    private Driver Maria => Freight.Drivers[0];

    private Driver Luis => Cargo.Drivers[1];

    public override async Task PlayAsync(CancellationToken ct)
    {
        Stage.Tell("Maria sends a photo, a place and a question; the dispatchers read, answer and write.");
        await Stage.ArriveAsync(Freight, Maria, 1, ct);
        Notes.Photo = await Stage.WhatsApp.SendMediaAsync(new(Freight.NumberId, Maria.Phone, "image", "image/jpeg", Picture, "Broken pallet"), ct);
        Notes.Place = await Stage.WhatsApp.SendLocationAsync(new(Freight.NumberId, Maria.Phone, 31.5493, -97.1467, "Gate 4"), ct);
        Notes.FreeText = await Stage.WhatsApp.SendTextAsync(Freight.NumberId, Maria.Phone, "Where do I park?", ct: ct);
        await Stage.SettleAsync(ct);
        Notes.FreightWaited = await WaitingAsync(Freight, ct);
        Notes.CargoWaited = await WaitingAsync(Cargo, ct);

        await AnswerMariaAsync(ct);
        Notes.NoteToDriver = await WriteAsync(Cargo, Luis, "Por favor llama al almacén", ct);
        await Stage.TapAsync(Freight, Maria, 1, Done, ct);
        await Stage.PassAsync(Minute, ct);
        await new WrongKeys(Stage, Freight, Cargo, Notes).TryAsync(ct);
    }

    /// <summary>Statuses of this one come in the worst order, one by one.</summary>
    private async Task AnswerMariaAsync(CancellationToken ct)
    {
        await Stage.WhatsApp.PlanStatusesAsync(new(Freight.NumberId, Automatic: false), ct);
        Notes.TextToDriver = await WriteAsync(Freight, Maria, "Behind gate 4, please.", ct);
        await Stage.SettleAsync(ct);
        var answer = (await Stage.LookAsync(Freight, ct)).FirstOrDefault(m => m.Id == Notes.TextToDriver);
        if (answer is { WhatsappMessageId: { } wamid })
        {
            foreach (var status in new[] { "read", "delivered", "sent" })
            {
                await Stage.WhatsApp.SendStatusAsync(new(wamid, status), ct);
                await Stage.SettleAsync(ct);
            }
        }
        await Stage.WhatsApp.PlanStatusesAsync(new(Freight.NumberId, Shuffled: true, Copies: 2), ct);

        if (Notes.FreightWaited.FirstOrDefault(entry => entry.Message.WhatsappMessageId == Notes.FreeText) is not { } asked) return;
        var conversation = asked.Message.ConversationId;
        await Stage.ApiOf(Freight).PostAsync($"api/conversations/{conversation}/handled", new { }, ct);
        Notes.LeftAfterHandled = (await WaitingAsync(Freight, ct)).Count(entry => entry.Message.ConversationId == conversation);
    }
}
