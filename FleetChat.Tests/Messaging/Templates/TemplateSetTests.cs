using System.Text.Json.Nodes;
using FleetChat.Core.Data;
using FleetChat.Core.Messaging;
using FleetChat.Core.Messaging.Templates;
using FleetChat.Core.Tenants.Configuration;
using FleetChat.Core.WhatsApp;
using FleetChat.Simulators.WhatsApp;
using Moq;

namespace FleetChat.Tests.Messaging.Templates;

/// <summary>A company's template set at Meta: submitted once, waited for, and known as it stands whatever way it is heard of.</summary>
public sealed class TemplateSetTests(TemplateFleet fleet) : IClassFixture<TemplateFleet>
{
    private const string Note = TemplateFleet.Note;

    [Fact]
    public async Task Set_is_submitted_in_each_language_waits_for_Meta_and_is_live_once_approved()
    {
        var company = await fleet.AddCompanyAsync("Acme Trucking dispatch");

        var submitted = await fleet.SubmitAsync(company);
        await fleet.EndReviewsAsync(company);
        await fleet.PollAsync(company);

        var (approved, atMeta) = (await fleet.ListAsync(company), await fleet.AtMetaAsync(company));
        Assert.Equal((submitted.Progress.Total, 0, submitted.Progress.Total, 0), (atMeta.Count, submitted.Progress.Live, submitted.Progress.Waiting, submitted.Progress.Refused));
        Assert.Equal((atMeta.Count, 0, 0), (approved.Progress.Live, approved.Progress.Waiting, approved.Progress.Refused));
        Assert.True(approved.Progress.IsSettled);
        Assert.Equal(["en_US", "es", "fr"], atMeta.Select(t => t.Language).Distinct().Order());
        Assert.All(approved.Items, t => Assert.Equal((true, true, "Acme Trucking dispatch"), (t.IsLive, t.IsSent, t.Preview.Footer)));
        Assert.Matches("^fleetchat_dispatcher_note_v2_f[0-9a-f]{8}$", (await fleet.FindAsync(company, Note)).Name);
    }

    [Fact]
    public async Task Submitting_again_submits_nothing_twice()
    {
        var company = await fleet.AddCompanyAsync();
        var first = await fleet.SubmitAsync(company);

        await fleet.SubmitAsync(company);
        await fleet.PollAsync(company);

        var atMeta = await fleet.AtMetaAsync(company);
        Assert.Equal(first.Progress.Total, atMeta.Count);
        Assert.Equal(atMeta.Count, atMeta.DistinctBy(t => (t.Name, t.Language)).Count());
    }

    /// <summary>In the first submission, and in one in the middle of a call.</summary>
    [Theory]
    [InlineData(nameof(IWhatsAppTemplates.ListAsync), false)]
    [InlineData(nameof(IWhatsAppTemplates.ListAsync), true)]
    [InlineData(nameof(IWhatsAppTemplates.SubmitAsync), false)]
    [InlineData(nameof(IWhatsAppTemplates.SubmitAsync), true)]
    public async Task Process_that_dies_before_or_after_any_call_leaves_each_once(string call, bool isAfter)
    {
        var company = await fleet.AddCompanyAsync();
        Assert.True((await fleet.Fleet.Get<SubmitTemplates>().HandleAsync(new(company.Id, "operator:test"), default)).IsOk);
        var settings = (await fleet.Fleet.Get<Core.Tenants.TenantSettingsCache>().FindAsync(company.Id, default))!;

        await fleet.Interruption.DieAsync(call, isAfter, () => fleet.Fleet.Get<IEnumerable<Core.Calls.ICallHandler>>().Single(h => h.Handles(KeepTemplates.Kind)).HandleAsync(new(Guid.Empty, KeepTemplates.Kind, default, 1, fleet.Now), settings, default));
        await fleet.CallAsync(company);

        var atMeta = await fleet.AtMetaAsync(company);
        Assert.Equal((await fleet.ListAsync(company)).Progress.Total, atMeta.DistinctBy(t => (t.Name, t.Language)).Count());
        Assert.Equal(atMeta.Count, atMeta.DistinctBy(t => (t.Name, t.Language)).Count());
        Assert.All((await fleet.ListAsync(company)).Items, t => Assert.Equal("PENDING", t.Status));
    }

