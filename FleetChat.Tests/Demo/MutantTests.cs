using FleetChat.Core.Messaging;
using FleetChat.Core.Samsara;
using FleetChat.Core.Tenants;
using FleetChat.Core.WhatsApp;
using FleetChat.LocalHost.Demo;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace FleetChat.Tests.Demo;

/// <summary>
/// A product with one guard taken away must be caught by the demo: each test names the expectations that fail, and all others
/// have to hold, so that it is the guard that they see and not a broken host.
/// </summary>
public sealed class MutantTests
{
    [Fact]
    public async Task Without_dedupe_repeats_have_a_second_effect()
        => AssertFails(
            await TestDay.PlayAsync("no dedupe", changeSchema: NothingIsKnownAlready),
            "every-accepted-event-is-listed-once-and-done",
            "every-arrival-was-told-its-driver-once",
            "redelivered-samsara-webhook-had-no-second-effect",
            "same-fact-under-another-event-id-had-no-second-effect",
            "redelivered-whatsapp-message-had-no-second-effect");

    [Fact]
    public async Task Without_signature_checks_forgeries_are_let_in()
        => AssertFails(
            await TestDay.PlayAsync("no signatures", services => services
                .Replace(ServiceDescriptor.Singleton<SamsaraSignature, BlindToSamsarasSignature>())
                .Replace(ServiceDescriptor.Singleton<WhatsAppSignature, BlindToMetasSignature>())),
            "wrong-signatures-got-401-and-changed-nothing");

    [Fact]
    public async Task With_every_number_taken_for_the_first_companys_the_second_hears_nothing()
        => AssertFails(
            await TestDay.PlayAsync("one tenant for all numbers", services => services.Replace(ServiceDescriptor.Singleton<NumberDirectory, OneTenantDirectory>())),
            "every-accepted-event-is-listed-once-and-done",
            "final-status-is-the-best-that-was-reported",
            "one-post-for-two-companies-was-split",
            "one-phone-for-two-companies-moved-each-companys-own",
            "dispatchers-saw-problem-photo-place-and-question",
            "every-arrival-was-told-its-driver-once",
            "only-its-confirmation-was-sent-after-stop");

    [Fact]
    public async Task Without_status_order_a_late_report_turns_a_message_back()
        => AssertFails(
            await TestDay.PlayAsync("no status order", services => services.Replace(ServiceDescriptor.Singleton<StatusOrder, AnyOrder>())),
            "statuses-never-went-backwards",
            "final-status-is-the-best-that-was-reported");

    [Fact]
    public async Task Without_the_org_check_another_orgs_event_has_an_effect()
        => AssertFails(
            await TestDay.PlayAsync("no org check", services => services.Replace(ServiceDescriptor.Singleton<DeliveryOwnership, EverybodysDelivery>())),
            "another-orgs-and-another-webhooks-event-changed-nothing-and-raised-alerts");

    /// <summary>In the schema: a key that is known is forgotten before it is looked for, and no effect is ever the same as another.</summary>
    private const string NothingIsKnownAlready = """
        create function public.forget_key() returns trigger
        language plpgsql security definer
        as $$
        begin
            delete from fleet.inbox_keys
            where tenant_id = new.tenant_id
              and source = new.source
              and external_index = new.external_index;
            return new;
        end
        $$;
        create trigger forget_key before insert on fleet.inbox_keys
        for each row execute function public.forget_key();

        create function public.make_effect_unique() returns trigger
        language plpgsql
        as $$
        begin
            new.effect_key := new.effect_key || ':' || gen_random_uuid();
            return new;
        end
        $$;
        create trigger make_effect_unique before insert on fleet.message_logs
        for each row execute function public.make_effect_unique();
        create trigger make_effect_unique before insert on fleet.transport_events
        for each row execute function public.make_effect_unique();
        """;

    private static void AssertFails(DayOutcome day, params string[] expected)
    {
        Assert.Empty(expected.Except(Expectations.Names));
        var failed = day.Results.Where(result => result.Fault is not null).ToList();
        Assert.True(
            failed.Select(result => result.Expectation).Order().SequenceEqual(expected.Order()),
            $"failed and should not: {Lines(failed.Where(f => !expected.Contains(f.Expectation)).Select(f => $"{f.Expectation} ({f.Fault})"))}; "
            + $"should fail and did not: {Lines(expected.Except(day.Failed))}");
    }

    private static string Lines(IEnumerable<string> names) => string.Join("\n  ", names.DefaultIfEmpty("none"));

    private sealed class BlindToSamsarasSignature : SamsaraSignature
    {
        public override bool IsValid(string? secret, string? timestamp, string? signature, ReadOnlySpan<byte> body) => true;
    }

    private sealed class BlindToMetasSignature(IOptions<WhatsAppOptions> options) : WhatsAppSignature(options)
    {
        public override bool IsValid(string? signature, ReadOnlySpan<byte> body) => true;
    }

    private sealed class OneTenantDirectory(Core.Data.SystemDb db) : NumberDirectory(db)
    {
        public override Task<TenantId?> FindByNumberAsync(string phoneNumberId, CancellationToken ct)
            => Task.FromResult<TenantId?>(TenantId.Parse(Cast.Freight().Tenant));
    }

    private sealed class AnyOrder : StatusOrder
    {
        public override bool Advances(string from, string to) => true;
    }

    private sealed class EverybodysDelivery : DeliveryOwnership
    {
        public override string? FindObjection(TenantSettings tenant, SamsaraDelivery delivery) => null;
    }
}
