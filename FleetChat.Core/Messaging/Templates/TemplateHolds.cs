using FleetChat.Core.Data;
using FleetChat.Core.Inbox;

namespace FleetChat.Core.Messaging.Templates;

/// <summary>A message that may not go out because its template is not approved.</summary>
/// <param name="Outcome">Of the decision, as codes.</param>
internal sealed record HeldForTemplate(Guid Outbound, string Rule, string Outcome);

/// <summary>Messages that wait for Meta's approval of their template, or for their driver to write.</summary>
internal static class TemplateHolds
{
    /// <summary>Approval lets them go; this is for one of which nobody hears.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromHours(6);

    // Told once, however often it is looked at.
    private const string Hold = """
        with looked as (
            select o.id, o.template_held_at, g.rule, g.outcome
            from unnest($2, $3, $4) as g (id, rule, outcome)
            join fleet.outbound o on o.tenant_id = $1 and o.id = g.id
        ), held as (
            update fleet.outbound o
            set due_at = least(o.valid_until + interval '1 millisecond', $6), template_held_at = coalesce(o.template_held_at, $5)
            from looked l
            where o.tenant_id = $1
              and o.id = l.id
              and o.status in ('waiting', 'doubt')
            returning o.message_id, o.due_at, l.template_held_at, l.rule, l.outcome
        )
        insert into fleet.decisions (tenant_id, at, kind, subject, outcome, message_id, due_at)
        select $1, $5, 'held', held.rule, held.outcome, held.message_id, held.due_at
        from held
        where held.template_held_at is null
        """;

    public static Task HoldAsync(TenantDb db, IReadOnlyList<HeldForTemplate> held, DateTimeOffset now, CancellationToken ct)
        => db.ExecuteAsync(Hold, ct, P.Uuids([.. held.Select(h => h.Outbound)]), P.Texts([.. held.Select(h => h.Rule)]), P.Texts([.. held.Select(h => h.Outcome)]), P.Time(now), P.Time(now + LookAgain));

    private const string Release = """
        update fleet.outbound
        set due_at = least(due_at, $3), template_held_at = null
        where tenant_id = $1
          and template_held_at is not null
          and template = any($2)
          and status in ('waiting', 'doubt')
        returning conversation_id
        """;

    /// <summary>One of them is approved in some language: what waits for it may go in that one, or in another.</summary>
    public static async Task ReleaseAsync(Processing processing, string[] templates, CancellationToken ct)
    {
        foreach (var conversation in await processing.Db.ListAsync(Release, row => row.GetGuid(0), ct, P.Texts(templates), P.Time(processing.Time.GetUtcNow()))) processing.SendLaneOf(conversation);
    }
}
