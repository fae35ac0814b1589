using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Messaging.Templates;

/// <param name="Actor">Who has it done, for the audit trail.</param>
public sealed record SubmitTemplatesInput(TenantId Tenant, string Actor);

/// <summary>How far a company's set is: each of its templates in each language, with the footer as it is now.</summary>
/// <param name="Live">Approved as UTILITY: messages go out with them.</param>
/// <param name="Waiting">Meta has not decided, or has not got it yet.</param>
/// <param name="Refused">Rejected, paused, recategorised: somebody has to do something.</param>
/// <param name="Total">Templates, each language counted.</param>
public sealed record TemplateProgress(int Total, int Live, int Waiting, int Refused)
{
    /// <summary>Nothing changes by waiting.</summary>
    public bool IsSettled => Waiting == 0;
}

/// <summary>
/// Has a company's template set submitted to its account at Meta, and what was rejected or paused reviewed again. That is begun here and
/// goes on by itself, for days if need be; it may be repeated.
/// </summary>
public sealed class SubmitTemplates(TenantDbs dbs, DataKeys keys, TenantSettingsCache settings, ListTemplates list, TimeProvider time)
{
    public static readonly Error NoAccount = Error.Conflict("templates.no_account", "The company has no WhatsApp account yet. Give it a number first.");

    public async Task<Result<TemplateList>> HandleAsync(SubmitTemplatesInput input, CancellationToken ct)
    {
        if (await settings.ReadAsync(input.Tenant, ct) is not { } tenant) return GetTenant.NotFound;
        if (tenant.WhatsAppAccountId is not { } account) return NoAccount;
        var wanted = WantedTemplate.Of(tenant);
        foreach (var template in wanted)
        {
            if (TemplateCheck.FindFault(template.Template, template.Footer) is { } fault) return Invalid(template.Template.Name, template.Language, fault);
        }

        var key = await keys.GetAsync(input.Tenant, ct);
        await using (var db = await dbs.BeginAsync(input.Tenant, ct))
        {
            await TemplateSql.EnterAsync(db, account, tenant.TemplateSet, tenant.MessageFooter, wanted, TemplateStatus.NotSubmitted, time.GetUtcNow(), ct);
            await TemplateSql.AskForReviewAsync(db, account, wanted, ct);
            await KeepTemplates.LookNowAsync(db, key, time, ct);
            db.Audit(time, input.Actor, "templates.submitted", tenant.TemplateSet);
            await db.CommitAsync(ct);
        }
        return await list.HandleAsync(input.Tenant, ct);
    }

    private static Error Invalid(string template, string language, string fault) => Error.Invalid("templates.invalid", $"{template} in {language}: {fault}");
}
