using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Samsara;

namespace FleetChat.Core.Transports;

/// <summary>Others are on board of a vehicle: its transports are theirs from now on.</summary>
public sealed class CrewHandler : IInboxHandler
{
    public bool Handles(string source, string kind) => source == InboxSource.Samsara && kind == SamsaraEvents.CrewChanged;

    public Concerns ConcernsOf(InboxRow row) => Concerns.Nobody;

    private const string ListTransports = """
        select id
        from fleet.transports
        where tenant_id = $1
          and samsara_vehicle_id = $2
          and status not in ('delivered', 'completed', 'cancelled')
        order by id
        """;

    // Who is on board is not taken from the fact, which may be old: a look wrote it down.
    public async Task<string> HandleAsync(InboxRow row, Processing processing, CancellationToken ct)
    {
        if (row.Payload.Id("vehicle_id") is not { } vehicle) return "ignored: names no vehicle";
        var transports = await processing.Db.ListAsync(ListTransports, r => r.GetGuid(0), ct, P.Text(vehicle));
        foreach (var transport in transports) await TransportCrews.AskAsync(processing, transport, ct);
        return transports.Count == 0 ? "noted: no transport on it" : "noted: crew";
    }
}
