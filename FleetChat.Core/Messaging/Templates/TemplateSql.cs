using FleetChat.Core.Data;
using Npgsql;

namespace FleetChat.Core.Messaging.Templates;

internal static class TemplateSql
{
    private const string Columns = """
        name, language, template_set, template, version, footer, status, category, meta_id, rejection_reason, quality, wants_review, told_at, submitted_at, approved_at
        """;

    private const string List = $"""
        select {Columns}
        from fleet.message_templates
        where tenant_id = $1
          and account_id = $2
        order by template, language, version
        """;

    public static Task<List<TemplateRow>> ListAsync(TenantDb db, string account, CancellationToken ct) => db.ListAsync(List, Read, ct, P.Text(account));

    private const string Lock = $"""
        {List}
        for no key update
        """;

    /// <summary>As <see cref="ListAsync"/>; news of the same account come one after the other.</summary>
    public static Task<List<TemplateRow>> LockAsync(TenantDb db, string account, CancellationToken ct) => db.ListAsync(Lock, Read, ct, P.Text(account));

    // A footer that comes back has its version already.
    private const string Enter = """
        insert into fleet.message_templates (tenant_id, account_id, name, language, template_set, template, version, footer, status, category, told_at, created_at, approved_at)
        select $1, $2, g.name, g.language, $3, g.template, v.version, $4, $5, 'UTILITY', $6, $6, case when $5 = 'APPROVED' then $6 end
        from unnest($7, $8, $9) as g (name, language, template)
        cross join (
            select coalesce(max(version) filter (where footer = $4), max(version) + 1, 1) as version
            from fleet.message_templates
            where tenant_id = $1
              and account_id = $2
        ) v
        on conflict (tenant_id, account_id, name, language) do nothing
        """;

    /// <summary>Those that are not there yet.</summary>
    public static Task EnterAsync(TenantDb db, string account, string set, string footer, IReadOnlyList<WantedTemplate> wanted, string status, DateTimeOffset now, CancellationToken ct)
        => db.ExecuteAsync(Enter, ct, P.Text(account), P.Text(set), P.Text(footer), P.Text(status), P.Time(now),
            P.Texts([.. wanted.Select(w => w.Name)]), P.Texts([.. wanted.Select(w => w.Language)]), P.Texts([.. wanted.Select(w => w.Template.Name)]));

    private const string AskForReview = """
        update fleet.message_templates t
        set wants_review = true
        from unnest($3, $4) as g (name, language)
        where t.tenant_id = $1
          and t.account_id = $2
          and t.name = g.name
          and t.language = g.language
          and t.status in ('REJECTED', 'PAUSED')
        """;

    /// <summary>Of those of them that Meta rejected or paused.</summary>
    public static Task AskForReviewAsync(TenantDb db, string account, IReadOnlyList<WantedTemplate> wanted, CancellationToken ct)
        => db.ExecuteAsync(AskForReview, ct, P.Text(account), P.Texts([.. wanted.Select(w => w.Name)]), P.Texts([.. wanted.Select(w => w.Language)]));

    private const string Write = """
        update fleet.message_templates t
        set status = g.status, category = g.category, meta_id = g.meta_id, rejection_reason = g.reason, quality = g.quality, wants_review = g.wants_review,
            told_at = $3, submitted_at = g.submitted_at, approved_at = g.approved_at
        from unnest($4, $5, $6, $7, $8, $9, $10, $11, $12, $13) as g (name, language, status, category, meta_id, reason, quality, wants_review, submitted_at, approved_at)
        where t.tenant_id = $1
          and t.account_id = $2
          and t.name = g.name
          and t.language = g.language
        """;

    public static Task WriteAsync(TenantDb db, string account, DateTimeOffset asOf, IReadOnlyList<TemplateRow> rows, CancellationToken ct) => rows.Count == 0
        ? Task.CompletedTask
        : db.ExecuteAsync(Write, ct, P.Text(account), P.Time(asOf), P.Texts([.. rows.Select(r => r.Name)]), P.Texts([.. rows.Select(r => r.Language)]),
            P.Texts([.. rows.Select(r => r.Status)]), P.Texts([.. rows.Select(r => r.Category)]),
            P.Texts([.. rows.Select(r => r.MetaId)]), P.Texts([.. rows.Select(r => r.RejectionReason)]), P.Texts([.. rows.Select(r => r.Quality)]), P.Bools([.. rows.Select(r => r.WantsReview)]),
            P.Times([.. rows.Select(r => r.SubmittedAt)]), P.Times([.. rows.Select(r => r.ApprovedAt)]));

    private static TemplateRow Read(NpgsqlDataReader row) => new(row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetInt32(4), row.GetString(5))
    {
        Status = row.GetString(6),
        Category = row.GetString(7),
        MetaId = row.TextOrNull(8),
        RejectionReason = row.TextOrNull(9),
        Quality = row.TextOrNull(10),
        WantsReview = row.GetBoolean(11),
        ToldAt = row.Time(12),
        SubmittedAt = row.TimeOrNull(13),
        ApprovedAt = row.TimeOrNull(14),
    };
}
