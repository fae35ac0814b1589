namespace FleetChat.Core.Tenants.Configuration;

/// <summary>What a company under the GDPR has to have before it works with drivers' data.</summary>
internal static class GdprRules
{
    /// <summary>Of a change: a company that works already may not fall short for a moment.</summary>
    public static Error? FindObstacle(TenantChange change, TenantView seen)
    {
        var (compliance, processing) = (seen.Configuration.ComplianceSettings, seen.Configuration.DataProcessing);
        if (!(change.ComplianceSettings?.GdprEnabled ?? compliance.GdprEnabled)) return null;
        return Find(
            hasBasis: (change.DataProcessing?.LegalBasis ?? processing.LegalBasis) is not null,
            hasRetention: change.ComplianceSettings?.DataRetentionDays is not null || compliance.IsRetentionChosen,
            hasAgreement: seen.Status == "onboarding" || (change.DataProcessing?.AcceptAgreement ?? processing.AgreementVersion) is not null);
    }

    /// <summary>Of its activation.</summary>
    public static Error? FindObstacle(TenantView company)
    {
        var (compliance, processing) = (company.Configuration.ComplianceSettings, company.Configuration.DataProcessing);
        return compliance.GdprEnabled ? Find(processing.LegalBasis is not null, compliance.IsRetentionChosen, processing.AgreementVersion is not null) : null;
    }

    private static Error? Find(bool hasBasis, bool hasRetention, bool hasAgreement)
    {
        if (!hasBasis) return TenantErrors.LegalBasisMissing;
        if (!hasRetention) return TenantErrors.RetentionMissing;
        return hasAgreement ? null : TenantErrors.AgreementMissing;
    }
}
