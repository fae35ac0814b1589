using System.Text.Json.Nodes;
using FleetChat.Core.Calls;
using FleetChat.Core.Messaging;

namespace FleetChat.Tests.Messaging.Answers;

/// <summary>Photos of papers, from the driver's chat to a document in Samsara.</summary>
public sealed class PapersTests
{
    [Fact]
    public async Task Four_photos_soon_after_each_other_are_one_document_with_one_word_back()
    {
        await using var day = await StartAsync("delivery");

        for (var page = 0; page < 4; page++)
        {
            await day.PhotoAsync();
            await day.PassAsync(TimeSpan.FromSeconds(90));
        }
        Assert.Empty(day.Replies);
        await day.PassAsync(TimeSpan.FromSeconds(40));

        Assert.Equal(["Received: 4 pages, stop 2, POD."], day.Replies);
        var document = Assert.Single(day.Samsara.Documents);
        Assert.Equal(("type-pod", "11", "7002"), (document.TypeId, document.DriverId, document.StopId));
        Assert.Equal(4, document.Fields.GetRawText().Split("/media/").Length - 1 - 4);
        Assert.Contains("/api/media/", document.Notes, StringComparison.Ordinal);
        Assert.Empty(await day.EntriesAsync());
        Assert.Equal(["document_received", "written_document"], (await day.TimelineAsync()).Where(w => w.Contains("document", StringComparison.Ordinal)).Order());
    }

    [Fact]
    public async Task Document_of_ours_that_Samsara_tells_of_is_not_the_drivers()
    {
        await using var day = await StartAsync("delivery");
        await day.PhotoAsync();
        await day.PassAsync(TimeSpan.FromSeconds(121));
        var ours = Assert.Single(day.Samsara.Documents);

        foreach (var notes in new[] { ours.Notes!, "FleetChat, 1 pages #00000000", "signed" })
        {
            var body = new JsonObject
            {
                ["eventId"] = $"document {notes}",
                ["eventType"] = "DocumentSubmitted",
                ["data"] = new JsonObject
                {
                    ["document"] = new JsonObject { ["id"] = $"{notes.Length}", ["notes"] = notes, ["driver"] = new JsonObject { ["id"] = "11" }, ["routeStop"] = new JsonObject { ["id"] = AnswerDay.Stop } },
                },
            };
            await day.Fleet.WorkAsync((await day.Fleet.FromSamsaraAsync(day.Company, body.ToJsonString())).Nudges);
        }

        Assert.Equal(2, (await day.ListAsync("select what from fleet.transport_events where tenant_id = $1 and what = 'document_submitted'")).Count);
    }

    [Fact]
    public async Task Photo_after_two_minutes_is_a_document_of_its_own()
    {
        await using var day = await StartAsync("delivery");

        await day.PhotoAsync();
        await day.PassAsync(TimeSpan.FromSeconds(121));
        await day.PhotoAsync();
        await day.PassAsync(TimeSpan.FromSeconds(121));

        Assert.Equal(["Received: 1 page, stop 2, POD.", "Received: 1 page, stop 2, POD."], day.Replies);
        Assert.Equal(2, day.Samsara.Documents.Count);
    }

    [Fact]
    public async Task Where_the_stop_does_not_tell_what_it_is_the_driver_is_asked_once_by_a_list()
    {
        await using var day = await StartAsync("other", "es");

        await day.PhotoAsync();
        await day.PhotoAsync();
        await day.PassAsync(TimeSpan.FromSeconds(121));
        var question = day.Taken[^1];
        Assert.Equal(("Elegir", "Recibido: 2 páginas. ¿Qué documento es?", 4), (question.Content.ListLabel, question.Content.Text, question.Content.Buttons!.Count));
        await day.TapAsync(question, question.Content.Buttons[0].Action);
        await day.TapAsync(question, question.Content.Buttons[1].Action);

        Assert.Equal("Recibido: 2 páginas, parada 2, POD.", day.Replies[^1]);
        Assert.Equal(2, day.Replies.Count);
        Assert.Single(day.Samsara.Documents);
    }

