namespace FleetChat.Core.Billing;

public static class UsageErrors
{
    public static readonly Error DriversReached = Error.Conflict(
        "limits.drivers_reached", "The company has as many drivers as it may. Deactivate one in Samsara, or ask FleetChat for a higher limit; GET /api/usage shows how many there are.");

    public static readonly Error MessagesReached = Error.Conflict(
        "limits.messages_reached", "The company has had all its messages of this month. Reach the driver another way, or ask FleetChat for a higher limit; GET /api/usage shows how many there were.");

    public static readonly Error LimitOutOfRange = Error.Invalid("limits.out_of_range", "Give limits above zero, or leave out what stays as the tier has it.", "$");

    public static readonly Error UntilIsPast = Error.Invalid("limits.until_is_past", "Give a day that is not over in the company's time zone.", "$.until");
}
