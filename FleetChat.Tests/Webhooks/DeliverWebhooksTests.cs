using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Webhooks;
using FleetChat.Tests.Postgres;
using Microsoft.AspNetCore.Http;

namespace FleetChat.Tests.Webhooks;

/// <summary>From what happens to a company's receiver, on a clock that stands still.</summary>
public sealed class DeliverWebhooksTests(WebhookFixture fixture) : IClassFixture<WebhookFixture>, IAsyncLifetime
{
    private readonly TestFleet _fleet = fixture.Fleet;
    private HookReceiver _receiver = null!;

    private TestDatabase Database => _fleet.Database;

    public async Task InitializeAsync() => _receiver = await HookReceiver.StartAsync();

    public Task DisposeAsync() => _receiver.DisposeAsync().AsTask();

    [Fact]
    public async Task What_a_driver_writes_and_does_reaches_the_receiver_signed()
    {
        var (company, endpoint) = await StartAsync([.. WebhookEventTypes.Names]);
        var driver = await _fleet.AddDriverAsync(company, "11", "+15550002222");
        _fleet.AcceptAll();
        await _fleet.WorkAsync((await _fleet.FromSamsaraAsync(company, Payloads.StopArrival(company, "11"))).Nudges);
        await _fleet.WriteAsync(company, "wamid.1");
        await _fleet.WorkAsync((await _fleet.FromSamsaraAsync(company, Payloads.StopArrival(company, "nobody", route: "6002", stop: "7003"))).Nudges);

        await _fleet.DeliverAsync(company);

        Assert.All(_receiver.Received, hook => Assert.True(hook.IsSignedWith(endpoint.Secret)));
        Assert.All(_receiver.Received, hook => Assert.Equal($"{_fleet.Clock.GetUtcNow().ToUnixTimeSeconds()}", hook.Headers["webhook-timestamp"]));
        Assert.Equal(_receiver.Received.Count, _receiver.Received.Select(hook => hook.Id).Distinct().Count());
        var message = Of("message.received").Data;
        Assert.Equal("Where do I park?", message.GetProperty("text").GetString());
        var entry = Of("conversation.needs_dispatcher").Data;
        Assert.Equal("unknown_sender", entry.GetProperty("entry").GetProperty("reason").GetString());
        Assert.Equal(message.GetProperty("id").GetString(), entry.GetProperty("entry").GetProperty("message").GetProperty("id").GetString());
        var transport = _receiver.Received.First(hook => hook.Type == "transport.status" && hook.Data.GetProperty("transport").GetProperty("samsara_driver_id").GetString() == "11");
        Assert.Equal("assigned", transport.Data.GetProperty("previous_status").GetString());
        Assert.Equal(driver.ToString(), transport.Data.GetProperty("transport").GetProperty("driver_id").GetString());
        Assert.Equal(transport.Json.GetProperty("timestamp").GetString(), transport.Data.GetProperty("transport").GetProperty("status_at").GetString());
        Assert.Equal("transport.no_driver", Of("alert.opened").Data.GetProperty("code").GetString());
        Assert.All(await _fleet.DeliveriesAsync(company, endpoint), delivery => Assert.Equal(("delivered", 1, 200), (delivery.Status, delivery.Attempts, delivery.LastCode)));
    }

    [Fact]
    public async Task A_company_hears_of_what_it_asked_for_and_of_nothing_of_another()
    {
        var (company, _) = await StartAsync("conversation.needs_dispatcher");
        await using var others = await HookReceiver.StartAsync();
        var other = await _fleet.AddCompanyAsync("other");
        await _fleet.AddEndpointAsync(other, others.Url, [.. WebhookEventTypes.Names]);
        await _fleet.WriteAsync(company, "wamid.of-one", "canary of one");

        await _fleet.DeliverAsync(company);
        await _fleet.DeliverAsync(other);

        Assert.Equal("conversation.needs_dispatcher", Assert.Single(_receiver.Received).Type);
        Assert.Empty(others.Received);
    }