    [Fact]
    public async Task Two_who_submit_at_once_submit_each_once()
    {
        var company = await fleet.AddCompanyAsync();
        await fleet.Fleet.Get<SubmitTemplates>().HandleAsync(new(company.Id, "operator:test"), default);
        var settings = (await fleet.Fleet.Get<Core.Tenants.TenantSettingsCache>().FindAsync(company.Id, default))!;

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
            fleet.Fleet.Get<IEnumerable<Core.Calls.ICallHandler>>().Single(h => h.Handles(KeepTemplates.Kind)).HandleAsync(new(Guid.Empty, KeepTemplates.Kind, default, 1, fleet.Now), settings, default))));
        await fleet.CallAsync(company);

        var (list, atMeta) = (await fleet.ListAsync(company), await fleet.AtMetaAsync(company));
        Assert.Equal((list.Progress.Total, list.Progress.Total, 0), (atMeta.Count, list.Progress.Waiting, list.Progress.Refused));
    }

    [Fact]
    public async Task Rejected_template_is_told_with_its_reason_and_reviewed_again_when_asked()
    {
        var company = await fleet.AddCompanyAsync();
        await fleet.SubmitAsync(company);
        await fleet.EndReviewsAsync(company);
        await fleet.SetAsync(company, Note, "REJECTED", reason: "INVALID_FORMAT");
        await fleet.PollAsync(company);
        var rejected = await fleet.FindAsync(company, Note);
        var alerts = await fleet.OpenAlertsAsync(company);

        await fleet.SubmitAsync(company);
        var again = await fleet.FindAsync(company, Note);
        await fleet.EndReviewsAsync(company);
        await fleet.PollAsync(company);

        Assert.Equal(("REJECTED", "INVALID_FORMAT", false), (rejected.Status, rejected.RejectionReason, rejected.IsLive));
        Assert.Equal([$"template.rejected: {Note} en_US"], alerts);
        Assert.Equal("PENDING", again.Status);
        Assert.True((await fleet.FindAsync(company, Note)).IsLive);
        Assert.Empty(await fleet.OpenAlertsAsync(company));
    }

    [Fact]
    public async Task Template_that_Meta_counts_as_marketing_is_not_live_and_somebody_is_told()
    {
        var company = await fleet.AddCompanyAsync();
        await fleet.ApproveAllAsync(company);

        await fleet.SetAsync(company, Note, "APPROVED", category: "MARKETING");
        await fleet.PollAsync(company);

        var found = await fleet.FindAsync(company, Note);
        Assert.Equal(("APPROVED", "MARKETING", false, false), (found.Status, found.Category, found.IsLive, found.IsSent));
        Assert.Equal(1, (await fleet.ListAsync(company)).Progress.Refused);
        Assert.Equal([$"template.recategorised: {Note} en_US"], await fleet.OpenAlertsAsync(company));
    }

    [Fact]
    public async Task New_footer_is_a_new_version_and_the_old_one_serves_until_it_is_approved()
    {
        var company = await fleet.AddCompanyAsync("Acme");
        await fleet.ApproveAllAsync(company);
        var old = await fleet.FindAsync(company, Note);

        await fleet.SetFooterAsync(company, "Acme Trucking");
        await fleet.SubmitAsync(company);
        var waiting = (await fleet.ListAsync(company)).Items.Where(t => t is { Template: Note, Language: "en_US" }).ToList();
        await fleet.EndReviewsAsync(company);
        await fleet.PollAsync(company);
        var approved = (await fleet.ListAsync(company)).Items.Where(t => t is { Template: Note, Language: "en_US" }).ToList();

        Assert.Equal([(2, "PENDING", false), (1, "APPROVED", true)], waiting.Select(t => (t.Version, t.Status, t.IsSent)));
        Assert.Equal([(2, "APPROVED", true)], approved.Select(t => (t.Version, t.Status, t.IsSent)));
        Assert.NotEqual(old.Name, approved[0].Name);

        // One that comes back is approved already.
        await fleet.SetFooterAsync(company, "Acme");
        await fleet.SubmitAsync(company);
        Assert.Equal((1, old.Name, true), ((await fleet.FindAsync(company, Note)).Version, (await fleet.FindAsync(company, Note)).Name, (await fleet.FindAsync(company, Note)).IsSent));
    }

    [Fact]
    public async Task What_another_has_under_the_name_is_not_taken_for_ours()
    {
        var company = await fleet.AddCompanyAsync();
        await fleet.Meta.AddTemplateAsync(new(company.AccountId, Note, "en_US", "Hello {{1}}, buy {{2}} now."));

        await fleet.SubmitAsync(company);

        var found = await fleet.FindAsync(company, Note);
        Assert.Equal(("REJECTED", "OTHER_CONTENT"), (found.Status, found.RejectionReason));
    }

    [Fact]
    public async Task Webhook_makes_nothing_live_whose_words_are_anothers_or_were_never_seen()
    {
        var (company, unseen) = (await fleet.AddCompanyAsync(), await fleet.AddCompanyAsync());
        await fleet.Meta.AddTemplateAsync(new(company.AccountId, Note, "en_US", "Hello {{1}}, buy {{2}} now."));
        await fleet.SubmitAsync(company);
        Assert.True((await fleet.Fleet.Get<SubmitTemplates>().HandleAsync(new(unseen.Id, "operator:test"), default)).IsOk);

        await fleet.HearStatusAsync(company, Note, "APPROVED", at: fleet.Now);
        await fleet.HearStatusAsync(unseen, Note, "APPROVED", at: fleet.Now);

        Assert.Equal(("REJECTED", "OTHER_CONTENT", false), ((await fleet.FindAsync(company, Note)).Status, (await fleet.FindAsync(company, Note)).RejectionReason, (await fleet.FindAsync(company, Note)).IsLive));
        Assert.Equal(("NOT_SUBMITTED", false), ((await fleet.FindAsync(unseen, Note)).Status, (await fleet.FindAsync(unseen, Note)).IsLive));

        // Nor does the list, once the footer is another and the row one of before.
        await fleet.SetFooterAsync(company, "Acme");
        await fleet.SubmitAsync(company);
        await fleet.SetAsync(company, Note, "APPROVED");
        await fleet.PollAsync(company);
        Assert.DoesNotContain((await fleet.ListAsync(company)).Items, t => t.Name == Note && t.Language == "en_US" && t.IsLive);
    }

    [Theory]
    [InlineData("message_templates")]
    [InlineData("message_footer")]
    public async Task Change_of_what_templates_are_made_of_is_taken_to_Meta_at_once(string what)
    {
        var company = await fleet.AddCompanyAsync("Acme");
        await fleet.ApproveAllAsync(company);
        if (what == "message_templates") await fleet.Fleet.Db(company).ExecuteAsync("update fleet.tenant_configurations set message_templates = 'transport_standard_v1' where tenant_id = $1", default);
        var before = (await fleet.AtMetaAsync(company)).Count;

        var change = what == "message_templates" ? new TenantChange(MessageTemplates: "transport_standard_v2") : new TenantChange(Branding: new(MessageFooter: "Acme Trucking"));
        Assert.Null((await fleet.Fleet.Get<ChangeTenant>().HandleAsync(new(company.Id, change, "test"), default)).Error);
        Assert.True(await fleet.IsDueAsync(company));
        await fleet.CallAsync(company);

        Assert.Equal(what == "message_templates" ? before : 2 * before, (await fleet.AtMetaAsync(company)).Count);
    }

    [Fact]
    public async Task Word_of_Metas_that_is_of_no_form_is_unknown_and_the_rest_of_the_look_counts()
    {
        var company = await fleet.AddCompanyAsync();
        await fleet.ApproveAllAsync(company);
        await fleet.SetAsync(company, Note, "on hold (2)", category: "utility+");
        await fleet.SetAsync(company, "fleetchat_stop_arrived_v2", "PAUSED");

        await fleet.PollAsync(company);
        var (looked, other) = (await fleet.FindAsync(company, Note), await fleet.FindAsync(company, "fleetchat_stop_arrived_v2"));
        await fleet.HearAsync(company, "template_category_update", new()
        {
            ["message_template_name"] = "fleetchat_stop_arrived_v2", ["message_template_language"] = "en_US", ["previous_category"] = "UTILITY", ["new_category"] = "utility 2",
        }, fleet.Now);

        Assert.Equal(("UNKNOWN", "UNKNOWN", false), (looked.Status, looked.Category, looked.IsLive));
        Assert.Equal("PAUSED", other.Status);
        Assert.Equal("UNKNOWN", (await fleet.FindAsync(company, "fleetchat_stop_arrived_v2")).Category);
    }

    [Fact]
    public async Task Review_that_Meta_refuses_for_good_ends_neither_the_look_nor_the_others_reviews()
    {
        var wanted = WantedTemplate.Of(TemplateSet.Get("transport_standard_v2"), "").Take(4).ToList();
        string[] statuses = ["REJECTED", "PAUSED", "REJECTED", "APPROVED"];
        var listed = wanted.Zip(statuses, (w, status) => new MetaTemplate($"id-{status}-{w.Name}-{w.Language}", w.Name, w.Language, status, "UTILITY", null, null, w.Template.Body, "", w.Template.Buttons)).ToList();
        var known = wanted.ConvertAll(w => new TemplateRow(w.Name, w.Language, "transport_standard_v2", w.Template.Name, 1, "") { Status = "REJECTED", Category = "UTILITY", WantsReview = true });
        var meta = new Mock<IWhatsAppTemplates>(MockBehavior.Strict);
        meta.Setup(m => m.ListAsync(It.IsAny<WhatsAppAccount>(), default)).ReturnsAsync(listed);
        meta.Setup(m => m.EditAsync(It.IsAny<WhatsAppAccount>(), listed[0].Id, It.IsAny<TemplateSubmission>(), default)).ThrowsAsync(new WhatsAppException(WhatsAppFailure.Permanent, 100, null, null));
        meta.Setup(m => m.UnpauseAsync(It.IsAny<WhatsAppAccount>(), listed[1].Id, default)).ThrowsAsync(new WhatsAppException(WhatsAppFailure.Permanent, 100, null, null));
        meta.Setup(m => m.EditAsync(It.IsAny<WhatsAppAccount>(), listed[2].Id, It.IsAny<TemplateSubmission>(), default)).Returns(Task.CompletedTask);
        var look = new TemplateLook(meta.Object, new("1", "token"), wanted, known);

        Assert.Null(await look.RunAsync(8, default));

        Assert.Equal(["REJECTED", "PAUSED", "PENDING", "APPROVED"], look.News.Select(n => n.Status));
        Assert.All(look.News, n => Assert.True(n.IsReviewedAgain));
    }

    [Fact]
    public async Task What_is_gone_at_Meta_is_submitted_anew()
    {
        var company = await fleet.AddCompanyAsync();
        await fleet.ApproveAllAsync(company);
        await DeleteAtMetaAsync(company, Note);

        await fleet.PollAsync(company);

        Assert.Equal(["PENDING", "PENDING", "PENDING"], (await fleet.AtMetaAsync(company)).Where(t => t.Name == Note).Select(t => t.Status));
        Assert.False((await fleet.FindAsync(company, Note)).IsLive);
    }

    [Fact]
    public async Task Webhook_is_believed_at_once_and_Meta_is_asked_how_it_stands()
    {
        var company = await fleet.AddCompanyAsync();
        await fleet.SubmitAsync(company);
        await fleet.EndReviewsAsync(company);

        await fleet.HearStatusAsync(company, Note, "APPROVED", at: fleet.Now);
        var heard = await fleet.FindAsync(company, Note);
        await fleet.CallAsync(company);

        Assert.True(heard.IsLive);
        Assert.All((await fleet.ListAsync(company)).Items, t => Assert.True(t.IsLive));
    }

    [Fact]
    public async Task Late_out_of_order_and_repeated_webhooks_change_nothing_that_is_known_of_later()
    {
        var company = await fleet.AddCompanyAsync();
        await fleet.ApproveAllAsync(company);
        var begun = fleet.Now;
        fleet.Fleet.Clock.Advance(TimeSpan.FromHours(1));

        await fleet.HearStatusAsync(company, Note, "PAUSED", at: begun.AddMinutes(50));
        await fleet.HearStatusAsync(company, Note, "REJECTED", at: begun.AddMinutes(20), reason: "ABUSIVE_CONTENT");
        await fleet.HearStatusAsync(company, Note, "APPROVED", at: begun.AddMinutes(-30));
        await fleet.HearStatusAsync(company, Note, "PAUSED", at: begun.AddMinutes(50));
        var heard = await fleet.FindAsync(company, Note);
        // Meta itself knows nothing of a pause.
        await fleet.CallAsync(company);

        Assert.Equal(("PAUSED", null), (heard.Status, heard.RejectionReason));
        Assert.True((await fleet.FindAsync(company, Note)).IsLive);
        Assert.Empty(await fleet.OpenAlertsAsync(company));
    }

    [Fact]
    public async Task Webhook_with_a_time_to_come_does_not_shut_out_what_is_heard_next()
    {
        var company = await fleet.AddCompanyAsync();
        await fleet.ApproveAllAsync(company);

        await fleet.HearStatusAsync(company, Note, "DISABLED", at: fleet.Now.AddYears(1));
        await fleet.PollAsync(company);

        Assert.True((await fleet.FindAsync(company, Note)).IsLive);
    }

    [Fact]
    public async Task Answer_that_was_asked_for_before_a_webhook_came_does_not_undo_it()
    {
        var company = await fleet.AddCompanyAsync();
        await fleet.ApproveAllAsync(company);

        await fleet.Interruption.PauseAsync(nameof(IWhatsAppTemplates.ListAsync), async () =>
        {
            await fleet.PollAsync(company);
            return true;
        }, async () =>
        {
            fleet.Fleet.Clock.Advance(TimeSpan.FromMinutes(1));
            await fleet.SetAsync(company, Note, "PAUSED");
            await fleet.HearStatusAsync(company, Note, "PAUSED", at: fleet.Now);
        });

        Assert.Equal("PAUSED", (await fleet.FindAsync(company, Note)).Status);
    }

    [Fact]
    public async Task Webhook_of_another_companys_account_changes_nothing_here()
    {
        var (company, other) = (await fleet.AddCompanyAsync(), await fleet.AddCompanyAsync());
        await fleet.ApproveAllAsync(company);
        await fleet.ApproveAllAsync(other);

        await fleet.HearStatusAsync(other, Note, "PAUSED", at: fleet.Now);
        var unknown = await fleet.HearStatusAsync(company, Note, "PAUSED", at: fleet.Now, account: "999888777");

        Assert.True((await fleet.FindAsync(company, Note)).IsLive);
        Assert.Equal("PAUSED", (await fleet.FindAsync(other, Note)).Status);
        Assert.Equal((true, 0), (unknown.IsAccepted, unknown.Nudges));
    }

    [Fact]
    public async Task Change_of_category_and_quality_are_heard_by_their_members()
    {
        var company = await fleet.AddCompanyAsync();
        await fleet.ApproveAllAsync(company);

        // As Meta's own example labels it.
        await fleet.HearAsync(company, "message_template_status_update", Update(("previous_quality_score", "GREEN"), ("new_quality_score", "RED")), fleet.Now);
        await fleet.HearAsync(company, "template_category_update", Update(("new_category", "MARKETING"), ("correct_category", "MARKETING")), fleet.Now);
        var planned = await fleet.FindAsync(company, Note);
        await fleet.HearAsync(company, "template_category_update", Update(("previous_category", "UTILITY"), ("new_category", "MARKETING")), fleet.Now.AddSeconds(1));
        var changed = await fleet.FindAsync(company, Note);

        Assert.Equal(("RED", "UTILITY", true), (planned.Quality, planned.Category, planned.IsLive));
        Assert.Equal(("MARKETING", false), (changed.Category, changed.IsLive));
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"event":"APPROVED"}""")]
    [InlineData("""{"message_template_name":"x","message_template_language":["en"]}""")]
    [InlineData("""{"event":{"a":1},"message_template_name":"fleetchat_dispatcher_note_v2","message_template_language":"en_US"}""")]
    [InlineData("""{"event":"SOMETHING_NEW","message_template_name":"fleetchat_dispatcher_note_v2","message_template_language":"en-US"}""")]
    public async Task Update_that_says_nothing_we_know_is_no_trouble(string value)
    {
        var company = await fleet.AddCompanyAsync();
        await fleet.ApproveAllAsync(company);

        await fleet.HearAsync(company, "message_template_status_update", JsonNode.Parse(value)!.AsObject(), fleet.Now);

        Assert.True((await fleet.FindAsync(company, Note)).IsLive);
        Assert.Equal(0, await fleet.Fleet.Db(company).FindAsync("select count(*)::int from fleet.inbox where tenant_id = $1 and status <> 'done'", row => row.GetInt32(0), default));
    }

    [Fact]
    public async Task Token_that_may_not_manage_templates_is_told_and_the_set_follows_when_it_may()
    {
        var company = await fleet.AddCompanyAsync();
        await fleet.SetTokenAsync(company, "nobody's");

        var refused = await fleet.SubmitAsync(company);
        var alerts = await fleet.OpenAlertsAsync(company);
        await fleet.SetTokenAsync(company, $"token of {company.Id}");
        await fleet.PollAsync(company);

        Assert.All(refused.Items, t => Assert.Equal("NOT_SUBMITTED", t.Status));
        Assert.Equal(["template.unread: "], alerts);
        Assert.All((await fleet.ListAsync(company)).Items, t => Assert.Equal("PENDING", t.Status));
        Assert.Empty(await fleet.OpenAlertsAsync(company));
    }

    private static JsonObject Update(params (string Name, string Value)[] members)
    {
        var value = new JsonObject { ["message_template_id"] = 1234567890, ["message_template_name"] = Note, ["message_template_language"] = "en-US" };
        foreach (var (name, word) in members) value[name] = word;
        return value;
    }

    private async Task DeleteAtMetaAsync(TestCompany company, string name)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Delete, new Uri(fleet.Graph, $"v25.0/{company.AccountId}/message_templates?name={name}"));
        request.Headers.Authorization = new("Bearer", $"token of {company.Id}");
        using var response = await http.SendAsync(request);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }
}
