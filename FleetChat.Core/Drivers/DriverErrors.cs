namespace FleetChat.Core.Drivers;

public static class DriverErrors
{
    public static readonly Error AlreadyEnrolled = Error.Conflict(
        "drivers.already_enrolled", "A driver with this Samsara id is enrolled already. GET /api/drivers shows him; PATCH changes him.");

    public static readonly Error SamsaraId = Error.Invalid("drivers.samsara_id", "Give the driver's id in Samsara, 1 to 100 characters.", "$.samsara_driver_id");

    public static readonly Error Name = Error.Invalid("drivers.name", "Give the driver's name, 1 to 200 characters.", "$.name");

    public static readonly Error Language = Error.Invalid(
        "drivers.language", $"Give one of: {string.Join(", ", Languages.All)}. Leave it out for the company's.", "$.language");

    public static readonly Error PhoneInvalid = Error.Invalid("drivers.phone_invalid", "Give the phone number with its country code, such as +1 555 823 4327.", "$.phone");

    /// <summary>Evidence is about one phone: where it is not clear which, nobody has agreed.</summary>
    public static readonly Error PhoneInDoubt = Error.Invalid(
        "drivers.phone_in_doubt", "An opt-in belongs to one phone: give the number with its country code, such as +1 555 823 4327.", "$.phone");

    public static readonly Error Stopped = Error.Conflict(
        "drivers.phone_stopped", "This phone asked for no more messages. No evidence outweighs that: the driver has to write START himself.");

    public static readonly Error SaidNo = Error.Conflict(
        "drivers.said_no", "This driver said no after that opt-in: evidence from before counts no more. Enter what he agreed to since, or invite him: POST /api/drivers/{id}/consent/invitation.");

    public static bool IsName(string? name) => !string.IsNullOrWhiteSpace(name) && name.Length <= 200;

    public static bool IsLanguage(string? language) => language is null || Languages.All.Contains(language);
}