    [Fact]
    public async Task A_repeat_is_told_once_and_a_company_without_endpoints_gets_no_rows()
    {
        var (company, endpoint) = await StartAsync([.. WebhookEventTypes.Names]);
        var without = await _fleet.AddCompanyAsync("without");
        for (var i = 0; i < 2; i++) await _fleet.WriteAsync(company, "wamid.same");
        for (var i = 0; i < 3; i++) await Alerts.RaiseAsync(_fleet.Db(company), _fleet.Clock, "inbox.parked", Alerts.Warning, "one", default);
        await _fleet.WriteAsync(without, "wamid.of-without");

        Assert.Equal(["alert.opened", "conversation.needs_dispatcher", "message.received"], (await _fleet.DeliveriesAsync(company, endpoint)).Select(d => d.Type).Order());
        Assert.Equal(0, await Database.ScalarAsAdminAsync<long>("select count(*) from fleet.webhook_deliveries where tenant_id = $1", P.Text(without.Id.Value)));
    }

    [Fact]
    public async Task Bodies_lie_encrypted_and_addresses_and_secrets_too()
    {
        var (company, endpoint) = await StartAsync("message.received");
        await _fleet.WriteAsync(company, "wamid.sealed", "canary text");
        await _fleet.DeliverAsync(company);

        var rows = await Database.ScalarAsAdminAsync<string>("""
            select string_agg(encode(d.payload, 'escape') || encode(e.url, 'escape') || encode(e.secrets, 'escape') || d::text || e::text, '')
            from fleet.webhook_deliveries d
            join fleet.webhook_endpoints e using (tenant_id)
            where tenant_id = $1
            """, P.Text(company.Id.Value));

        foreach (var word in new[] { "canary", "/hook", endpoint.Secret["whsec_".Length..], Convert.ToHexStringLower("canary"u8) }) Assert.DoesNotContain(word, rows, StringComparison.Ordinal);
        Assert.Contains("canary text", _receiver.Received.Single().Data.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_dead_process_had_sent_and_not_written_down_comes_again_under_its_id()
    {
        var (company, endpoint) = await StartAsync("message.received");
        await _fleet.WriteAsync(company, "wamid.crash");
        await _fleet.DeliverAsync(company);
        // As a process leaves it that died between the answer and its record.
        await Database.ExecuteAsAdminAsync("""
            update fleet.webhook_deliveries
            set status = 'sending', finished_at = null, lease_token = gen_random_uuid(), lease_until = now() + interval '1 minute'
            where tenant_id = $1
            """, P.Text(company.Id.Value));
        await _fleet.DeliverAsync(company);
        Assert.Single(_receiver.Received);
        await Database.ExecuteAsAdminAsync("update fleet.webhook_deliveries set lease_until = now() - interval '1 second' where tenant_id = $1", P.Text(company.Id.Value));

        await _fleet.DeliverAsync(company);

        Assert.Equal(2, _receiver.Received.Count);
        Assert.Equal(_receiver.Received[0].Id, _receiver.Received[1].Id);
        Assert.Equal(_receiver.Received[0].Body, _receiver.Received[1].Body);
        Assert.Equal(("delivered", 2), Only(await _fleet.DeliveriesAsync(company, endpoint)));
    }

    [Fact]
    public async Task A_failed_delivery_is_tried_ten_times_over_three_days_and_then_failed()
    {
        var (company, endpoint) = await StartAsync("message.received");
        _receiver.AnswerWith(500);
        await _fleet.WriteAsync(company, "wamid.tries");
        var start = _fleet.Clock.GetUtcNow();

        for (var attempt = 1; attempt <= DeliverySchedule.MostAttempts; attempt++)
        {
            await _fleet.DeliverAsync(company);
            Assert.Equal(attempt, _receiver.Received.Count);
            var delivery = Assert.Single(await _fleet.DeliveriesAsync(company, endpoint));
            Assert.Equal((500, attempt), (delivery.LastCode, delivery.Attempts));
            if (delivery.NextAttemptAt is not { } next) break;
            _fleet.Clock.Advance(next - _fleet.Clock.GetUtcNow() - TimeSpan.FromMilliseconds(1));
            await _fleet.DeliverAsync(company);
            Assert.Equal(attempt, _receiver.Received.Count);
            _fleet.Clock.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.Equal(("failed", DeliverySchedule.MostAttempts), Only(await _fleet.DeliveriesAsync(company, endpoint)));
        Assert.InRange(_fleet.Clock.GetUtcNow() - start, TimeSpan.FromDays(2.8), TimeSpan.FromDays(3.5));
        Assert.Single(_receiver.Received.Select(hook => hook.Id).Distinct());
        Assert.True((await _fleet.EndpointAsync(company, endpoint)).Enabled);
    }

    [Fact]
    public async Task Both_secrets_sign_while_a_rotated_one_overlaps()
    {
        var (company, endpoint) = await StartAsync("message.received");
        var rotated = (await _fleet.Get<RotateWebhookSecret>().HandleAsync(new(company.Id, endpoint.Endpoint.Id, null, "test"), default)).Value;
        await _fleet.TestAsync(company, endpoint);
        await _fleet.DeliverAsync(company);
        _fleet.Clock.Advance(TimeSpan.FromHours(24));
        await _fleet.TestAsync(company, endpoint);
        await _fleet.DeliverAsync(company);

        var (during, after) = (_receiver.Received[0], _receiver.Received[1]);
        Assert.True(during.IsSignedWith(endpoint.Secret) && during.IsSignedWith(rotated.Secret));
        Assert.True(!after.IsSignedWith(endpoint.Secret) && after.IsSignedWith(rotated.Secret));
        Assert.Equal((2, 1), (during.Signatures, after.Signatures));
    }

    [Fact]
    public async Task Gone_switches_the_endpoint_off_with_all_that_waits_for_it()
    {
        var (company, endpoint) = await StartAsync("message.received");
        await using var second = await HookReceiver.StartAsync();
        await _fleet.AddEndpointAsync(company, second.Url, "alert.opened");
        _receiver.AnswerWith(410);
        for (var i = 0; i < 10; i++) await _fleet.WriteAsync(company, $"wamid.gone-{i}");

        await _fleet.DeliverAsync(company);
        await _fleet.WriteAsync(company, "wamid.after");
        await _fleet.DeliverAsync(company);

        var view = await _fleet.EndpointAsync(company, endpoint);
        Assert.Equal((false, "gone"), (view.Enabled, view.DisabledReason));
        var deliveries = await _fleet.DeliveriesAsync(company, endpoint);
        Assert.Equal(10, deliveries.Count);
        Assert.All(deliveries, delivery => Assert.Equal("failed", delivery.Status));
        Assert.InRange(_receiver.Received.Count, 1, 9);
        Assert.Equal("webhook.gone", second.Received.Single().Data.GetProperty("code").GetString());
    }

    [Theory]
    [InlineData(429, true)]
    [InlineData(502, true)]
    [InlineData(503, true)]
    [InlineData(504, true)]
    [InlineData(500, false)]
    [InlineData(400, false)]
    public async Task A_receiver_that_cannot_keep_up_is_left_alone_for_a_while_and_then_asked_once(int status, bool slows)
    {
        var (company, endpoint) = await StartAsync("message.received");
        _receiver.AnswerWith(status);
        await _fleet.WriteAsync(company, "wamid.slow-1");
        await _fleet.DeliverAsync(company);
        for (var i = 2; i <= 6; i++) await _fleet.WriteAsync(company, $"wamid.slow-{i}");
        await _fleet.DeliverAsync(company);
        Assert.Equal(slows ? 1 : 6, _receiver.Received.Count);
        if (!slows) return;

        Assert.NotNull((await _fleet.EndpointAsync(company, endpoint)).PausedUntil);
        _fleet.Clock.Advance(TimeSpan.FromSeconds(6));
        await _fleet.DeliverAsync(company);
        Assert.Equal(2, _receiver.Received.Count);
        _receiver.AnswerWith(204);
        _fleet.Clock.Advance(TimeSpan.FromMinutes(10));
        await _fleet.DeliverAsync(company);

        Assert.Null((await _fleet.EndpointAsync(company, endpoint)).PausedUntil);
        Assert.All(await _fleet.DeliveriesAsync(company, endpoint), delivery => Assert.Equal("delivered", delivery.Status));
    }

    [Fact]
    public async Task A_receiver_that_takes_its_time_gets_pauses_though_it_takes_everything()
    {
        var (company, endpoint) = await StartAsync("message.received");
        _receiver.Answer = (_, _) =>
        {
            _fleet.Clock.Advance(DeliverySchedule.SlowAnswer);
            return Task.CompletedTask;
        };
        await _fleet.WriteAsync(company, "wamid.time-1");
        await _fleet.DeliverAsync(company);
        await _fleet.WriteAsync(company, "wamid.time-2");
        await _fleet.DeliverAsync(company);

        Assert.Single(_receiver.Received);
        var first = await _fleet.EndpointAsync(company, endpoint);
        Assert.Equal((true, null), (first.PausedUntil > _fleet.Clock.GetUtcNow(), first.FailingSince));
        _fleet.Clock.Advance(TimeSpan.FromSeconds(5));
        await _fleet.DeliverAsync(company);
        Assert.Equal(TimeSpan.FromSeconds(10), (await _fleet.EndpointAsync(company, endpoint)).PausedUntil - _fleet.Clock.GetUtcNow());
        Assert.All(await _fleet.DeliveriesAsync(company, endpoint), delivery => Assert.Equal(("delivered", 1), (delivery.Status, delivery.Attempts)));
    }

    [Fact]
    public async Task Retry_after_is_kept_for_all_that_waits()
    {
        var (company, endpoint) = await StartAsync("message.received");
        _receiver.Answer = (context, _) =>
        {
            context.Response.StatusCode = 429;
            context.Response.Headers["Retry-After"] = "3600";
            return Task.CompletedTask;
        };
        await _fleet.WriteAsync(company, "wamid.ask");

        await _fleet.DeliverAsync(company);

        var inAnHour = _fleet.Clock.GetUtcNow().AddHours(1);
        Assert.Equal(inAnHour, (await _fleet.EndpointAsync(company, endpoint)).PausedUntil);
        Assert.Equal(inAnHour, (await _fleet.DeliveriesAsync(company, endpoint)).Single().NextAttemptAt);
    }

    [Fact]
    public async Task Five_days_without_a_success_switch_the_endpoint_off_and_the_company_is_told()
    {
        var (company, endpoint) = await StartAsync("message.received");
        await using var second = await HookReceiver.StartAsync();
        await _fleet.AddEndpointAsync(company, second.Url, "alert.opened");
        _receiver.AnswerWith(500);

        for (var day = 0; day <= 4; day++)
        {
            await _fleet.WriteAsync(company, $"wamid.day-{day}");
            await _fleet.DeliverAsync(company);
            Assert.True((await _fleet.EndpointAsync(company, endpoint)).Enabled);
            _fleet.Clock.Advance(TimeSpan.FromDays(1));
        }
        await _fleet.DeliverAsync(company);
        await _fleet.DeliverAsync(company);

        Assert.Equal("failing", (await _fleet.EndpointAsync(company, endpoint)).DisabledReason);
        Assert.All(await _fleet.DeliveriesAsync(company, endpoint), delivery => Assert.Equal("failed", delivery.Status));
        // Beside it there may be one that nobody took the drivers' messages.
        var alert = Assert.Single(second.Received, hook => hook.Data.GetProperty("code").GetString() != "dispatcher.waiting").Data;
        Assert.Equal(("webhook.failing", endpoint.Endpoint.Id.ToString()), (alert.GetProperty("code").GetString(), alert.GetProperty("subject").GetString()));
        Assert.Equal(1, await Database.ScalarAsAdminAsync<long>("select count(*) from fleet.audit_entries where tenant_id = $1 and action = 'webhook_endpoint.disabled'", P.Text(company.Id.Value)));
    }

    [Fact]
    public async Task One_success_begins_the_five_days_anew()
    {
        var (company, endpoint) = await StartAsync("message.received");
        _receiver.AnswerWith(500);
        await _fleet.WriteAsync(company, "wamid.a");
        await _fleet.DeliverAsync(company);
        _fleet.Clock.Advance(TimeSpan.FromDays(4));
        _receiver.AnswerWith(200);
        await _fleet.DeliverAsync(company);
        _receiver.AnswerWith(500);
        await _fleet.WriteAsync(company, "wamid.b");
        await _fleet.DeliverAsync(company);
        _fleet.Clock.Advance(TimeSpan.FromDays(2));
        await _fleet.DeliverAsync(company);

        Assert.True((await _fleet.EndpointAsync(company, endpoint)).Enabled);
    }

    [Fact]
    public async Task What_failed_is_sent_again_by_id_and_since_a_time_under_the_same_ids()
    {
        var (company, endpoint) = await StartAsync("message.received");
        await _fleet.WriteAsync(company, "wamid.r1");
        await _fleet.DeliverAsync(company);
        var arrived = Assert.Single(await _fleet.DeliveriesAsync(company, endpoint));
        _receiver.AnswerWith(410);
        _fleet.Clock.Advance(TimeSpan.FromMinutes(1));
        var since = _fleet.Clock.GetUtcNow();
        await _fleet.WriteAsync(company, "wamid.r2");
        await _fleet.DeliverAsync(company);
        _receiver.AnswerWith(200);
        Assert.Equal(WebhookErrors.Disabled, (await RedeliverAsync(company, endpoint, null, since)).Error);
        Assert.True((await _fleet.Get<ChangeWebhookEndpoint>().HandleAsync(new(company.Id, endpoint.Endpoint.Id, null, null, true, "test"), default)).IsOk);

        var one = await RedeliverAsync(company, endpoint, arrived.Id, null);
        await _fleet.DeliverAsync(company);
        var all = await RedeliverAsync(company, endpoint, null, since);
        await _fleet.DeliverAsync(company);
        var again = await RedeliverAsync(company, endpoint, null, since.AddHours(-1));
        var delivered = await RedeliverAsync(company, endpoint, null, since.AddHours(-1), includeDelivered: true);

        Assert.Equal((1, 1, 0, 2), (one.Value.Redelivered, all.Value.Redelivered, again.Value.Redelivered, delivered.Value.Redelivered));
        Assert.Equal(4, _receiver.Received.Count);
        Assert.Equal(_receiver.Received[0].Id, _receiver.Received[2].Id);
        Assert.Equal(_receiver.Received[0].Body, _receiver.Received[2].Body);
        Assert.Equal(_receiver.Received[1].Id, _receiver.Received[3].Id);
        Assert.Single(delivered.Value.Nudges);
    }

    [Fact]
    public async Task Another_companys_endpoint_and_delivery_are_nobodys()
    {
        var (company, endpoint) = await StartAsync("message.received");
        await _fleet.WriteAsync(company, "wamid.mine");
        await _fleet.DeliverAsync(company);
        var delivery = (await _fleet.DeliveriesAsync(company, endpoint)).Single();
        var (other, others) = await StartAsync("message.received");

        Assert.Equal(WebhookErrors.EndpointNotFound, (await RedeliverAsync(other, endpoint, delivery.Id, null)).Error);
        Assert.Equal(WebhookErrors.DeliveryNotFound, (await RedeliverAsync(other, others, delivery.Id, null)).Error);
    }

    [Fact]
    public async Task A_slow_endpoint_holds_back_itself()
    {
        var (company, slow) = await StartAsync("message.received");
        await using var quick = await HookReceiver.StartAsync();
        var fast = await _fleet.AddEndpointAsync(company, quick.Url, "message.received");
        await Database.ExecuteAsAdminAsync("update fleet.webhook_endpoints set lane = 0 where tenant_id = $1", P.Text(company.Id.Value));
        for (var i = 0; i < 30; i++) await _fleet.WriteAsync(company, $"wamid.{i}");
        var released = new TaskCompletionSource();
        _receiver.Answer = (_, _) => released.Task;

        var work = _fleet.Get<DeliverWebhooks>().HandleAsync(new(company.Id, 0), default);
        await Until.TrueAsync(() => quick.Received.Count == 30, "all webhooks of the quick endpoint");
        await Until.TrueAsync(async () => (await _fleet.DeliveriesAsync(company, fast)).All(d => d.Status == "delivered"), "the quick endpoint's deliveries");
        var begunMeanwhile = _receiver.Received.Count;
        released.SetResult();
        await work;

        Assert.Equal(4, begunMeanwhile);
        Assert.All(await _fleet.DeliveriesAsync(company, slow), delivery => Assert.Equal("delivered", delivery.Status));
        Assert.Equal(30, _receiver.Received.Select(hook => hook.Id).Distinct().Count());
    }

    [Fact]
    public async Task Several_workers_send_everything_once()
    {
        var (company, endpoint) = await StartAsync("message.received");
        await Database.ExecuteAsAdminAsync("update fleet.webhook_endpoints set lane = 0 where tenant_id = $1", P.Text(company.Id.Value));
        for (var i = 0; i < 40; i++) await _fleet.WriteAsync(company, $"wamid.{i}");

        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => _fleet.Get<DeliverWebhooks>().HandleAsync(new(company.Id, 0), default)));

        Assert.Equal(40, _receiver.Received.Count);
        Assert.All(await _fleet.DeliveriesAsync(company, endpoint), delivery => Assert.Equal(("delivered", 1), (delivery.Status, delivery.Attempts)));
    }

    [Fact]
    public async Task An_event_that_commits_after_its_endpoint_was_switched_off_ends()
    {
        var (company, endpoint) = await StartAsync("alert.opened");
        await using (var db = await _fleet.Get<TenantDbs>().BeginAsync(company.Id, default))
        {
            await Alerts.RaiseAsync(db, _fleet.Clock, "inbox.parked", Alerts.Warning, "late", default);
            Assert.True((await _fleet.Get<ChangeWebhookEndpoint>().HandleAsync(new(company.Id, endpoint.Endpoint.Id, null, null, false, "test"), default)).IsOk);
            await db.CommitAsync(default);
        }

        await _fleet.DeliverAsync(company);

        Assert.Empty(_receiver.Received);
        Assert.Equal("endpoint_disabled", Assert.Single(await _fleet.DeliveriesAsync(company, endpoint)).Outcome);
    }

    [Fact]
    public async Task The_processing_nudges_the_webhooks_and_the_sweep_finds_what_nobody_nudged()
    {
        var (company, endpoint) = await StartAsync("message.received", "alert.opened");
        var receipt = await _fleet.FromWhatsAppAsync(Payloads.WhatsApp(company, messages: [Payloads.Text("15550001111", "hello", "wamid.nudge")]));
        _fleet.AcceptAll();
        var work = await _fleet.Get<ProcessLane>().HandleAsync(receipt.Nudges.Single(), default);
        Assert.Equal(company.Id, Assert.Single(work.Webhooks).Tenant);
        await _fleet.DeliverAsync(company);
        await Alerts.RaiseAsync(_fleet.Db(company), _fleet.Clock, "inbox.parked", Alerts.Warning, "from the sender", default);
        await Database.ExecuteAsAdminAsync("update fleet.lanes set nudged_at = now() - interval '1 minute' where tenant_id = $1", P.Text(company.Id.Value));

        var swept = await _fleet.Get<Sweep>().HandleAsync(default);

        Assert.Equal(work.Webhooks, swept.Webhooks.Where(nudge => nudge.Tenant == company.Id));
        await _fleet.DeliverAsync(company);
        Assert.Equal(2, _receiver.Received.Count);
        Assert.Equal(2, (await _fleet.DeliveriesAsync(company, endpoint)).Count);
    }

    [Fact]
    public async Task What_does_not_open_is_not_told_with_holes_and_can_be_sent_once_it_opens()
    {
        var (company, endpoint) = await StartAsync("message.received");
        await _fleet.WriteAsync(company, "wamid.sealed", "Sealed words");
        var content = await Database.ScalarAsAdminAsync<byte[]>($"select content from fleet.message_logs where tenant_id = '{company.Id}' and direction = 'inbound'");
        await Database.ExecuteAsAdminAsync($"update fleet.message_logs set content = '\\x00' where tenant_id = '{company.Id}' and direction = 'inbound'");

        await _fleet.DeliverAsync(company);
        var failed = Assert.Single(await _fleet.DeliveriesAsync(company, endpoint));
        Assert.Equal(("failed", "unreadable"), (failed.Status, failed.Outcome));
        Assert.Empty(_receiver.Received);
        await Database.ExecuteAsAdminAsync($"update fleet.message_logs set content = $1 where tenant_id = '{company.Id}' and direction = 'inbound'", P.Bytes(content));
        await RedeliverAsync(company, endpoint, failed.Id, null);
        await _fleet.DeliverAsync(company);

        Assert.Equal("Sealed words", Of("message.received").Data.GetProperty("text").GetString());
    }

    [Fact]
    public async Task Finished_deliveries_are_forgotten_after_thirty_days_and_those_that_wait_are_not()
    {
        var (company, endpoint) = await StartAsync("message.received");
        await _fleet.WriteAsync(company, "wamid.done");
        await _fleet.DeliverAsync(company);
        _receiver.AnswerWith(429);
        await _fleet.WriteAsync(company, "wamid.waits");
        await _fleet.DeliverAsync(company);

        _fleet.Clock.Advance(TimeSpan.FromDays(31));
        await _fleet.Get<KeepInbox>().HandleAsync(default);

        Assert.Equal("waiting", Assert.Single(await _fleet.DeliveriesAsync(company, endpoint)).Status);
    }

    [Fact]
    public async Task A_company_has_ten_endpoints_at_most_however_many_ask_at_once()
    {
        var company = await _fleet.AddCompanyAsync("many");

        var made = await Task.WhenAll(Enumerable.Range(0, 14).Select(_ => _fleet.Get<CreateWebhookEndpoint>().HandleAsync(new(company.Id, _receiver.Url, ["alert.opened"], "test"), default)));

        Assert.Equal(10, made.Count(m => m.IsOk));
        Assert.All(made.Where(m => !m.IsOk), m => Assert.Equal(WebhookErrors.TooMany, m.Error));
    }

    private ReceivedHook Of(string type) => _receiver.Received.Single(hook => hook.Type == type);

    private static (string Status, int Attempts) Only(IReadOnlyList<WebhookDeliveryView> deliveries) => (Assert.Single(deliveries).Status, deliveries[0].Attempts);

    private async Task<(TestCompany Company, WebhookEndpointWithSecret Endpoint)> StartAsync(params string[] types)
    {
        var company = await _fleet.AddCompanyAsync("hooked");
        return (company, await _fleet.AddEndpointAsync(company, _receiver.Url, types));
    }

    private Task<Core.Result<RedeliveredWebhooks>> RedeliverAsync(TestCompany company, WebhookEndpointWithSecret endpoint, Guid? delivery, DateTimeOffset? since, bool includeDelivered = false)
        => _fleet.Get<RedeliverWebhooks>().HandleAsync(new(company.Id, endpoint.Endpoint.Id, delivery, since, includeDelivered, "test"), default);
}
