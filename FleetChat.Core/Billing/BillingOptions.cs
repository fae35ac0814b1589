using System.ComponentModel.DataAnnotations;

namespace FleetChat.Core.Billing;

/// <summary>Who sells, and how months are closed. Bound from <c>FleetChat:Billing</c>.</summary>
public sealed class BillingOptions
{
    public const string Section = "FleetChat:Billing";

    /// <summary>The legal seller, as it stands on invoices.</summary>
    [Required]
    [StringLength(200)]
    public string SupplierName { get; set; } = "FleetChat";

    /// <summary>Lines, separated by <c>;</c>.</summary>
    [StringLength(500)]
    public string SupplierAddress { get; set; } = "";

    [StringLength(50)]
    public string SupplierTaxId { get; set; } = "";

    /// <summary>What the law wants at the foot of an invoice: register, bank account.</summary>
    [StringLength(500)]
    public string LegalFooter { get; set; } = "";

    /// <summary>Stands before an invoice's number.</summary>
    [Required]
    [RegularExpression("^[A-Z]{1,8}$")]
    public string InvoiceSeries { get; set; } = "INV";

    /// <summary>Stands before a credit note's number.</summary>
    [Required]
    [RegularExpression("^[A-Z]{1,8}$")]
    public string CreditNoteSeries { get; set; } = "CN";

    /// <summary>Hours between the end of a company's month and its final invoice: for what comes late, and for people to look at the draft.</summary>
    [Range(0, 240)]
    public int GraceHours { get; set; } = 24;

    /// <summary>Days to pay where a company has none of its own.</summary>
    [Range(0, 180)]
    public int PaymentDays { get; set; } = 14;

    internal TimeSpan Grace => TimeSpan.FromHours(GraceHours);
}