    [Fact]
    public async Task Question_that_nobody_answers_keeps_no_page_waiting()
    {
        await using var day = await StartAsync("other");

        await day.PhotoAsync();
        await day.PassAsync(TimeSpan.FromSeconds(121));
        await day.PassAsync(TimeSpan.FromMinutes(31));

        Assert.Equal("other", await day.TextAsync("select kind from fleet.papers where tenant_id = $1 and state = 'closed'"));
    }

    [Fact]
    public async Task If_samsara_takes_no_photo_the_document_carries_links_and_the_timeline_says_so()
    {
        await using var day = await StartAsync("delivery");
        day.Samsara.RefusesPhotos = true;

        await day.PhotoAsync();
        await day.PassAsync(TimeSpan.FromSeconds(121));

        var document = Assert.Single(day.Samsara.Documents);
        Assert.DoesNotContain("photoValue", document.Fields.GetRawText(), StringComparison.Ordinal);
        Assert.Contains("/api/media/", document.Fields.GetRawText(), StringComparison.Ordinal);
        Assert.Contains("document_without_photos", await day.TimelineAsync());
    }

    [Fact]
    public async Task Fleet_without_such_a_type_of_document_gets_a_line_in_the_notes()
    {
        await using var day = await StartAsync("delivery");
        day.Samsara.Types.Clear();

        await day.PhotoAsync();
        await day.PassAsync(TimeSpan.FromSeconds(121));

        Assert.Empty(day.Samsara.Documents);
        Assert.Contains("POD, 1 pages: http", day.Samsara.Notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Document_whose_answer_was_lost_is_not_handed_in_twice()
    {
        await using var day = await StartAsync("delivery");
        day.Samsara.LosesAnswers = true;

        await day.PhotoAsync();
        await day.PassAsync(TimeSpan.FromSeconds(121));
        await day.PassAsync(TimeSpan.FromMinutes(1));

        Assert.Single(day.Samsara.Documents);
        Assert.Contains("written_document", await day.TimelineAsync());
    }

    [Fact]
    public async Task Process_that_dies_at_the_reminder_says_its_word_once()
    {
        await using var day = await StartAsync("delivery");
        await day.PhotoAsync();
        await day.PassAsync(TimeSpan.FromSeconds(121));
        await day.Database.ExecuteAsAdminAsync("update fleet.calls set status = 'waiting', finished_at = null, due_at = created_at where kind = 'samsara.write_back'");

        await day.Fleet.WorkAsync([], [], [new(day.Company.Id, CallLanes.Samsara)]);

        Assert.Single(day.Replies);
        Assert.Single(day.Samsara.Documents);
    }

    [Fact]
    public async Task Page_that_was_taken_back_is_none()
    {
        await using var day = await StartAsync("delivery");
        var first = await day.PhotoAsync();
        await day.PhotoAsync();
        await day.ReceiveAsync(Payloads.Special(AnswerDay.Digits, "wamid.revoke", "revoke", new() { ["original_message_id"] = first }));

        await day.PassAsync(TimeSpan.FromSeconds(121));

        Assert.Equal(["Received: 1 page, stop 2, POD."], day.Replies);
    }

    [Fact]
    public async Task What_is_written_under_a_photo_reaches_a_dispatcher_and_so_does_a_voice_message()
    {
        await using var day = await StartAsync("delivery");

        await day.PhotoAsync("two pallets are broken");
        await day.PhotoAsync(type: "audio", mime: "audio/ogg");

        Assert.Equal(["attachment", "attachment"], (await day.EntriesAsync()).Where(e => e != "media_failed"));
    }

    [Fact]
    public async Task Photo_without_a_trip_reaches_a_dispatcher()
    {
        await using var day = await AnswerDay.StartAsync();

        await day.PhotoAsync();

        Assert.Equal(["attachment"], await day.EntriesAsync());
        Assert.Equal("0", await day.TextAsync("select count(*)::text from fleet.papers where tenant_id = $1"));
    }

    private static async Task<AnswerDay> StartAsync(string kind, string language = "en")
    {
        var day = await AnswerDay.StartAsync(language);
        await day.ArriveAsync();
        await day.ExecuteAsync($"update fleet.stops set said_kind = '{kind}' where tenant_id = $1 and samsara_stop_id = '7002'");
        return day;
    }
}
