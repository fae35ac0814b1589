using System.ComponentModel.DataAnnotations;

namespace FleetChat.Core.Billing.Payments;

/// <summary>What is done about invoices that are not paid. Bound from <c>FleetChat:Dunning</c>.</summary>
public sealed class DunningOptions : IValidatableObject
{
    public const string Section = "FleetChat:Dunning";

    /// <summary>Days after the due date on which the company is reminded, in order and separated by commas.</summary>
    [Required]
    [RegularExpression(@"^\d{1,3}(,\d{1,3}){0,9}$", ErrorMessage = "ReminderDays are days separated by commas, such as 3,10,20")]
    public string ReminderDays { get; set; } = "3,10,20";

    /// <summary>Days after the due date on which the company is suspended, and as long after the last reminder as the two lie apart; 0: never.</summary>
    [Range(0, 365)]
    public int SuspendAfterDays { get; set; } = 30;

    /// <summary>Days from an attempt to charge that failed to the next, in order and separated by commas; then no more until another card or account is entered.</summary>
    [Required]
    [RegularExpression(@"^\d{1,3}(,\d{1,3}){0,9}$", ErrorMessage = "RetryDays are days separated by commas, such as 3,5,7")]
    public string RetryDays { get; set; } = "3,5,7";

    internal IReadOnlyList<int> Reminders => Days(ReminderDays);

    internal IReadOnlyList<int> Retries => Days(RetryDays);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!Reminders.SequenceEqual(Reminders.Distinct().Order()))
            yield return new($"{Section}:ReminderDays have to grow, such as 3,10,20.", [nameof(ReminderDays)]);
        else if (SuspendAfterDays > 0 && SuspendAfterDays <= Reminders[^1])
            yield return new($"{Section}:SuspendAfterDays has to be after the last reminder, or 0 for never.", [nameof(SuspendAfterDays)]);
    }

    private static int[] Days(string days) => Array.ConvertAll(days.Split(','), day => int.Parse(day, System.Globalization.CultureInfo.InvariantCulture));
}
