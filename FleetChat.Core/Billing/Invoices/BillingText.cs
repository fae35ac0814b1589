using System.Diagnostics.CodeAnalysis;

namespace FleetChat.Core.Billing.Invoices;

/// <summary>Words that operators give and that stand in the books for good.</summary>
internal static class BillingText
{
    public const int Longest = 500;

    public const int LongestReference = 100;

    public static bool IsGiven([NotNullWhen(true)] string? text, int longest = Longest) => !string.IsNullOrWhiteSpace(text) && text.Length <= longest && !text.Contains('\0', StringComparison.Ordinal);
}
