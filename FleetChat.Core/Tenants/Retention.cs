namespace FleetChat.Core.Tenants;

/// <summary>How long contents, phones and media of what was said are kept.</summary>
public static class Retention
{
    public const int DefaultDays = 365;

    /// <summary>What is younger may still be on its way.</summary>
    public const int FewestDays = 30;

    public const int MostDays = 3650;

    /// <summary>Invoices and complaints are looked at for that long.</summary>
    private const int FewestAdvisedDays = 180;

    public static IReadOnlyList<SettingWarning> Warnings(int days) => days >= FewestAdvisedDays
        ? []
        : [new("tenants.retention_short", $"Contents, phones and media are forgotten after {days} days; under {FewestAdvisedDays} days disputes about a trip or an invoice may have no proof.")];
}
