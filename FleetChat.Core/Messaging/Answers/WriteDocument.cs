using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FleetChat.Core.Calls;
using FleetChat.Core.Data;
using FleetChat.Core.Messaging.Media;
using FleetChat.Core.Samsara;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using FleetChat.Core.Transports;
using Microsoft.Extensions.Options;

namespace FleetChat.Core.Messaging.Answers;

internal sealed record DocumentJob(Call Call, OpenWriteBack Line, SamsaraAccess Access, TenantDb Db, DataKey Key);

/// <summary>
/// Hands a driver's paper in as a document. Whether Samsara takes photos by their address is not documented: if it does not, the
/// document goes without, and with links that want a login of ours. A fleet that has no such type of document gets a line in the notes.
/// </summary>
internal sealed partial class WriteDocument(ISamsaraClient samsara, SignedLinks links, IOptions<PlatformOptions> platform, TimeProvider time)
{
    /// <summary>Words in the names of document types, by kind of paper; the first type that has one is taken.</summary>
    private static readonly Dictionary<string, string[]> TypeWords = new()
    {
        [PaperKind.Pod] = ["pod", "proof of delivery", "delivery", "entrega", "livraison"],
        [PaperKind.Bol] = ["bol", "bill of lading", "lading", "pickup", "embarque", "connaissement"],
        [PaperKind.Receipt] = ["receipt", "fuel", "lumper", "scale", "recibo", "reçu"],
        [PaperKind.Other] = ["other", "misc", "document"],
    };

    private static readonly TimeSpan PagesMayCome = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan LookBack = TimeSpan.FromDays(3);

    public async Task<CallResult> WriteAsync(DocumentJob job, CancellationToken ct)
    {
        var order = JsonSerializer.Deserialize<PaperOrder>(job.Line.Text)!;
        var (pages, waiting) = await PaperSql.ListPagesAsync(job.Db, order.Paper, ct);
        // Pages that are still being fetched are waited for, not for ever.
        if (waiting > 0 && time.GetUtcNow() - job.Call.CreatedAt < PagesMayCome) return CallResult.Repeat("pages are missing", time.GetUtcNow() + TimeSpan.FromMinutes(1));
        if (pages.Count == 0) return WriteBackCalls.Refused("no pages", [job.Line]);
        if (job.Line.SamsaraDriverId is not { } driver) return WriteBackCalls.Refused("no driver", [job.Line]);
        var mark = RouteNotes.Mark(order.Paper);
        // Noted before each try, and counted anew by none of the ways in which a call is made again.
        if (await EchoSql.IsOursAsync(job.Db, job.Key, EchoSql.Document, driver, mark, ct) && await IsThereAsync(job, mark, ct)) return WriteBackCalls.Written("there already", [job.Line]);
        var addresses = pages.Select(page => new Uri(platform.Value.PublicBaseUrl!, $"/api/media/{page}").ToString()).ToArray();
        if (FindType(await samsara.ListDocumentTypesAsync(job.Access, ct), order.Kind) is not { } type) return NoType(job, order, addresses);

        var document = new SamsaraDocument(type.Id("id")!, driver, default)
        {
            Name = $"{order.Kind.ToUpperInvariant()} {order.StopName}".Trim(),
            Notes = $"FleetChat, {addresses.Length} pages {mark}\n{string.Join('\n', addresses)}",
            StopId = order.SamsaraStopId,
        };
        await EchoSql.RecordAsync(job.Db, job.Key, EchoSql.Document, driver, mark, time.GetUtcNow(), ct);
        return await HandInAsync(job, document, type, pages, addresses, ct);
    }

    private async Task<CallResult> HandInAsync(DocumentJob job, SamsaraDocument document, JsonElement type, IReadOnlyList<Guid> pages, string[] addresses, CancellationToken ct)
    {
        var tenant = job.Db.Tenant;
        try
        {
            var photos = new JsonArray();
            foreach (var page in pages) photos.Add(new JsonObject { ["id"] = page.ToString(), ["url"] = (await links.MakeAsync(MediaLinks.Purpose, tenant, page, ct)).Url.ToString() });
            await samsara.CreateDocumentAsync(job.Access, document with { Fields = Fields(type, addresses, photos) }, ct);
            return WriteBackCalls.Written("written", [job.Line]);
        }
        catch (SamsaraException refused) when (refused.Failure == SamsaraFailure.Invalid)
        {
            await samsara.CreateDocumentAsync(job.Access, document with { Fields = Fields(type, addresses, photos: null) }, ct);
            return WriteBackCalls.Ended("written without photos", job.Line, isWritten: true, (processing, token) => TransportSql.TryNoteAsync(processing.Db,
                new(job.Line.Transport, job.Line.Stop, processing.Time.GetUtcNow(), "document_without_photos", "system", $"write_back:{job.Line.Id:N}:photos", job.Line.Message), processing.Time, token));
        }
    }

    /// <returns>The mark that a document of ours bears in its notes; null if there is none.</returns>
    public static string? MarkIn(string? notes) => notes is not null && Marked().Match(notes) is { Success: true } found ? found.Groups[1].Value : null;

    [GeneratedRegex(@"^FleetChat, \d+ pages (#[0-9a-f]{8})$", RegexOptions.Multiline)]
    private static partial Regex Marked();

    private static CallResult NoType(DocumentJob job, PaperOrder order, string[] addresses) => WriteBackCalls.Ended("no such type", job.Line, isWritten: false, async (processing, ct) =>
    {
        var said = $"{order.Kind.ToUpperInvariant()}, {addresses.Length} pages: {addresses[0]}";
        var line = RouteNotes.Line(TimeZoneInfo.ConvertTime(processing.Time.GetUtcNow(), processing.Settings.TimeZone), said, order.Paper);
        await WriteBacks.AddAsync(processing, new(processing.Time.NewId(), job.Line.Transport, job.Line.Stop, job.Line.Message, WriteBackWay.Notes, line), ct);
    });

    private async Task<bool> IsThereAsync(DocumentJob job, string mark, CancellationToken ct)
        => (await samsara.ListDocumentsAsync(job.Access, time.GetUtcNow() - LookBack, time.GetUtcNow() + TimeSpan.FromMinutes(5), ct))
            .Any(document => document.Text("notes")?.Contains(mark, StringComparison.Ordinal) == true);

    private static JsonElement? FindType(IReadOnlyList<JsonElement> types, string kind)
    {
        foreach (var word in TypeWords[kind])
        {
            foreach (var type in types)
            {
                if (type.Id("id") is not null && type.Text("name")?.Contains(word, StringComparison.OrdinalIgnoreCase) == true) return type;
            }
        }
        return null;
    }

    // The first text field gets the links, the first photo field the photos.
    private static JsonElement Fields(JsonElement type, string[] addresses, JsonArray? photos)
    {
        var fields = new JsonArray();
        foreach (var known in type.Items("fieldTypes").DistinctBy(f => f.Text("fieldType")))
        {
            JsonObject? value = known.Text("fieldType") switch
            {
                "string" => new() { ["stringValue"] = string.Join(' ', addresses) },
                "photo" when photos is not null => new() { ["photoValue"] = photos.DeepClone() },
                "scannedDocument" when photos is not null => new() { ["scannedDocumentValue"] = photos.DeepClone() },
                _ => null,
            };
            if (value is not null) fields.Add(new JsonObject { ["label"] = known.Text("label"), ["type"] = known.Text("fieldType"), ["value"] = value });
        }
        return JsonSerializer.SerializeToElement(fields);
    }
}
