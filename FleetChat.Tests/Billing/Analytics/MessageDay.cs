using FleetChat.Core.Billing;
using FleetChat.Core.Data;
using FleetChat.Core.Messaging;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.Time.Testing;

namespace FleetChat.Tests.Billing.Analytics;

/// <summary>A company's messages with their facts, as sending, receiving and statuses would leave them.</summary>
internal sealed class MessageDay(TestFleet fleet, TestCompany company)
{
    private TimeZoneInfo _zone = TimeZoneInfo.FindSystemTimeZoneById("America/Chicago");
    private int _drivers;

    public TestCompany Company => company;

    public static async Task<MessageDay> StartAsync(TestFleet fleet, string name = "acme") => new(fleet, await fleet.AddCompanyAsync(name));

    public async Task MoveToAsync(string zone)
    {
        await fleet.Database.ExecuteAsAdminAsync("update fleet.tenants set time_zone = $2 where tenant_id = $1", P.Text(company.Id.Value), P.Text(zone));
        await fleet.Get<TenantSettingsCache>().ReadAsync(company.Id, default);
        _zone = TimeZoneInfo.FindSystemTimeZoneById(zone);
    }

    public Task<Guid> AddDriverAsync(string phone = "+12125550100") => fleet.AddDriverAsync(company, $"driver-{++_drivers}", phone);

    /// <param name="waited">Since the webhook that caused it; null: no webhook did.</param>
    /// <param name="isCounted">Whether it is one of those that are billed.</param>
    public async Task<Guid> SendAsync(
        Guid driver, DateTimeOffset at, string reason = "stop_arrival", string status = DeliveryStatus.Delivered, string? category = null, bool? billable = null, TimeSpan? waited = null, bool isCounted = true)
    {
        var id = fleet.Clock.NewId();
        var cause = waited is { } span ? Causes.Event(new FakeTimeProvider(at - span).NewId()) : null;
        await fleet.Db(company).ExecuteAsync("""
            insert into fleet.message_logs (tenant_id, id, conversation_id, driver_id, direction, content, kind, timestamp, status, status_rank, reason, effect_key, created_at, sent_at,
                                            pricing_category, billable, cause, is_business)
            select $1, $2, d.conversation_id, d.id, 'outbound', '\x00'::bytea, 'template', $4, $5, $6, $7, $8, $4, $4, $9, $10, $11, $12
            from fleet.drivers d
            where d.tenant_id = $1
              and d.id = $3
            """, default,
            P.Uuid(id), P.Uuid(driver), P.Time(at), P.Text(status), P.Small(DeliveryStatus.Rank(status)), P.Text(reason), P.Text($"test:{id}"), P.Text(category), P.Bool(billable), P.Text(cause), P.Bool(isCounted));
        if (isCounted) await CountAsync(UsageFacts.MessageOut, id, at);
        return id;
    }

    /// <param name="answered">The message that it answers.</param>
    public async Task HearAsync(Guid driver, DateTimeOffset at, Guid? answered = null)
    {
        var id = fleet.Clock.NewId();
        await fleet.Db(company).ExecuteAsync("""
            insert into fleet.message_logs (tenant_id, id, conversation_id, driver_id, direction, content, kind, timestamp, status, status_rank, reason, reply_to, effect_key, created_at, is_business)
            select $1, $2, d.conversation_id, d.id, 'inbound', '\x00'::bytea, 'text', $4, 'received', 7, 'free_text', $5, $6, $4, true
            from fleet.drivers d
            where d.tenant_id = $1
              and d.id = $3
            """, default, P.Uuid(id), P.Uuid(driver), P.Time(at), P.Uuid(answered), P.Text($"test:{id}"));
        await CountAsync(UsageFacts.MessageIn, id, at);
    }

    public Task FoldAsync() => UsageSql.FoldAsync(fleet.Db(company), default);

    private Task CountAsync(string kind, Guid message, DateTimeOffset at) => fleet.Db(company).ExecuteAsync("""
        insert into fleet.usage_facts (tenant_id, kind, source_id, part, period, at, amount)
        values ($1, $2, $3, '', $4, $5, 1)
        """, default, P.Text(kind), P.Uuid(message), P.Day(BillingPeriod.Of(at, _zone)), P.Time(at));
}
