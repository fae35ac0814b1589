namespace FleetChat.Core.Samsara;

/// <summary>Bound from <c>FleetChat:Samsara</c>.</summary>
public sealed class SamsaraOptions
{
    public const string Section = "FleetChat:Samsara";

    /// <summary>Where Samsara answers new companies, such as a simulator; null: at the address of their data region.</summary>
    public Uri? BaseUrl { get; set; }
}
