using System.Text.Json;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging.Answers;
using FleetChat.Core.Samsara;

namespace FleetChat.Core.Transports;

/// <summary>A driver handed in a document in Samsara's own app: its stop has its paper.</summary>
public sealed class DocumentHandler : IInboxHandler
{
    public bool Handles(string source, string kind) => source == InboxSource.Samsara && kind == SamsaraEvents.DocumentSubmitted;

    public Concerns ConcernsOf(InboxRow row) => row.Payload.Member("data").Member("document").Member("driver").Id("id") is { } driver ? new([driver], []) : Concerns.Nobody;

    private static async Task<bool> IsOursAsync(Processing processing, JsonElement? document, CancellationToken ct)
        => document.Member("driver").Id("id") is { } driver && WriteDocument.MarkIn(document.Text("notes")) is { } mark
           && await EchoSql.IsOursAsync(processing.Db, processing.Key, EchoSql.Document, driver, mark, ct);

    private const string NoteDocument = """
        update fleet.stops
        set document_at = least(document_at, $3)
        where tenant_id = $1
          and samsara_stop_id = $2
        returning transport_id, id
        """;

    public async Task<string> HandleAsync(InboxRow row, Processing processing, CancellationToken ct)
    {
        var document = row.Payload.Member("data").Member("document");
        if (document.Member("routeStop").Id("id") is not { } stop) return "ignored: names no stop";
        if (await IsOursAsync(processing, document, ct)) return "noted: our own document";
        var at = document.Time("createdAtTime")?.NoLaterThan(row.ReceivedAt) ?? row.ReceivedAt;
        var found = await processing.Db.FindAsync<(Guid Transport, Guid Stop)?>(NoteDocument, r => (r.GetGuid(0), r.GetGuid(1)), ct, P.Text(stop), P.Time(at));
        if (found is not { } paper) return "ignored: a stop that we don't know";
        var effect = $"document:{document.Id("id") ?? row.Id.ToString("N")}";
        return await TransportSql.TryNoteAsync(processing.Db, new(paper.Transport, paper.Stop, at, "document_submitted", "samsara", effect), processing.Time, ct) ? "noted: document" : "known already";
    }
}
